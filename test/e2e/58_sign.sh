#!/bin/sh
# Goal: a package signed here is accepted by its device offline; altered, of another kind, older, or signed by another key it is refused; openssl verifies the same signature.
. "$(dirname "$0")/site.sh"
JOINED=1
printf 'correct horse battery\n' >pass
head -c 300000 /dev/urandom >pump.bin
head -c 300000 /dev/urandom >new.bin
for kind in ed25519 p256; do
	export PARAVENT_STATE="$DIR/$kind"
	rm -f seen ./*.dsse*
	does 0 "" init --name test.example/$kind
	does 0 "" pki init --name H --root-key root_$kind.pem --passphrase-file pass
	does 3 "sign init" sign pump.bin --kind infusion-pump --version 2.4.1
	does 0 "devices verify" sign init --key $kind
	does 3 "already" sign init --key $kind
	does 2 "one to eight numbers" sign pump.bin --kind infusion-pump --version 2.4-beta
	does 0 "version 2.4.1" sign pump.bin --kind infusion-pump --version 2.4.1 --proof
	does 0 "version 2.10" sign new.bin --kind infusion-pump --version 2.10
	PUB=$kind/pki/release.pub
	does 0 "as it was signed" verify pump.bin --key $PUB --kind infusion-pump --remember seen
	does 0 "" verify pump.bin --key $PUB --kind infusion-pump --remember seen
	does 5 "another kind" verify pump.bin --key $PUB --kind ventilator
	does 5 "is not the file" verify new.bin --statement pump.bin.dsse --key $PUB --kind infusion-pump
	does 0 "version 2.10" verify new.bin --key $PUB --kind infusion-pump --remember seen
	does 5 "older than a version" verify pump.bin --key $PUB --kind infusion-pump --remember seen
	does 0 "" verify pump.bin --key $PUB --kind infusion-pump
	cp pump.bin other.bin && printf x >>other.bin
	does 0 "" sign other.bin --kind infusion-pump --version 2.10.0
	does 5 "another file of a version" verify other.bin --key $PUB --kind infusion-pump --remember seen
	openssl genpkey -algorithm ed25519 -out stranger.pem && openssl pkey -in stranger.pem -pubout -out stranger.pub
	does 5 "not signed by this key" verify pump.bin --key stranger.pub --kind infusion-pump
	/usr/bin/python3 - <<'END' || fail "the envelope is not what DSSE says"
import base64, json
e = json.load(open("pump.bin.dsse"))
t, p = e["payloadType"].encode(), base64.b64decode(e["payload"])
open("pae", "wb").write(b"DSSEv1 %d %s %d %s" % (len(t), t, len(p), p))
open("sig", "wb").write(base64.b64decode(e["signatures"][0]["sig"]))
s = json.loads(p)
assert s["_type"] == "https://in-toto.io/Statement/v1" and s["predicate"]["version"] == "2.4.1"
import hashlib
assert s["subject"][0]["digest"]["sha256"] == hashlib.sha256(open("pump.bin", "rb").read()).hexdigest()
s["predicate"]["version"] = "9.9"
json.dump(dict(e, payload=base64.b64encode(json.dumps(s).encode()).decode()), open("forged.dsse", "w"))
END
	if [ $kind = p256 ]; then
		openssl dgst -sha256 -verify $PUB -signature sig pae >/dev/null || fail "openssl does not verify it"
	else
		openssl pkeyutl -verify -pubin -inkey $PUB -rawin -in pae -sigfile sig >/dev/null || fail "openssl does not verify it"
	fi
	does 5 "not signed by this key" verify pump.bin --statement forged.dsse --key $PUB --kind infusion-pump
	printf '{}' >none.dsse
	does 5 "is no DSSE" verify pump.bin --statement none.dsse --key $PUB --kind infusion-pump
	# The ledger's proof, offline.
	does 2 "" verify pump.bin --kind infusion-pump
	does 0 "as it was signed" verify pump.bin --key $PUB --kind infusion-pump --proof --ledger-key "$kind/ledger.vkey"
	does 5 "of another statement" verify other.bin --key $PUB --kind infusion-pump --proof --ledger-key "$kind/ledger.vkey"
	does 0 "signed version 2.4.1" ledger tail -n 100
done
echo "Ed25519 and P-256: accepted, and refused for each reason; openssl agrees; the ledger proves it"
