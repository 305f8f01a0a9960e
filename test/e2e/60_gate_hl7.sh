#!/bin/sh
# Goal: the gateway lets HL7 through from who proves to be who the policy means, and from nobody else; each framing has its outcome.
exec python3 "$(dirname "$0")/gate_hl7.py"
