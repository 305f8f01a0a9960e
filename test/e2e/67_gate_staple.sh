#!/bin/sh
# Goal: the gateway's own certificates come with an OCSP response, each with its own; it outlives a restart without a responder; what has ended or says "revoked" is never stapled.
exec python3 "$(dirname "$0")/gate_staple.py"
