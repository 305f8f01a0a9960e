#!/bin/sh
# Goal: of a message altered on its way the packets are sealed at once; only who may, and says why, reads both versions; its value stands nowhere else.
. "$(dirname "$0")/lab.sh"
PEERS=$(dirname "$0")/evidence_peers.py
SITE=$DIR/site
need python3 openssl unzip

$PARAVENT init --name test.example/evidence --state "$SITE" >/dev/null || fail "init"
seat device 00:09:fb:00:00:01 10.9.0.1/24
seat proxy 00:09:fb:00:00:02 10.9.0.2/24
seat ehr 00:09:fb:00:00:03 10.9.0.3/24
ip netns exec "$P-sensor" timeout 120 "$PARAVENT" watch -i span0 --state "$SITE" --jsonl "$DIR/alerts" --events all ${WATCH_MORE:-} >"$DIR/words" 2>&1 &
WATCH=$!
PIDS="$PIDS $WATCH"
bg ehr python3 "$PEERS" server 2575
bg proxy python3 "$PEERS" proxy 2575 10.9.0.3 2575 98765 12345
for n in $(seq 100); do [ -S "$SITE/ledger.socket" ] && at ehr ss -Hltn | grep -q 2575 && at proxy ss -Hltn | grep -q 2575 && break; sleep 0.1; done
sleep 1
at device python3 "$PEERS" device 10.9.0.2 2575 40 30 98765 || fail "the device could not send"

sealed() { find "$SITE/evidence" -name '*message.altered*.cms'; }
for n in $(seq 200); do [ -n "$(sealed)" ] && break; sleep 0.1; done
kill -INT "$WATCH"
wait "$WATCH" || fail "watch ended with $?"
CMS=$(sealed)
[ "$(echo "$CMS" | wc -l)" = 1 ] && [ -s "$CMS" ] || fail "no sealed evidence, or not one: $CMS"
echo "  sealed: $(basename "$CMS")"

# Who holds the key opens it with openssl alone.
openssl cms -decrypt -binary -inform DER -in "$CMS" -inkey "$SITE/keys/evidence.pem" -recip "$SITE/evidence.crt" -out "$DIR/plain.pcapng" || fail "openssl does not open it"
grep -aq 98765 "$DIR/plain.pcapng" && grep -aq 12345 "$DIR/plain.pcapng" && grep -aq MARKERNAME "$DIR/plain.pcapng" || fail "the packets do not hold both messages"

# A value of a patient stands nowhere else.
grep -rlaE 'MARKERNAME|98765|12345\|/min' "$SITE" "$DIR/alerts" "$DIR/words" && fail "a patient's value stands in the clear"
[ "$(stat -c %a "$CMS")" = 600 ] && [ "$(stat -c %a "$SITE/evidence")" = 700 ] && [ "$(stat -c %a "$SITE/keys/evidence.pem")" = 400 ] || fail "others may read it"

# What was sealed stands in the ledger with its digest.
HASH=$(sha256sum "$CMS" | cut -d' ' -f1)
grep -raq "$HASH" "$SITE/ledger" || fail "the digest of what was sealed is not in the ledger"

# Reading wants a reason, and is entered before it happens.
ID=$($PARAVENT finding list message.altered --store "$SITE/paravent.db" --jsonl)
ID=$(echo "$ID" | grep -oE '"id": ?"[0-9]+"' | grep -oE '[0-9]+')
$PARAVENT evidence --finding "$ID" --state "$SITE" -o "$DIR/no.zip" 2>/dev/null && fail "it was read without a reason"
[ -e "$DIR/no.zip" ] && fail "it was written without a reason"
$PARAVENT evidence --finding "$ID" --state "$SITE" -o "$DIR/bundle.zip" --reason "drill 34" >/dev/null 2>"$DIR/said" || fail "evidence: $(cat "$DIR/said")"
grep -raq "bundle.zip: drill 34" "$SITE/ledger" || fail "the reading is not in the ledger"
[ "$(stat -c %a "$DIR/bundle.zip")" = 600 ] || fail "others may read the bundle"
$PARAVENT evidence verify "$DIR/bundle.zip" --key "$SITE/ledger.vkey" >/dev/null || fail "the bundle is not what was signed"
unzip -qo "$DIR/bundle.zip" -d "$DIR/bundle"
grep -q 98765 "$DIR/bundle/messages/a.hl7" && grep -q '12345|/min' "$DIR/bundle/messages/b.hl7" || fail "the bundle has not both messages"
printf '! A OBX[1].5  98765\n! B OBX[1].5  12345\n' >"$DIR/want"
grep '^!' "$DIR/bundle/pair.txt" | cmp - "$DIR/want" || fail "the field that differs is not marked, or another is"
echo "  read with a reason: $(grep -c . "$DIR/bundle/pair.txt") fields side by side, one marked"

# An incident is exported with what was sealed, if a reason is given, and without it otherwise.
INCIDENT=$($PARAVENT incident list --store "$SITE/paravent.db" --jsonl | grep -oE 'I[0-9]+-[0-9]+' | head -n 1)
$PARAVENT incident export "$INCIDENT" --state "$SITE" -o "$DIR/plain.zip" >/dev/null 2>&1 || fail "incident export"
unzip -p "$DIR/plain.zip" | grep -aqE 'MARKERNAME|98765' && fail "an export without a reason holds a patient's values"
$PARAVENT incident export "$INCIDENT" --state "$SITE" -o "$DIR/whole.zip" --reason "drill 34 export" >/dev/null 2>&1 || fail "incident export with a reason"
unzip -p "$DIR/whole.zip" 'evidence/1/pair.txt' | grep -q '^! A OBX\[1\].5  98765' || fail "the export has not the pair"
$PARAVENT evidence verify "$DIR/whole.zip" --key "$SITE/ledger.vkey" >/dev/null || fail "the export is not what was signed"
grep -raq "drill 34 export" "$SITE/ledger" || fail "the export's reason is not in the ledger"
echo "  exported with a reason: the pair; without one: no value"

# Evidence that was altered is not believed.
printf 'x' | dd of="$CMS" bs=1 seek=$(($(stat -c %s "$CMS") - 40)) conv=notrunc 2>/dev/null
$PARAVENT evidence --finding "$ID" --state "$SITE" -o "$DIR/bad.zip" --reason "drill 34" >/dev/null 2>&1 && fail "altered evidence was believed"

# A day's share that is used up keeps nothing more, and says so.
ip netns exec "$P-sensor" timeout 120 "$PARAVENT" watch -i span0 --state "$SITE" --evidence 1024,1 --jsonl "$DIR/alerts2" >"$DIR/words2" 2>&1 &
WATCH=$!
PIDS="$PIDS $WATCH"
sleep 2
at device python3 "$PEERS" device 10.9.0.2 2575 40 30 98765
for n in $(seq 200); do grep -q message.altered "$DIR/alerts2" && break; sleep 0.1; done
kill -INT "$WATCH"
wait "$WATCH" || true
[ "$(find "$SITE/evidence" -name '*.cms' | wc -l)" = "$(sealed | wc -l)" ] && [ "$(sealed | wc -l)" = 1 ] || fail "more was kept than the day's share"
grep -q "share" "$DIR/words2" || fail "that the share is used up is not said"
echo "  the day's share holds"

# Of two taps: what the sender said is restored for the owner alone, and a correction proposed.
timeout 120 "$PARAVENT" reconcile --a "$P-v1" --b "$P-v3" --restore "$DIR/restored" >"$DIR/words3" 2>&1 &
WATCH=$!
PIDS="$PIDS $WATCH"
sleep 2
at device python3 "$PEERS" device 10.9.0.2 2575 40 30 98765
for n in $(seq 200); do [ -n "$(find "$DIR/restored/packets" -name '*.pcapng' 2>/dev/null)" ] && break; sleep 0.1; done
kill -INT "$WATCH"
wait "$WATCH" || true
grep -q 98765 "$DIR/restored/0001.hl7" || fail "the original was not restored: $(cat "$DIR/words3")"
tr '\r' '\n' <"$DIR/restored/0001.proposed.hl7" | grep -qx 'OBX|1|NM|8867-4^HR^LN||98765|/min|||||C' || fail "no correction is proposed"
grep -q 'C00030-C1' "$DIR/restored/0001.proposed.hl7" || fail "the correction has not an id of its own"
[ "$(find "$DIR/restored" -type f ! -perm 600 -o -type d ! -perm 700 | wc -l)" = 0 ] || fail "others may read what was restored"
echo "  restored: $(tail -n 1 "$DIR/words3")"
