#!/bin/sh
# Goal: a server takes an address from one of its cards to the other and announces it, while the first card lives on; nobody is woken.
. "$(dirname "$0")/lab.sh"
need busybox ping
seat srv 00:25:90:10:00:11 10.31.0.10/24
seat nic2 00:25:90:10:00:12 10.31.0.12/24
seat mon 00:09:fb:10:00:21 10.31.0.21/24
at srv ip addr add 10.31.0.11/24 dev eth0
sensor "$DIR/alerts" --events arp
bg mon ping -q -i 0.2 10.31.0.11
sleep 4
at srv ip addr del 10.31.0.11/24 dev eth0
at nic2 ip addr add 10.31.0.11/24 dev eth0
at nic2 busybox arping -q -U -c 2 -I eth0 10.31.0.11 || true
at nic2 busybox arping -q -A -c 1 -I eth0 10.31.0.11 || true
for _ in 1 2 3 4 5; do
	# The first card goes on under its own address.
	at srv ping -q -c 2 -i 0.2 10.31.0.21 >/dev/null
	at mon ping -q -c 2 -i 0.2 10.31.0.11 >/dev/null || fail "the address did not move"
	sleep 0.4
done
sensor_stop
grep -q '"src_mac":"00:25:90:10:00:12","src_ip":"10.31.0.11"' "$DIR/alerts" || fail "the sensor did not see it"
silent "$DIR/alerts"
echo "PASS"
