#!/bin/sh
# Goal: what `pki profile` says each program itself takes: nginx, HAProxy, mosquitto, DCMTK, FreeRADIUS, hostapd, wpa_supplicant (MACsec too), strongSwan and Orthanc; a client with a certificate gets in, one without does not.
[ "${1:-}" = inside ] || exec unshare -n sh "$0" inside
PARAVENT=${PARAVENT:-build/paravent}
PARAVENT=$(realpath "$PARAVENT")
DIR=$(mktemp -d)
PIDS=
export PARAVENT_STATE="$DIR/site"
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
trap 'for p in $PIDS; do kill $p 2>/dev/null; done; wait; rm -rf "$DIR"' EXIT
trap 'exit 1' INT TERM
chmod 755 "$DIR"
cd "$DIR" || exit 1
fail() { echo "FAIL: $*"; exit 1; }
CHECKED=
there() { command -v "$1" >/dev/null && CHECKED="$CHECKED $2"; }
until_done() { # until_done COMMAND...: within twenty seconds
	n=0
	until "$@" >probe 2>&1; do
		n=$((n + 1))
		[ $n -lt 200 ] || return 1
		sleep 0.1
	done
}
ip link set lo up || { echo "SKIP: no network namespace here"; exit 77; }
ip link add eth0 type veth peer name eth1 && ip link set eth0 up && ip link set eth1 up

printf 'correct horse battery\n' >pass
printf 'version: 1\ndevices:\n  - { name: pacs, address: 10.20.8.5 }\n' >hospital.yaml
"$PARAVENT" init --name test.example/profiles >out 2>&1 || fail "init: $(cat out)"
"$PARAVENT" pki init --name H --root-key root.pem --passphrase-file pass >out 2>&1 || fail "pki init: $(cat out)"
# As the agent keeps it.
mkdir -p cert/live crl cert/crl
L=cert/live
openssl ecparam -name prime256v1 -genkey -noout -out p.pem && openssl pkcs8 -topk8 -nocrypt -in p.pem -out $L/key.pem
openssl req -new -key $L/key.pem -subj /CN=pacs -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" -out d.csr
"$PARAVENT" pki issue --profile device --device pacs --csr d.csr -o $L/cert.pem >out 2>&1
"$PARAVENT" pki approve 1 -o $L/cert.pem >out 2>&1 || fail "pki approve: $(cat out)"
openssl x509 -inform der -in site/pki/root.cer -out $L/root.pem
openssl x509 -inform der -in site/pki/issuing.cer -out $L/chain.pem
cat $L/cert.pem $L/chain.pem >$L/fullchain.pem
cat $L/fullchain.pem $L/key.pem >$L/both.pem
cat $L/root.pem $L/chain.pem >$L/trusted.pem
for f in full root; do openssl crl -inform der -in site/pki/crl/$f.crl -out cert/crl/$f.crl; done
openssl rehash cert/crl
cp $L/root.pem cert/crl/ca.pem && openssl rehash cert/crl
chmod -R a+rX cert
profile() { "$PARAVENT" pki profile "$@" --dir "$DIR/cert" 2>said || fail "pki profile $*: $(cat said)"; }
"$PARAVENT" pki profile | grep -q "^macsec" || fail "the targets are not listed"
"$PARAVENT" pki profile nginx pacs >out 2>&1 && fail "nginx without its name"
grep -q -- "--peer is needed" out || fail "what is missing is not said: $(cat out)"
"$PARAVENT" pki profile nginx pacs --peer 'x; include /etc/passwd' >out 2>&1 && fail "another's instruction was let into a configuration"
tls() { curl -sSf -o /dev/null --cacert $L/root.pem "$@"; }
mine="--cert $L/fullchain.pem --key $L/key.pem"

if there nginx nginx; then
	{ echo "daemon off; pid $DIR/nginx.pid; error_log $DIR/nginx.log; events {} http { access_log off;"; profile nginx pacs --peer localhost | sed 's/listen 443/listen 8441/'; echo "}"; } >nginx.conf
	nginx -t -c "$DIR/nginx.conf" >out 2>&1 || fail "nginx -t: $(cat out)"
	nginx -c "$DIR/nginx.conf" >out 2>&1 & PIDS="$PIDS $!"
	# shellcheck disable=SC2086
	until_done curl -s -o /dev/null --cacert $L/root.pem $mine https://localhost:8441/ || fail "nginx does not answer: $(cat probe out)"
	[ "$(curl -s -o /dev/null -w '%{http_code}' --cacert $L/root.pem https://localhost:8441/)" = 400 ] || fail "nginx let in who has no certificate"
fi
if there haproxy haproxy; then
	profile haproxy pacs --peer 127.0.0.1:8441 | sed 's/bind :8443/bind :8442/' >haproxy.cfg
	haproxy -c -f haproxy.cfg >out 2>&1 || fail "haproxy -c: $(cat out)"
fi
if there mosquitto mosquitto; then
	profile mosquitto pacs >mosquitto.conf
	mosquitto -c mosquitto.conf >out 2>&1 & PIDS="$PIDS $!"
	until_done mosquitto_pub -h localhost -p 8883 --cafile $L/root.pem --cert $L/fullchain.pem --key $L/key.pem -t t -m m || fail "mosquitto does not take our certificate: $(cat out probe)"
	mosquitto_pub -h localhost -p 8883 --cafile $L/root.pem -t t -m m >/dev/null 2>&1 && fail "mosquitto let in who has no certificate"
fi
if there storescp dcmtk; then
	profile dcmtk pacs --peer localhost | grep -v '^#' >dcmtk.options
	# shellcheck disable=SC2046
	storescp $(cat dcmtk.options) -rc 11112 >out 2>&1 & PIDS="$PIDS $!"
	# shellcheck disable=SC2046
	until_done echoscu $(cat dcmtk.options) -rc localhost 11112 || fail "DCMTK does not take these: $(cat out probe)"
	echoscu localhost 11112 >/dev/null 2>&1 && fail "storescp let in who speaks in clear"
fi
if there freeradius freeradius && [ -d /etc/freeradius/3.0 ]; then
	cp -r /etc/freeradius/3.0 raddb
	rm -f raddb/mods-enabled/eap
	profile freeradius pacs >raddb/mods-enabled/eap
	chmod -R go-rwx raddb && chown -R freerad:freerad raddb 2>/dev/null
	freeradius -XC -d "$DIR/raddb" >out 2>&1 || fail "freeradius -XC: $(tail -n 5 out)"
fi
if there hostapd hostapd; then
	profile hostapd pacs --peer 127.0.0.1 | sed 's/interface=eth0/interface=eth1/' >hostapd.conf
	hostapd hostapd.conf >out 2>&1 & PIDS="$PIDS $!"
	until_done grep -q AP-ENABLED out || fail "hostapd: $(cat out)"
fi
if there wpa_supplicant wpa_supplicant; then
	for t in wpa_supplicant macsec; do
		profile $t pacs --peer radius.hospital.example --ssid Ward >$t.conf
		sed -i "s,^ctrl_interface=.*,," $t.conf
		echo "ctrl_interface=$DIR/wpa.$t" >>$t.conf
		wpa_supplicant -D wired -i eth0 -c $t.conf >out 2>&1 & W=$!
		until_done wpa_cli -p "$DIR/wpa.$t" -i eth0 get_network 0 eap || fail "$t: $(cat out)"
		[ "$(wpa_cli -p "$DIR/wpa.$t" -i eth0 get_network 0 eap)" = TLS ] || fail "$t: is not EAP-TLS"
		[ $t = wpa_supplicant ] || [ "$(wpa_cli -p "$DIR/wpa.$t" -i eth0 get_network 0 macsec_policy)" = 1 ] || fail "MACsec is not asked for"
		kill $W; wait $W 2>/dev/null
	done
	profile macsec pacs --peer radius.hospital.example >out
	grep -q "not proved by a test: MACsec" said || fail "what cannot be shown is not said"
fi
if [ -x /usr/lib/ipsec/charon ] && there swanctl strongswan; then
	printf 'charon {\n  load_modular = yes\n  plugins { include /etc/strongswan.d/charon/*.conf\n vici { socket = unix://%s/vici } }\n}\n' "$DIR" >strongswan.conf
	STRONGSWAN_CONF="$DIR/strongswan.conf" /usr/lib/ipsec/charon >charon.log 2>&1 & PIDS="$PIDS $!"
	profile strongswan pacs --peer gateway.hospital.example >swanctl.conf
	if until_done test -S vici; then
		swanctl --load-conns --uri "unix://$DIR/vici" --file swanctl.conf >out 2>&1 || fail "swanctl: $(cat out)"
		grep -q "loaded connection 'to-peer'" out || fail "swanctl did not load it: $(cat out)"
	else
		CHECKED="${CHECKED% strongswan}"
	fi
fi
if there Orthanc orthanc; then
	profile orthanc pacs >orthanc.json
	sed -i "s,^  \"Name\",  \"StorageDirectory\": \"$DIR/orthanc\"\, \"IndexDirectory\": \"$DIR/orthanc\"\, \"HttpPort\": 8042\, \"DicomPort\": 4242\\, \"AuthenticationEnabled\": false\,\n  \"Name\"," orthanc.json
	Orthanc orthanc.json >out 2>&1 & PIDS="$PIDS $!"
	until_done curl -sf -o /dev/null http://localhost:8042/system || fail "Orthanc: $(cat probe; tail -n 2 out)"
	if [ -s dcmtk.options ]; then
		# shellcheck disable=SC2046
		until_done echoscu -aec ORTHANC $(cat dcmtk.options) localhost 4242 || fail "Orthanc's DICOM over TLS: $(tail -n 5 out) $(cat probe)"
		echoscu -aec ORTHANC +tla -ic localhost 4242 >/dev/null 2>&1 && fail "Orthanc let in who has no certificate"
	fi
fi
# A WireGuard peer is bound to the device by a statement that anybody can verify.
"$PARAVENT" sign init >out 2>&1 || fail "sign init: $(cat out)"
openssl rand -base64 32 >wg.pub
profile wireguard pacs --peer 10.20.3.7/32 --wireguard-key wg.pub >out
grep -q "^PublicKey = $(cat wg.pub)" out || fail "the key is another: $(cat out)"
serial=$(openssl x509 -in $L/cert.pem -noout -serial | cut -d= -f2 | tr A-Z a-z)
"$PARAVENT" verify wg.pub --key site/pki/release.pub --kind "wireguard-peer/pacs/$serial" >out 2>&1 || fail "the statement: $(cat out)"
openssl rand -base64 32 >wg.pub
"$PARAVENT" verify wg.pub --key site/pki/release.pub --kind "wireguard-peer/pacs/$serial" >out 2>&1 && fail "another key passes for the peer's"
[ -n "$CHECKED" ] || { echo "SKIP: none of these programs is installed"; exit 77; }
echo "taken by:$CHECKED"
