#!/bin/sh
# Goal: a certificate revoked while its holder is connected passes no message on new, resumed or open connections within 2 s; alarms and vitals go on by the hardened path, marked.
exec python3 "$(dirname "$0")/gate_trust.py"
