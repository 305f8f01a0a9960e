#!/bin/sh
# Goal: what a run finds stands in a ledger that others verify; one changed byte, a cut end and a rolled-back log are found and named; witnesses and a timestamp authority vouch for it.
PARAVENT=${PARAVENT:-build/paravent}
CAPTURES=test/golden/captures
DIR=$(mktemp -d)
PIDS=
export PARAVENT_STATE="$DIR/site"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
trap 'for p in $PIDS; do kill $p 2>/dev/null; done; wait; rm -rf "$DIR"' EXIT
trap 'exit 1' INT TERM
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

# soon COMMAND...: it succeeds within half a minute.
soon() {
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ $n -lt 300 ] || fail "never: $*"
		sleep 0.1
	done
}

does 0 'a site with a ledger' init --name hospital.example/paravent
KEY="$DIR/site/ledger.vkey" LOG="$DIR/site/ledger"
cp test/golden/policy.yaml "$DIR/hospital.yaml"
does 0 '528 packets' watch -r $CAPTURES/case_study.pcap -p "$DIR/hospital.yaml" --state "$DIR/site" --jsonl "$DIR/alerts" --verify 1

# Every finding of severity 1 to 3 once, with the digest of its line; the incident, the policy, the roles.
"$PARAVENT" ledger tail -n 1000 --json >"$DIR/entries" || fail "tail: exit $?"
python3 - "$DIR/entries" "$DIR/alerts" "$DIR/hospital.yaml" <<'END' || fail "the entries of the run"
import hashlib, json, sys
entries = [json.loads(l)["entry"] for l in open(sys.argv[1])]
lines = [l for l in open(sys.argv[2], "rb") if json.loads(l)["event_type"] == "alert" and json.loads(l)["alert"]["severity"] <= 3]
told = sorted(hashlib.sha256(l).hexdigest() for l in lines)
kept = [e for e in entries if e["type"] == "finding"]
assert len(told) > 20 and told == sorted(e["digest"] for e in kept), (len(told), len(kept))
by = {json.loads(l)["paravent"]["says"]: json.loads(l)["paravent"] for l in lines}
assert all(by[e["says"]]["rule"] == e["subject"] and by[e["says"]]["incident"] == e["incident"] for e in kept)
policy = [e for e in entries if e["type"] == "policy"]
assert len(policy) == 1 and policy[0]["digest"] == hashlib.sha256(open(sys.argv[3], "rb").read()).hexdigest(), policy
said = [(e["subject"], e["says"].split()[0].strip(",:")) for e in entries if e["type"] == "role"]
for role in "settings", "keys", "ledger", "record", "judge", "sensor capture", "verify":
    assert (role, "started") in said, (role, said)
assert said[-1] == ("run", "ends") and ("run", "begins") in said
assert any(e["type"] == "incident" and e["says"].startswith("new: ") for e in entries)
print("  %d findings in a ledger of %d entries" % (len(kept), len(entries)))
END

# Another version of the policy is told with what changed; the same once more is told as the same.
printf 'zones:\n  - name: lab\n    subnet: 10.99.0.0/16\n' >>"$DIR/hospital.yaml"
"$PARAVENT" policy check "$DIR/hospital.yaml" 2>/dev/null || fail "the second policy"
does 0 '528 packets' watch -r $CAPTURES/case_study.pcap -p "$DIR/hospital.yaml" --state "$DIR/site"
"$PARAVENT" ledger tail -n 100 | grep -q 'not seen before is in force; before it .*zones 0, now 1' || fail "what changed in the policy"
does 0 '528 packets' watch -r $CAPTURES/case_study.pcap -p "$DIR/hospital.yaml" --state "$DIR/site"
"$PARAVENT" ledger tail -n 100 | grep -q 'in force, unchanged' || fail "the policy that did not change"

# Verified by us, from a copy, and by a verifier that shares no code.
does 0 'going on from the remembered checkpoint' ledger verify
does 0 '"whole": true' ledger verify --json
python3 test/ledger/verify.py "$LOG" "$(cat "$KEY")" >/dev/null || fail "verify.py"
does 0 'not verified here' ledger export -o "$DIR/log.zip"
mkdir "$DIR/copy" && python3 -m zipfile -e "$DIR/log.zip" "$DIR/copy"
does 0 'no remembered checkpoint' ledger verify "$DIR/copy" --key "$KEY"
does 2 'must be said' ledger verify "$DIR/copy"
python3 test/ledger/verify.py "$DIR/copy" "$(cat "$KEY")" >/dev/null || fail "verify.py of the copy"

# A proof stands by itself, and of nothing else.
does 0 'finding\|role' ledger show 12
does 2 'there is no 99999' ledger show 99999
does 0 'proves entry 12' ledger prove 12 -o "$DIR/p.tlog-proof"
does 0 'entry 12 is in the log' ledger verify "$DIR/p.tlog-proof" --key "$KEY"
sed 's/"type"/"tipe"/' "$DIR/p.json" >"$DIR/other.json"
does 6 'does not prove this entry' ledger verify "$DIR/p.tlog-proof" --entry "$DIR/other.json" --key "$KEY"
(unset PARAVENT_STATE; "$PARAVENT" init --name other.example/l --state "$DIR/other" >/dev/null)
does 6 'no log that is trusted' ledger verify "$DIR/p.tlog-proof" --key "$DIR/other/ledger.vkey"

# --- witnesses: two of ours, on ports the system chooses ---
port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
printf 'log %s\nquorum none\n' "$(cat "$KEY")" >"$DIR/logs"
printf 'log %s\n' "$(cat "$KEY")" >"$DIR/policy"
for w in north south; do
	does 0 "$w.example/w+" ledger witness init --name $w.example/w --state "$DIR/$w"
	at=127.0.0.1:$(port)
	"$PARAVENT" ledger witness --listen $at --policy "$DIR/logs" --state "$DIR/$w" 2>/dev/null &
	PIDS="$PIDS $!"
	eval "$w=$!"
	soon python3 -c "import socket; socket.create_connection(('127.0.0.1', ${at#*:}))"
	printf 'witness %s %s http://%s/\n' $w "$(cat "$DIR/$w/witness/vkey")" $at >>"$DIR/policy"
done
does 3 'is there already' ledger witness init --name north.example/w --state "$DIR/north"
printf 'group two all north south\nquorum two\n' >>"$DIR/policy"
does 0 '2 of 2 witnesses cosigned .* the quorum is met' ledger cosign --policy "$DIR/policy"
does 0 '2 of 2 witnesses' ledger cosign --policy "$DIR/policy"
[ "$(grep -c 'example/w' "$LOG/checkpoint")" = 2 ] || fail "a witness stands twice in the checkpoint"
does 0 'proves entry 3' ledger prove 3 -o "$DIR/q.tlog-proof"
does 0 'enough witnesses saw it' ledger verify "$DIR/q.tlog-proof" --policy "$DIR/policy"
does 6 'too few witnesses' ledger verify "$DIR/p.tlog-proof" --policy "$DIR/policy"

# The log as it was, put back: neither a witness nor what is remembered takes it.
cp -a "$LOG" "$DIR/before"
does 0 '528 packets' watch -r $CAPTURES/case_study.pcap --state "$DIR/site" --verify 1
does 0 'the quorum is met' ledger cosign --policy "$DIR/policy"
cp -a "$LOG" "$DIR/after"
rm -rf "$LOG" && cp -a "$DIR/before" "$LOG"
does 6 'ends before the remembered one' ledger verify --remembered "$DIR/site/ledger.cosigned"
does 6 'has seen a longer log.*' ledger cosign --policy "$DIR/policy"
rm -rf "$LOG" && cp -a "$DIR/after" "$LOG"
kill "$south" && wait "$south" 2>/dev/null
does 6 '1 of 2 witnesses .* not met' ledger cosign --policy "$DIR/policy"
grep -q 'witness south did not answer' "$DIR/out" || fail "which witness did not answer"

# --- RFC 3161: an authority of openssl's, behind a server of a few lines ---
mkdir "$DIR/tsa"
cat >"$DIR/tsa/cnf" <<END
[ tsa ]
default_tsa = t
[ t ]
serial = $DIR/tsa/serial
default_policy = 1.2.3.4.1
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
[ ext ]
extendedKeyUsage = critical,timeStamping
END
(
	cd "$DIR/tsa" && echo 01 >serial &&
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2 &&
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out csr -subj /CN=tsa &&
	openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 2 -extfile cnf -extensions ext
) >/dev/null 2>&1 || fail "the authority's certificates"
TSA=127.0.0.1:$(port)
python3 - "$DIR/tsa" "${TSA#*:}" <<'END' &
import http.server, os, subprocess, sys
os.chdir(sys.argv[1])
class Authority(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        if not (self.path == "/old" and os.path.exists("reply")):
            open("query", "wb").write(query)
            subprocess.run("openssl ts -reply -config cnf -queryfile query -signer tsa.pem -inkey tsa.key -out reply".split(), check=True, stderr=subprocess.DEVNULL)
        reply = open("reply", "rb").read()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)
    def log_message(self, *a):
        pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Authority).serve_forever()
END
PIDS="$PIDS $!"
soon python3 -c "import socket; socket.create_connection(('127.0.0.1', ${TSA#*:}))"
does 0 'entries was there at' ledger timestamp --tsa http://$TSA/ --ca "$DIR/tsa/ca.pem"
stamp=$(ls "$DIR"/site/timestamps/*.tsr)
openssl ts -verify -in "$stamp" -data "${stamp%.tsr}.checkpoint" -CAfile "$DIR/tsa/ca.pem" 2>/dev/null | grep -q OK || fail "openssl ts -verify"
"$PARAVENT" ledger tail -n 1 --json | grep -q "\"digest\":\"$(sha256sum "$stamp" | cut -c1-64)\"" || fail "the stamp's entry"
does 6 'about something else' ledger timestamp --tsa http://$TSA/old --ca "$DIR/tsa/ca.pem"
does 6 'not signed below --ca' ledger timestamp --tsa http://$TSA/ --ca "$DIR/tsa/tsa.pem"
does 3 'onnect' ledger timestamp --tsa http://127.0.0.1:1/ --ca "$DIR/tsa/ca.pem"

# The same authority behind TLS: whom to trust is said, and nobody else is.
(cd "$DIR/tsa" && printf '[ tls ]\nsubjectAltName = IP:127.0.0.1\n' >tls.cnf && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out csr -subj /CN=tls &&
	openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tls.pem -days 2 -extfile tls.cnf -extensions tls) >/dev/null 2>&1 || fail "the server's certificate"
TLS=127.0.0.1:$(port)
python3 - "$DIR/tsa" "${TLS#*:}" "$TSA" <<'END' &
import http.server, os, ssl, sys, urllib.request
os.chdir(sys.argv[1])
class Front(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        query = self.rfile.read(int(self.headers["Content-Length"]))
        reply = urllib.request.urlopen("http://" + sys.argv[3] + "/", query).read()
        self.send_response(200)
        self.send_header("Content-Length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)
    def log_message(self, *a):
        pass
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Front)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("tls.pem", "tls.key")
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
END
PIDS="$PIDS $!"
soon python3 -c "import socket; socket.create_connection(('127.0.0.1', ${TLS#*:}))"
does 0 'entries was there at' ledger timestamp --tsa https://$TLS/ --ca "$DIR/tsa/ca.pem" --tls-ca "$DIR/tsa/ca.pem"
does 3 'ertificate' ledger timestamp --tsa https://$TLS/ --ca "$DIR/tsa/ca.pem"

# Where the roles' shared page goes, somebody else's file is not written over.
python3 - "$PARAVENT" "$DIR/site" "$DIR/mine" <<'END' || fail "a file at the board's descriptor"
import os, subprocess, sys
with open(sys.argv[3], "wb") as f:
    f.write(b"mine" * 1000)
fd = os.open(sys.argv[3], os.O_RDWR)
os.dup2(fd, 200, inheritable=True)
p = subprocess.run([sys.argv[1], "watch", "-r", "test/golden/captures/case_study.pcap", "--state", sys.argv[2]], pass_fds=(200,), capture_output=True)
assert p.returncode == 3, p
assert open(sys.argv[3], "rb").read() == b"mine" * 1000
END

# What was remembered and is not this log's is told, and the log verified all the same.
cp "$DIR/site/ledger.seen" "$DIR/seen"
tr 'A-Z' 'B-ZA' <"$DIR/seen" >"$DIR/site/ledger.seen"
mkfifo "$DIR/wire0"
"$PARAVENT" watch -r - --state "$DIR/site" --jsonl "$DIR/live0" --verify 1 <"$DIR/wire0" >/dev/null 2>"$DIR/err" &
watch=$!
exec 9>"$DIR/wire0"
cat $CAPTURES/case_study.pcap >&9
does 3 'another process writes this ledger' watch -r $CAPTURES/case_study.pcap --state "$DIR/site"
does 0 'ledger entry' incident note "$("$PARAVENT" incident list --json | sed -n 's/.*"id": "\(.*\)",/\1/p' | head -n 1)" "beside a run"
soon grep -q 'ledger.mismatch.*ledger.seen: is no checkpoint' "$DIR/live0"
soon "$PARAVENT" ledger verify
exec 9>&-
wait $watch || fail "the run with another memory: exit $?: $(cat "$DIR/err")"
[ "$(grep -c ledger.mismatch "$DIR/live0")" = 1 ] || fail "more than one finding of what is remembered"

# --- one byte, changed behind the back of a run ---
mkfifo "$DIR/wire"
"$PARAVENT" watch -r - --state "$DIR/site" --jsonl "$DIR/live" --verify 1,1 <"$DIR/wire" >/dev/null 2>"$DIR/err" &
watch=$!
exec 9>"$DIR/wire"
cat $CAPTURES/case_study.pcap >&9
soon grep -q path.relay "$DIR/live"
python3 - "$LOG/tile/entries/000" <<'END'
import glob, sys
f = sorted(glob.glob(sys.argv[1]) or glob.glob(sys.argv[1] + ".p/*"), key=lambda n: (n.count("/"), len(n), n))[-1]
b = bytearray(open(f, "rb").read())
b[200] ^= 1
open(f, "r+b").write(b)
END
soon grep -q ledger.mismatch "$DIR/live"
exec 9>&-
wait $watch || fail "the run with the changed ledger: exit $?: $(cat "$DIR/err")"
python3 - "$DIR/live" <<'END' || fail "the finding"
import json, sys
f = [json.loads(l) for l in open(sys.argv[1]) if "ledger.mismatch" in l]
assert len(f) == 1, f
assert f[0]["alert"]["severity"] == 1 and "tile/entries/000" in f[0]["paravent"]["says"] and ", number 1: holds another entry" in f[0]["paravent"]["says"], f
END
does 0 'tile/entries/000.*number 1' finding list ledger.mismatch --store "$DIR/site/paravent.db"
does 6 'tile/entries/000.*, number 1: holds another entry' ledger verify
does 6 'it is not shown' ledger show 1
does 6 '"whole": false' ledger verify --json
"$PARAVENT" ledger tail -n 300 2>/dev/null | grep -q '^1 ' && fail "a changed entry was shown"
echo "PASS"
