#!/bin/sh
# Goal: a sensor and a record killed while they work are started again, nothing of what comes after is missed, and the ledger says so.
. "$(dirname "$0")/lab.sh"
need arpspoof ping
seat mon 00:09:fb:10:00:21 10.31.0.21/24
seat ehr 00:25:90:10:00:11 10.31.0.11/24
seat atk b8:27:eb:10:00:66 10.31.0.66/24
at atk sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
SITE="$DIR/site"
mkdir "$SITE"
mount -t tmpfs -o size=200m none "$SITE" || skip "no tmpfs here"
unmount() { umount -l "$SITE" 2>/dev/null || true; lab_down; }
trap unmount EXIT
"$PARAVENT" init --name live.example/l --state "$SITE" >/dev/null || fail "init"
entries() { "$PARAVENT" ledger tail --state "$SITE" -n 1000; }
# process ROLE: the last one that was started, as the system has it under the run's process.
process() { ps -eo pid,args | awk -v role="$1" '$2 == "paravent" && $3 == "role" && $4 == role { print $1 }' | while read -r p; do
	if [ "$(awk '{print $4}' "/proc/$p/stat" 2>/dev/null)" = "$RUN" ]; then echo "$p"; fi; done; }
soon() { _n=0; until "$@" >/dev/null 2>&1; do _n=$((_n + 1)); [ $_n -lt 300 ] || fail "never: $*: $(cat "$DIR/sensor.log"; entries)"; sleep 0.1; done; }
says() { entries | grep -q "$1"; }
sensor "$DIR/alerts" --events arp --state "$SITE" --verify 1,3
soon says 'sensor span0 .*started'
RUN=$(ps -o pid= --ppid "$SENSOR" | tr -d ' ')
[ -n "$RUN" ] || RUN=$SENSOR
bg mon ping -q -i 0.2 10.31.0.11
sleep 2
soon says 'ledger  *disk  ledger: only .* MiB are left'
grep -q 'only .* MiB are left on the ledger.s disk: make room' "$DIR/sensor.log" || fail "the small disk is not told"

first=$(process sensor)
[ -n "$first" ] || fail "no sensor process"
kill -9 "$first"
soon says "sensor span0 .*process $first died by signal 9; it was started again"
soon sh -c "[ -n \"\$(ps -o pid= --ppid $RUN | tr -d ' ' | grep -vx $first)\" ]"
second=$(process sensor)
[ -n "$second" ] && [ "$second" != "$first" ] || fail "no second sensor"

record=$(process record)
kill -9 "$record"
soon says "record .*process $record died by signal 9; it was started again"

# What comes after is found, kept and entered.
sleep 2
bg atk arpspoof -i eth0 -t 10.31.0.21 -r 10.31.0.11
wait_for "$DIR/alerts" arp.spoof 20 '"event_type":"arp".*"src_mac":"b8:27:eb:10:00:66","src_ip":"10.31.0.(11|21)"'
names "$DIR/alerts" arp.spoof b8:27:eb:10:00:66
soon says 'finding .*arp.spoof'
soon sh -c "'$PARAVENT' finding list arp.spoof --store '$SITE/paravent.db' | grep -q 10.31.0"

# One that dies again and again is given up, and said; its peers end in order.
n=0
while [ $n -lt 5 ]; do
	p=$(process sensor)
	[ -n "$p" ] || break
	kill -9 "$p"
	soon sh -c "! kill -0 $p"
	n=$((n + 1))
done
soon says 'run  parent: ends in part'
wait "$SENSOR" && fail "a run whose sensor was given up ends as if nothing had been"
entries | grep -q 'sensor span0 .*died by signal 9$' || fail "that it was given up"
[ "$(entries | grep -c 'it was started again')" = 6 ] || fail "$(entries | grep -c 'it was started again') restarts"
"$PARAVENT" ledger verify --state "$SITE" | grep -q whole || fail "the ledger afterwards"
echo "PASS"
