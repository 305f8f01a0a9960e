#!/bin/sh
# Goal: a monitor's card dies and is replaced; the monitor gets its old address on the new card; nobody is woken.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/dhcp.sh"
seat gw 00:1b:54:10:00:01 10.31.0.1/24
seat mon 00:09:fb:10:00:21 -
seat ehr 00:25:90:10:00:11 10.31.0.11/24
serve gw --dhcp-range=10.31.0.100,10.31.0.150,1h
sensor "$DIR/alerts" --events dhcp
# The monitor names itself by its serial number, whatever its card.
ask mon -C -x 0x3d:00303037
was=$(has mon)
talk mon 6
ip -n "$P-mon" link set eth0 down
ip -n "$P-mon" addr flush dev eth0
ip -n "$P-mon" link set eth0 address 00:50:c2:10:00:77
sleep 1
ip -n "$P-mon" link set eth0 up
ask mon -C -x 0x3d:00303037
[ -n "$was" ] && [ "$(has mon)" = "$was" ] || fail "the address changed from $was to $(has mon)"
at ehr ping -q -c 3 -i 0.2 "$was" >/dev/null
talk mon 5
sensor_stop
[ "$(grep -c '"dhcp_type":"ack"' "$DIR/alerts")" -ge 2 ] || fail "the sensor did not see the leases"
silent "$DIR/alerts"
echo "PASS"
