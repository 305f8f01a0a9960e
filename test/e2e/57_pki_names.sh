#!/bin/sh
# Goal: a certificate of another CA for a name that the hospital's CA certified is tls.intercept with both witnesses; the certified one, and its renewal under a new key, are silent.
. "$(dirname "$0")/lab.sh"
need openssl
PARAVENT=$(realpath "$PARAVENT")
cd "$DIR" || exit 1
export PARAVENT_STATE="$DIR/site"
NAME=pacs.hospital.example
{
	echo "version: 1"
	echo "devices:"
	echo "  - { name: pacs, address: 10.77.0.20 }"
} >hospital.yaml
printf 'correct horse battery\n' >pass
quietly() { "$@" >said 2>&1 </dev/null || fail "$*: $(cat said)"; }
quietly "$PARAVENT" init --name test.example/names
quietly "$PARAVENT" pki init --name H --root-key root.pem --passphrase-file pass --domain hospital.example
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.pem"; }
issue() { # issue FILE: of our CA, under a new key
	key "$1"
	openssl req -new -key "$1.pem" -subj /CN=pacs -addext "subjectAltName=DNS:$NAME" -out "$1.csr"
	quietly "$PARAVENT" pki issue --profile server --device pacs -p hospital.yaml --csr "$1.csr" -o "$1.crt"
}
issue first
key rogue_ca
openssl req -x509 -new -key rogue_ca.pem -subj /CN=Elsewhere -days 30 -out rogue_ca.crt
key rogue
openssl req -new -key rogue.pem -subj /CN=pacs -out rogue.csr
printf 'subjectAltName=DNS:%s\n' $NAME >rogue.ext
openssl x509 -req -in rogue.csr -CA rogue_ca.crt -CAkey rogue_ca.pem -days 30 -extfile rogue.ext -out rogue.crt 2>/dev/null

seat pacs 02:00:00:00:00:20 10.77.0.20/24
seat viewer 02:00:00:00:00:30 10.77.0.30/24
SERVER=
serve() { # serve NAME: answers with this certificate
	[ -z "$SERVER" ] || { kill "$SERVER"; wait "$SERVER" 2>/dev/null || true; }
	ip netns exec "$P-pacs" timeout 100 openssl s_server -quiet -accept 10.77.0.20:8443 -tls1_2 -cert "$1.crt" -key "$1.pem" >log.server 2>&1 </dev/null &
	SERVER=$!
	PIDS="$PIDS $SERVER"
}
ask() { # until a whole handshake went by
	n=0
	until at viewer openssl s_client -connect 10.77.0.20:8443 -servername $NAME -tls1_2 </dev/null >log.client 2>&1; do
		n=$((n + 1))
		[ $n -lt 100 ] || fail "no handshake: $(tail -n 3 log.client)"
		sleep 0.1
	done
}
sensor alerts --pki site/pki -p hospital.yaml --events tls --store seen.db
serve first
ask
serve_again() { serve "$1"; ask; }
# A renewal after the register was read, under a new key: of the same authority, so nothing to tell.
issue second
serve_again second
seen() { # as many handshakes as this are in the event log
	_end=$(($(date +%s) + 20))
	until [ "$(grep -c '"event_type":"tls"' alerts)" -ge "$1" ]; do
		[ "$(date +%s)" -lt $_end ] || fail "the sensor saw no $1 handshakes: $(cat sensor.log)"
		sleep 0.1
	done
}
seen 2
silent alerts
serve_again rogue
_end=$(($(date +%s) + 20))
until grep -q '"rule":"tls.intercept"' alerts; do
	[ "$(date +%s)" -lt $_end ] || fail "no tls.intercept"
	sleep 0.1
done
grep '"rule":"tls.intercept"' alerts | grep -q "own CA did not certify; for this name it certified" || fail "the finding does not name both keys"
grep '"rule":"tls.intercept"' alerts | grep -q '"pki"' || fail "the CA is not a witness"
sensor_stop
# Without the register nothing is known of the name.
sensor alerts --events tls
ask
seen 1
silent alerts
sensor_stop

# What was issued beside what was seen, and who breaks if it is rotated.
issue unseen
rows() { # rows WORDS ARGUMENT...: one line of the answer holds these words in this order
	words=$1
	shift
	"$PARAVENT" "$@" --store seen.db -p hospital.yaml >said 2>&1 || fail "$*: $(cat said)"
	grep -q -- "$words" said || fail "$*: no '$words' in: $(cat said)"
}
serial() { openssl x509 -in "$1.crt" -noout -serial | cut -d= -f2 | tr A-Z a-z; }
rows "issued and never seen.*$(serial unseen)" pki inventory unseen
grep -q "$(serial first)" said && fail "what was seen is told as unseen"
rows "seen and not issued here.*subject=pacs.*issuer=Elsewhere.*holder=10.77.0.20" pki inventory foreign
grep -q "$(serial first)" said && fail "what was issued here is told as foreign"
sed 's/10.77.0.20/10.77.0.21/' hospital.yaml >moved.yaml
"$PARAVENT" pki inventory elsewhere --store seen.db -p moved.yaml >said 2>&1
grep -q "elsewhere.*$(serial first).*owner=10.77.0.21.*holder=10.77.0.20" said || fail "not told as elsewhere: $(cat said)"
"$PARAVENT" pki inventory elsewhere --store seen.db -p hospital.yaml >said 2>&1
[ ! -s said ] || fail "told as elsewhere at its owner's: $(cat said)"
rows "flow.*$(serial second).*client=10.77.0.30.*server=10.77.0.20.*port=8443" pki dependents ca
rows "flow.*client=10.77.0.30" pki dependents "$(serial first)"
pin=$(openssl x509 -in second.crt -noout -pubkey | openssl pkey -pubin -outform der | openssl dgst -sha256 -r | cut -d' ' -f1)
printf 'services:\n  - { name: archive, address: 10.77.0.20, port: 8443, pins: [ %s ] }\n' "$pin" >>hospital.yaml
rows "pin in hospital.yaml.*archive.*10.77.0.20:8443" pki dependents "$(serial second)"
echo "PASS"
