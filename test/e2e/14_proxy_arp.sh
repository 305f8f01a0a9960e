#!/bin/sh
# Goal: a router that answers ARP for the hosts behind it (proxy ARP) wakes nobody.
. "$(dirname "$0")/lab.sh"
need ping
seat gw 00:1b:54:10:00:01 10.31.0.1/24
seat mon 00:09:fb:10:00:21 10.31.0.21/24
seat ehr 00:25:90:10:00:11 10.31.0.11/24
# Two hosts behind the router, in a part of the same network.
ip netns add "$P-far"
ip link add eth1 netns "$P-gw" type veth peer name eth0 netns "$P-far"
ip -n "$P-gw" link set eth1 up
ip -n "$P-gw" addr add 10.31.0.129/25 dev eth1
ip -n "$P-far" link set lo up
ip -n "$P-far" link set eth0 up
ip -n "$P-far" addr add 10.31.0.130/25 dev eth0
ip -n "$P-far" addr add 10.31.0.131/25 dev eth0
ip -n "$P-far" route add default via 10.31.0.129
at gw sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.eth0.proxy_arp=1 net.ipv4.conf.eth0.send_redirects=0 net.ipv4.conf.all.send_redirects=0
for n in mon ehr; do at $n ip route add default via 10.31.0.1; done
sensor "$DIR/alerts" --events arp
bg mon ping -q -i 0.2 10.31.0.1
bg ehr ping -q -i 0.2 10.31.0.130
sleep 4
at mon ping -q -c 5 -i 0.2 10.31.0.130 >/dev/null || fail "no proxy ARP here"
at mon ping -q -c 5 -i 0.2 10.31.0.131 >/dev/null
at ehr ping -q -c 5 -i 0.2 10.31.0.131 >/dev/null
at far ping -q -c 5 -i 0.2 10.31.0.11 >/dev/null
sensor_stop
grep -q '"src_mac":"00:1b:54:10:00:01","src_ip":"10.31.0.130"' "$DIR/alerts" || fail "the sensor did not see it"
silent "$DIR/alerts"
echo "PASS"
