#!/bin/sh
# Goal: a gateway that also listens on the wire to the record: what somebody behind it alters, drops or puts in is told, with the gateway as the witness of what went on.
exec python3 "$(dirname "$0")/gate_witness.py"
