#!/bin/sh
# Goal: a real keepalived failover and failback of a virtual address wakes nobody.
. "$(dirname "$0")/lab.sh"
need keepalived ping
seat a 00:25:90:10:00:01 10.31.0.2/24
seat b 00:25:90:20:00:02 10.31.0.3/24
seat mon 00:09:fb:10:00:21 10.31.0.21/24
for n in a b; do
	prio=$([ $n = a ] && echo 150 || echo 100)
	cat >"$DIR/$n.conf" <<END
global_defs {
 vrrp_garp_master_delay 1
}
vrrp_instance VI {
 state BACKUP
 interface eth0
 virtual_router_id 7
 priority $prio
 advert_int 1
 virtual_ipaddress {
  10.31.0.10/24
 }
}
END
done
vrrp() { bg "$1" keepalived -n -P -f "$DIR/$1.conf" -p "$DIR/$1.pid" -r "$DIR/$1.vpid"; }
sensor "$DIR/alerts"
vrrp a
vrrp b
sleep 5
bg mon ping -q -i 0.2 10.31.0.10
sleep 4
kill "$(cat "$DIR/a.pid")"
sleep 8
at mon ping -q -c 2 -i 0.2 10.31.0.10 >/dev/null || fail "no failover happened"
vrrp a
sleep 8
at mon ping -q -c 2 -i 0.2 10.31.0.10 >/dev/null || fail "no failback happened"
sensor_stop
silent "$DIR/alerts"
echo "PASS"
