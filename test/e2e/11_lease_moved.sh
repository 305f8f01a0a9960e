#!/bin/sh
# Goal: a device gives its address back and goes; the server gives the address to another device; nobody is woken.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/dhcp.sh"
seat gw 00:1b:54:10:00:01 10.31.0.1/24
seat cart 8c:16:45:10:00:30 -
seat pump 00:09:fb:10:00:44 -
# One address to give: the second device can only get the first one's.
serve gw --dhcp-range=10.31.0.100,10.31.0.100,1h
sensor "$DIR/alerts" --events dhcp
ask cart
talk cart 3
give_back cart
ip -n "$P-cart" link set eth0 down
sleep 1
ask pump
talk pump 5
[ "$(has pump)" = 10.31.0.100 ] || fail "the address did not move: $(has pump)"
# And back again.
give_back pump
ip -n "$P-pump" link set eth0 down
ip -n "$P-cart" link set eth0 up
ask cart
talk cart 5
[ "$(has cart)" = 10.31.0.100 ] || fail "the address did not come back: $(has cart)"
sensor_stop
[ "$(grep -c '"dhcp_type":"ack"' "$DIR/alerts")" -ge 2 ] || fail "the sensor did not see the leases"
silent "$DIR/alerts"
echo "PASS"
