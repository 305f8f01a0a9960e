#!/bin/sh
# Goal: strongSwan's pki and micromdm's scepclient enrol and renew over SCEP; a wrong challenge, a weak cipher, an altered message and a revoked signer get their failInfo.
. "$(dirname "$0")/site.sh"
PORT=$((20000 + $$ % 12000))
URL=http://127.0.0.1:$PORT/scep

code() { does 0 "" pki code "$1" -p hospital.yaml; cat out; }
serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2 | tr A-Z a-z; }
rsa() { openssl genrsa -traditional -out "$1" 2048 2>/dev/null; }

begin() { # begin [ARGUMENT...]
	: >serve.log
	"$PARAVENT" pki serve --http 127.0.0.1:$PORT -p hospital.yaml "$@" 2>serve.log &
	PIDS=$!
	n=0
	until grep -q answering serve.log && curl -sf -o caps "$URL?operation=GetCACaps"; do
		n=$((n + 1))
		[ $n -lt 300 ] || fail "pki serve never answered: $(cat serve.log)"
		sleep 0.1
	done
}

end() {
	kill $PIDS
	wait $PIDS || fail "pki serve did not end well: $(cat serve.log)"
	PIDS=
}

# swan FILE ARGUMENT...: strongSwan's client; FILE gets the certificate, err what it says.
swan() {
	file=$1
	shift
	pki --scep --url "$URL" --cacert-enc ra.crt --cacert-sig ra.crt --cacert root.crt --outform pem "$@" >"$file" 2>err
}

issued() { # issued FILE KEY
	openssl verify -CAfile root.crt -untrusted issuing.crt "$1" >/dev/null 2>&1 || fail "$1 does not verify: $(cat err)"
	[ "$(openssl x509 -in "$1" -noout -pubkey)" = "$(openssl pkey -in "$2" -pubout)" ] || fail "$1: another key was certified"
}

cat >hospital.yaml <<'END'
version: 1
devices:
  - { name: pump1, address: 10.20.3.7, card: 00:09:fb:00:00:21 }
  - { name: ct1, address: 10.20.4.9, card: 00:09:fb:00:00:31 }
END
printf 'correct horse battery\n' >pass
does 0 "" init --name test.example/pki
does 0 "carry it away" pki init --name "General Hospital" --root-key root.pem --passphrase-file pass --domain hospital.example --subnet 10.20.0.0/16 --url http://127.0.0.1
openssl x509 -inform der -in site/pki/root.cer -out root.crt && openssl x509 -inform der -in site/pki/issuing.cer -out issuing.crt || fail "the CA's certificates"
begin
for word in AES POSTPKIOperation Renewal SCEPStandard SHA-256 SHA-512; do
	grep -qx $word caps || fail "GetCACaps has no $word"
done
grep -q DES caps && fail "DES is announced"
pki --scepca --url "$URL" --caout ca.crt --raout ra.crt --outform pem >/dev/null 2>err || fail "strongSwan reads no CA certificates: $(cat err)"
openssl verify -CAfile root.crt -untrusted issuing.crt ra.crt >/dev/null || fail "the RA's certificate"
openssl x509 -in ra.crt -noout -ext keyUsage | grep -q "Key Encipherment" || fail "the RA cannot be written to"

# --- strongSwan: enrol, once; renew with a new key; a revoked one does not -------------------
rsa ct1.pem; rsa ct1_new.pem
CODE=$(code ct1)
swan ct1.crt --in ct1.pem --dn CN=ct1 --san ct1.hospital.example --password WRONG && fail "a wrong challenge was taken"
grep -q "badRequest" err || fail "a wrong challenge: $(cat err)"
swan ct1.crt --in ct1.pem --dn CN=pump1 --san pump1.hospital.example --password "$CODE" && fail "another device's challenge was taken"
swan ct1.crt --in ct1.pem --dn CN=ct1 --san ct1.elsewhere.example --password "$CODE" && fail "a name outside the CA's was issued"
swan ct1.crt --in ct1.pem --dn CN=ct1 --san ct1.hospital.example --password "$CODE" --cipher des3 && fail "triple DES was taken"
swan ct1.crt --in ct1.pem --dn CN=ct1 --san ct1.hospital.example --password "$CODE" || fail "strongSwan: $(cat err)"
issued ct1.crt ct1.pem
swan again.crt --in ct1_new.pem --dn CN=ct1 --san ct1.hospital.example --password "$CODE" && fail "a challenge was taken twice"
swan new.crt --in ct1_new.pem --dn CN=ct1 --san ct1.hospital.example --cert ct1.crt --key ct1.pem || fail "renewal: $(cat err)"
issued new.crt ct1_new.pem
swan more.crt --in ct1_new.pem --dn CN=ct1 --san other.hospital.example --cert ct1.crt --key ct1.pem && fail "a renewal gave another name"
does 0 revoked pki revoke "$(serial ct1.crt)" --reason key-compromise
swan more.crt --in ct1_new.pem --dn CN=ct1 --san ct1.hospital.example --cert ct1.crt --key ct1.pem && fail "a revoked certificate was renewed"
grep -q "badRequest" err || fail "a revoked signer: $(cat err)"

# --- who must wait: the client polls, and gets it once a person approves ------------------------
CODE=$(code pump1)
rsa pump1.pem
swan waits.crt --in pump1.pem --dn CN=pump1 --san infusion.hospital.example --password "$CODE" --interval 1 --maxpolltime 60 &
CLIENT=$!
n=0
until "$PARAVENT" pki pending >out 2>/dev/null && grep -q infusion out; do
	n=$((n + 1))
	[ $n -lt 300 ] || fail "nobody waits: $(cat out err)"
	sleep 0.1
done
does 0 issued pki approve "$(sed -n 's/^id=\([0-9]*\) .*/\1/p' out)" -o approved.crt
wait $CLIENT || fail "what was approved did not come: $(cat err)"
issued waits.crt pump1.pem
[ "$(serial waits.crt)" = "$(serial approved.crt)" ] || fail "another certificate than the one approved"

# --- bytes that are none -----------------------------------------------------------------------
http() { curl -s -o body -w '%{http_code}' "$@"; }
[ "$(http "$URL?operation=PKIOperation" --data-binary @caps)" = 400 ] || fail "no message: $(cat body)"
[ "$(http "$URL?operation=PKIOperation&message=%%%")" = 400 ] || fail "no base64: $(cat body)"
[ "$(http "$URL?operation=GetCRL")" = 400 ] || fail "an operation that there is not: $(cat body)"
[ "$(http "$URL")" = 400 ] || fail "no operation: $(cat body)"
# A message of our own making, by openssl: as it is its content is no envelope, and altered its signature does not hold.
cat >asn1.cnf <<'END'
[req]
distinguished_name = dn
[dn]
END
openssl req -x509 -new -key pump1.pem -subj /CN=pump1 -days 1 -config asn1.cnf -out self.crt 2>/dev/null
openssl cms -sign -binary -nodetach -in caps -signer self.crt -inkey pump1.pem -outform der -out plain.der 2>/dev/null
[ "$(http "$URL?operation=PKIOperation" --data-binary @plain.der)" = 400 ] || fail "a message without SCEP's attributes: $(cat body)"
end

# --- micromdm's client knows DES and SHA-1 alone ---------------------------------------------------
print=$(openssl x509 -in ra.crt -noout -fingerprint -sha256 | cut -d= -f2 | tr -d : | tr A-Z a-z)
micro() { rm -f csr.pem self.pem; timeout 60 scepclient -server-url "$URL" -private-key micro.pem -certificate micro.crt -cn pump1 -ca-fingerprint "$print" "$@" >err 2>&1; }
begin
micro -challenge "$(code pump1)" && fail "DES was taken"
grep -q badAlg err || fail "DES: $(cat err)"
end
begin --scep-legacy
rm -f micro.pem
micro -challenge WRONG && fail "a wrong challenge was taken"
grep -q badRequest err || fail "a wrong challenge: $(cat err)"
rm -f micro.pem
micro -challenge "$(code pump1)" || fail "micromdm: $(cat err)"
issued micro.crt micro.pem
before=$(serial micro.crt)
micro || fail "micromdm's renewal: $(cat err)"
issued micro.crt micro.pem
[ "$(serial micro.crt)" != "$before" ] || fail "nothing was renewed"
end

does 0 "" ledger verify
does 0 "" ledger tail -n 2000
for words in "by SCEP: this code is not good" "issued a device certificate" "renewed a device certificate" "by SCEP: this certificate is revoked" "approved and issued" "not enciphered with AES" "by an algorithm not taken here"; do
	grep -q -- "$words" out || fail "the ledger does not say: $words"
done
echo "two clients enrol and renew, one waits and polls, 14 refusals: all as told"
