#!/bin/sh
# Goal: real ettercap that steals switch ports (frames in the victims' cards' names) is found live within a second, and named.
. "$(dirname "$0")/lab.sh"
need ettercap ping
seat mon 00:09:fb:10:00:21 10.31.0.21/24
seat ehr 00:25:90:10:00:11 10.31.0.11/24
seat atk b8:27:eb:10:00:66 10.31.0.66/24
# ettercap steals from IPv6 hosts too, and stops for ever when it wants to give such a port back: there are none.
for i in $(ls /sys/class/net | grep "^$P-"); do sysctl -qw "net.ipv6.conf.$i.disable_ipv6=1"; done
for n in mon ehr atk; do at "$n" sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1; done
sensor "$DIR/alerts" --events arp
bg mon ping -q -i 0.2 10.31.0.11
sleep 4
silent "$DIR/alerts"
bg atk ettercap -T -q -i eth0 -M port /10.31.0.21// /10.31.0.11//
FIRST='"event_type":"arp".*"src_ip":"0.0.0.0".*"dest_ip":"0.0.0.0"'
wait_for "$DIR/alerts" mac.spoof 25 "$FIRST"
# It is known for what it does when it has handed a few packets on.
end=$(($(date +%s) + 20))
until grep '"rule":"mac.spoof"' "$DIR/alerts" | grep -q '"attacker_mac":"b8:27:eb:10:00:66"'; do
	[ "$(date +%s)" -lt "$end" ] || { sed -i '/"event_type":"arp"/d' "$DIR/alerts"; fail "mac.spoof does not name the thief"; }
	sleep 0.1
done
if grep '"event_type":"alert"' "$DIR/alerts" | grep '"attacker_mac"' | grep -vq '"attacker_mac":"b8:27:eb:10:00:66"'; then fail "somebody else is named"; fi
echo "PASS"
