#!/bin/sh
# Goal: the gateway outlives its judge and its sensors: not a message is lost or late to be answered; a judge that died is replaced, one that keeps dying is done without, and it is said.
exec python3 "$(dirname "$0")/gate_judge.py"
