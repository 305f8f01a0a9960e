#!/bin/sh
# Goal: an agent enrols with a one-time code under a key made on the device, renews when it is due, and after kill -9 at any moment the device has the old or the new pair, whole; what is not signed by its root is not used.
. "$(dirname "$0")/site.sh"
JOINED=1
PORT=$((20000 + $$ % 12000))
cat >hospital.yaml <<'END'
version: 1
devices:
  - { name: pump1, address: 10.20.3.7 }
END
printf 'correct horse battery\n' >pass
does 0 "" init --name test.example/agent
does 0 "" pki init --name H --root-key root.pem --passphrase-file pass --url http://127.0.0.1:$PORT
openssl x509 -inform der -in site/pki/root.cer -out root.crt
serve() { # until it answers
	"$PARAVENT" pki serve --https 127.0.0.1:$PORT --name 127.0.0.1 -p hospital.yaml >serve.log 2>&1 &
	SERVE=$!
	PIDS=$SERVE
	n=0
	until curl -s --cacert root.crt -o /dev/null https://127.0.0.1:$PORT/.well-known/est/cacerts; do
		n=$((n + 1))
		[ $n -lt 300 ] || fail "serve never answered: $(cat serve.log)"
		sleep 0.1
	done
}
serve
cat >agent.conf <<END
url https://127.0.0.1:$PORT   # of the hospital's CA
dir $DIR/device
ca $DIR/root.crt
device pump1
code-file $DIR/code
dns pump1.hospital.example
address 10.20.3.7
hook $DIR/hook
hook reload
END
cat >hook <<'END'
#!/bin/sh
[ -e "$(dirname "$0")/hook.fails" ] && exit 1
echo "$1 $(openssl x509 -in "$PARAVENT_CERTIFICATE/live/cert.pem" -noout -serial)" >>"$(dirname "$0")/hook.log"
END
chmod +x hook
live() { openssl x509 -in device/live/cert.pem -noout -serial | cut -d= -f2 | tr A-Z a-z; }
whole() { # what is live is a pair, below the root
	[ "$(openssl x509 -in device/live/cert.pem -noout -pubkey)" = "$(openssl pkey -in device/live/key.pem -pubout)" ] || fail "$1: key and certificate are no pair"
	openssl verify -CAfile device/live/root.pem -untrusted device/live/chain.pem device/live/cert.pem >/dev/null || fail "$1: the certificate does not verify"
}

# --- enrolment: without a code nothing, with it once -----------------------------------------
does 3 "without a code it cannot enrol" pki agent --config agent.conf --once
printf 'AAAA-BBBB-CCCC-DDDD\n' >code
does 5 "401" pki agent --config agent.conf --once
[ ! -e device/live ] || fail "something is live without a certificate"
"$PARAVENT" pki code pump1 -p hospital.yaml >code 2>said || fail "pki code: $(cat said)"
does 0 "new certificate" pki agent --config agent.conf --once
whole enrolled
[ "$(stat -L -c %a device/live/key.pem)" = 600 ] || fail "others may read the key"
openssl x509 -in device/live/cert.pem -noout -ext subjectAltName | grep -q "DNS:pump1.hospital.example, IP Address:10.20.3.7" || fail "other names"
grep -qi "^reload serial=$(live)" hook.log || fail "the hook was not run"
does 0 "nothing is due" pki agent --config agent.conf --once

# --- renewal: when it is due, with the certificate it has ------------------------------------
cat >age.py <<'END'
"""The live certificate again, the same but for its dates, here and in the register.  usage: age.py FROM UNTIL, in days from now"""
import datetime, sqlite3, subprocess, sys
def run(*c, **k):
    return subprocess.run(c, check=True, capture_output=True, **k).stdout
now = datetime.datetime.now(datetime.timezone.utc)
day = lambda n: (now + datetime.timedelta(days=float(n))).strftime("%Y%m%d%H%M%SZ")
serial = run("openssl", "x509", "-in", "device/live/cert.pem", "-noout", "-serial").decode().strip().split("=")[1]
run("openssl", "req", "-new", "-key", "device/live/key.pem", "-subj", "/CN=pump1", "-out", "age.csr")
run("openssl", "x509", "-inform", "der", "-in", "site/pki/issuing.cer", "-out", "issuing.crt")
open("age.cnf", "w").write("""[ca]
default_ca = d
[d]
database = age.txt
serial = age.serial
new_certs_dir = .
default_md = sha256
policy = p
x509_extensions = x
unique_subject = no
[p]
commonName = supplied
[x]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = DNS:pump1.hospital.example, IP:10.20.3.7
""")
open("age.txt", "w").close()
open("age.serial", "w").write(serial + "\n")
run("openssl", "ca", "-batch", "-notext", "-config", "age.cnf", "-cert", "issuing.crt", "-keyfile", "site/keys/issuing.pem", "-in", "age.csr", "-out", "age.crt", "-startdate", day(sys.argv[1]), "-enddate", day(sys.argv[2]))
pem = open("age.crt").read()
open("device/live/cert.pem", "w").write(pem)
open("device/live/fullchain.pem", "w").write(pem + open("device/live/chain.pem").read())
db = sqlite3.connect("site/pki/pki.db")
db.execute("update certificate set der=?, not_before=?, not_after=? where serial=?", (run("openssl", "x509", "-in", "age.crt", "-outform", "der"),
    int((now + datetime.timedelta(days=float(sys.argv[1]))).timestamp()), int((now + datetime.timedelta(days=float(sys.argv[2]))).timestamp()), bytes.fromhex(serial)))
db.commit()
END
age() { /usr/bin/python3 age.py "$@" || fail "age $*"; }
rm -f code
first=$(live)
age -100 265
does 0 "nothing is due" pki agent --config agent.conf --once
age -355 10
does 0 "new certificate" pki agent --config agent.conf --once
whole renewed
[ "$(live)" != "$first" ] || fail "it was due and was not renewed"
[ "$(readlink device/before)" != "$(readlink device/live)" ] || fail "the one before is not kept"

# --- months offline: expired, so it asks with what it still has, and says so -------------------
age -400 -35
does 3 "has expired" pki agent --config agent.conf --once
"$PARAVENT" pki code pump1 -p hospital.yaml >code 2>/dev/null
does 0 "new certificate" pki agent --config agent.conf --once
whole recovered

# --- the server is away: the old one stays -------------------------------------------------------
kill $SERVE; wait $SERVE; PIDS=
was=$(live)
does 3 "holds until" pki agent --config agent.conf --renew
[ "$(live)" = "$was" ] || fail "a renewal that failed changed what is live"
serve

# --- another root: what comes is not believed ----------------------------------------------------
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.pem -out other.crt -subj /CN=other -days 9 2>/dev/null
sed "s,^ca .*,ca $DIR/other.crt," agent.conf >stranger.conf
does 3 "holds until" pki agent --config stranger.conf --renew
[ "$(live)" = "$was" ] || fail "a stranger's CA was believed"

# --- a hook that fails is owed ------------------------------------------------------------------
touch hook.fails
does 3 "tried again" pki agent --config agent.conf --renew
whole "hook failed"
lines=$(wc -l <hook.log)
rm hook.fails
does 0 "nothing is due" pki agent --config agent.conf --once
[ "$(wc -l <hook.log)" -gt "$lines" ] || fail "the hook that was owed was not run"

# --- kill -9 anywhere -----------------------------------------------------------------------------
for ms in 005 010 020 030 040 060 080 100 120 150 180 220 260 300; do
	"$PARAVENT" pki agent --config agent.conf --renew >/dev/null 2>&1 &
	sleep 0.$ms
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	whole "after kill -9 at $ms ms"
done
does 0 "new certificate" pki agent --config agent.conf --renew
whole "after all kills"
[ "$(ls -d device/v.* | wc -l)" -le 3 ] || fail "pairs that were given up are left: $(ls device)"

# --- another issuing CA below the root: the device changes to it -----------------------------------
does 0 "generation 2 issues" pki rotate --root-key root.pem --passphrase-file pass
kill $SERVE; wait $SERVE
serve
does 0 "changes to it" pki agent --config agent.conf --once
whole rotated
openssl x509 -inform der -in site/pki/issuing.2.cer -noout -subject | sed 's/^subject//' >new.name
openssl x509 -in device/live/cert.pem -noout -issuer | sed 's/^issuer//' | cmp -s - new.name || fail "the device has a certificate of the old CA still"
does 0 "nothing is due" pki agent --config agent.conf --once

# --- it goes on by itself, one a directory ---------------------------------------------------------
"$PARAVENT" pki agent --config agent.conf >loop.log 2>&1 &
PIDS="$PIDS $!"
LOOP=$!
n=0
until grep -q "keeps the certificate" loop.log; do
	n=$((n + 1))
	[ $n -lt 200 ] || fail "the agent does not begin: $(cat loop.log)"
	sleep 0.1
done
does 3 "another agent keeps it" pki agent --config agent.conf --once
kill $LOOP
wait $LOOP || fail "the agent did not end well: $(cat loop.log)"
echo "enrolled, renewed when due, recovered after expiry; 14 kills left a whole pair each; strangers' certificates not used; changed to the next CA"
