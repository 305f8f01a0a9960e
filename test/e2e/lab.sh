# lab: a small hospital in network namespaces, sourced by the tests beside it.
#
#   seat NAME CARD ADDRESS/LEN   a host on the switch (bridge) with this card
#   span                         the interface on which every frame that enters the switch is copied once
#   at NAME COMMAND…             runs there; bg the same in the background, ended by the trap
#   sensor FILE [OPTIONS…]       starts paravent on the span, alerts to FILE
#   wait_for FILE RULE SECONDS FIRST   until the alert is there; prints how long it took
#
# Offloads are off, so the mirror shows what is on the wire.
set -eu
PARAVENT=${PARAVENT:-build/paravent}
P=pv$$
DIR=$(mktemp -d)
PIDS=

lab_down() {
	for p in $PIDS; do kill "$p" 2>/dev/null || true; done
	for n in $(ip netns list | awk '{print $1}' | grep "^$P-" || true); do
		ip netns pids "$n" 2>/dev/null | xargs -r kill -9 2>/dev/null || true
		ip netns del "$n" 2>/dev/null || true
	done
	ip link del "$P-br" 2>/dev/null || true
	ip link del "$P-s0" 2>/dev/null || true
	rm -rf "$DIR"
}
trap lab_down EXIT
trap 'exit 1' INT TERM

skip() { echo "SKIP: $*"; exit 77; }
fail() { echo "FAIL: $*"; [ -f "$DIR/alerts" ] && cut -c1-400 "$DIR/alerts"; exit 1; }
need() { for c in "$@"; do command -v "$c" >/dev/null || skip "$c is not installed"; done; }

[ "$(id -u)" = 0 ] || skip "network namespaces need root"
need ip tc ethtool
ip netns add "$P-probe" 2>/dev/null || skip "no network namespaces on this host"
ip netns exec "$P-probe" true 2>/dev/null || { ip netns del "$P-probe"; skip "network namespaces cannot be entered on this host"; }
ip netns del "$P-probe"

quiet() { ethtool -K "$1" rx off tx off sg off tso off gso off gro off >/dev/null 2>&1 || true; }

ip link add "$P-br" type bridge || skip "no bridge on this host"
ip link set "$P-br" up
sysctl -qw "net.ipv6.conf.$P-br.disable_ipv6=1" 2>/dev/null || true
ip link add "$P-s0" type veth peer name "$P-s1"
ip netns add "$P-sensor"
ip link set "$P-s1" netns "$P-sensor"
ip -n "$P-sensor" link set "$P-s1" name span0 up
ip link set "$P-s0" up
quiet "$P-s0"
ip netns exec "$P-sensor" ethtool -K span0 rx off tx off gro off >/dev/null 2>&1 || true
SEATS=0

seat() {
	SEATS=$((SEATS + 1))
	ip netns add "$P-$1"
	ip link add "$P-v$SEATS" type veth peer name eth0 address "$2" netns "$P-$1"
	quiet "$P-v$SEATS"
	ip netns exec "$P-$1" ethtool -K eth0 rx off tx off sg off tso off gso off gro off >/dev/null 2>&1 || true
	ip link set "$P-v$SEATS" master "$P-br" up
	tc qdisc add dev "$P-v$SEATS" clsact
	tc filter add dev "$P-v$SEATS" ingress protocol all u32 match u32 0 0 action mirred egress mirror dev "$P-s0" || skip "no tc mirred on this host"
	ip -n "$P-$1" link set lo up
	ip -n "$P-$1" link set eth0 up
	[ "${3:--}" = - ] || ip -n "$P-$1" addr add "$3" dev eth0
}

at() { _n=$1; shift; ip netns exec "$P-$_n" "$@"; }
bg() { _n=$1; shift; ip netns exec "$P-$_n" timeout 120 "$@" >"$DIR/log.$_n" 2>&1 & PIDS="$PIDS $!"; }

sensor() {
	_f=$1; shift
	: >"$_f"
	ip netns exec "$P-sensor" timeout 120 "$PARAVENT" watch ${SENSOR_BEFORE:-} -i span0 --jsonl "$_f" "$@" >"$DIR/sensor.log" 2>&1 &
	SENSOR=$!
	PIDS="$PIDS $SENSOR"
	sleep 0.7
}
sensor_stop() { kill -INT "$SENSOR" 2>/dev/null || true; wait "$SENSOR" || true; }

# wait_for FILE RULE SECONDS FIRST: FIRST is what the attack's first frame looks like in the event log;
# the time told is from that frame on the wire to the alert in the file, on the wall's clock.
wait_for() {
	_end=$(($(date +%s) + $3))
	while ! grep -q "\"rule\":\"$2\"" "$1"; do
		[ "$(date +%s)" -lt "$_end" ] || fail "no $2 within $3 s"
		sleep 0.01
	done
	_now=$(date +%s%N)
	# The judge writes the alert, the sensor the event, each when it can: the alert may stand there first.
	while _first=$(grep -m1 -E "$4" "$1" | grep -oE '[0-9]{4}-[0-9-]+T[0-9:.]+' | head -n 1) && [ -z "$_first" ]; do
		[ "$(date +%s)" -lt "$_end" ] || fail "the attack's first frame is not in the event log: $4"
		sleep 0.01
	done
	echo "  $2 $(((_now - $(date -u -d "${_first%.*}Z" +%s)000000000 - 1${_first#*.}000 + 1000000000) / 1000000)) ms after the attack's first frame"
}
# No alert of severity 1 to 3 may be there.
silent() {
	if grep -qE '"event_type":"alert".*"severity":[123]' "$1"; then fail "a finding where there should be none"; fi
	echo "  silent ($(grep -c '"event_type":"alert"' "$1" || true) lines of information)"
}
names() { grep "\"rule\":\"$2\"" "$1" | grep -q "\"attacker_mac\":\"$3\"" || fail "$2 does not name $3"; }
