#!/bin/sh
# Goal: four reloads under load cut no message and refuse nobody; a bad one changes nothing; an isolated backend takes no new message within 100 ms; the hardened path and a canary's share are one order each.
exec python3 "$(dirname "$0")/gate_orders.py"
