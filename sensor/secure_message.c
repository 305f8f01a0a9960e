/*
 * secure: what the hellos say: fingerprints, versions, and the claims about
 * what two parties that know one another agree on.
 *
 * The client's stack is known by what stays the same when it resumes, pads or
 * retries; JA4 does not.
 */
#include "base/cursor.h"
#include "crypt/hash.h"
#include "sensor/card.h"
#include "sensor/secure_inside.h"
#include "sensor/support.h"
#include "sensor/web.h"
#include "wire/dtls.h"
#include "wire/ja.h"

/* --- text ---------------------------------------------------------------------------- */

static void
set_hex(char *at, const uint8_t *digest, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		at[2 * i] = digits[digest[i] >> 4];
		at[2 * i + 1] = digits[digest[i] & 15];
	}
	at[2 * n] = 0;
}

/* A JA3 or JA3S: the text if it fits, its MD5 in any case. */
static void
set_three(enum err e, const struct buf *text, char *at, size_t cap, char hash[static 33])
{
	uint8_t digest[16];

	if (e)
		return;
	hash_md5(buf_bytes(text), digest);
	set_hex(hash, digest, sizeof digest);
	if (text->len < cap) {
		memcpy(at, text->at, text->len);
		at[text->len] = 0;
	}
}

static void
four_part(struct buf *out, const struct buf *part)
{
	uint8_t digest[32];

	buf_u8(out, '_');
	if (!part->len) {
		buf_text(out, JA_FOUR_EMPTY);
		return;
	}
	hash_sha256(buf_bytes(part), digest);
	buf_hex(out, bytes_of(digest, JA_FOUR_HASH_LEN / 2));
}

static void
fingerprints(struct sensor *s, struct secure_slot *t, const struct tls_client_hello *h)
{
	struct secure *w = s->secure;
	struct buf     a = buf_over(w->text[0], sizeof w->text[0]), b = buf_over(w->text[1], sizeof w->text[1]), c = buf_over(w->text[2], sizeof w->text[2]);

	set_three(ja_three(h, &a), &a, t->h.ja3, sizeof t->h.ja3, t->h.ja3_hash);
	buf_reset(&a);
	if (ja_four(h, &a, &b, &c) == OK) {
		struct buf four = buf_over(t->h.ja4, sizeof t->h.ja4);
		buf_bytes_put(&four, buf_bytes(&a));
		four_part(&four, &b);
		four_part(&four, &c);
		(void)buf_string(&four);
	}
}

/* --- the client's stack ----------------------------------------------------------------- */

static uint64_t
list_hash(struct bytes list, uint64_t seed)
{
	struct cursor c = cursor_over(list);
	uint64_t      sum = seed;

	while (cursor_left(&c)) {
		uint16_t v = cursor_u16(&c);
		if (!tls_grease(v))
			sum = (sum ^ v) * UINT64_C(0x9e3779b97f4a7c15) + (sum >> 29);
	}
	return sum;
}

/* Ciphers, groups and signatures in order, extensions in any: browsers permute those. */
static uint64_t
stack_of(const struct tls_client_hello *h)
{
	struct tls_extension x;
	uint64_t             sum = list_hash(h->ciphers, 1) ^ list_hash(h->groups, 2) ^ list_hash(h->signatures, 3) ^ list_hash(h->versions, 4);

	for (struct bytes left = h->extensions; tls_extension_next(&left, &x);) {
		switch (x.type) {
		case TLS_EXT_SERVER_NAME:
		case TLS_EXT_ALPN:
		case TLS_EXT_TICKET:
		case TLS_EXT_PSK:
		case TLS_EXT_EARLY_DATA:
		case TLS_EXT_COOKIE:
		case 21: /* padding */
			break;
		default:
			if (!tls_grease(x.type))
				sum += bytes_hash(&x.type, sizeof x.type, 5);
		}
	}
	return (sum ^ h->version) | 1;
}

/*
 * A device of one purpose speaks to one service with one stack.  Only devices
 * whose clinical traffic was seen, on this link; a service is a subject of its
 * own, for updates and telemetry come from other programs.
 */
static void
client_stack(struct sensor *s, struct packet *p, const struct secure_slot *t)
{
	const struct flow_side *side = &p->flow->side[t->turned ? FLOW_SERVER : FLOW_CLIENT];
	struct key              k = key_service(t->server, t->server_port);

	if (!p->link.cards || !secure_clinical_card(s, p->domain, side->card) || !card_holds(s, p->domain, t->client, side->card))
		return;
	struct claim c = secure_claim(s, p, t, FLOW_CLIENT, FACT_CLIENT_STACK);
	memcpy(k.b + 18, &t->name, 8);
	uint64_t service = bytes_hash(k.b, sizeof k.b, 1);
	c.subject = key_addr(t->client);
	memcpy(c.subject.b + 16, &service, sizeof service);
	c.value = key_digest(&t->stack, sizeof t->stack);
	c.victim = t->server;
	claim_words(&c, bytes_text(t->h.sni[0] ? t->h.sni : "JA4"));
	packet_say(s, &c);
}

/* --- hellos ----------------------------------------------------------------------------- */

/* The flow holds the server for the client: they change places. */
static void
turn(struct secure_slot *t)
{
	struct addr a = t->client;
	uint16_t    port = t->client_port;

	t->turned = true;
	t->client = t->server;
	t->client_port = t->server_port;
	t->server = a;
	t->server_port = port;
}

static void
offered_names(struct secure_slot *t, struct bytes alpn)
{
	struct cursor c = cursor_over(alpn);
	struct buf    out = buf_over(t->h.alpn_offered, sizeof t->h.alpn_offered - 1);

	while (cursor_left(&c)) {
		struct bytes name = cursor_take(&c, cursor_u8(&c));
		size_t       before = out.len;
		if (out.len)
			buf_u8(&out, ',');
		for (size_t i = 0; i < name.len; i++)
			buf_u8(&out, name.at[i] > 0x20 && name.at[i] < 0x7f && name.at[i] != ',' ? name.at[i] : '?');
		if (!buf_ok(&out)) { /* whole names only */
			out.len = before;
			break;
		}
	}
	t->h.alpn_offered[out.len] = 0;
}

/* What it is called in the inventory, and whether care depends on it. */
static void
label(struct sensor *s, struct packet *p, struct secure_slot *t)
{
	struct flow *f = p->flow;
	uint16_t     port = t->server_port;
	enum app     app = t->h.transport == 'q' ? APP_QUIC : t->h.transport == 'd' ? APP_DTLS : APP_TLS;
	const char  *name = t->h.transport == 'q' ? "quic" : t->h.transport == 'd' ? "dtls" : "tls";

	switch (port) {
	case 2762:
	case 11112:
	case 104:
		name = "dicom-tls";
		break;
	case 2575:
	case 2576:
	case 6661:
		name = "hl7-tls";
		break;
	case 8883:
		name = "mqtt-tls";
		break;
	case 5684:
		name = "coap-dtls";
		break;
	default:
		if (t->h.transport == 't' && (bytes_begin(bytes_text(t->h.alpn_offered), "h2") || bytes_begin(bytes_text(t->h.alpn_offered), "http/")))
			name = "https";
		else if (t->h.transport == 'q' && bytes_begin(bytes_text(t->h.alpn_offered), "h3"))
			name = "http3";
		break;
	}
	bool clinical = secure_clinical_port(port) || (p->link.cards && secure_clinical_card(s, p->domain, f->side[0].card) &&
	                                               secure_clinical_card(s, p->domain, f->side[1].card));
	flow_is(s, f, app, name, clinical);
	if (f->protection != PROTECTION_MUTUAL)
		f->protection = PROTECTION_TLS;
	if (t->h.sni[0])
		flow_named(f, bytes_text(t->h.sni));
}

static void
client_hello(struct sensor *s, struct packet *p, struct secure_slot *t, int side, struct bytes body)
{
	struct tls_client_hello h;
	enum tls_carrier        carrier = (enum tls_carrier)t->h.transport;

	if (t->h.client)
		return; /* the second one, after a HelloRetryRequest or a cookie: the first has the fingerprint */
	if (tls_client_hello_read(body, carrier == TLS_OVER_DATAGRAM ? carrier : TLS_OVER_STREAM, &h) != OK)
		return;
	h.carrier = carrier;
	if (side == FLOW_SERVER)
		turn(t);
	t->h.client = true;
	t->h.offered = h.version_max;
	t->h.ech = h.has_ech;
	bytes_clean(h.server_name, t->h.sni, sizeof t->h.sni);
	offered_names(t, h.alpn);
	t->name = claim_name_hash(h.server_name);
	t->session = h.session_id.len ? bytes_hash(h.session_id.at, h.session_id.len, 1) | 1 : 0;
	t->stack = stack_of(&h);
	t->ciphers = list_hash(h.ciphers, h.version_max);
	t->protocols = bytes_hash(h.alpn.at, h.alpn.len, 1);
	fingerprints(s, t, &h);
	label(s, p, t);
	if (h.server_name.len) {
		support_host(s, p, h.server_name);
		web_secured(s, p, h.server_name);
	}
	client_stack(s, p, t);
	secure_middle(s, p, t, h.random);
	secure_care_begin(s, p, t);
}

/* --- what was agreed ---------------------------------------------------------------------- */

/* What a server picks for a client that offers this: one subject for each thing offered. */
static struct claim
agreed(struct sensor *s, struct packet *p, struct secure_slot *t, enum fact fact, uint64_t offer, uint32_t number)
{
	struct {
		struct addr client, server;
		uint64_t    offer, name;
		uint32_t    domain;
		uint16_t    port;
		char        transport, pad;
	} k;
	struct claim c = secure_claim(s, p, t, FLOW_SERVER, fact);

	memset(&k, 0, sizeof k);
	k.client = t->client;
	k.server = t->server;
	k.offer = offer;
	k.name = t->name;
	k.domain = t->domain;
	k.port = t->server_port;
	k.transport = t->h.transport;
	hash_sha256(bytes_of(&k, sizeof k), c.subject.b);
	c.value = key_number(number);
	c.number = number;
	claim_words(&c, bytes_text(t->h.sni));
	if (!t->h.sni[0]) {
		struct buf b = buf_over(c.words, sizeof c.words);
		addr_print(t->server, &b);
		(void)buf_string(&b);
	}
	return c;
}

/*
 * Whoever offers the same to the same service gets the same, whichever of its
 * programs asks.  In full handshakes only: a resumed one repeats what was
 * agreed before.
 */
static void
agreement(struct sensor *s, struct packet *p, struct secure_slot *t)
{
	unsigned     traits = tls_cipher_traits(t->h.cipher);
	struct claim c;

	if (!t->h.client || !t->h.server || t->h.resumed)
		return;
	c = agreed(s, p, t, FACT_STACK, t->h.offered, secure_rank(t->h.version));
	packet_say(s, &c);
	if (traits & TLS_CIPHER_KNOWN) {
		uint32_t strong = traits & TLS_CIPHER_WEAK ? 0 : (traits & TLS_CIPHER_FORWARD ? 1u : 0) + (traits & TLS_CIPHER_AEAD ? 1u : 0);
		c = agreed(s, p, t, FACT_CIPHER, t->ciphers, strong);
		packet_say(s, &c);
	}
	if (t->h.alpn_offered[0] && !tls_thirteen(t->h.version)) {
		c = agreed(s, p, t, FACT_ALPN, t->protocols, t->h.alpn[0] != 0);
		packet_say(s, &c);
	}
}

/*
 * RFC 8446 section 4.1.3: the server could do better and thinks that the
 * client cannot.  The client's offer was seen here: somebody changed it on the way.
 */
static void
sentinel(struct sensor *s, struct packet *p, struct secure_slot *t, enum tls_downgrade d)
{
	uint16_t offered = secure_rank(t->h.offered);

	if (!t->h.client || d == TLS_DOWNGRADE_NONE || secure_rank(t->h.version) >= offered)
		return;
	if (offered < (d == TLS_DOWNGRADE_TO_12 ? 0x0304 : 0x0303))
		return;
	struct claim c = secure_claim(s, p, t, FLOW_SERVER, FACT_SENTINEL);
	c.subject = key_service(t->server, t->server_port);
	c.value = key_number(t->h.version);
	c.number = secure_rank(t->h.version);
	c.number2 = offered;
	claim_words(&c, bytes_text(t->h.sni));
	packet_say(s, &c);
}

static void
server_hello(struct sensor *s, struct packet *p, struct secure_slot *t, struct bytes body)
{
	struct tls_server_hello h;

	if (t->h.server || tls_server_hello_parse(body, &h) != OK)
		return;
	if (h.retry) {
		t->h.hrr = true;
		return;
	}
	t->h.server = true;
	t->h.version = h.version_chosen;
	t->h.cipher = h.cipher;
	t->h.group = h.share_group;
	t->h.staple = h.has_status_request;
	bytes_clean(h.alpn, t->h.alpn, sizeof t->h.alpn);
	uint64_t session = h.session_id.len ? bytes_hash(h.session_id.at, h.session_id.len, 1) | 1 : 0;
	t->h.resumed = tls_thirteen(t->h.version) ? h.has_psk : session && session == t->session;
	struct buf text = buf_over(s->secure->text[0], sizeof s->secure->text[0]);
	set_three(ja_three_server(&h, &text), &text, t->h.ja3s, sizeof t->h.ja3s, t->h.ja3s_hash);
	if (!t->h.client)
		label(s, p, t);
	sentinel(s, p, t, h.downgrade);
	if (tls_thirteen(t->h.version))
		agreement(s, p, t);
}

/* --- all messages ---------------------------------------------------------------------------- */

void
secure_message(struct sensor *s, struct packet *p, struct secure_slot *t, int side, uint8_t type, struct bytes body)
{
	switch (type) {
	case TLS_CLIENT_HELLO:
		client_hello(s, p, t, side, body);
		break;
	case TLS_SERVER_HELLO:
		if (!t->h.client && !t->h.server && side == FLOW_CLIENT) /* a stream joined late, its direction guessed wrong */
			turn(t);
		server_hello(s, p, t, body);
		break;
	case TLS_CERTIFICATE:
		if (secure_role(t, side) == FLOW_SERVER)
			secure_server_certificate(s, p, t, body);
		else
			secure_client_certificate(s, p, t, body);
		break;
	case TLS_CERTIFICATE_REQUEST:
		t->h.wants_client_certificate = true;
		break;
	case TLS_SERVER_HELLO_DONE:
		agreement(s, p, t);
		break;
	default:
		break;
	}
}

bool
secure_alert(struct sensor *s, struct packet *p, struct secure_slot *t, struct bytes fragment)
{
	struct tls_alert a;

	if (tls_alert_parse(fragment, &a) != OK || a.level != 2)
		return false;
	t->h.alert = a.description;
	secure_outcome(s, p, t, false);
	return true;
}

void
secure_outcome(struct sensor *s, struct packet *p, struct secure_slot *t, bool good)
{
	t->h.done |= good;
	t->h.failed |= !good;
	secure_care_end(s, p, t, good);
	secure_tell(s, t);
}
