#!/bin/sh
# Goal: a second, real dnsmasq that names itself router and resolver is found live within a second of its first offer.
. "$(dirname "$0")/lab.sh"
need dnsmasq busybox
seat gw 00:1b:54:10:00:01 10.31.0.1/24
seat adm 8c:16:45:10:00:30 -
seat atk b8:27:eb:10:00:66 10.31.0.66/24
printf '#!/bin/sh\n[ "$1" = bound ] && ip addr replace "$ip/24" dev "$interface"\nexit 0\n' >"$DIR/udhcpc.sh"
chmod +x "$DIR/udhcpc.sh"
ask() { at adm timeout 10 busybox udhcpc -i eth0 -n -q -f -t 4 -T 1 -s "$DIR/udhcpc.sh" >/dev/null 2>&1 || true; }
sensor "$DIR/alerts" --events dhcp
bg gw dnsmasq -k -C /dev/null -i eth0 --bind-interfaces -l "$DIR/l1" --dhcp-range=10.31.0.100,10.31.0.150,1h --dhcp-option=3,10.31.0.1 --dhcp-option=6,10.31.0.1 --pid-file="$DIR/p1"
sleep 0.5
ask
at adm ping -q -c 3 -i 0.2 10.31.0.1 >/dev/null
sleep 1
silent "$DIR/alerts"
bg atk dnsmasq -k -C /dev/null -i eth0 --bind-interfaces -l "$DIR/l2" --dhcp-range=10.31.0.200,10.31.0.220,1h --dhcp-option=3,10.31.0.66 --dhcp-option=6,10.31.0.66 --pid-file="$DIR/p2" --dhcp-authoritative
sleep 0.5
FIRST='"event_type":"dhcp".*"dhcp_type":"offer".*"server_id":"10.31.0.66"'
ask
wait_for "$DIR/alerts" dhcp.rogue 12 "$FIRST"
names "$DIR/alerts" dhcp.rogue b8:27:eb:10:00:66
echo "PASS"
