#!/bin/sh
# Goal: a run with a policy keeps its record, and what cannot be read or written is one clear line and the right exit.
PARAVENT=${PARAVENT:-build/paravent}
CAPTURE=test/golden/captures/case_study.pcap
DIR=$(mktemp -d)
trap 'rm -rf "$DIR"' EXIT
fail() { echo "FAIL: $*"; exit 1; }

# refuses CODE WORDS ARGUMENT...: watch ends with CODE and says WORDS in one line, before the counts.
refuses() {
	code=$1 words=$2
	shift 2
	"$PARAVENT" watch "$@" >"$DIR/out" 2>"$DIR/said" </dev/null
	got=$?
	[ $got = "$code" ] || fail "watch $*: exit $got, wanted $code"
	[ "$(grep -c '^paravent' "$DIR/said")" = 1 ] || fail "watch $*: not one line: $(cat "$DIR/said")"
	grep -q "$words" "$DIR/said" || fail "watch $*: $(cat "$DIR/said")"
}

"$PARAVENT" watch -r $CAPTURE -p docs/hospital.example.yaml --jsonl "$DIR/alerts" --store "$DIR/db" >/dev/null 2>&1 || fail "the run: exit $?"
"$PARAVENT" finding list --store "$DIR/db" --jsonl >"$DIR/kept" || fail "the list: exit $?"
[ -s "$DIR/kept" ] || fail "nothing was kept"
[ "$(wc -l <"$DIR/kept")" = "$(wc -l <"$DIR/alerts")" ] || fail "told $(wc -l <"$DIR/alerts"), kept $(wc -l <"$DIR/kept")"

mkdir "$DIR/folder"
: >"$DIR/empty"
head -c 5000 /dev/zero | tr '\0' x >"$DIR/garbage"
gzip -c $CAPTURE | head -c 3000 >"$DIR/cut.gz"
refuses 3 'is a folder' -r "$DIR/folder"
refuses 3 'is empty' -r "$DIR/empty"
refuses 3 'is not a pcap' -r "$DIR/garbage"
refuses 3 'ends within a packet' -r "$DIR/cut.gz"
refuses 3 'does not exist' -r "$DIR/none"
refuses 3 'unable to open' -r $CAPTURE --store "$DIR/none/db"
refuses 3 'not a database' -r $CAPTURE --store "$DIR/garbage"
refuses 3 'cannot be written' -r $CAPTURE --jsonl /dev/full
refuses 2 'cannot be written' -r $CAPTURE --jsonl "$DIR/none/alerts"
refuses 2 'too long' -r $CAPTURE --store "$(printf '%0300d' 1)"
echo "PASS"
