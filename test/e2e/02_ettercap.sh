#!/bin/sh
# Goal: real ettercap (ARP poisoning, unified sniffing) is found live within a second.
. "$(dirname "$0")/lab.sh"
need ettercap ping
seat mon 00:09:fb:10:00:21 10.31.0.21/24
seat ehr 00:25:90:10:00:11 10.31.0.11/24
seat atk b8:27:eb:10:00:66 10.31.0.66/24
sensor "$DIR/alerts" --events arp
bg mon ping -q -i 0.2 10.31.0.11
sleep 4
silent "$DIR/alerts"
bg atk ettercap -T -q -i eth0 -M arp:remote /10.31.0.21// /10.31.0.11//
# ettercap scans first: the clock starts with its first poisoned frame, which the sensor's event log shows.
FIRST='"event_type":"arp".*"src_mac":"b8:27:eb:10:00:66","src_ip":"10.31.0.(11|21)"'
wait_for "$DIR/alerts" arp.spoof 25 "$FIRST"
names "$DIR/alerts" arp.spoof b8:27:eb:10:00:66
wait_for "$DIR/alerts" path.relay 8 "$FIRST"
echo "PASS"
