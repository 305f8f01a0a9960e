/*
 * event: EVE's shape, one function a kind.  Never content: no HL7 field beyond
 * MSH's identity, no cookie, no payload, no query string, no FHIR id.
 */
#include "report/event.h"
#include "base/json.h"
#include "model/handshake.h"
#include "model/record.h"
#include "wire/arp.h"
#include "wire/coap.h"
#include "wire/dhcp.h"
#include "wire/dhcp6.h"
#include "wire/dicom.h"
#include "wire/dns.h"
#include "wire/hl7.h"
#include "wire/http.h"
#include "wire/mqtt.h"
#include "wire/nbns.h"
#include "wire/tls.h"

static void
arp_event(const struct event *e, struct buf *out)
{
	const struct arp *a = e->of;

	json_text(out, "opcode", a->op == ARP_REQUEST ? "request" : "reply");
	json_mac(out, "src_mac", a->sha);
	json_addr(out, "src_ip", a->spa);
	json_mac(out, "dest_mac", a->tha);
	json_addr(out, "dest_ip", a->tpa);
}

static void
dhcp_event(const struct event *e, struct buf *out)
{
	static const char *const type[] = { "", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform" };
	const struct dhcp       *d = e->of;

	json_text(out, "type", d->op == DHCP_BOOTREQUEST ? "request" : "reply");
	json_number(out, "id", d->xid);
	json_mac(out, "client_mac", d->chaddr);
	if (d->type && d->type < sizeof type / sizeof *type)
		json_text(out, "dhcp_type", type[d->type]);
	json_addr_if(out, "assigned_ip", d->yiaddr);
	json_addr_if(out, "client_ip", d->ciaddr);
	json_addr_if(out, "relay_ip", d->giaddr);
	json_addr_if(out, "server_id", d->server);
	json_bytes_if(out, "hostname", d->hostname);
	json_bytes_if(out, "vendor_class_identifier", d->vendor);
	if (d->routers.n)
		json_addr(out, "router", d->routers.v[0]);
	if (d->dns.n)
		json_addr(out, "dns_server", d->dns.v[0]);
	if (d->present & DHCP_HAS_LEASE)
		json_number(out, "lease_time", d->lease);
}

static void
dhcp6_event(const struct event *e, struct buf *out)
{
	static const char *const type[] = { "", "solicit", "advertise", "request", "confirm", "renew", "rebind", "reply", "release",
		"decline", "reconfigure", "information-request" };
	const struct dhcp6      *d = e->of;

	if (d->type < sizeof type / sizeof *type)
		json_text(out, "type", type[d->type]);
	json_number(out, "id", d->xid);
	if (d->client.len)
		json_hex(out, "client_duid", bytes_head(d->client, 40));
	if (d->server.len)
		json_hex(out, "server_duid", bytes_head(d->server, 40));
	if (d->leases_n)
		json_addr(out, "assigned_ip", d->leases[0].addr);
	if (d->dns_n)
		json_addr(out, "dns_server", d->dns[0]);
}

static void
dns_type(struct buf *out, uint16_t type)
{
	static const struct { uint16_t type; const char *name; } NAME[] = {
		{ DNS_A, "A" }, { DNS_AAAA, "AAAA" }, { DNS_CNAME, "CNAME" }, { DNS_PTR, "PTR" }, { DNS_SRV, "SRV" }, { DNS_TXT, "TXT" },
		{ DNS_MX, "MX" }, { DNS_NS, "NS" }, { DNS_SOA, "SOA" }, { DNS_HTTPS, "HTTPS" }, { DNS_ANY, "ANY" },
	};
	for (size_t i = 0; i < sizeof NAME / sizeof *NAME; i++)
		if (NAME[i].type == type) {
			json_text(out, "rrtype", NAME[i].name);
			return;
		}
	json_number(out, "rrtype", type);
}

static void
dns_event(const struct event *e, struct buf *out)
{
	static const char *const rcode[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED" };
	const struct dns        *d = e->of;
	unsigned                 shown = 0;

	json_text(out, "type", d->qr ? "answer" : "query");
	json_number(out, "id", d->id);
	json_text_if(out, "rrname", d->name);
	if (d->questions)
		dns_type(out, d->type);
	if (!d->qr)
		return;
	if (d->rcode < sizeof rcode / sizeof *rcode)
		json_text(out, "rcode", rcode[d->rcode]);
	json_open(out, "answers", '[');
	for (unsigned i = 0; i < d->count && shown < 8; i++) {
		const struct dns_record *r = &d->record[i];
		char                     name[DNS_NAME];
		if (r->section != DNS_ANSWER)
			continue;
		if (!addr_none(r->addr))
			json_addr(out, NULL, r->addr);
		else if (dns_target(d, r, name) == OK)
			json_text(out, NULL, name);
		else
			continue;
		shown++;
	}
	json_close(out, ']');
}

static void
nbns_event(const struct event *e, struct buf *out)
{
	const struct nbns *n = e->of;

	json_text(out, "type", n->response ? "answer" : n->opcode == NBNS_QUERY ? "query" : "registration");
	json_text(out, "rrname", n->name);
	json_number(out, "suffix", n->suffix);
	if (n->count)
		json_addr(out, "address", n->address[0].addr);
}

static void
print_certificate(const struct certificate *c, const char *key, struct buf *out)
{
	if (!c->present)
		return;
	json_open(out, key, '{');
	json_text_if(out, "subject", c->subject);
	json_text_if(out, "issuerdn", c->issuer);
	json_text_if(out, "serial", c->serial);
	json_text_if(out, "names", c->names);
	json_hex(out, "fingerprint_sha256", bytes_of(c->digest, 32));
	json_hex(out, "spki_sha256", bytes_of(c->spki, 32));
	json_instant(out, "notbefore", c->from);
	json_instant(out, "notafter", c->until);
	json_bool(out, "self_signed", c->self_signed);
	json_close(out, '}');
}

static void
hash(struct buf *out, const char *key, const char *digest, const char *string)
{
	if (!digest[0])
		return;
	json_open(out, key, '{');
	json_text(out, "hash", digest);
	json_text_if(out, "string", string);
	json_close(out, '}');
}

static void
tls_event(const struct event *e, struct buf *out)
{
	const struct handshake *h = e->of;

	json_text_if(out, "sni", h->sni);
	if (h->server)
		json_text(out, "version", tls_version_text(h->version));
	else if (h->offered)
		json_text(out, "version_offered", tls_version_text(h->offered));
	if (h->server)
		json_number(out, "cipher", h->cipher);
	json_text_if(out, "alpn", h->alpn);
	json_text_if(out, "alpn_offered", h->alpn_offered);
	if (h->transport != 't')
		json_text(out, "transport", h->transport == 'q' ? "quic" : "dtls");
	if (h->resumed)
		json_bool(out, "session_resumed", true);
	if (h->hrr)
		json_bool(out, "hello_retry", true);
	if (h->ech)
		json_bool(out, "ech", true);
	if (h->wants_client_certificate)
		json_bool(out, "client_certificate_requested", true);
	if (h->staple)
		json_bool(out, "ocsp_staple", true);
	if (h->failed)
		json_bool(out, "failed", true);
	if (h->alert)
		json_number(out, "alert", h->alert);
	hash(out, "ja3", h->ja3_hash, h->ja3);
	hash(out, "ja3s", h->ja3s_hash, h->ja3s);
	json_text_if(out, "ja4", h->ja4);
	print_certificate(&h->server_certificate, "certificate", out);
	print_certificate(&h->client_certificate, "client_certificate", out);
}

/* FHIR's types of resource are words such as Patient; what stands before them is the server's base. */
static bool
names_a_type(struct bytes segment)
{
	if (segment.len < 4 || segment.at[0] < 'A' || segment.at[0] > 'Z' || segment.at[1] < 'a' || segment.at[1] > 'z')
		return false;
	for (size_t i = 2; i < segment.len; i++)
		if ((segment.at[i] | 0x20) < 'a' || (segment.at[i] | 0x20) > 'z')
			return false;
	return true;
}

/*
 * The path of a target, never its query.  Where it is FHIR's (RESTful API,
 * [base]/[type]/[id]) what follows the type names a person: it becomes "…".
 */
static void
put_path(struct buf *out, const char *key, const struct http_fields *fields, struct bytes target)
{
	struct bytes path = bytes_head(target, bytes_find(target, '?')), left = path;
	bool         fhir = http_is_fhir(fields);
	char         room[512];

	for (;;) {
		struct bytes segment = bytes_head(left, bytes_find(left, '/'));
		fhir |= bytes_equal_nocase(segment, "fhir");
		left = bytes_skip(left, segment.len);
		if (left.len < 2)
			break; /* nothing stands behind it */
		if (fhir && names_a_type(segment)) {
			struct buf b = buf_over(room, sizeof room);
			buf_format(&b, "%.*s/…", (int)(path.len - left.len < 480 ? path.len - left.len : 480), (const char *)path.at);
			json_bytes(out, key, buf_bytes(&b));
			return;
		}
		left = bytes_skip(left, 1);
	}
	json_bytes(out, key, path);
}

static void
http_event(const struct event *e, struct buf *out)
{
	if (e->variant == 0) {
		const struct http_request *r = e->of;
		json_bytes_if(out, "hostname", r->fields.host);
		put_path(out, "url", &r->fields, r->target);
		json_bytes(out, "http_method", r->method);
		json_bytes_if(out, "http_user_agent", r->fields.user_agent);
		if (r->fields.auth_scheme.len)
			json_bytes(out, "authorization", r->fields.auth_scheme);
		json_bytes_if(out, "http_content_type", r->fields.content_type);
	} else {
		const struct http_response *r = e->of;
		json_number(out, "status", r->status);
		json_bytes_if(out, "http_content_type", r->fields.content_type);
		json_bytes_if(out, "server", r->fields.server);
		if (r->fields.location.len)
			put_path(out, "redirect", &r->fields, r->fields.location);
		if (r->fields.hsts.len)
			json_bool(out, "hsts", true);
		if (r->fields.has_length)
			json_number(out, "length", (int64_t)r->fields.length);
	}
}

static void
hl7_event(const struct event *e, struct buf *out)
{
	const struct hl7 *h = e->of;

	json_bytes_if(out, "type", h->type);
	json_bytes_if(out, "trigger", h->trigger);
	json_bytes_if(out, "control_id", h->control_id);
	json_bytes_if(out, "version", h->version);
	json_bytes_if(out, "sending_application", h->from_application);
	json_bytes_if(out, "sending_facility", h->from_facility);
	json_bytes_if(out, "receiving_application", h->to_application);
	json_bytes_if(out, "receiving_facility", h->to_facility);
	json_bytes_if(out, "ack_code", h->ack_code);
	json_bytes_if(out, "ack_id", h->ack_id);
}

static void
dicom_event(const struct event *e, struct buf *out)
{
	const struct dicom_associate *a = e->of;

	json_text(out, "pdu", a->type == 1 ? "A-ASSOCIATE-RQ" : "A-ASSOCIATE-AC");
	json_text(out, "called_ae", a->called);
	json_text(out, "calling_ae", a->calling);
	json_number(out, "contexts", a->contexts);
	if (a->contexts && a->type == 1)
		json_bytes_if(out, "abstract_syntax", a->context[0].abstract);
	json_bytes_if(out, "implementation_class_uid", a->class_uid);
	json_bytes_if(out, "implementation_version_name", a->version_name);
}

static void
mqtt_event(const struct event *e, struct buf *out)
{
	static const char *const type[] = { "", "connect", "connack", "publish", "puback", "pubrec", "pubrel", "pubcomp", "subscribe",
		"suback", "unsubscribe", "unsuback", "pingreq", "pingresp", "disconnect", "auth" };
	const struct mqtt       *m = e->of;

	if (m->type < sizeof type / sizeof *type)
		json_text(out, "type", type[m->type]);
	switch (m->type) {
	case MQTT_CONNECT:
		json_number(out, "level", m->level);
		json_bytes_if(out, "client_id", m->client_id);
		json_bool(out, "username", m->has_user);
		json_bool(out, "password", m->has_password);
		break;
	case MQTT_CONNACK:
	case MQTT_DISCONNECT:
		json_number(out, "reason", m->reason);
		break;
	case MQTT_PUBLISH:
		json_bytes(out, "topic", m->topic);
		json_number(out, "qos", m->qos);
		json_bool(out, "retain", m->retain);
		break;
	case MQTT_SUBSCRIBE:
		if (m->topics)
			json_bytes(out, "topic", m->subscribe[0]);
		break;
	default:
		break;
	}
}

static void
coap_event(const struct event *e, struct buf *out)
{
	static const char *const type[] = { "CON", "NON", "ACK", "RST" };
	const struct coap       *c = e->of;

	json_text(out, "type", type[c->type & 3]);
	json_number(out, "code", (c->code >> 5) * 100 + (c->code & 31));
	json_number(out, "id", c->id);
	json_bytes_if(out, "host", c->host);
	json_text_if(out, "path", c->path);
	if (c->has_format)
		json_number(out, "content_format", c->format);
	if (c->has_observe)
		json_number(out, "observe", c->observe);
}

static void
flow_event(const struct event *e, struct buf *out)
{
	const struct record *r = e->of;

	json_number(out, "pkts", (int64_t)r->flow.packets);
	json_number(out, "bytes", (int64_t)r->flow.bytes);
	json_instant(out, "start", r->flow.first);
	json_instant(out, "end", r->flow.last);
	json_text_if(out, "app_proto", r->flow.application);
	json_text(out, "protection", protection_name(r->flow.protection));
}

static const char *
protocol_name(uint8_t p)
{
	return p == 6 ? "TCP" : p == 17 ? "UDP" : p == 1 ? "ICMP" : p == 58 ? "IPv6-ICMP" : "";
}

void
event_json(const struct event *e, struct buf *out)
{
	static void (*const PRINT[EVENTS])(const struct event *, struct buf *) = {
		[EVENT_ARP] = arp_event, [EVENT_DHCP] = dhcp_event, [EVENT_DHCP6] = dhcp6_event, [EVENT_DNS] = dns_event,
		[EVENT_NBNS] = nbns_event, [EVENT_TLS] = tls_event, [EVENT_HTTP] = http_event, [EVENT_HL7] = hl7_event,
		[EVENT_DICOM] = dicom_event, [EVENT_MQTT] = mqtt_event, [EVENT_COAP] = coap_event, [EVENT_FLOW] = flow_event,
	};

	json_open(out, NULL, '{');
	json_instant(out, "timestamp", e->when);
	if (e->flow)
		json_number(out, "flow_id", (int64_t)e->flow);
	if (e->frame)
		json_number(out, "pcap_cnt", (int64_t)e->frame);
	json_text(out, "event_type", event_name(e->kind));
	if (e->place[0])
		json_text(out, "in_iface", e->place);
	if (e->has_vlan)
		json_number(out, "vlan", e->vlan);
	if (e->protocol) {
		json_addr(out, "src_ip", e->src);
		if (e->sport | e->dport)
			json_number(out, "src_port", e->sport);
		json_addr(out, "dest_ip", e->dst);
		if (e->sport | e->dport)
			json_number(out, "dest_port", e->dport);
		json_text(out, "proto", protocol_name(e->protocol));
	}
	json_open(out, event_name(e->kind), '{');
	PRINT[e->kind](e, out);
	json_close(out, '}');
	json_close(out, '}');
	buf_u8(out, '\n');
}
