#!/bin/sh
# Goal: hosts whose link goes down and up announce themselves, as ordinary stacks do; nobody is woken.
. "$(dirname "$0")/lab.sh"
need busybox ping
seat mon 00:09:fb:10:00:21 10.31.0.21/24
seat ehr 00:25:90:10:00:11 10.31.0.11/24
seat gw 00:1b:54:10:00:01 10.31.0.1/24
for n in mon ehr gw; do at $n sysctl -qw net.ipv4.conf.eth0.arp_notify=1; done
sensor "$DIR/alerts" --events arp
bg mon ping -q -i 0.2 10.31.0.11
sleep 3
for n in mon ehr gw; do
	address=$(at $n ip -4 -o addr show dev eth0 | awk '{sub("/.*", "", $4); print $4}')
	ip -n "$P-$n" link set eth0 down
	sleep 0.5
	ip -n "$P-$n" link set eth0 up
	at $n busybox arping -q -A -c 2 -I eth0 "$address" || true
	at $n busybox arping -q -U -c 2 -I eth0 "$address" || true
	sleep 1
done
at ehr ping -q -c 3 -i 0.2 10.31.0.21 >/dev/null || fail "no traffic after the links came back"
sensor_stop
grep -q '"src_mac":"00:25:90:10:00:11","src_ip":"10.31.0.11"' "$DIR/alerts" || fail "the sensor did not see it"
silent "$DIR/alerts"
echo "PASS"
