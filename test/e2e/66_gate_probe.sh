#!/bin/sh
# Goal: backends are asked whether they are well in their own words (HL7 query, C-ECHO); one that does not answer is left out, and comes back.
exec python3 "$(dirname "$0")/gate_probe.py"
