#!/bin/sh
# Goal: Orthanc, as an archive and as a sender, in plain and over TLS with ECDSA and RSA certificates, speaks through the gateway; a study that comes in is found again, and every element and pixel is what it was.
exec python3 "$(dirname "$0")/gate_orthanc.py"
