#!/bin/sh
# Goal: a laptop changes between its own card and its dock's, with one DHCP identity and so one address; nobody is woken.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/dhcp.sh"
seat gw 00:1b:54:10:00:01 10.31.0.1/24
# Two cards of different makers; each a seat, of which one has its link up.
seat air 8c:16:45:10:00:30 -
seat dock 00:50:b6:10:00:31 -
ip -n "$P-dock" link set eth0 down
serve gw --dhcp-range=10.31.0.100,10.31.0.150,1h
sensor "$DIR/alerts" --events dhcp
ask air -C -x 0x3d:00444f43
was=$(has air)
talk air 4
for turn in dock air dock; do
	other=$([ $turn = dock ] && echo air || echo dock)
	ip -n "$P-$turn" link set eth0 up
	ask $turn -C -x 0x3d:00444f43
	# For a moment both are there: the laptop still speaks from the card it leaves.
	talk "$other" 1 || true
	ip -n "$P-$other" link set eth0 down
	ip -n "$P-$other" addr flush dev eth0
	[ "$(has $turn)" = "$was" ] || fail "another address: $(has $turn), not $was"
	talk $turn 4
done
sensor_stop
[ "$(grep -c '"dhcp_type":"ack"' "$DIR/alerts")" -ge 2 ] || fail "the sensor did not see the leases"
silent "$DIR/alerts"
echo "PASS"
