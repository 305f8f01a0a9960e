#!/bin/sh
# Goal: python-hl7, node-hl7 and simple-hl7, clients and servers that others wrote, speak through the gateway: over TLS with a certificate, and in plain through a wrap and unwrap pair.
exec python3 "$(dirname "$0")/gate_peers.py"
