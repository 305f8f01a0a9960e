#!/bin/sh
# Goal: real bettercap (arp.spoof, one victim, both directions) is found live within a second of its first forged frame.
. "$(dirname "$0")/lab.sh"
need bettercap ping
seat mon 00:09:fb:10:00:21 10.31.0.21/24
seat gw 00:1b:54:10:00:01 10.31.0.1/24
seat atk b8:27:eb:10:00:66 10.31.0.66/24
at atk ip route add default via 10.31.0.1
sensor "$DIR/alerts" --events arp
bg mon ping -q -i 0.2 10.31.0.1
sleep 4
silent "$DIR/alerts"
# It takes its targets' cards from the ARP cache; the sleep keeps it there.
at atk ping -q -c 1 10.31.0.1 >/dev/null
at atk ping -q -c 1 10.31.0.21 >/dev/null
bg atk bettercap -no-colors -no-history -iface eth0 -gateway-override 10.31.0.1 -eval 'set arp.spoof.targets 10.31.0.21; set arp.spoof.fullduplex true; set arp.spoof.internal true; arp.spoof on; sleep 60'
FIRST='"event_type":"arp".*"src_mac":"b8:27:eb:10:00:66","src_ip":"10.31.0.(1|21)"'
wait_for "$DIR/alerts" arp.spoof 15 "$FIRST"
names "$DIR/alerts" arp.spoof b8:27:eb:10:00:66
echo "PASS"
