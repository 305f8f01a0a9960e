#!/bin/sh
# Goal: DCMTK speaks through the gateway with ECDSA and RSA certificates, through terminate, a wrap and unwrap pair, passthrough; associations are filtered by AE title and SOP class.
exec python3 "$(dirname "$0")/gate_dicom.py"
