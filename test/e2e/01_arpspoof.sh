#!/bin/sh
# Goal: real arpspoof between two hosts is found live, and named, within a second.
. "$(dirname "$0")/lab.sh"
need arpspoof ping
seat mon 00:09:fb:10:00:21 10.31.0.21/24
seat ehr 00:25:90:10:00:11 10.31.0.11/24
seat atk b8:27:eb:10:00:66 10.31.0.66/24
at atk sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
sensor "$DIR/alerts" --events arp
bg mon ping -q -i 0.2 10.31.0.11
sleep 4
silent "$DIR/alerts"
FIRST='"event_type":"arp".*"src_mac":"b8:27:eb:10:00:66","src_ip":"10.31.0.(11|21)"'
bg atk arpspoof -i eth0 -t 10.31.0.21 -r 10.31.0.11
wait_for "$DIR/alerts" arp.spoof 8 "$FIRST"
names "$DIR/alerts" arp.spoof b8:27:eb:10:00:66
wait_for "$DIR/alerts" path.relay 8 "$FIRST"
names "$DIR/alerts" path.relay b8:27:eb:10:00:66
echo "PASS"
