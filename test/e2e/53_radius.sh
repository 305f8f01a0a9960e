#!/bin/sh
# Goal: FreeRADIUS lets a device in by our certificate (EAP-TLS), and refuses it with the next authentication after `pki revoke`: by OCSP at once, by the lists when it has read them anew.
. "$(dirname "$0")/site.sh"
command -v freeradius >/dev/null && command -v eapol_test >/dev/null || { echo "no freeradius, no eapol_test"; exit 77; }
HTTP=$((20000 + $$ % 12000))
RADIUS=$((HTTP + 1))

issue() { # issue PROFILE NAME
	openssl ecparam -name prime256v1 -genkey -noout -out "$2.pem"
	openssl req -new -key "$2.pem" -subj "/CN=$2" -addext "subjectAltName=DNS:$2.hospital.example" -out "$2.csr" 2>/dev/null
	does 0 issued pki issue --profile "$1" --device "$2" -p hospital.yaml --csr "$2.csr" -o "$2.crt"
}

serial() { openssl x509 -in "$1" -noout -serial | cut -d= -f2 | tr A-Z a-z; }

# radius OCSP CRL: FreeRADIUS of its own configuration, nothing of the system's.
radius() {
	mkdir -p raddb
	cat >raddb/radiusd.conf <<END
prefix = /usr
libdir = /usr/lib/freeradius
raddbdir = $DIR/raddb
logdir = $DIR
run_dir = $DIR
pidfile = $DIR/radiusd.pid
correct_escapes = true
max_requests = 256
log {
	destination = stdout
	auth = yes
}
client test {
	ipaddr = 127.0.0.1
	secret = paravent-test
}
modules {
	eap {
		default_eap_type = tls
		tls-config ours {
			private_key_file = $DIR/radius1.pem
			certificate_file = $DIR/radius1.chain
			ca_file = $DIR/trusted.pem
			check_crl = $2
			tls_min_version = "1.2"
			tls_max_version = "1.2"
			ecdh_curve = ""
			ocsp {
				enable = $1
				override_cert_url = no
				softfail = no
				timeout = 5
			}
		}
		tls {
			tls = ours
		}
	}
}
server default {
	listen {
		type = auth
		ipaddr = 127.0.0.1
		port = $RADIUS
	}
	authorize {
		eap
	}
	authenticate {
		eap
	}
}
END
	: >radius.log
	freeradius -f -l stdout -xx -d raddb -n radiusd >radius.log 2>&1 &
	SERVER=$!
	PIDS="$STATUS $SERVER"
	n=0
	until grep -q "Ready to process requests" radius.log; do
		n=$((n + 1))
		[ $n -lt 300 ] && kill -0 $SERVER 2>/dev/null || fail "FreeRADIUS does not start: $(tail -20 radius.log)"
		sleep 0.1
	done
}

stop_radius() {
	kill $SERVER
	wait $SERVER 2>/dev/null
	PIDS=$STATUS
}

# enters NAME: does FreeRADIUS let it in?
enters() {
	cat >"$1.conf" <<END
network={
	ssid="wired"
	key_mgmt=IEEE8021X
	eapol_flags=0
	eap=TLS
	identity="$1"
	ca_cert="$DIR/root.crt"
	client_cert="$DIR/$1.crt"
	private_key="$DIR/$1.pem"
}
END
	eapol_test -c "$1.conf" -a 127.0.0.1 -p $RADIUS -s paravent-test -t 20 >"$1.log" 2>&1
}

cat >hospital.yaml <<'END'
version: 1
devices:
  - { name: radius1, address: 10.20.0.9, card: 00:09:fb:00:00:09 }
  - { name: pump1, address: 10.20.3.7, card: 00:09:fb:00:00:21 }
  - { name: pump2, address: 10.20.3.8, card: 00:09:fb:00:00:22 }
  - { name: pump3, address: 10.20.3.9, card: 00:09:fb:00:00:23 }
END
printf 'correct horse battery\n' >pass
does 0 "" init --name test.example/pki
does 0 "carry it away" pki init --name "General Hospital" --root-key root.pem --passphrase-file pass --domain hospital.example --url http://127.0.0.1:$HTTP
openssl x509 -inform der -in site/pki/root.cer -out root.crt && openssl x509 -inform der -in site/pki/issuing.cer -out issuing.crt || fail "the CA's certificates"
issue radius radius1
for p in pump1 pump2 pump3; do issue supplicant $p; done
cat radius1.crt issuing.crt >radius1.chain
cat root.crt issuing.crt >trusted.pem
openssl ecparam -name prime256v1 -genkey -noout -out stranger.pem
openssl req -x509 -new -key stranger.pem -subj /CN=pump1 -days 1 -out stranger.crt 2>/dev/null

"$PARAVENT" pki status --listen 127.0.0.1:$HTTP 2>status.log &
STATUS=$!
PIDS=$STATUS
n=0
until curl -sf -o got.cer http://127.0.0.1:$HTTP/ca/issuing.cer; do
	n=$((n + 1))
	[ $n -lt 300 ] || fail "status never answered: $(cat status.log)"
	sleep 0.1
done

# --- by OCSP ----------------------------------------------------------------------------------
radius yes no
enters pump1 || fail "pump1 was not let in: $(grep -E 'ERROR|ocsp|error' radius.log | tail)"
enters stranger && fail "a certificate of nobody's was let in"
does 0 revoked pki revoke "$(serial pump1.crt)" --reason key-compromise
enters pump1 && fail "pump1 was let in after its certificate was revoked"
grep -q "Cert status: revoked" radius.log || fail "it was refused for something else: $(grep -E 'ERROR|ocsp' radius.log | tail)"
enters pump2 || fail "pump2 was not let in: $(grep -E 'ERROR|ocsp' radius.log | tail)"
stop_radius

# --- by the lists, read when it starts ------------------------------------------------------------
lists() { cat root.crt issuing.crt >trusted.pem; for f in site/pki/crl/*.crl; do openssl crl -inform der -in "$f"; done >>trusted.pem; }
lists
radius no yes
enters pump3 || fail "pump3 was not let in by the lists: $(grep -E 'ERROR|crl|CRL' radius.log | tail)"
enters pump1 && fail "pump1 was let in by the lists"
grep -q "certificate revoked" radius.log || fail "it was refused for something else: $(grep -E 'ERROR' radius.log | tail)"
stop_radius
does 0 revoked pki revoke "$(serial pump3.crt)" --reason cessation
lists
radius no yes
enters pump3 && fail "pump3 was let in after its certificate was revoked"
enters pump2 || fail "pump2 was not let in by the lists: $(grep -E 'ERROR' radius.log | tail)"
stop_radius
echo "let in, revoked, refused: by OCSP with the next authentication, by the lists once they are read"
