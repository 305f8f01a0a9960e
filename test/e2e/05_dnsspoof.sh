#!/bin/sh
# Goal: real dnsspoof, racing the hospital's resolver from a place where it can listen, is found live and its card named.
. "$(dirname "$0")/lab.sh"
need dnsspoof dnsmasq busybox
seat dns 00:25:90:10:00:53 10.31.0.53/24
seat adm 8c:16:45:10:00:30 10.31.0.30/24
seat atk b8:27:eb:10:00:66 10.31.0.66/24
# The clerk's port is copied to the attacker's, as an old hub or a port left in mirroring would.
tc filter del dev "$P-v2" ingress
tc filter add dev "$P-v2" ingress protocol all u32 match u32 0 0 action mirred egress mirror dev "$P-s0" action mirred egress mirror dev "$P-v3"
bg dns dnsmasq -k -C /dev/null -i eth0 --bind-interfaces -R -h --address=/ehr.hospital.example/10.31.0.11 --address=/pacs.hospital.example/10.31.0.12 --pid-file="$DIR/p1"
ask() { at adm timeout 3 busybox nslookup "$1" 10.31.0.53 >/dev/null 2>&1 || true; }
sensor "$DIR/alerts" --events dns
sleep 0.5
for _ in 1 2 3 4; do ask ehr.hospital.example; ask pacs.hospital.example; sleep 0.3; done
silent "$DIR/alerts"
echo "10.31.0.66 ehr.hospital.example" >"$DIR/hosts"
bg atk dnsspoof -i eth0 -f "$DIR/hosts"
sleep 1
for _ in 1 2 3; do ask ehr.hospital.example; done
FIRST='"event_type":"dns".*"answers":\["10.31.0.66"\]'
wait_for "$DIR/alerts" dns.spoof 6 "$FIRST"
names "$DIR/alerts" dns.spoof b8:27:eb:10:00:66
echo "PASS"
