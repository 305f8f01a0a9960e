#!/bin/sh
# Goal: tens of thousands of revoked certificates stand in the lists, each in its own and all in the full one; answers signed ahead verify, and what was revoked since is told at once.
. "$(dirname "$0")/site.sh"
JOINED=1
PORT=$((20000 + $$ % 12000)) N=30000
printf 'correct horse battery\n' >pass
printf 'version: 1\ndevices:\n  - { name: pump1, address: 10.20.3.7 }\n' >hospital.yaml
does 0 "" init --name test.example/lists
does 0 "" pki init --name H --root-key root.pem --passphrase-file pass --url http://127.0.0.1:$PORT
openssl x509 -inform der -in site/pki/root.cer -out root.crt && openssl x509 -inform der -in site/pki/issuing.cer -out issuing.crt
openssl ecparam -name prime256v1 -genkey -noout -out k.pem
openssl req -new -key k.pem -subj /CN=pump1 -out k.csr
for i in 1 2 3; do
	does 0 issued pki issue --profile device --device pump1 -p hospital.yaml --csr k.csr -o $i.crt
done
serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2 | tr A-Z a-z; }
cat >fill.py <<'END'
"""usage: fill.py COUNT: so many more that are revoked"""
import os, sqlite3, sys
db = sqlite3.connect("site/pki/pki.db")
names = "subject,names,profile,device,key,issued,not_before,not_after,issuer,der"
row = db.execute("select %s from certificate where profile='device' limit 1" % names).fetchone()
db.executemany("insert into certificate(serial,revoked,reason,%s) values(?,?,?,?,?,?,?,?,?,?,?,?,?)" % names,
               ((bytes([i % 256 or 1]) + os.urandom(15), row[5] + 1, i % 2, *row) for i in range(int(sys.argv[1]))))
db.commit()
END
/usr/bin/python3 fill.py $N || fail "fill.py"
"$PARAVENT" pki status --presign --listen 127.0.0.1:$PORT 2>status.log &
PIDS=$!
n=0
until grep -q answering status.log && curl -sf -o got http://127.0.0.1:$PORT/crl/full.crl; do
	n=$((n + 1))
	[ $n -lt 300 ] || fail "status never answered: $(cat status.log)"
	sleep 0.1
done
told() { # told CERTIFICATE WORDS [OPTIONS]
	c=$1 words=$2
	shift 2
	openssl ocsp -issuer issuing.crt -cert $c -url http://127.0.0.1:$PORT/ocsp -CAfile root.crt -verify_other issuing.crt "$@" >out 2>&1
	grep -q "Response verify OK" out && grep -q "$c: $words" out || fail "$c is not told as $words: $(cat out)"
}
told 1.crt good -no_nonce
told 1.crt good
# The answer that was signed ahead is the same each time; one with a nonce never is.
openssl ocsp -issuer issuing.crt -cert 2.crt -no_nonce -reqout q.der >/dev/null 2>&1
openssl ocsp -issuer issuing.crt -sha256 -cert 2.crt -no_nonce -reqout other.der >/dev/null 2>&1
ask() { curl -sf --data-binary @$1 -H 'Content-Type: application/ocsp-request' -o $2 http://127.0.0.1:$PORT/ocsp || fail "curl $1"; }
# What another process writes throws away every answer that was kept: what is the same after that was signed ahead.
touch_register() { /usr/bin/python3 -c 'import sqlite3; d = sqlite3.connect("site/pki/pki.db"); d.execute("update number set value=value+1 where name=\"crl\""); d.commit()'; }
same=no
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do # until it has come round to this one
	ask q.der a.der
	touch_register
	ask q.der b.der
	cmp -s a.der b.der && same=yes && break
	sleep 0.2
done
[ $same = yes ] || fail "nothing was signed ahead"
ask other.der a.der; touch_register; ask other.der b.der
cmp -s a.der b.der && fail "an answer by SHA-256 was signed ahead: then this test shows nothing"
does 0 revoked pki revoke "$(serial 2.crt)" --reason key-compromise
told 2.crt revoked -no_nonce
told 2.crt revoked
told 3.crt good -no_nonce

# The lists.
for c in 1 2; do
	shard=$(openssl x509 -in $c.crt -noout -ext crlDistributionPoints | grep -o '/crl/[0-9]*.crl')
	for l in "$shard" /crl/full.crl; do
		curl -sf -o list.der "http://127.0.0.1:$PORT$l" || fail "$l is not served"
		{ openssl crl -inform der -in list.der; openssl crl -inform der -in site/pki/crl/root.crl; } >crls.pem
		openssl verify -crl_check_all -CRLfile crls.pem -CAfile root.crt -untrusted issuing.crt $c.crt >out 2>&1
		if [ $c = 1 ]; then grep -q "1.crt: OK" out; else grep -q "certificate revoked" out; fi || fail "$l of $c.crt: $(cat out)"
	done
done
openssl crl -inform der -in list.der -noout -text | grep -c "Serial Number:" >count
[ "$(cat count)" = $((N + 1)) ] || fail "the full list has $(cat count), not $((N + 1))"
total=0
for f in site/pki/crl/[0-9]*.crl; do
	total=$((total + $(openssl crl -inform der -in "$f" -noout -text | grep -c "Serial Number:")))
done
[ $total = $((N + 1)) ] || fail "the lists together have $total, not $((N + 1))"
echo "$((N + 1)) revoked in 16 lists and a full one; signed ahead, and never behind a revocation"
