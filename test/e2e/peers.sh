# peers: a device, a relay and a service in a row, with a tap on each of the relay's sides; sourced by the tests beside it.
#
#   dev 10.41.1.1 ── a0 [mid] b0 ── 10.41.2.1 srv       the device sends to the relay, 10.41.2.2, that to the service
#
#   taps                  watches a0 and b0, findings to $DIR/alerts
#   compared SECONDS      lets it look that long at what is still open, ends it; totals to $DIR/totals
#   total NAME            a count of them
#   twice NAME PORT PAIRS FIELD CLIENT [udp] OLD NEW     the client's messages untouched, then one with OLD altered to NEW, once
#   only RULE [FIELD]     exactly one finding about messages, of this rule, naming this field; or none at all: only -
. "$(dirname "$0")/lab.sh"
for n in dev mid srv; do
	ip netns add "$P-$n"
	ip -n "$P-$n" link set lo up
done
ip link add eth0 netns "$P-dev" address 00:09:fb:41:00:01 type veth peer name a0 address 00:50:c2:41:00:02 netns "$P-mid"
ip link add eth0 netns "$P-srv" address 00:25:90:41:00:03 type veth peer name b0 address 00:50:c2:41:00:04 netns "$P-mid"
for i in dev:eth0:1.1 mid:a0:1.2 mid:b0:2.2 srv:eth0:2.1; do
	n=${i%%:*}; c=${i#*:}; c=${c%:*}
	ip netns exec "$P-$n" ethtool -K "$c" rx off tx off sg off tso off gso off gro off >/dev/null 2>&1 || true
	ip -n "$P-$n" addr add "10.41.${i##*:}/24" dev "$c"
	ip -n "$P-$n" link set "$c" up
done
ip -n "$P-dev" route add 10.41.2.0/24 via 10.41.1.2

taps() {
	: >"$DIR/alerts"
	ip netns exec "$P-mid" timeout 120 "$PARAVENT" reconcile --a a0 --b b0 --jsonl "$DIR/alerts" --json >"$DIR/totals" 2>"$DIR/taps.log" &
	TAPS=$!
	PIDS="$PIDS $TAPS"
	sleep 0.7
}
compared() {
	sleep "$1"
	kill -INT "$TAPS" 2>/dev/null || true
	wait "$TAPS" || true
}
total() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$DIR/totals" "$1"; }
only() {
	n=$(grep -c '"rule":"message\.' "$DIR/alerts" || true)
	if [ "$1" = - ]; then
		[ "$n" = 0 ] || fail "$n findings about messages where there should be none"
		return
	fi
	[ "$n" = 1 ] || fail "$n findings about messages in place of one $1"
	grep -q "\"rule\":\"$1\"" "$DIR/alerts" || fail "no $1"
	[ -z "${2:-}" ] || grep -qF "\"field\":\"$2\"" "$DIR/alerts" || fail "$1 does not name $2"
}
# listening NAME PORT: until somebody listens there
listening() {
	for _ in $(seq 100); do
		if at "$1" ss -lnt | grep -q ":$2 "; then return; fi
		sleep 0.05
	done
	fail "nobody listens on port $2 of $1"
}
# relayed PORT [WHAT…]: the relay on that port, to the same port of the service
relayed() {
	p=$1; shift
	ip netns exec "$P-mid" python3 "$(dirname "$0")/peers_relay.py" "$p" "10.41.2.1:$p" "$@" >"$DIR/log.relay" 2>&1 & RELAY=$!
	PIDS="$PIDS $RELAY"
	[ "${1:-}" = udp ] && sleep 0.5 || listening mid "$p"
}
unrelayed() { kill "$RELAY" 2>/dev/null || true; wait "$RELAY" 2>/dev/null || true; }
twice() {
	name=$1 port=$2 pairs=$3 field=$4 client=$5; shift 5
	for how in honest altered; do
		taps
		if [ "$how" = altered ]; then relayed "$port" "$@"
		elif [ "$1" = udp ]; then relayed "$port" udp
		else relayed "$port"; fi
		at dev sh -c "$client" >"$DIR/log.dev" 2>&1 || fail "$name: $(tail -n 2 "$DIR/log.dev")"
		compared 0.7
		unrelayed
		[ "$(total pairs)" -ge "$pairs" ] || fail "$name, $how: $(total pairs) of $pairs paired: $(cut -c1-400 "$DIR/totals")"
		if [ "$how" = altered ]; then only message.altered "$field"; else only -; fi
	done
	echo "  $name: $pairs paired, no finding; one byte altered: message.altered $field"
}
