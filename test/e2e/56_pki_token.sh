#!/bin/sh
# Goal: the issuing key never leaves its token: certificates, lists and answers signed by SoftHSM verify with openssl; without the token or its PIN nothing is signed.
. "$(dirname "$0")/site.sh"
JOINED=1
export SOFTHSM2_CONF="$DIR/softhsm2.conf"
MODULE=/usr/lib/softhsm/libsofthsm2.so
command -v softhsm2-util >/dev/null && command -v pkcs11-tool >/dev/null && [ -e $MODULE ] || { echo "SKIP: SoftHSM or OpenSC is not installed"; exit 77; }

mkdir tokens
echo "directories.tokendir = $DIR/tokens" >softhsm2.conf
printf 1234 >pin
printf 'correct horse battery\n' >pass
softhsm2-util --init-token --free --label hospital --pin 1234 --so-pin 5678 >/dev/null || fail "softhsm2-util"
does 0 "" init --name test.example/token

n=0
for kind in EC:prime256v1 rsa:3072; do
	n=$((n + 1))
	pkcs11-tool --module $MODULE --token-label hospital --login --pin 1234 --keypairgen --key-type $kind --id 0$n --label issuing$n >/dev/null 2>&1 || fail "pkcs11-tool $kind"
	export PARAVENT_STATE="$DIR/site$n"
	URI="pkcs11:token=hospital;object=issuing$n;type=private?module-path=$MODULE&pin-source=file:$DIR/pin"
	does 0 "" init --name test.example/token$n
	does 2 "can be read by others" pki init --name H --root-key root$n.pem --passphrase-file pass --key "pkcs11:token=hospital;object=issuing$n?pin-value=1234"
	does 3 "no such key" pki init --name H --root-key root$n.pem --passphrase-file pass --key "pkcs11:token=hospital;object=other;type=private?module-path=$MODULE&pin-source=file:$DIR/pin"
	does 0 "carry it away" pki init --name H --root-key root$n.pem --passphrase-file pass --key "$URI"
	[ ! -e site$n/keys/issuing.pem ] || fail "the issuing key lies in a file"
	openssl x509 -inform der -in site$n/pki/issuing.cer -out issuing.crt && openssl x509 -inform der -in site$n/pki/root.cer -out root.crt || fail "the CA's certificates"
	pkcs11-tool --module $MODULE --token-label hospital --read-object --type pubkey --id 0$n -o public.der >/dev/null 2>&1
	[ "$(openssl x509 -in issuing.crt -noout -pubkey)" = "$(openssl pkey -pubin -inform der -in public.der -pubout)" ] || fail "$kind: another key than the token's is certified"
	openssl ecparam -name prime256v1 -genkey -noout -out d.pem
	openssl req -new -key d.pem -subj /CN=pump1 -out d.csr
	printf 'version: 1\ndevices:\n  - { name: pump1, address: 10.20.3.7 }\n' >hospital.yaml
	does 0 issued pki issue --profile device --device pump1 -p hospital.yaml --csr d.csr -o d.crt
	does 0 revoked pki revoke "$(openssl x509 -in d.crt -noout -serial | cut -d= -f2)" --reason superseded
	{ openssl crl -inform der -in site$n/pki/crl/full.crl; openssl crl -inform der -in site$n/pki/crl/root.crl; } >crls.pem
	openssl verify -CAfile root.crt -untrusted issuing.crt d.crt >/dev/null || fail "$kind: openssl does not verify it"
	openssl verify -crl_check_all -CRLfile crls.pem -CAfile root.crt -untrusted issuing.crt d.crt 2>&1 | grep -q "certificate revoked" || fail "$kind: the list does not tell it"
	mv pin away
	does 3 "" pki issue --profile device --device pump1 -p hospital.yaml --csr d.csr -o e.crt
	mv away pin
	[ ! -s e.crt ] || fail "a certificate without the PIN"
done
does 0 "" ledger verify
echo "P-256 and RSA in SoftHSM: certificates and lists verify, no key in a file, nothing without the PIN"
