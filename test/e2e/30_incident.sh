#!/bin/sh
# Goal: an incident is worked on from the first look to a bundle that others verify; what was altered in it is found and named.
PARAVENT=${PARAVENT:-build/paravent}
CAPTURES=test/golden/captures
DIR=$(mktemp -d)
export PARAVENT_STATE="$DIR/site"
trap 'rm -rf "$DIR"' EXIT
fail() { echo "FAIL: $*"; exit 1; }

# does CODE WORDS ARGUMENT...: the command ends with CODE and says WORDS.
does() {
	code=$1 words=$2
	shift 2
	"$PARAVENT" "$@" >"$DIR/out" 2>&1 </dev/null
	got=$?
	[ $got = "$code" ] || fail "$*: exit $got, wanted $code: $(cat "$DIR/out")"
	grep -q -- "$words" "$DIR/out" || fail "$*: does not say '$words': $(cat "$DIR/out")"
}

does 0 'a site with a ledger' init --name hospital.example/paravent
KEY="$DIR/site/ledger.vkey"
"$PARAVENT" watch -r $CAPTURES/case_study.pcap --store "$DIR/site/paravent.db" >/dev/null 2>&1 || fail "watch: exit $?"
ID=$("$PARAVENT" incident list --json | sed -n 's/.*"id": "\(.*\)",/\1/p')
[ -n "$ID" ] || fail "no incident"

# From new to closed; what is not legal is refused and changes nothing.
does 0 'new   severity 1   owner nobody yet' incident show "$ID"
does 0 'nothing pins 10.20.3.21 (monitor-icu-1)' incident show "$ID"
does 0 'the policy pins 10.20.3.21 (mon1)' incident show "$ID" -p test/golden/policy.yaml
does 5 'is new: close is not legal from there; nothing was changed' incident close "$ID" "too early"
does 0 'would write: ack by anna: new to acknowledged' incident ack "$ID" --by anna --dry-run
does 0 'ledger entry 1' incident ack "$ID" "on it" --by anna
does 5 'is acknowledged: ack is not legal' incident ack "$ID"
does 0 '"ledger": 2' incident note "$ID" "a call from the ward" --json
does 0 'owner ben' incident assign "$ID" ben
does 0 'PHI affected: yes' incident note "$ID" "two HL7 routes crossed" --phi yes --severity 2
does 2 'wants yes, no or unknown' incident note "$ID" x --phi perhaps
does 3 'there is no incident I9-9' incident ack I9-9
does 0 'acknowledged to contained' incident contained "$ID" "port 7 in quarantine"
does 0 'contained to closed' incident close "$ID" "802.1X ordered for the lobby"
does 0 'closed   severity 2   owner ben' incident show "$ID"
does 0 'close by .*802.1X ordered for the lobby   \[ledger 6\]' incident show "$ID"
"$PARAVENT" incident show "$ID" --json | python3 -c '
import json, sys
i = json.load(sys.stdin)
assert i["state"] == "closed" and i["phi"] == "yes" and i["clock"] == "capture", i
assert 0 < i["seconds_to_detect"] < 60 and 0 <= i["seconds_to_acknowledge"] <= i["seconds_to_contain"], i
kinds = [e["kind"] for e in i["timeline"]]
assert kinds[-6:] == ["ack", "note", "assign", "note", "contained", "close"] and "finding path.relay" in kinds, kinds
assert {c["control"] for c in i["causes"]} >= {"address pins", "route authentication", "port admission", "second witness"}, i["causes"]
assert {d["criticality"] for d in i["devices"] if d["part"] == "victim"} == {"high"}, i["devices"]' || fail "the incident as JSON"

# A ledger that cannot be written leaves the record as it was.
mv "$DIR/site/keys" "$DIR/site/keys.away"
does 6 'nothing was changed' incident note "$ID" "said to nobody"
does 6 'nothing was' incident export "$ID" -o "$DIR/none.zip"
mv "$DIR/site/keys.away" "$DIR/site/keys"
"$PARAVENT" incident show "$ID" | grep -q 'said to nobody' && fail "the record has what the ledger has not"
[ ! -e "$DIR/none.zip" ] && [ ! -e "$DIR/none.zip.part" ] || fail "an export without its entry in the ledger"

# Without a ledger it is said.
"$PARAVENT" watch -r $CAPTURES/case_study.pcap --store "$DIR/alone.db" >/dev/null 2>&1
does 0 'nothing was written to a ledger' incident ack "$ID" --store "$DIR/alone.db"

# A run that goes on does not keep people from writing.
mkfifo "$DIR/wire"
"$PARAVENT" watch -r - --store "$DIR/busy.db" <"$DIR/wire" >/dev/null 2>&1 &
watch=$!
exec 9>"$DIR/wire"
cat $CAPTURES/case_study.pcap >&9
n=0
until "$PARAVENT" incident list --store "$DIR/busy.db" 2>/dev/null | grep -q path.relay; do
	n=$((n + 1))
	[ $n -lt 300 ] || fail "the run tells nothing while it goes on"
	sleep 0.1
done
does 0 'new to acknowledged' incident ack "$("$PARAVENT" incident list --store "$DIR/busy.db" --json | sed -n 's/.*"id": "\(.*\)",/\1/p')" --store "$DIR/busy.db"
exec 9>&-
wait $watch || fail "the run beside it: exit $?"
does 0 ' acknowledged ' incident list --store "$DIR/busy.db"

# The bundle: whole as it was written, for us and for other tools.
does 0 ' packets, [0-9]* proofs' incident export "$ID" -o "$DIR/x.zip" --captures $CAPTURES
# The ledger may hold what it could not acknowledge above: at least the six changes and the export.
proofs=$(sed -n 's/.* packets, \([0-9]*\) proofs$/\1/p' "$DIR/out")
[ "$proofs" -ge 7 ] || fail "$proofs proofs"
does 0 "members, $proofs proofs, signed by hospital.example/paravent" evidence verify "$DIR/x.zip" --key "$KEY"
does 0 '"sound": true' evidence verify "$DIR/x.zip" --key "$(cat "$KEY")" --json
python3 -m zipfile -e "$DIR/x.zip" "$DIR/x" || fail "the zip file is none to others"
(cd "$DIR/x" && sha256sum --strict --quiet -c manifest.sha256) || fail "sha256sum -c"
frames=$(grep -oE '"evidence(_a)?":"case_study.pcap#[0-9]+"' "$DIR/x/findings.jsonl" | grep -o '#[0-9]*' | sort -u | wc -l)
[ "$frames" -gt 10 ] || fail "the findings name $frames frames"
"$PARAVENT" watch -r "$DIR/x/packets/case_study.pcap" 2>&1 >/dev/null | grep -q "^capture: $frames packets" || fail "the packets are not the $frames that findings name"
found=$("$PARAVENT" finding list "$ID" --store "$DIR/site/paravent.db" --jsonl | wc -l)
[ "$(wc -l <"$DIR/x/findings.jsonl")" = "$found" ] || fail "findings.jsonl holds $(wc -l <"$DIR/x/findings.jsonl") lines of $found"

# Every member, altered, left out or added, is named; so are another key's proofs and a cut file.
PARAVENT=$PARAVENT KEY=$KEY python3 - "$DIR/x.zip" "$DIR/y.zip" <<'END' || fail "the altered bundles"
import os, subprocess, sys, zipfile
whole = zipfile.ZipFile(sys.argv[1])
members = {n: whole.read(n) for n in whole.namelist()}

def verify(content, named, what):
    with zipfile.ZipFile(sys.argv[2], "w") as z:
        for n, b in content.items():
            z.writestr(n, b)
    p = subprocess.run([os.environ["PARAVENT"], "evidence", "verify", sys.argv[2], "--key", os.environ["KEY"]], capture_output=True, text=True)
    if p.returncode != 6 or not any(l.startswith(named + ": ") for l in p.stdout.splitlines()):
        sys.exit("%s of %s: exit %d, %s%s" % (what, named, p.returncode, p.stdout, p.stderr))

n = 0
for name, b in members.items():
    for at in sorted({0, len(b) // 2, len(b) - 1}):
        verify({**members, name: b[:at] + bytes([b[at] ^ 1]) + b[at + 1:]}, name, "a flipped bit")
        n += 1
    verify({k: v for k, v in members.items() if k != name}, name, "the lack")
    n += 1
verify({**members, "extra.txt": b"x"}, "extra.txt", "the addition")
print("  %d altered bundles found, each by its name" % (n + 1))
END
(unset PARAVENT_STATE; "$PARAVENT" init --name other.example/l --state "$DIR/other" >/dev/null)
does 6 'manifest.note: is not signed by this key' evidence verify "$DIR/x.zip" --key "$DIR/other/ledger.vkey"
head -c 4000 "$DIR/x.zip" >"$DIR/cut.zip"
does 6 'is no whole zip file' evidence verify "$DIR/cut.zip" --key "$KEY"
does 3 'does not exist' evidence verify "$DIR/none.zip" --key "$KEY"
does 2 'public key' evidence verify "$DIR/x.zip" --key nonsense

# Playbooks: for the incident with its id filled in, for a rule, where they are installed.
does 0 "paravent incident contained $ID" incident runbook "$ID"
does 0 'nurse in charge of the ward' incident runbook message.altered
does 0 '"spec_version": "cacao-2.0"' incident runbook tls.intercept --json
does 3 'no incident and no playbook' incident runbook no.such-rule
make -s install DESTDIR="$DIR/root" PREFIX=/usr B="$(dirname "$PARAVENT")" >/dev/null 2>&1 || fail "make install"
(cd / && "$DIR/root/usr/bin/paravent" incident runbook wifi.deauth | grep -q 'protected\|802.11w') || fail "the installed playbooks are not found"
echo "PASS"
