#!/bin/sh
# Goal: a new issuing CA below the same root: certificates of both verify, each by its own list and its own signer of OCSP answers, before and after revocation; the old one certifies nothing more; a crash leaves the old or the new.
. "$(dirname "$0")/site.sh"
JOINED=1
PORT=$((20000 + $$ % 12000))
printf 'correct horse battery\n' >pass
printf 'another passphrase\n' >wrong
printf 'version: 1\ndevices:\n  - { name: pump1, address: 10.20.3.7 }\n' >hospital.yaml
serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2 | tr A-Z a-z; }
issue() { # issue FILE
	openssl ecparam -name prime256v1 -genkey -noout -out "$1.pem"
	openssl req -new -key "$1.pem" -subj /CN=pump1 -addext subjectAltName=DNS:pump1.hospital.example -out "$1.csr"
	does 0 issued pki issue --profile device --device pump1 -p hospital.yaml --csr "$1.csr" -o "$1.crt"
}
lists() { for f in site/pki/crl/*.crl; do case $f in *full*) continue;; esac; openssl crl -inform der -in "$f"; done >crls.pem; }
verifies() { openssl verify -x509_strict -crl_check_all -CRLfile crls.pem -CAfile root.crt -untrusted "$2" "$1.crt" >out 2>&1; }

does 0 "" init --name test.example/rotate
does 0 "" pki init --name "General Hospital" --root-key root.pem --passphrase-file pass --domain hospital.example --url http://127.0.0.1:$PORT
openssl x509 -inform der -in site/pki/root.cer -out root.crt
openssl x509 -inform der -in site/pki/issuing.cer -out old.crt
issue first
issue second
does 2 "usage" pki rotate
does 0 "would make generation 2" pki rotate --root-key root.pem --dry-run
does 3 "nothing was changed" pki rotate --root-key root.pem --passphrase-file wrong
does 3 "nothing was changed" pki rotate --root-key first.pem --passphrase-file pass
[ ! -e site/pki/generation ] || fail "a rotation that failed changed something"
for ms in 005 010 020 040; do # killed early: mostly nothing has happened yet, and never half of it
	"$PARAVENT" pki rotate --root-key root.pem --passphrase-file pass >/dev/null 2>&1 </dev/null & R=$!
	sleep 0.$ms
	kill -9 $R 2>/dev/null; wait $R 2>/dev/null
	[ ! -e site/pki/generation ] || break
	does 0 issued pki issue --profile device --device pump1 -p hospital.yaml --csr first.csr -o again.crt
	openssl verify -CAfile root.crt -untrusted old.crt again.crt >out 2>&1 || fail "after kill -9: $(cat out)"
done
[ -e site/pki/generation ] || does 0 "generation 2 issues" pki rotate --root-key root.pem --passphrase-file pass --key p384
openssl x509 -inform der -in site/pki/issuing.2.cer -out new.crt
openssl x509 -in new.crt -noout -ext nameConstraints | grep -q "DNS:hospital.example" || fail "the constraints were lost"
does 0 "" pki crl
issue third
lists
verifies first old.crt || fail "the old one's certificate: $(cat out)"
verifies third new.crt || fail "the new one's certificate: $(cat out)"
openssl verify -CAfile root.crt -untrusted old.crt third.crt >/dev/null 2>&1 && fail "the old CA still certifies"
does 5 "live on" pki rotate --root-key root.pem --passphrase-file pass

"$PARAVENT" pki status --presign --listen 127.0.0.1:$PORT 2>status.log &
PIDS=$!
n=0
until grep -q answering status.log && curl -sf -o got.cer http://127.0.0.1:$PORT/ca/issuing.2.cer; do
	n=$((n + 1))
	[ $n -lt 300 ] || fail "status never answered: $(cat status.log)"
	sleep 0.1
done
for f in ca/issuing.cer ca/root.cer crl/0.crl crl/2.0.crl crl/full.crl crl/2.full.crl crl/root.crl; do
	curl -sf -o got "http://127.0.0.1:$PORT/$f" || fail "/$f is not served"
	cmp -s got "site/pki/$(echo $f | sed 's,^ca/,,')" || fail "/$f is another"
done
told() { # told CERTIFICATE ISSUER WORDS [OPTIONS]: by a signer that its own issuer appointed
	c=$1 i=$2 words=$3
	shift 3
	openssl ocsp -issuer $i -cert $c.crt -url http://127.0.0.1:$PORT/ocsp -CAfile root.crt -verify_other $i "$@" >out 2>&1
	grep -q "Response verify OK" out && grep -q "$c.crt: $words" out || fail "$c is not told as $words: $(cat out)"
}
for o in -no_nonce ""; do
	told first old.crt good $o
	told third new.crt good $o
done
does 0 revoked pki revoke "$(serial first.crt)" --reason superseded
does 0 revoked pki revoke "$(serial third.crt)" --reason key-compromise
for o in -no_nonce ""; do
	told first old.crt revoked $o
	told second old.crt good $o
	told third new.crt revoked $o
done
openssl ocsp -issuer new.crt -serial "0x$(serial second.crt)" -url http://127.0.0.1:$PORT/ocsp -CAfile root.crt -verify_other new.crt -no_nonce >out 2>&1
grep -q ": unknown" out || fail "a certificate of the old CA is told as the new one's: $(cat out)"
lists
verifies first old.crt && fail "the old one's list does not tell its revocation"
verifies third new.crt && fail "the new one's list does not tell its revocation"
verifies second old.crt || fail "another was revoked: $(cat out)"
does 0 "" ledger verify
echo "two generations: certificates, lists, OCSP and revocation of each its own; kills and wrong keys changed nothing"
