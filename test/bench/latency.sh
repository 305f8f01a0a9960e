#!/bin/sh
# From the second copy's last packet to the finding's line, live: interfaces in a namespace, on which frames are sent as they pass taps.
# usage: latency.sh [COUNT]
set -eu
cd "$(dirname "$0")/../.."
PARAVENT=$(realpath "${PARAVENT:-build/paravent}")
n=pvl$$
dir=$(mktemp -d)
end() { [ -z "${run:-}" ] || kill -INT "$run" 2>/dev/null || true; wait; ip netns del $n 2>/dev/null || true; rm -rf "$dir"; }
trap end EXIT
ip netns add $n 2>/dev/null || { echo "latency: not measured, for want of network namespaces"; exit 0; }
for i in near far; do
	ip -n $n link add "$i" type veth peer name "${i}1"
	ip netns exec $n sysctl -qw "net.ipv6.conf.$i.disable_ipv6=1" "net.ipv6.conf.${i}1.disable_ipv6=1"
	ip -n $n link set "$i" up
	ip -n $n link set "${i}1" up
done
# Two taps, then one span that carries both legs; the program listens at the far ends.
for pair in "near far" "near near"; do
	mkfifo "$dir/lines"
	case $pair in
	"near far") set -- "${1:-300}" --tap A=near1 --tap B=far1 ;;
	*) set -- "${1:-300}" -i near1 ;;
	esac
	count=$1
	shift
	ip netns exec $n "$PARAVENT" watch "$@" --jsonl "$dir/lines" >"$dir/log" 2>&1 & run=$!
	# shellcheck disable=SC2086
	ip netns exec $n timeout 60 python3 test/bench/latency.py "$dir/lines" $pair "$count"
	kill -INT $run
	wait $run || true
	rm "$dir/lines"
	set -- "$count"
done
run=
