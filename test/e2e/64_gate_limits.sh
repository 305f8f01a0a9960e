#!/bin/sh
# Goal: half-open, slow and oversized clients cost others nothing; a backend that dies before it acknowledges loses no message; a client beyond its rate waits, alarms do not.
exec python3 "$(dirname "$0")/gate_limits.py"
