# dhcp: leases in the lab, sourced after lab.sh.
#
#   serve NAME OPTIONS…   a real dnsmasq there
#   ask NAME [OPTIONS…]   a real client takes a lease; has NAME prints the address; give_back NAME releases it
#   talk NAME SECONDS     pings the server
need dnsmasq busybox ping
printf '#!/bin/sh\ncase $1 in bound|renew) ip addr flush dev "$interface"; ip addr add "$ip/24" dev "$interface";; deconfig) ip addr flush dev "$interface";; esac\nexit 0\n' >"$DIR/udhcpc.sh"
chmod +x "$DIR/udhcpc.sh"

serve() {
	_n=$1; shift
	bg "$_n" dnsmasq -k -C /dev/null -p 0 -i eth0 --bind-interfaces --no-ping -l "$DIR/leases" --dhcp-authoritative --dhcp-option=3,10.31.0.1 --dhcp-option=6,10.31.0.1 --pid-file="$DIR/dnsmasq.pid" "$@"
	sleep 0.5
}
has() { ip -n "$P-$1" -4 -o addr show dev eth0 | awk '{sub("/.*", "", $4); print $4}'; }
ask() {
	_n=$1; shift
	ip netns exec "$P-$_n" timeout 100 busybox udhcpc -i eth0 -f -R -t 5 -T 1 -s "$DIR/udhcpc.sh" -p "$DIR/udhcpc.$_n" "$@" >>"$DIR/log.$_n" 2>&1 & PIDS="$PIDS $!"
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		[ -z "$(has "$_n")" ] || return 0
		sleep 0.5
	done
	fail "$_n got no lease"
}
# The client's own way: a release, then it ends.
give_back() {
	_pid=$(cat "$DIR/udhcpc.$1")
	kill -USR2 "$_pid"
	sleep 0.3
	kill "$_pid" 2>/dev/null || true
	sleep 0.3
}
talk() { at "$1" ping -q -i 0.2 -w "$2" 10.31.0.1 >/dev/null; }
