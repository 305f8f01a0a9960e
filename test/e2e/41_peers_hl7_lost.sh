#!/bin/sh
# Goal: of HL7 messages through a relay one is dropped, sent again, invented, held back: each is told alone.
. "$(dirname "$0")/peers_hl7.sh"
run 60 R40 4.3 mllp drop 30
only message.dropped
run 60 R40 3.3 mllp replay 30
only message.replayed
run 60 R40 3.3 mllp inject 30
only message.injected
run 60 R40 0 mllp delay 30
only message.delayed
echo "  dropped, replayed, injected, held back: one finding each"
echo "PASS"
