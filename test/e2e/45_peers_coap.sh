#!/bin/sh
# Goal: 35 CoAP bodies of libcoap, in blocks, through a relay: all paired; one altered byte is told, with its pointer.
. "$(dirname "$0")/peers.sh"
need python3 ss coap-client-notls coap-server-notls
# A measurement of many values a line, from number to number.
cat >"$DIR/lines.py" <<'X'
import json, sys
for n in range(int(sys.argv[1]), int(sys.argv[2])):
    print(json.dumps({"device": "mon1", "bed": n % 9, "n": 60000 + n, "hr": 70 + n % 9, "spo2": 98, "sys": 121, "dia": 80, "temp": 36.6, "resp": 14, "mode": "adult",
                      "alarm": False, "battery": 88}))
X
bg srv coap-server-notls
sleep 0.3
PUT="timeout 5 coap-client-notls -m put -b 64 -f - coap://10.41.2.2/example_data"
twice "CoAP" 5683 35 "/n" "for n in \$(seq 0 29); do python3 $DIR/lines.py \$n \$((n + 1)) | $PUT; done; sleep 3.5; for n in \$(seq 30 34); do python3 $DIR/lines.py \$n \$((n + 1)) | $PUT; done" udp 60013 60713
echo "PASS"
