#!/bin/sh
# Goal: openssl verifies what our CA issues, for each kind of key; bad requests are refused with their reason; a revocation is told at once, by list and OCSP; kill -9 leaves the old or the new.
. "$(dirname "$0")/site.sh"
JOINED=1

says() { # says WORDS COMMAND...
	words=$1
	shift
	"$@" >out 2>&1
	grep -q -- "$words" out || fail "$*: does not say '$words': $(cat out)"
}

request() { # request NAME SAN: name.csr, of name.pem, which is made if it is not there
	[ -f "$1.pem" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$1.pem"
	openssl req -new -key "$1.pem" -subj /CN=pump1 ${2:+-addext "subjectAltName=$2"} ${3:+"$3"} -out "$1.csr" 2>/dev/null || fail "openssl req $1"
}

serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2 | tr A-Z a-z; }

lists() { for f in site/pki/crl/*.crl; do openssl crl -inform der -in "$f"; done >crls.pem; }

PORT=$((20000 + $$ % 12000))
cat >hospital.yaml <<'END'
version: 1
devices:
  - { name: pump1, address: 10.20.3.7, card: 00:09:fb:00:00:21 }
profiles:
  - { name: device, days: 100 }
END
printf 'correct horse battery\n' >pass

# --- the CA -----------------------------------------------------------------------------
does 3 "paravent init" pki init --name H --root-key root.pem --passphrase-file pass
does 0 "" init --name test.example/pki
does 0 "would make" pki init --name H --root-key root.pem --passphrase-file pass --dry-run
[ ! -e site/pki ] || fail "a dry run made something"
does 0 "carry it away" pki init --name "General Hospital" --root-key root.pem --passphrase-file pass --domain hospital.example --subnet 10.20.0.0/16 --url http://127.0.0.1:$PORT
does 3 "has a CA already" pki init --name H --root-key other.pem --passphrase-file pass
grep -q "BEGIN ENCRYPTED PRIVATE KEY" root.pem || fail "the root's key is in clear"
openssl pkey -in root.pem -passin file:pass -noout || fail "openssl cannot open the root's key"
openssl x509 -inform der -in site/pki/root.cer -out root.crt && openssl x509 -inform der -in site/pki/issuing.cer -out issuing.crt || fail "the CA's certificates"
root=$(openssl x509 -in root.crt -noout -pubkey)
for f in site/keys/*.pem; do
	[ "$(openssl pkey -in "$f" -pubout)" != "$root" ] || fail "the root's key is in $f"
done
says "pathlen:0" openssl x509 -in issuing.crt -noout -text
says "DNS:hospital.example" openssl x509 -in issuing.crt -noout -ext nameConstraints

# --- a device, with each kind of key ------------------------------------------------------
openssl genpkey -algorithm ed25519 -out ed25519.pem
openssl ecparam -name secp384r1 -genkey -noout -out p384.pem
openssl genrsa -out rsa.pem 2048 2>/dev/null
NAMES=DNS:pump1.hospital.example,IP:10.20.3.7,URI:urn:paravent:device:pump1,URI:urn:mac:00:09:fb:00:00:21
lists
for k in p256 p384 ed25519 rsa; do
	request $k "$NAMES"
	does 0 issued pki issue --profile device --device pump1 -p hospital.yaml --csr $k.csr -o $k.crt
	says "$k.crt: OK" openssl verify -x509_strict -crl_check_all -CRLfile crls.pem -CAfile root.crt -untrusted issuing.crt $k.crt
done
[ "$(openssl x509 -in p256.crt -noout -pubkey)" = "$(openssl pkey -in p256.pem -pubout)" ] || fail "another key was certified"
openssl x509 -in p256.crt -noout -checkend $((99 * 86400)) >/dev/null || fail "ends too early"
openssl x509 -in p256.crt -noout -checkend $((101 * 86400)) >/dev/null && fail "the policy's days were not kept"
cat p256.csr p384.csr ed25519.csr >many.csr
does 0 '"issued"' pki issue --profile device --device pump1 -p hospital.yaml --csr many.csr --json
[ "$(grep -c '"state": "issued"' out)" = 3 ] || fail "three requests in a file: $(cat out)"

# --- refused, each with its reason --------------------------------------------------------
refused() { # refused WORDS FILE [ARGUMENT...]
	words=$1 file=$2
	shift 2
	does 5 "$words" pki issue --profile device --device pump1 -p hospital.yaml --csr "$file" "$@"
}
printf 'nothing' >bad.csr; refused "is no request" bad.csr
openssl req -in p256.csr -outform der -out p256.der
head -c 100 p256.der >cut.der; refused "is no request" cut.der
/usr/bin/python3 - <<'END'
d = bytearray(open("p256.der", "rb").read())
d[-1] ^= 1
open("pop.der", "wb").write(d)
n = bytearray(open("p256.der", "rb").read())
i = n.index(b"pump1.hospital")
n[i + 4] = 0
open("nul.der", "wb").write(n)
END
refused "does not hold its private key" pop.der
refused "is no request" nul.der
request outside DNS:pump1.elsewhere.example; refused "outside what this CA may issue for" outside.csr
request subnet IP:10.21.0.1; refused "outside what this CA may issue for" subnet.csr
request twice DNS:pump1.hospital.example,DNS:PUMP1.hospital.example; refused "stands there twice" twice.csr
huge=$(i=0; while [ $i -lt 65 ]; do printf '%sDNS:a%d.hospital.example' "${sep:-}" $i; sep=,; i=$((i + 1)); done)
request huge "$huge"; refused "more than 64 names" huge.csr
openssl genrsa -out weak.pem 1024 2>/dev/null; request weak "$NAMES"; refused "shorter than 2048" weak.csr
openssl ecparam -name secp256k1 -genkey -noout -out curve.pem; request curve "$NAMES"; refused "neither P-256 nor P-384" curve.csr
request sha1 "$NAMES" -sha1; refused "MD5 or SHA-1" sha1.csr

# --- who the policy does not know waits ---------------------------------------------------
request other DNS:pump2.hospital.example
does 4 "waits for approval as 1" pki issue --profile device --device pump2 -p hospital.yaml --csr other.csr
does 4 "waits for approval as 2" pki issue --profile device --device pump1 -p hospital.yaml --csr other.csr
does 0 "device=pump2" pki pending
does 0 issued pki approve 1 -o other.crt
does 0 "" pki deny 2 --reason "is not pump1"
does 3 "nobody waits" pki approve 2
does 0 issued pki renew "$(serial other.crt)" --csr other.csr -o renewed.crt
[ "$(serial renewed.crt)" != "$(serial other.crt)" ] || fail "a serial number was given twice"

# --- status: good, revoked after start, unknown, nonce -------------------------------------
"$PARAVENT" pki status --listen 127.0.0.1:$PORT 2>status.log &
PIDS=$!
n=0
until grep -q answering status.log && curl -sf -o got.cer http://127.0.0.1:$PORT/ca/issuing.cer; do
	n=$((n + 1))
	[ $n -lt 300 ] || fail "status never answered: $(cat status.log)"
	sleep 0.1
done
cmp -s got.cer site/pki/issuing.cer || fail "/ca/issuing.cer is another"
ask() { openssl ocsp -issuer issuing.crt -url http://127.0.0.1:$PORT/ocsp -CAfile root.crt -verify_other issuing.crt "$@" 2>&1; }
says "p256.crt: good" ask -cert p256.crt
grep -q "Response verify OK" out || fail "the answer does not verify: $(cat out)"
grep -qi "nonce" out && fail "the nonce did not come back: $(cat out)"
says "p256.crt: good" ask -cert p256.crt -no_nonce
says "p256.crt: good" ask -sha256 -cert p256.crt -no_nonce
says "0x5123456789abcdef0123456789abcdef: unknown" ask -serial 0x5123456789abcdef0123456789abcdef
ask -cert p256.crt -no_nonce -reqout question.der >/dev/null
says . curl -sf "http://127.0.0.1:$PORT/ocsp/$(base64 -w0 question.der | sed 's/+/%2B/g; s,/,%2F,g; s/=/%3D/g')" -o answer.der -w '%{content_type}'
says "p256.crt: good" openssl ocsp -respin answer.der -issuer issuing.crt -cert p256.crt -CAfile root.crt -verify_other issuing.crt -no_nonce
does 2 "key-compromise" pki revoke "$(serial p256.crt)"
does 0 "revoked" pki revoke "$(serial p256.crt)" --reason key-compromise
says "p256.crt: revoked" ask -cert p256.crt -no_nonce
says "keyCompromise" ask -cert p256.crt
says "p384.crt: good" ask -cert p384.crt -no_nonce
lists
says "certificate revoked" openssl verify -crl_check_all -CRLfile crls.pem -CAfile root.crt -untrusted issuing.crt p256.crt
says "p384.crt: OK" openssl verify -crl_check_all -CRLfile crls.pem -CAfile root.crt -untrusted issuing.crt p384.crt
says 404 curl -s -o /dev/null -w '%{http_code}' --path-as-is http://127.0.0.1:$PORT/crl/../pki.db
says 413 curl -s -o /dev/null -w '%{http_code}' --data-binary @site/pki/pki.db http://127.0.0.1:$PORT/ocsp
kill $PIDS
wait $PIDS || fail "status did not end well: $(cat status.log)"
PIDS=

# --- kill -9 in the midst of issuing -------------------------------------------------------
i=0; : >batch.csr
while [ $i -lt 200 ]; do cat p384.csr >>batch.csr; i=$((i + 1)); done
for ms in 020 060 120 250; do
	: >killed.crt
	"$PARAVENT" pki issue --profile device --device pump1 -p hospital.yaml --csr batch.csr -o killed.crt >/dev/null 2>&1 &
	sleep 0.$ms
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	/usr/bin/python3 - site/pki/pki.db killed.crt <<'END' || fail "after kill -9"
import sqlite3, subprocess, sys
db = sqlite3.connect(sys.argv[1])
assert db.execute("pragma integrity_check").fetchone() == ("ok",)
have = {r[0] for r in db.execute("select der from certificate")}
blocks = open(sys.argv[2]).read().split("-----END CERTIFICATE-----\n")[:-1]
for b in blocks:  # who was told of one finds it there
    der = subprocess.run(["openssl", "x509", "-outform", "der"], input=(b + "-----END CERTIFICATE-----\n").encode(), capture_output=True).stdout
    assert der in have
END
done
does 0 issued pki issue --profile device --device pump1 -p hospital.yaml --csr p384.csr

# --- and all of it stands in the ledger ------------------------------------------------------
does 0 "" ledger verify
does 0 "" ledger tail -n 2000
for words in "this CA begins" "issued a device certificate" "refused a device certificate: it is signed with MD5" "asks for a device certificate" "approved and issued" \
	"denied a device certificate: is not pump1" "renewed a device" "revoked the device certificate $(serial p256.crt): key-compromise"; do
	grep -q -- "$words" out || fail "the ledger does not say: $words"
done

# --- the other kinds of CA key ---------------------------------------------------------------
for k in p384 rsa3072 ed25519; do
	export PARAVENT_STATE="$DIR/$k"
	does 0 "" init --name test.example/$k
	does 0 "carry it away" pki init --name H --root-key root_$k.pem --passphrase-file pass --key $k
	does 0 issued pki issue --profile device --device pump1 -p hospital.yaml --csr p384.csr -o by_$k.crt
	openssl x509 -inform der -in $k/pki/root.cer -out root.crt && openssl x509 -inform der -in $k/pki/issuing.cer -out issuing.crt
	says ": OK" openssl verify -x509_strict -CAfile root.crt -untrusted issuing.crt by_$k.crt
done
echo "init, four kinds of key, 11 refusals, approval, renewal, OCSP and lists, 4 kills: all as told"
