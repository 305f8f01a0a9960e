#!/bin/sh
# Goal: 300 MQTT publications (mosquitto; 3.1.1 and 5, QoS 0 to 2) through a relay: all paired; one altered byte is told, with its pointer.
. "$(dirname "$0")/peers.sh"
need python3 ss mosquitto mosquitto_pub
# A measurement of many values a line, from number to number.
cat >"$DIR/lines.py" <<'X'
import json, sys
for n in range(int(sys.argv[1]), int(sys.argv[2])):
    print(json.dumps({"device": "mon1", "bed": n % 9, "n": 60000 + n, "hr": 70 + n % 9, "spo2": 98, "sys": 121, "dia": 80, "temp": 36.6, "resp": 14, "mode": "adult",
                      "alarm": False, "battery": 88}))
X
printf 'listener 1883\nallow_anonymous true\n' >"$DIR/mosquitto.conf"
bg srv mosquitto -c "$DIR/mosquitto.conf"
listening srv 1883
PUB="mosquitto_pub -h 10.41.2.2 -i mon1 -t icu/mon1 -l"
twice "MQTT" 1883 300 "/n" "for v in 'mqttv311 -q 0 0 100' 'mqttv311 -q 1 100 200' 'mqttv5 -q 2 200 300'; do set -- \$v; python3 $DIR/lines.py \$4 \$5 | $PUB -V \$1 -q \$3; done;
	sleep 5; python3 $DIR/lines.py 300 305 | $PUB -q 1" 60123 60723
echo "PASS"
