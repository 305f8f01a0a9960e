#!/bin/sh
# Goal: with "ocsp: certificate" each certificate of a client's chain is asked about where it says; an answer that has ended, or of who may not answer, is none.
exec python3 "$(dirname "$0")/gate_chain.py"
