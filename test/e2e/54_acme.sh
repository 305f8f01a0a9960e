#!/bin/sh
# Goal: certbot, lego, acme-tiny, dehydrated and uacme get certificates by http-01, dns-01 and tls-alpn-01, renew and revoke them; a client that does everything wrong is refused with the RFC's own errors.
HERE=$(cd "$(dirname "$0")" && pwd)
PARAVENT=$(realpath "${PARAVENT:-build/paravent}")
. "$HERE/lab.sh"
need pebble-challtestsrv certbot lego acme-tiny dehydrated uacme openssl curl
/usr/bin/python3 -c "import cryptography" 2>/dev/null || skip "python3-cryptography is not installed"
export PARAVENT_STATE="$DIR/site"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
cd "$DIR"

quietly() { "$@" >out 2>&1 || fail "$*: $(tail -n 20 out) $(cat serve.log 2>/dev/null)"; }
until_there() { # until_there WORDS FILE PID: as long as the process lives
	n=0
	until grep -q "$1" "$2" 2>/dev/null; do
		kill -0 "$3" 2>/dev/null && [ $n -lt 1200 ] || return 1
		n=$((n + 1))
		sleep 0.1
	done
}

# --- the CA, its network, its names ---------------------------------------------------------
cat >hospital.yaml <<'END'
version: 1
devices:
  - { name: pump1, address: 10.20.3.7, card: 00:09:fb:00:00:21 }
  - { name: pump2, address: 10.20.3.7, card: 00:09:fb:00:00:22 }
never_validate:
  - { subnet: 10.20.9.0/24, reason: imaging answers nobody }
END
printf 'correct horse battery\n' >pass
quietly "$PARAVENT" init --name test.example/acme
quietly "$PARAVENT" pki init --name "General Hospital" --root-key root.pem --passphrase-file pass --domain hospital.example --subnet 10.20.0.0/16 --url http://10.20.0.5
openssl x509 -inform der -in site/pki/root.cer -out root.crt
openssl x509 -inform der -in site/pki/issuing.cer -out issuing.crt
seat ca 02:00:00:00:00:05 10.20.0.5/16
seat pump1 00:09:fb:00:00:21 10.20.3.7/16
bg ca pebble-challtestsrv -defaultIPv4 "" -defaultIPv6 "" -dns01 10.20.0.5:53 -http01 "" -https01 "" -tlsalpn01 "" -management 10.20.0.5:8055
ip netns exec "$P-ca" "$PARAVENT" pki serve --https 10.20.0.5:8443 --name pki.hospital.example -p hospital.yaml --resolver 10.20.0.5 2>serve.log &
SERVE=$!
PIDS="$PIDS $SERVE"
until_there answering serve.log $SERVE || fail "pki serve: $(cat serve.log)"
ip netns exec "$P-ca" "$PARAVENT" pki status --listen 10.20.0.5:80 2>status.log &
PIDS="$PIDS $!"
until_there answering status.log $! || fail "pki status: $(cat status.log)"
DIRECTORY=https://10.20.0.5:8443/acme/directory
tell() { at pump1 curl -sf --retry 20 --retry-connrefused --retry-delay 1 -d "$2" "http://10.20.0.5:8055/$1" >/dev/null || fail "challtestsrv: $1 $2"; }
for n in pump1 pump2 pump3; do
	tell add-a "{\"host\":\"$n.hospital.example\",\"addresses\":[\"10.20.3.7\"]}"
done
tell add-a '{"host":"secret.hospital.example","addresses":["10.20.3.7","10.20.9.1"]}'
eab() { "$PARAVENT" pki eab "$@" -p hospital.yaml --json >bound || fail "pki eab $*"; KID=$(sed 's/.*"kid": "\([^"]*\)".*/\1/' bound) HMAC=$(sed 's/.*"hmac_key": "\([^"]*\)".*/\1/' bound); }

# good FILE NAME: openssl believes it, for this name.
good() {
	openssl verify -x509_strict -CAfile root.crt -untrusted issuing.crt -verify_hostname "$2" "$1" >out 2>&1 || fail "$1: $(cat out)"
}
status_of() { at ca openssl ocsp -issuer issuing.crt -url http://10.20.0.5/ocsp -CAfile root.crt -verify_other issuing.crt -no_nonce -cert "$1" 2>&1; }

# --- everything wrong, and the whole protocol -----------------------------------------------
eab pump1 && one="$KID $HMAC"
eab pump2 && two="$KID $HMAC"
# shellcheck disable=SC2086
at pump1 /usr/bin/python3 "$HERE/acme_refusals.py" "$DIRECTORY" root.crt $one $two >said 2>&1 &
until_there "^waiting" said $! || fail "$(cat said) $(cat serve.log)"
for n in pump2 pump3; do
	id=$("$PARAVENT" pki pending | grep "$n.hospital" | sed 's/id=\([0-9]*\).*/\1/')
	[ -n "$id" ] || fail "$n does not wait: $("$PARAVENT" pki pending)"
	if [ $n = pump2 ]; then quietly "$PARAVENT" pki approve "$id"; else quietly "$PARAVENT" pki deny "$id" --reason "is no pump of ours"; fi
done
touch decided
wait $! || fail "$(cat said) $(cat serve.log)"
grep hold said | sed "s,^,  everything wrong and all that is right: ,"
status_of chain.pem >out
grep -q "chain.pem: revoked" out && grep -q keyCompromise out || fail "OCSP does not tell of the revocation: $(cat out)"
for f in site/pki/crl/*.crl; do openssl crl -inform der -in "$f" -noout -text; done >lists
n=0
until grep -qi "$(openssl x509 -in chain.pem -noout -serial | cut -d= -f2)" lists; do
	n=$((n + 1))
	[ $n -lt 100 ] || fail "the lists do not tell of the revocation"
	sleep 0.1
	for f in site/pki/crl/*.crl; do openssl crl -inform der -in "$f" -noout -text; done >lists
done

# --- certbot: http-01, its own server; renewal; revocation ------------------------------------
eab pump1
certbot_at() { at pump1 timeout 90 env REQUESTS_CA_BUNDLE="$DIR/root.crt" certbot "$@" --config-dir cb --work-dir cb/work --logs-dir cb/log --server "$DIRECTORY" -n >out 2>&1 || fail "certbot $*: $(tail -n 20 out)"; }
certbot_at certonly --standalone -d pump1.hospital.example --agree-tos -m biomed@hospital.example --no-eff-email --eab-kid "$KID" --eab-hmac-key "$HMAC"
good cb/live/pump1.hospital.example/cert.pem pump1.hospital.example
openssl x509 -in cb/live/pump1.hospital.example/cert.pem -noout -serial >before
certbot_at renew --force-renewal --no-random-sleep-on-renew
openssl x509 -in cb/live/pump1.hospital.example/cert.pem -noout -serial >after
cmp -s before after && fail "certbot renewed nothing"
cp cb/live/pump1.hospital.example/cert.pem certbot.pem
status_of certbot.pem | grep -q "certbot.pem: good" || fail "OCSP of a good certificate"
certbot_at revoke --cert-name pump1.hospital.example --reason superseded --no-delete-after-revoke
status_of certbot.pem | grep -q "certbot.pem: revoked" || fail "certbot's revocation is not told"
certbot_at update_account -m other@hospital.example
certbot_at unregister
echo "  certbot: http-01, renewed, revoked, account changed and given up"

# --- lego: tls-alpn-01, dns-01, renewal ---------------------------------------------------------
eab pump1
cat >dns_hook <<END
#!/bin/sh
# lego's exec provider: present|cleanup NAME. VALUE
case \$1 in
present) curl -sf -d "{\"host\":\"\$2\",\"value\":\"\$3\"}" http://10.20.0.5:8055/set-txt;;
cleanup) curl -sf -d "{\"host\":\"\$2\"}" http://10.20.0.5:8055/clear-txt;;
esac
END
chmod +x dns_hook
lego_at() { at pump1 timeout 90 env LEGO_CA_CERTIFICATES="$DIR/root.crt" EXEC_PATH="$DIR/dns_hook" lego --server "$DIRECTORY" --path "$DIR/lego" -a -m biomed@hospital.example --eab --kid "$KID" --hmac "$HMAC" "$@" >out 2>&1 || fail "lego $*: $(tail -n 20 out)"; }
lego_at --tls --tls.port 10.20.3.7:443 -d pump1.hospital.example run
good lego/certificates/pump1.hospital.example.crt pump1.hospital.example
openssl x509 -in lego/certificates/pump1.hospital.example.crt -noout -serial >before
lego_at --tls --tls.port 10.20.3.7:443 -d pump1.hospital.example renew --days 1000 --no-random-sleep
openssl x509 -in lego/certificates/pump1.hospital.example.crt -noout -serial >after
cmp -s before after && fail "lego renewed nothing"
rm -rf lego/certificates
lego_at --dns exec --dns.disable-cp --dns.resolvers 10.20.0.5:53 -d pump1.hospital.example run
good lego/certificates/pump1.hospital.example.crt pump1.hospital.example
echo "  lego: tls-alpn-01, renewed, dns-01"

# --- acme-tiny: no binding, its key is known; http-01 from a folder -------------------------------
mkdir -p www/.well-known/acme-challenge
bg pump1 /usr/bin/python3 -m http.server 80 --bind 10.20.3.7 -d www
web=$!
openssl genrsa -out tiny.pem 2048 2>/dev/null
openssl pkey -in tiny.pem -pubout -out tiny.pub
quietly "$PARAVENT" pki eab pump1 -p hospital.yaml --account-key tiny.pub
openssl ecparam -name prime256v1 -genkey -noout -out tinykey.pem
openssl req -new -key tinykey.pem -subj / -addext subjectAltName=DNS:pump1.hospital.example -out tiny.csr 2>/dev/null
at pump1 timeout 90 env SSL_CERT_FILE="$DIR/root.crt" acme-tiny --disable-check --directory-url "$DIRECTORY" --account-key tiny.pem --csr tiny.csr --acme-dir www/.well-known/acme-challenge >tiny.crt 2>out || fail "acme-tiny: $(tail -n 5 out)"
good tiny.crt pump1.hospital.example
"$PARAVENT" pki eab pump1 -p hospital.yaml --account-key tiny.pub >out 2>&1 && fail "a key was let in twice"
echo "  acme-tiny: http-01, by the key of its account"

# --- dehydrated: http-01, dns-01 ------------------------------------------------------------------
eab pump1
mkdir dehydrated
cat >dehydrated/config <<END
CA="$DIRECTORY"
BASEDIR="$DIR/dehydrated"
WELLKNOWN="$DIR/www/.well-known/acme-challenge"
CURL_OPTS="--cacert $DIR/root.crt"
EAB_KID="$KID"
EAB_HMAC_KEY="$HMAC"
KEY_ALGO=prime256v1
CONTACT_EMAIL=biomed@hospital.example
END
cat >hook <<END
#!/bin/sh
case \$1 in
deploy_challenge) $DIR/dns_hook present "_acme-challenge.\$2." "\$4";;
clean_challenge) $DIR/dns_hook cleanup "_acme-challenge.\$2.";;
esac
END
chmod +x hook
dehydrated_at() { at pump1 timeout 90 dehydrated -f dehydrated/config "$@" >out 2>&1 || fail "dehydrated $*: $(tail -n 20 out)"; }
dehydrated_at --register --accept-terms
dehydrated_at -c -d pump1.hospital.example
good dehydrated/certs/pump1.hospital.example/cert.pem pump1.hospital.example
dehydrated_at -c -d pump1.hospital.example -t dns-01 -k "$DIR/hook" -x
good dehydrated/certs/pump1.hospital.example/cert.pem pump1.hospital.example
cp dehydrated/certs/pump1.hospital.example/cert.pem dehydrated.pem
dehydrated_at -r dehydrated/certs/pump1.hospital.example/cert.pem
status_of dehydrated.pem | grep -q "dehydrated.pem: revoked" || fail "dehydrated's revocation is not told"
dehydrated_at --account
id=$("$PARAVENT" pki accounts pump1 | grep "kid=$KID" | sed 's/id=\([0-9]*\).*/\1/')
quietly "$PARAVENT" pki close "$id" --reason "was sold"
at pump1 timeout 90 dehydrated -f dehydrated/config -c -x -d pump1.hospital.example >out 2>&1 && fail "a closed account got a certificate"
grep -q "the account is revoked" out || fail "a closed account is not told so: $(cat out)"
"$PARAVENT" pki accounts pump1 | grep "kid=$KID" | grep -q "state=closed" || fail "the account is not listed as closed"
echo "  dehydrated: http-01, dns-01, revoked, its account closed"

# --- uacme: http-01; it believes the system's store alone, so it gets one of its own, and takes no address for a name ---
eab pump1
cat >uacme_hook <<END
#!/bin/sh
# METHOD TYPE IDENTIFIER TOKEN AUTH
[ "\$2" = http-01 ] || exit 1
case \$1 in
begin) printf %s "\$5" >"$DIR/www/.well-known/acme-challenge/\$4";;
done|failed) rm -f "$DIR/www/.well-known/acme-challenge/\$4";;
esac
END
chmod +x uacme_hook
echo "10.20.0.5 pki.hospital.example" >hosts
uacme_at() { at pump1 timeout 90 unshare -m sh -c 'mount --bind "$0/root.crt" /etc/ssl/certs/ca-certificates.crt && mount --bind "$0/hosts" /etc/hosts && exec uacme -c "$0/uacme" "$@"' "$DIR" -a https://pki.hospital.example:8443/acme/directory "$@" >out 2>&1 || fail "uacme $*: $(tail -n 20 out)"; }
if [ -e /etc/ssl/certs/ca-certificates.crt ]; then
	uacme_at -y -e "$KID:$HMAC" new biomed@hospital.example
	uacme_at -h "$DIR/uacme_hook" issue pump1.hospital.example
	good uacme/pump1.hospital.example/cert.pem pump1.hospital.example
	uacme_at newkey
	uacme_at -h "$DIR/uacme_hook" -f issue pump1.hospital.example
	cp uacme/pump1.hospital.example/cert.pem uacme.pem
	uacme_at revoke uacme/pump1.hospital.example/cert.pem
	status_of uacme.pem | grep -q "uacme.pem: revoked" || fail "uacme's revocation is not told"
	echo "  uacme: http-01, key changed, renewed, revoked"
fi

# --- the role validate dies: it is started again -----------------------------------------------------
for p in $(ip netns pids "$P-ca"); do
	if tr '\0' ' ' <"/proc/$p/cmdline" 2>/dev/null | grep -q "role validate"; then kill -9 "$p"; fi
done
until_there "it is started again" serve.log "$SERVE" || fail "validate is not missed: $(cat serve.log)"
n=0
until at pump1 timeout 90 env SSL_CERT_FILE="$DIR/root.crt" acme-tiny --disable-check --directory-url "$DIRECTORY" --account-key tiny.pem --csr tiny.csr --acme-dir www/.well-known/acme-challenge >tiny.crt 2>out; do
	n=$((n + 1))
	[ $n -lt 10 ] || fail "acme-tiny after the restart: $(tail -n 5 out) $(cat serve.log)"
	sleep 0.5
done
good tiny.crt pump1.hospital.example
echo "  validate killed: started again, and names are looked at"
kill $web

# --- and all of it stands in the ledger --------------------------------------------------------------
quietly "$PARAVENT" ledger verify
quietly "$PARAVENT" ledger tail -n 2000
for words in "lets an ACME account have server certificates, by the binding" "lets an ACME account have server certificates, by the key" "issued a server certificate" \
	"asks for a server certificate" "approved and issued" "denied a server certificate" "asked by its own key: key-compromise" "asked by pump1: superseded" "closed the ACME account $id: was sold"; do
	grep -q -- "$words" out || fail "the ledger does not say: $words"
done
echo "PASS"
