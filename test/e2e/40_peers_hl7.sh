#!/bin/sh
# Goal: of 10,000 HL7 messages of python-hl7 the relay alters one in one byte: that one is told, with its field, and no other.
. "$(dirname "$0")/peers_hl7.sh"
run 10000 R01 0 "||67777|" "||67717|"
[ "$(total pairs)" -ge 10000 ] || fail "$(total pairs) paired of 10005: $(cat "$DIR/totals")"
only message.altered "OBX[4].5"
echo "  10,000 messages: $(total pairs) paired, $(total identical) identical, one altered byte told"
echo "PASS"
