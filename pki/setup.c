/* setup: see setup.h. */
#include "pki/setup.h"

#define EAP_TLS                                      \
	"\teap=TLS\n"                                \
	"\tidentity=\"{name}\"\n"                    \
	"\tca_cert=\"{dir}/live/root.pem\"\n"        \
	"\tclient_cert=\"{dir}/live/fullchain.pem\"\n" \
	"\tprivate_key=\"{dir}/live/key.pem\"\n"     \
	"\tdomain_match=\"{peer}\"\n"

static const struct setup_target TARGET[] = {
	{ "wpa_supplicant", "802.1X on a wire or in the air: peer is the RADIUS server's name, ssid the network", "peer ssid",
	  "WPA3 in the air: no test of ours has a radio",
	  "# wpa_supplicant.conf of {name}, in the air; on a wire see the second network\n"
	  "ctrl_interface=/run/wpa_supplicant\n"
	  "network={\n"
	  "\tssid=\"{ssid}\"\n"
	  "\tkey_mgmt=WPA-EAP WPA-EAP-SHA256\n"
	  "\tieee80211w=1\n"
	  EAP_TLS
	  "}\n"
	  "network={\n"
	  "\tkey_mgmt=IEEE8021X\n"
	  "\teapol_flags=0\n"
	  EAP_TLS
	  "}\n" },
	{ "macsec", "MACsec (802.1AE) agreed by MKA after EAP-TLS, with wpa_supplicant's driver macsec_linux", "peer",
	  "MACsec itself: the kernel of our tests has none; only that wpa_supplicant takes the file",
	  "# wpa_supplicant -D macsec_linux -i IFACE -c THIS, for {name}\n"
	  "eapol_version=3\n"
	  "ap_scan=0\n"
	  "network={\n"
	  "\tkey_mgmt=IEEE8021X\n"
	  "\teapol_flags=0\n"
	  "\tmacsec_policy=1\n"
	  EAP_TLS
	  "}\n" },
	{ "hostapd", "an authenticator on a wire: peer is the RADIUS server's address", "peer",
	  "WPA3 in the air: no test of ours has a radio",
	  "# hostapd.conf: a port that asks {name} and others who they are; RADIUS at {peer}\n"
	  "interface=eth0\n"
	  "driver=wired\n"
	  "ieee8021x=1\n"
	  "eap_reauth_period=3600\n"
	  "use_pae_group_addr=1\n"
	  "own_ip_addr=127.0.0.1\n"
	  "auth_server_addr={peer}\n"
	  "auth_server_port=1812\n"
	  "# the line after this one from a file of your own, for its eyes alone\n"
	  "auth_server_shared_secret=CHANGE-ME\n" },
	{ "freeradius", "EAP-TLS in FreeRADIUS 3.2 under the certificate of the device, whose profile is radius", "", NULL,
	  "# mods-enabled/eap of {name}: EAP-TLS and nothing else; revoked certificates by the list of `pki status`\n"
	  "eap {\n"
	  "\tdefault_eap_type = tls\n"
	  "\ttimer_expire = 60\n"
	  "\tignore_unknown_eap_types = no\n"
	  "\ttls-config tls-common {\n"
	  "\t\tprivate_key_file = {dir}/live/key.pem\n"
	  "\t\tcertificate_file = {dir}/live/fullchain.pem\n"
	  "\t\tca_file = {dir}/live/root.pem\n"
	  "\t\tca_path = {dir}/crl\n"
	  "\t\tcheck_crl = yes\n"
	  "\t\ttls_min_version = \"1.2\"\n"
	  "\t\ttls_max_version = \"1.3\"\n"
	  "\t\tcipher_list = \"ECDHE+AESGCM:ECDHE+CHACHA20\"\n"
	  "\t}\n"
	  "\ttls {\n"
	  "\t\ttls = tls-common\n"
	  "\t}\n"
	  "}\n" },
	{ "networkmanager", "802.1X on a wire with NetworkManager: peer is the RADIUS server's name", "peer", "NetworkManager itself: it is not run in our tests",
	  "# /etc/NetworkManager/system-connections/{name}.nmconnection, mode 0600\n"
	  "[connection]\n"
	  "id={name}\n"
	  "type=ethernet\n"
	  "\n"
	  "[802-1x]\n"
	  "eap=tls;\n"
	  "identity={name}\n"
	  "domain-match={peer}\n"
	  "ca-cert={dir}/live/root.pem\n"
	  "client-cert={dir}/live/fullchain.pem\n"
	  "private-key={dir}/live/key.pem\n"
	  "private-key-password-flags=4\n"
	  "\n"
	  "[ipv4]\n"
	  "method=auto\n"
	  "\n"
	  "[ipv6]\n"
	  "method=auto\n" },
	{ "strongswan", "IPsec (IKEv2) to peer with strongSwan's swanctl", "peer", NULL,
	  "# swanctl.conf of {name}; copy live/key.pem to private/, live/cert.pem to x509/, live/root.pem and live/chain.pem to x509ca/ in the agent's hook\n"
	  "connections {\n"
	  "\tto-peer {\n"
	  "\t\tversion = 2\n"
	  "\t\tremote_addrs = {peer}\n"
	  "\t\tproposals = aes256gcm16-prfsha384-ecp384,aes256gcm16-prfsha256-ecp256\n"
	  "\t\tlocal {\n"
	  "\t\t\tauth = pubkey\n"
	  "\t\t\tcerts = {dir}/live/cert.pem\n"
	  "\t\t}\n"
	  "\t\tremote {\n"
	  "\t\t\tauth = pubkey\n"
	  "\t\t\tid = \"{peer}\"\n"
	  "\t\t\trevocation = ifuri\n"
	  "\t\t\tcacerts = {dir}/live/root.pem\n"
	  "\t\t}\n"
	  "\t\tchildren {\n"
	  "\t\t\thospital {\n"
	  "\t\t\t\tesp_proposals = aes256gcm16-ecp384,aes256gcm16-ecp256\n"
	  "\t\t\t\tstart_action = trap\n"
	  "\t\t\t}\n"
	  "\t\t}\n"
	  "\t}\n"
	  "}\n" },
	{ "wireguard", "a WireGuard peer: its key bound to the device's certificate by a signed statement", "peer key", "a tunnel: the kernel of our tests has no WireGuard",
	  "# at the gateway: {name} by its WireGuard key, as the statement beside the key's file says\n"
	  "[Peer]\n"
	  "# {name}\n"
	  "PublicKey = {key}\n"
	  "AllowedIPs = {peer}\n"
	  "PersistentKeepalive = 25\n" },
	{ "dcmtk", "DICOM over TLS with DCMTK's tools: peer is the archive", "peer", NULL,
	  "# options of storescu, storescp, dcmqrscp … for {name}; `storescu $(cat THIS) {peer} PORT FILE`\n"
	  "+tls {dir}/live/key.pem {dir}/live/cert.pem\n"
	  "+cf {dir}/live/root.pem\n"
	  "+cf {dir}/live/chain.pem\n"
	  "+py\n" },
	/* Orthanc 1.10.1, which Debian 12 has, dies of its first HTTPS request: its pages are for nginx before it, on this host. */
	{ "orthanc", "the archive Orthanc: DICOM over TLS with client certificates; its pages for nginx before it", "", NULL,
	  "{\n"
	  "  \"Name\": \"{name}\",\n"
	  "  \"RemoteAccessAllowed\": false,\n"
	  "  \"DicomTlsEnabled\": true,\n"
	  "  \"DicomTlsPrivateKey\": \"{dir}/live/key.pem\",\n"
	  "  \"DicomTlsCertificate\": \"{dir}/live/fullchain.pem\",\n"
	  "  \"DicomTlsTrustedCertificates\": \"{dir}/live/trusted.pem\",\n"
	  "  \"DicomTlsRemoteCertificateRequired\": true\n"
	  "}\n" },
	{ "mosquitto", "an MQTT broker that asks for the certificate of each client", "", NULL,
	  "# mosquitto.conf of {name}\n"
	  "listener 8883\n"
	  "cafile {dir}/live/root.pem\n"
	  "certfile {dir}/live/fullchain.pem\n"
	  "keyfile {dir}/live/key.pem\n"
	  "tls_version tlsv1.2\n"
	  "require_certificate true\n"
	  "use_identity_as_username true\n"
	  "allow_anonymous false\n" },
	{ "haproxy", "TLS before a service: peer is the service behind it", "peer", NULL,
	  "# haproxy.cfg of {name}\n"
	  "defaults\n"
	  "\tmode tcp\n"
	  "\ttimeout connect 5s\n"
	  "\ttimeout client 1m\n"
	  "\ttimeout server 1m\n"
	  "frontend {name}\n"
	  "\tbind :8443 ssl crt {dir}/live/both.pem ca-file {dir}/live/root.pem verify required ssl-min-ver TLSv1.2\n"
	  "\tdefault_backend service\n"
	  "backend service\n"
	  "\tserver one {peer}\n" },
	{ "nginx", "TLS before a web service: peer is its name", "peer", NULL,
	  "# a server of nginx for {name}\n"
	  "server {\n"
	  "\tlisten 443 ssl;\n"
	  "\tserver_name {peer};\n"
	  "\tssl_certificate {dir}/live/fullchain.pem;\n"
	  "\tssl_certificate_key {dir}/live/key.pem;\n"
	  "\tssl_client_certificate {dir}/live/root.pem;\n"
	  "\tssl_verify_client on;\n"
	  "\tssl_verify_depth 2;\n"
	  "\tssl_protocols TLSv1.2 TLSv1.3;\n"
	  "}\n" },
};
enum { COUNT = sizeof TARGET / sizeof *TARGET };

const struct setup_target *
setup_at(unsigned number)
{
	return number < COUNT ? &TARGET[number] : NULL;
}

const struct setup_target *
setup_find(const char *name)
{
	for (unsigned i = 0; i < COUNT; i++)
		if (strcmp(TARGET[i].name, name) == 0)
			return &TARGET[i];
	return NULL;
}

static const char *
value(const struct setup *s, struct bytes name)
{
	const struct { const char *name, *value; } known[] = {
		{ "name", s->name }, { "dir", s->dir }, { "peer", s->peer }, { "ssid", s->ssid }, { "subject", s->subject }, { "key", s->key },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (bytes_equal(name, bytes_text(known[i].name)))
			return known[i].value;
	return NULL;
}

/* What could end a word or a line of a configuration would be another's instruction. */
static bool
plain(const char *t)
{
	return t && *t && strlen(t) < 200 && !t[strcspn(t, "\"'\\`$;{}#<>|&\n\r\t")];
}

const char *
setup_fault(const struct setup_target *t, const struct setup *s)
{
	struct bytes needs = bytes_text(t->needs);

	if (!plain(s->name) || strchr(s->name, ' '))
		return "name";
	if (!plain(s->dir))
		return "dir";
	while (needs.len) {
		struct bytes one = bytes_head(needs, bytes_find(needs, ' '));
		if (!plain(value(s, one)))
			return bytes_equal(one, bytes_text("peer")) ? "peer" : bytes_equal(one, bytes_text("ssid")) ? "ssid" : "wireguard-key";
		needs = bytes_skip(needs, one.len + 1);
	}
	return NULL;
}

void
setup_print(const struct setup_target *t, const struct setup *s, struct buf *out)
{
	struct bytes left = bytes_text(t->text);

	while (left.len) {
		struct bytes until = bytes_head(left, bytes_find(left, '{'));
		buf_bytes_put(out, until);
		left = bytes_skip(left, until.len);
		struct bytes name = bytes_skip(bytes_head(left, bytes_find(left, '}')), 1);
		const char  *v = left.len ? value(s, name) : NULL;
		if (v) {
			buf_text(out, v);
			left = bytes_skip(left, name.len + 2);
		} else if (left.len) {
			buf_u8(out, '{');
			left = bytes_skip(left, 1);
		}
	}
}
