#!/bin/sh
# Goal: revocation told over HTTP, by a list and by OCSP, reaches new, resumed and open connections; who is not answered lets a soft route's clients in and no strict one's.
exec python3 "$(dirname "$0")/gate_ocsp.py"
