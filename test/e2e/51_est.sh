#!/bin/sh
# Goal: curl, openssl and strongSwan enrol devices over EST by code, by maker's certificate and by the old one; every wrong proof is refused with its reason; who waits gets its certificate once a person approves.
. "$(dirname "$0")/site.sh"
PORT=$((20000 + $$ % 12000))
EST=https://127.0.0.1:$PORT/.well-known/est

key() { [ -f "$1.pem" ] || openssl ecparam -name prime256v1 -genkey -noout -out "$1.pem"; }

request() { # request FILE KEY CN SAN [ARGUMENT...]: FILE.b64
	file=$1 name=$2 cn=$3 san=$4
	shift 4
	key "$name"
	openssl req -new -key "$name.pem" -subj "/CN=$cn" ${san:+-addext "subjectAltName=$san"} "$@" -outform der -out "$file.der" 2>/dev/null || fail "openssl req $file"
	base64 "$file.der" >"$file.b64"
}

ask() { curl -s --cacert root.crt "$@"; }

# est STATUS WORDS OPERATION FILE [CURL ARGUMENT...]: what comes is in body, its head in head.
est() {
	status=$1 words=$2 operation=$3 file=$4
	shift 4
	got=$(ask -o body -D head -w '%{http_code}' -H "Content-Type: ${TYPE:-application/pkcs10}" --data-binary @"$file" "$@" "$EST/$operation")
	[ "$got" = "$status" ] || fail "$operation $file $*: $got, wanted $status: $(cat body serve.log)"
	[ -z "$words" ] || grep -q -- "$words" body || fail "$operation $file $*: does not say '$words': $(cat body)"
}

certificate() { # certificate FILE: body as a certificate, which must verify
	grep -qi '^content-type: application/pkcs7-mime; smime-type=certs-only' head || fail "$1: $(cat head)"
	base64 -d body | openssl pkcs7 -inform der -print_certs -out "$1" 2>/dev/null || fail "$1: no PKCS #7: $(cat body)"
	openssl verify -CAfile root.crt -untrusted issuing.crt "$1" >/dev/null || fail "$1 does not verify"
}

serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2 | tr A-Z a-z; }

begin() {
	: >serve.log
	"$PARAVENT" pki serve --https 127.0.0.1:$PORT -p hospital.yaml 2>serve.log &
	PIDS=$!
	n=0
	until grep -q answering serve.log && ask -o /dev/null $EST/cacerts; do
		n=$((n + 1))
		[ $n -lt 300 ] || fail "pki serve never answered: $(cat serve.log)"
		sleep 0.1
	done
}

cat >hospital.yaml <<'END'
version: 1
devices:
  - { name: pump1, address: 10.20.3.7, card: 00:09:fb:00:00:21 }
  - { name: ct1, address: 10.20.4.9, card: 00:09:fb:00:00:31, factory: SN-4711 }
END
printf 'correct horse battery\n' >pass
does 0 "" init --name test.example/pki
does 0 "carry it away" pki init --name "General Hospital" --root-key root.pem --passphrase-file pass --domain hospital.example --subnet 10.20.0.0/16 --subnet 127.0.0.0/8 --url http://127.0.0.1
openssl x509 -inform der -in site/pki/root.cer -out root.crt && openssl x509 -inform der -in site/pki/issuing.cer -out issuing.crt || fail "the CA's certificates"

# A maker's CA, two of its devices, and somebody else's.
maker() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$1.pem" -out "$1.crt" -subj "/CN=$1" -days 30 2>/dev/null; }
made() { # made CA FILE SUBJECT
	key "$2"
	openssl req -new -key "$2.pem" -subj "$3" -out "$2.csr" 2>/dev/null
	openssl x509 -req -in "$2.csr" -CA "$1.crt" -CAkey "$1.pem" -CAcreateserial -days 20 -out "$2.crt" 2>/dev/null || fail "openssl x509 $2"
}
maker PumpCo; maker Stranger
made PumpCo factory_ct1 "/O=PumpCo/serialNumber=SN-4711/CN=scanner"
made PumpCo factory_new "/O=PumpCo/serialNumber=SN-9999/CN=scanner"
made Stranger factory_foreign "/O=PumpCo/serialNumber=SN-4711/CN=scanner"
does 0 "PumpCo: trusted" pki trust-factory PumpCo.crt
does 3 "no certificate in PEM" pki trust-factory hospital.yaml
does 3 "no CA" pki trust-factory factory_ct1.crt
begin

# --- the CA's certificates, and what to ask for -------------------------------------------
ask $EST/cacerts | base64 -d | openssl pkcs7 -inform der -print_certs -out chain.pem || fail "cacerts is no PKCS #7"
openssl verify -CAfile root.crt chain.pem >/dev/null || fail "cacerts does not verify"
[ "$(grep -c BEGIN chain.pem)" = 2 ] || fail "cacerts holds $(grep -c BEGIN chain.pem) certificates"
ask $EST/device/csrattrs | base64 -d | openssl asn1parse -inform der | grep -q prime256v1 || fail "csrattrs names no curve"
[ "$(ask -o /dev/null -w '%{http_code}' $EST/nothing/cacerts)" = 404 ] || fail "a profile that there is not"
[ "$(ask -o /dev/null -w '%{http_code}' $EST/simpleenroll)" = 405 ] || fail "GET of simpleenroll"
curl -s --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0 --cacert root.crt $EST/cacerts >/dev/null && fail "TLS 1.1 was taken"

# --- by a code, once -----------------------------------------------------------------------
NAMES=DNS:pump1.hospital.example,IP:10.20.3.7
request pump1 pump1 pump1 $NAMES
est 401 "must show a certificate" simpleenroll pump1.b64
grep -qi '^www-authenticate: Basic' head || fail "401 without WWW-Authenticate: $(cat head)"
does 5 "names no such device" pki code pump9 -p hospital.yaml
does 0 "" pki code pump1 -p hospital.yaml
CODE=$(cat out)
case $CODE in ????-????-????-????) ;; *) fail "the code: $CODE";; esac
grep -rq "$CODE" site && fail "the code is kept as it is"
est 401 "not good for this device" simpleenroll pump1.b64 -u pump1:0000-0000-0000-0000
est 401 "not good for this device" simpleenroll pump1.b64 -u "ct1:$CODE"
est 401 "another profile" server/simpleenroll pump1.b64 -u "pump1:$CODE"
TYPE=text/plain; est 415 "application/pkcs10" simpleenroll pump1.b64 -u "pump1:$CODE"; TYPE=
printf 'bm90aGluZw==' >bad.b64; est 400 "is no PKCS" simpleenroll bad.b64 -u "pump1:$CODE"
printf '%%%%' >bad.b64; est 400 "is no PKCS" simpleenroll bad.b64 -u "pump1:$CODE"
head -c 20000 /dev/zero | base64 >big.b64; est 400 "larger than a request" simpleenroll big.b64 -u "pump1:$CODE"
head -c 60000 /dev/zero | base64 >big.b64; got=$(ask -o /dev/null -w '%{http_code}' -H 'Expect: 100-continue' -H 'Content-Type: application/pkcs10' --data-binary @big.b64 $EST/simpleenroll)
case $got in 413|417) ;; *) fail "80 KB: $got";; esac
/usr/bin/python3 - <<'END'
import base64
d = bytearray(open("pump1.der", "rb").read())
d[-1] ^= 1
open("pop.b64", "wb").write(base64.encodebytes(d))
n = bytearray(open("pump1.der", "rb").read())
n[n.index(b"pump1.hospital") + 4] = 0
open("nul.b64", "wb").write(base64.encodebytes(n))
END
est 400 "does not hold its private key" simpleenroll pop.b64 -u "pump1:$CODE"
est 400 "is no PKCS" simpleenroll nul.b64 -u "pump1:$CODE"
request outside pump1 pump1 DNS:pump1.elsewhere.example; est 400 "outside what this CA may issue for" simpleenroll outside.b64 -u "pump1:$CODE"
request twice pump1 pump1 DNS:pump1.hospital.example,DNS:PUMP1.hospital.example; est 400 "stands there twice" simpleenroll twice.b64 -u "pump1:$CODE"
huge=$(i=0; while [ $i -lt 65 ]; do printf '%sDNS:a%d.hospital.example' "${sep:-}" $i; sep=,; i=$((i + 1)); done)
request huge pump1 pump1 "$huge"; est 400 "more than 64 names" simpleenroll huge.b64 -u "pump1:$CODE"
request sha1 pump1 pump1 $NAMES -sha1; est 400 "MD5 or SHA-1" simpleenroll sha1.b64 -u "pump1:$CODE"
openssl genrsa -out weak.pem 1024 2>/dev/null; request weak weak pump1 $NAMES; est 400 "shorter than 2048" simpleenroll weak.b64 -u "pump1:$CODE"
cat >bound.cnf <<'END'
[req]
distinguished_name = dn
attributes = a
prompt = no
[dn]
CN = pump1
[a]
challengePassword = bm90IHRoaXMgY29ubmVjdGlvbg==
END
openssl req -new -key pump1.pem -config bound.cnf -outform der 2>/dev/null | base64 >bound.b64
est 400 "binds it to another connection" simpleenroll bound.b64 -u "pump1:$CODE"
est 200 "" simpleenroll pump1.b64 -u "pump1:$(echo "$CODE" | tr -d - | tr A-Z a-z)"
certificate pump1.crt
[ "$(openssl x509 -in pump1.crt -noout -pubkey)" = "$(openssl pkey -in pump1.pem -pubout)" ] || fail "another key was certified"
est 401 "used up" simpleenroll pump1.b64 -u "pump1:$CODE"

# --- bound to its connection, by what only both ends have -----------------------------------
does 0 "" pki code pump1 -p hospital.yaml
cat >bound.py <<'END'
import base64, http.client, ssl, subprocess, sys
context = ssl.create_default_context(cafile="root.crt")
context.maximum_version = ssl.TLSVersion.TLSv1_2
c = http.client.HTTPSConnection("127.0.0.1", int(sys.argv[1]), context=context)
c.connect()
binding = base64.b64encode(c.sock.get_channel_binding("tls-unique")).decode()
open("own.cnf", "w").write(open("bound.cnf").read().replace("bm90IHRoaXMgY29ubmVjdGlvbg==", binding))
der = subprocess.run(["openssl", "req", "-new", "-key", "pump1.pem", "-config", "own.cnf", "-outform", "der"], capture_output=True, check=True).stdout
basic = base64.b64encode(b"pump1:" + sys.argv[2].encode()).decode()
c.request("POST", "/.well-known/est/simpleenroll", base64.b64encode(der), {"Content-Type": "application/pkcs10", "Authorization": "Basic " + basic})
r = c.getresponse()
print(r.status, r.read()[:80])
END
/usr/bin/python3 bound.py $PORT "$(cat out)" >bound.out 2>&1
grep -q '^200' bound.out || fail "a request bound to its own connection: $(cat bound.out)"
does 0 "" pki code pump1 -p hospital.yaml
cat >exporter.py <<'END'
import base64, subprocess, sys
s = subprocess.Popen(["openssl", "s_client", "-connect", "127.0.0.1:" + sys.argv[1], "-CAfile", "root.crt", "-tls1_3", "-ign_eof",
                      "-keymatexport", "EXPORTER-Channel-Binding", "-keymatexportlen", "32"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
line = b""
while b"Keying material:" not in line:
    line = s.stdout.readline()
    assert line, "s_client told no keying material"
binding = base64.b64encode(bytes.fromhex(line.split(b":")[1].strip().decode())).decode()
open("own.cnf", "w").write(open("bound.cnf").read().replace("bm90IHRoaXMgY29ubmVjdGlvbg==", binding))
der = subprocess.run(["openssl", "req", "-new", "-key", "pump1.pem", "-config", "own.cnf", "-outform", "der"], capture_output=True, check=True).stdout
body = base64.b64encode(der).decode()
basic = base64.b64encode(b"pump1:" + sys.argv[2].encode()).decode()
s.stdin.write(("POST /.well-known/est/simpleenroll HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: application/pkcs10\r\n"
               "Authorization: Basic %s\r\nContent-Length: %d\r\n\r\n%s" % (basic, len(body), body)).encode())
s.stdin.flush()
print(s.stdout.read().decode(errors="replace"))
END
/usr/bin/python3 exporter.py $PORT "$(cat out)" >bound.out 2>&1
grep -q 'HTTP/1.1 200' bound.out || fail "a request bound to its own connection by TLS 1.3: $(cat bound.out)"

# --- by the old certificate ------------------------------------------------------------------
key pump1_new; request again pump1_new pump1 $NAMES
est 403 "show it as the client" simplereenroll again.b64
est 200 "" simplereenroll again.b64 --cert pump1.crt --key pump1.pem
certificate renewed.crt
[ "$(openssl x509 -in renewed.crt -noout -pubkey)" = "$(openssl pkey -in pump1_new.pem -pubout)" ] || fail "the new key was not certified"
request more pump1_new pump1 $NAMES,DNS:pump1.other.hospital.example
est 400 "same subject and names" simplereenroll more.b64 --cert pump1.crt --key pump1.pem
request ct1 ct1 ct1 DNS:ct1.hospital.example
est 400 "same subject and names" simplereenroll ct1.b64 --cert pump1.crt --key pump1.pem
est 403 "another profile" server/simplereenroll again.b64 --cert pump1.crt --key pump1.pem
does 0 revoked pki revoke "$(serial pump1.crt)" --reason key-compromise
est 403 "is revoked" simplereenroll again.b64 --cert pump1.crt --key pump1.pem
est 403 "is revoked" simpleenroll again.b64 --cert pump1.crt --key pump1.pem
est 200 "" simplereenroll again.b64 --cert renewed.crt --key pump1_new.pem

# --- by its maker's certificate ----------------------------------------------------------------
ask -o /dev/null --cert factory_foreign.crt --key factory_foreign.pem -H 'Content-Type: application/pkcs10' --data-binary @ct1.b64 $EST/simpleenroll && fail "another maker's certificate was let in"
est 403 "renewed by itself" simplereenroll ct1.b64 --cert factory_ct1.crt --key factory_ct1.pem
est 200 "" simpleenroll ct1.b64 --cert factory_ct1.crt --key factory_ct1.pem
certificate ct1.crt
[ "$(openssl x509 -in ct1.crt -noout -subject)" = "subject=CN = ct1" ] || fail "$(openssl x509 -in ct1.crt -noout -subject)"
request thief ct1 pump1 DNS:pump1.hospital.example
est 202 "DNS name does not begin" simpleenroll thief.b64 --cert factory_ct1.crt --key factory_ct1.pem

# --- who the policy does not know waits, and gets it by the same request ------------------------
request new new pump7 DNS:pump7.hospital.example
est 202 "the policy names" simpleenroll new.b64 --cert factory_new.crt --key factory_new.pem
grep -qi '^retry-after: [0-9]' head || fail "202 without Retry-After: $(cat head)"
est 202 "waits for a person" simpleenroll new.b64 --cert factory_new.crt --key factory_new.pem
does 0 "pump7 dns:pump7.hospital.example" pki pending
[ "$(wc -l <out)" = 2 ] || fail "two wait: $(cat out)"
does 0 issued pki approve "$(sed -n 's/^id=\([0-9]*\) .*pump7 dns.*/\1/p' out)" -o approved.crt
est 200 "" simpleenroll new.b64 --cert factory_new.crt --key factory_new.pem
certificate new.crt
[ "$(serial new.crt)" = "$(serial approved.crt)" ] || fail "another certificate than the one approved"
does 0 "" pki pending
does 0 "" pki deny "$(sed -n 's/^id=\([0-9]*\) .*/\1/p' out)" --reason "is not ct1's name"
est 403 "denied" simpleenroll thief.b64 --cert factory_ct1.crt --key factory_ct1.pem
does 0 revoked pki revoke "$(serial new.crt)" --reason cessation
est 403 "revoked" simpleenroll new.b64 --cert factory_new.crt --key factory_new.pem

# --- guesses are counted, a policy read anew, and all of it stands in the ledger ------------------
i=0
while [ $i -lt 7 ]; do est 401 "" simpleenroll pump1.b64 -u "pump1:guess$i"; i=$((i + 1)); done
est 429 "in ten minutes" simpleenroll pump1.b64 -u pump1:guess
grep -qi '^retry-after: [0-9]' head || fail "429 without Retry-After"
anew() { # anew TIMES: the policy is read anew
	kill -HUP $PIDS
	n=0
	until [ "$(grep -c answering serve.log)" = "$1" ] && ask -o /dev/null $EST/cacerts; do
		n=$((n + 1))
		[ $n -lt 300 ] || fail "pki serve did not come back: $(cat serve.log)"
		sleep 0.1
	done
}
sed 's/factory: SN-4711/factory: SN-9999/' hospital.yaml >next.yaml
echo "devices: [" >hospital.yaml
anew 2
grep -q "read before stays" serve.log || fail "a broken policy was taken: $(cat serve.log)"
mv next.yaml hospital.yaml
anew 3
request swapped new ct1 DNS:ct1.hospital.example
est 200 "" simpleenroll swapped.b64 --cert factory_new.crt --key factory_new.pem
kill $PIDS
wait $PIDS || fail "pki serve did not end well: $(cat serve.log)"
PIDS=
does 0 "" ledger verify
does 0 "" ledger tail -n 2000
for words in "made a code to enrol once" "by EST: this code is not good" "by EST: who sent it does not hold its private key" "devices with a certificate of this maker" \
	"asks for a device certificate" "renewed a device certificate" "approved and issued" "denied a device certificate"; do
	grep -q -- "$words" out || fail "the ledger does not say: $words"
done
# --- killed at any moment: the code is there, or the certificate, never both, never neither -----------------
for ms in 000 015 030 045 060; do
	begin
	does 0 "" pki code pump1 -p hospital.yaml
	rm -f killed.pem
	request killed killed pump1 $NAMES
	ask -o /dev/null -u "pump1:$(cat out)" -H 'Content-Type: application/pkcs10' --data-binary @killed.b64 $EST/simpleenroll &
	CURL=$!
	sleep 0.$ms
	kill -9 $PIDS
	wait $PIDS $CURL 2>/dev/null
	PIDS=
	openssl pkey -in killed.pem -pubout -outform der -out killed.pub
	/usr/bin/python3 - site/pki/pki.db killed.pub <<'END' || fail "after kill -9 at $ms ms"
import hashlib, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
assert db.execute("pragma integrity_check").fetchone() == ("ok",)
key = hashlib.sha256(open(sys.argv[2], "rb").read()).digest()
codes = db.execute("select count(*) from code where device='pump1'").fetchone()[0]
issued = db.execute("select count(*) from certificate where key=?", (key,)).fetchone()[0]
assert codes + issued == 1, (codes, issued)
END
done

# --- without its keys' process it ends, and says so --------------------------------------------------------
begin
kill -9 "$(pgrep -P "$PIDS" -f 'role keys')" || fail "there is no keys' process"
wait $PIDS
[ $? = 3 ] || fail "pki serve went on without keys"
grep -q "keys' process has ended" serve.log || fail "pki serve does not say why it ended: $(cat serve.log)"
PIDS=

# --- strongSwan's client, which cannot read a CA limited to subnets ------------------------------------
export PARAVENT_STATE="$DIR/other"
does 0 "" init --name test.example/other
does 0 "carry it away" pki init --name H --root-key other.pem --passphrase-file pass --domain hospital.example --url http://127.0.0.1
openssl x509 -inform der -in other/pki/root.cer -out root.crt && openssl x509 -inform der -in other/pki/issuing.cer -out issuing.crt
begin
does 0 "" pki code pump1 -p hospital.yaml
swan() { pki --est --url https://127.0.0.1:$PORT --cacert root.crt --cacert issuing.crt --outform pem "$@"; }
swan --in pump1.der --userpass pump1:WRONG >swan.crt 2>err && fail "strongSwan with a wrong code"
request swan pump1 pump1 DNS:pump1.hospital.example
swan --in swan.der --userpass "pump1:$(cat out)" >swan.crt 2>err || fail "strongSwan: $(cat err)"
openssl verify -CAfile root.crt -untrusted issuing.crt swan.crt >/dev/null || fail "what strongSwan got"
swan --in swan.der --cert swan.crt --key pump1.pem >swan_new.crt 2>err || fail "strongSwan's renewal: $(cat err)"
[ "$(serial swan.crt)" != "$(serial swan_new.crt)" ] || fail "strongSwan renewed nothing"
kill $PIDS
wait $PIDS || fail "pki serve did not end well: $(cat serve.log)"
PIDS=
echo "four operations, 26 refusals, approval and denial, renewal with a new key, a code used once, 5 kills, 429: all as told"
