/*
 * secure: certificates: whose key serves a name, who signed it, who holds a
 * client's.
 *
 * A certificate is parsed and its signature checked once: what is known of it
 * is kept by its digest.  Keys of authorities are learnt from the chains that
 * go by and kept by their distinguished names, several to a name, for anybody
 * may write any name into a certificate of his own.  The identity of an issuer
 * is the key that verified, its root's if that is known too; when nothing
 * verifies it is only the name and key identifier, and does not count as ISSUED.
 */
#include "crypt/hash.h"
#include "crypt/verify.h"
#include "sensor/card.h"
#include "sensor/secure_inside.h"

enum { ISSUER_KEYS = 3, ISSUER_SPKI = 600, HOLDERS = 4, PROXIED = 6, VERIFY_MOST = 200 };

struct known_certificate {
	uint8_t            digest[32];
	/* the key ends here */
	struct certificate c;
	struct key         issuer;    /* identity: see above */
	uint32_t           marks;     /* SELF_SIGNED, ISSUED, WEAK */
	uint32_t           tried;     /* the state of the issuers when it last did not verify, plus one */
	bool               recorded, no_names;
	uint64_t           matched;   /* hash of the last name it was found to be for */
	uint64_t           said;      /* the last service it was claimed for */
	struct instant     said_when;
};

struct issuer {
	uint8_t name[32]; /* SHA-256 of the distinguished name */
	/* the key ends here */
	uint8_t n;
	struct {
		struct key hash, root; /* of the SubjectPublicKeyInfo; of its own issuer's if that verified */
		uint16_t   len;
		uint8_t    spki[ISSUER_SPKI];
	} at[ISSUER_KEYS];
};

/* Who used a client certificate's key. */
struct holder {
	uint8_t spki[32];
	/* the key ends here */
	uint8_t n;
	struct {
		struct addr    addr;
		struct mac     card;
		uint64_t       stack;
		struct instant said;
	} at[HOLDERS];
};

/* Names served under one key. */
struct proxied {
	uint8_t  spki[32];
	/* the key ends here */
	uint8_t  n, told;
	uint64_t domain[PROXIED], certificate[PROXIED];
};

bool
secure_certificate_new(struct secure *t, size_t memory, uint64_t seed)
{
	t->certificates = table_new((uint32_t)(memory / 100 * 55 / table_cost(1, sizeof(struct known_certificate)) + 8), 32, sizeof(struct known_certificate), seed);
	t->issuers = table_new((uint32_t)(memory / 100 * 30 / table_cost(1, sizeof(struct issuer)) + 8), 32, sizeof(struct issuer), seed);
	t->holders = table_new((uint32_t)(memory / 100 * 8 / table_cost(1, sizeof(struct holder)) + 8), 32, sizeof(struct holder), seed);
	t->proxies = table_new((uint32_t)(memory / 100 * 7 / table_cost(1, sizeof(struct proxied)) + 8), 32, sizeof(struct proxied), seed);
	return t->certificates && t->issuers && t->holders && t->proxies;
}

/* --- signatures -------------------------------------------------------------------------- */

static enum verify_algorithm
algorithm_of(enum x509_algorithm a)
{
	switch (a) {
	case X509_RSA_MD5:      return VERIFY_RSA_MD5;
	case X509_RSA_SHA1:     return VERIFY_RSA_SHA1;
	case X509_RSA_SHA224:   return VERIFY_RSA_SHA224;
	case X509_RSA_SHA256:   return VERIFY_RSA_SHA256;
	case X509_RSA_SHA384:   return VERIFY_RSA_SHA384;
	case X509_RSA_SHA512:   return VERIFY_RSA_SHA512;
	case X509_RSA_PSS:      return VERIFY_RSA_PSS;
	case X509_ECDSA_SHA1:   return VERIFY_ECDSA_SHA1;
	case X509_ECDSA_SHA224: return VERIFY_ECDSA_SHA224;
	case X509_ECDSA_SHA256: return VERIFY_ECDSA_SHA256;
	case X509_ECDSA_SHA384: return VERIFY_ECDSA_SHA384;
	case X509_ECDSA_SHA512: return VERIFY_ECDSA_SHA512;
	case X509_ED25519:      return VERIFY_ED25519;
	case X509_ED448:        return VERIFY_ED448;
	default:                return VERIFY_NONE;
	}
}

/* At most VERIFY_MOST a second, whatever certificates strangers invent. */
static bool
verified(struct sensor *s, const struct packet *p, const struct x509 *x, struct bytes spki)
{
	struct secure *w = s->secure;

	if (p->when.us - w->budget_from.us >= INSTANT_SECOND) {
		w->budget_from = p->when;
		w->budget = 0;
	}
	return w->budget++ < VERIFY_MOST && verify_certificate(x->tbs, x->signature, algorithm_of(x->algorithm), spki);
}

/* Which known key signed x?  Its row and place, or NULL. */
static const struct issuer *
issuer_of(struct sensor *s, const struct packet *p, const struct x509 *x, uint8_t *which)
{
	uint8_t name[32];

	hash_sha256(x->issuer, name);
	const struct issuer *i = table_find(s->secure->issuers, name);
	for (*which = 0; i && *which < i->n; ++*which)
		if (verified(s, p, x, bytes_of(i->at[*which].spki, i->at[*which].len)))
			return i;
	return NULL;
}

/* Learns the key of an authority.  The first of a name stays; of the others the last ones do. */
static void
learn(struct sensor *s, const struct packet *p, const struct x509 *x)
{
	uint8_t    name[32], which;
	struct key hash = { { 0 } }, root = { { 0 } };
	bool       fresh;

	if (x->spki.len > ISSUER_SPKI || !(x->ca || (x->version < 3 && x509_self_issued(x))))
		return;
	hash_sha256(x->spki, hash.b);
	hash_sha256(x->subject, name);
	struct issuer *i = table_put(s->secure->issuers, name, &fresh);
	for (uint8_t k = 0; k < i->n; k++)
		if (key_equal(&i->at[k].hash, &hash))
			return;
	if (x509_self_issued(x)) {
		root = hash;
	} else {
		const struct issuer *above = issuer_of(s, p, x, &which);
		if (above)
			root = key_none(&above->at[which].root) ? above->at[which].hash : above->at[which].root;
	}
	uint8_t k = i->n < ISSUER_KEYS ? i->n++ : (uint8_t)(1 + s->secure->issuers_known % (ISSUER_KEYS - 1));
	i->at[k].hash = hash;
	i->at[k].root = root;
	i->at[k].len = (uint16_t)x->spki.len;
	memcpy(i->at[k].spki, x->spki.at, x->spki.len);
	s->secure->issuers_known++;
}

static void
settle(struct sensor *s, const struct packet *p, struct known_certificate *k, const struct x509 *x)
{
	uint8_t which;

	k->tried = s->secure->issuers_known + 1;
	if (x509_self_issued(x) && verified(s, p, x, x->spki)) {
		k->marks |= MARK_SELF_SIGNED;
		k->c.self_signed = true;
		memcpy(k->c.issuer_key, k->c.spki, 32);
		k->issuer = key_digest(k->c.spki, 32);
		return;
	}
	const struct issuer *i = issuer_of(s, p, x, &which);
	if (i) {
		k->marks |= MARK_ISSUED;
		memcpy(k->c.issuer_key, i->at[which].hash.b, 32);
		k->issuer = key_none(&i->at[which].root) ? i->at[which].hash : i->at[which].root;
		return;
	}
	hash_sha256_two(x->issuer, x->authority_key, k->issuer.b);
}

void
secure_trust(struct sensor *s, struct bytes der)
{
	const struct packet none = { 0 };
	struct x509         x;
	uint8_t             name[32];

	if (x509_parse(der, &x))
		return;
	learn(s, &none, &x);
	hash_sha256(x.subject, name);
	struct issuer *i = table_find(s->secure->issuers, name);
	if (i)
		table_keep(s->secure->issuers, i);
}

/* --- one certificate ----------------------------------------------------------------------- */

static void
put_clean(struct buf *b, struct bytes text)
{
	for (size_t i = 0; i < text.len; i++)
		buf_u8(b, text.at[i] >= 0x20 && text.at[i] < 0x7f ? text.at[i] : '?');
}

static void
set_name(char *at, size_t cap, struct bytes cn, struct bytes o)
{
	struct buf b = buf_over(at, cap);

	put_clean(&b, bytes_head(cn.len ? cn : o, cap - 1));
	(void)buf_string(&b);
}

static void
set_names(struct certificate *c, const struct x509 *x)
{
	struct buf b = buf_over(c->names, sizeof c->names - 1);

	for (unsigned i = 0; i < x->nnames; i++) {
		size_t                  before = b.len;
		const struct x509_name *n = &x->names[i];
		if (n->type != X509_NAME_DNS && n->type != X509_NAME_IP)
			continue;
		if (b.len)
			buf_u8(&b, ' ');
		if (n->type == X509_NAME_DNS)
			put_clean(&b, n->value);
		else if (n->value.len == 4)
			addr_print(addr_v4(n->value.at), &b);
		else if (n->value.len == 16)
			addr_print(addr_v6(n->value.at), &b);
		if (!buf_ok(&b)) { /* whole names only */
			b.len = before;
			break;
		}
	}
	c->names[b.len] = 0;
}

static bool
weak(const struct x509 *x)
{
	if (x509_algorithm_weak(x->algorithm) && !x509_self_issued(x))
		return true;
	return (x->key == X509_KEY_RSA && x->key_bits && x->key_bits < 2048) || (x->key == X509_KEY_DSA) ||
	       (x->key == X509_KEY_EC && x->key_bits && x->key_bits < 224);
}

static void
describe(struct known_certificate *k, const struct x509 *x)
{
	struct buf serial = buf_over(k->c.serial, sizeof k->c.serial);

	memcpy(k->c.digest, k->digest, 32);
	hash_sha256(x->spki, k->c.spki);
	hash_sha256(x->issuer, k->c.issuer_name);
	set_name(k->c.subject, sizeof k->c.subject, x->subject_cn, x->subject_o);
	set_name(k->c.issuer, sizeof k->c.issuer, x->issuer_cn, x->issuer_o);
	set_names(&k->c, x);
	buf_hex(&serial, bytes_head(x->serial, (sizeof k->c.serial - 1) / 2));
	(void)buf_string(&serial);
	k->c.from = x->not_before;
	k->c.until = x->not_after;
	k->c.bits = (uint16_t)(x->key_bits > UINT16_MAX ? UINT16_MAX : x->key_bits);
	k->c.weak = weak(x);
	k->c.present = true;
	k->marks = k->c.weak ? MARK_WEAK : 0;
	k->no_names = x->nnames == 0;
}

/* What is known of the first certificate of a chain, which is looked at only as far as it is new. */
static struct known_certificate *
known(struct sensor *s, struct packet *p, const struct tls_certificates *chain)
{
	struct secure *w = s->secure;
	struct x509    x, above;
	uint8_t        digest[32];
	bool           fresh;

	hash_sha256(chain->at[0].der, digest);
	struct known_certificate *k = table_put(w->certificates, digest, &fresh);
	if (!fresh && (k->marks & (MARK_SELF_SIGNED | MARK_ISSUED) || !k->c.present))
		return k->c.present ? k : NULL;
	if (!fresh && k->tried == w->issuers_known + 1 && chain->n < 2)
		return k;
	if (x509_parse(chain->at[0].der, &x) != OK)
		return NULL; /* remembered as nothing */
	if (fresh)
		describe(k, &x);
	for (unsigned i = chain->n; i-- > 1;)
		if (x509_parse(chain->at[i].der, &above) == OK)
			learn(s, p, &above);
	if (k->tried != w->issuers_known + 1)
		settle(s, p, k, &x);
	return k;
}

static void
record(struct sensor *s, const struct packet *p, const struct secure_slot *t, struct known_certificate *k, bool server)
{
	struct record r = { .kind = RECORD_CERTIFICATE };

	if (k->recorded || !s->out.record)
		return;
	k->recorded = true;
	r.certificate.certificate = k->c;
	r.certificate.holder = server ? t->server : t->client;
	r.certificate.port = server ? t->server_port : 0;
	memcpy(r.certificate.sni, t->h.sni, sizeof r.certificate.sni - 1);
	r.certificate.when = p->frame->when;
	s->out.record(s->out.context, &r);
}

/* --- a server's ------------------------------------------------------------------------------ */

static bool
for_name(struct known_certificate *k, const struct secure_slot *t, struct bytes der)
{
	struct x509  x;
	struct bytes name = bytes_text(t->h.sni);

	if (!t->name || k->matched == t->name)
		return true;
	/* RFC 9525 forbids it, but devices of a certain age have only a common name. */
	if (k->no_names ? bytes_equal_nocase(bytes_text(k->c.subject), t->h.sni) : x509_parse(der, &x) == OK && x509_name_matches(&x, name)) {
		k->matched = t->name;
		return true;
	}
	return false;
}

/* example.org of www.example.org, example.co.uk of www.example.co.uk; 0 for names that belong to nobody. */
static uint64_t
registrable(struct bytes name)
{
	struct addr a;
	size_t      dot[3] = { 0 }, n = 0;

	if (addr_parse(name, &a) == OK)
		return 0;
	for (size_t i = name.len; i-- > 0 && n < 3;)
		if (name.at[i] == '.')
			dot[n++] = i;
	if (n == 0)
		return 0;
	size_t last = name.len - dot[0] - 1, second = n > 1 ? dot[0] - dot[1] - 1 : dot[0];
	if (bytes_equal_nocase(bytes_skip(name, dot[0] + 1), "local"))
		return 0;
	if (n == 1)
		return claim_name_hash(name);
	if (last == 2 && second <= 3)
		return claim_name_hash(n > 2 ? bytes_skip(name, dot[2] + 1) : name);
	return claim_name_hash(bytes_skip(name, dot[1] + 1));
}

/* An intercepting proxy makes a certificate for every name, and mostly one key for them all. */
static void
one_key_many_names(struct sensor *s, struct packet *p, const struct secure_slot *t, const struct known_certificate *k, struct bytes name)
{
	bool            fresh;
	uint64_t        domain = registrable(name), certificate;
	struct proxied *x;

	if (!domain)
		return;
	memcpy(&certificate, k->digest, sizeof certificate);
	x = table_put(s->secure->proxies, k->c.spki, &fresh);
	for (uint8_t i = 0; i < x->n; i++)
		if (x->domain[i] == domain || x->certificate[i] == certificate)
			return;
	if (x->n == PROXIED)
		return;
	x->domain[x->n] = domain;
	x->certificate[x->n++] = certificate;
	if (x->n < 2)
		return;
	table_keep(s->secure->proxies, x);
	struct claim c = secure_claim(s, p, t, FLOW_SERVER, FACT_PROXY);
	c.subject = key_digest(k->c.spki, 32);
	c.value = key_digest(k->digest, 32);
	c.number = x->n;
	c.marks = MARK_BULK;
	claim_words(&c, name);
	packet_say(s, &c);
}

void
secure_server_certificate(struct sensor *s, struct packet *p, struct secure_slot *t, struct bytes body)
{
	struct tls_certificates chain;

	if (t->h.server_certificate.present || tls_certificates_parse(body, t->h.version, &chain) != OK || chain.n == 0)
		return;
	struct known_certificate *k = known(s, p, &chain);
	if (!k)
		return;
	t->h.server_certificate = k->c;
	record(s, p, t, k, true);

	bool         wrong = !for_name(k, t, chain.at[0].der);
	struct bytes first = bytes_head(bytes_text(k->c.names), bytes_find(bytes_text(k->c.names), ' '));
	struct bytes name = t->h.sni[0] ? bytes_text(t->h.sni) : first.len ? first : bytes_text(k->c.subject);
	struct key   service = key_service(t->server, t->server_port);
	/* Who asks without a name gets the service's own certificate; where the question was not seen, the answer names it. */
	uint64_t named = t->h.client ? t->name : claim_name_hash(name);
	memcpy(service.b + 18, &named, sizeof named);

	one_key_many_names(s, p, t, k, name);
	struct claim c = secure_claim(s, p, t, FLOW_SERVER, FACT_KEY);
	c.subject = service;
	c.value = key_digest(k->c.spki, 32);
	c.other = k->issuer;
	c.marks = k->marks | (wrong ? MARK_WRONG_NAME : 0u);
	if (c.when.us < k->c.from.us || c.when.us > k->c.until.us)
		c.marks |= MARK_EXPIRED;
	claim_words(&c, name);
	uint64_t said = bytes_hash(service.b, sizeof service.b, 1) ^ bytes_hash(&c.speaker, sizeof c.speaker, 2);
	if (k->said == said && p->when.us - k->said_when.us < INSTANT_SECOND / 2)
		return;
	k->said = said;
	k->said_when = p->when;
	packet_say(s, &c);
	if (c.marks & (MARK_EXPIRED | MARK_WEAK | MARK_WRONG_NAME)) {
		c.fact = FACT_CERTIFICATE;
		c.value = key_digest(k->digest, 32);
		packet_say(s, &c);
	}
}

/* --- a client's -------------------------------------------------------------------------------- */

/* Made by one maker: the same block of addresses (IEEE 802-2014 8.2.2), and not one that anybody may make up. */
static bool
same_maker(struct mac a, struct mac b)
{
	return !mac_zero(a) && memcmp(a.b, b.b, 3) == 0 && !(a.b[0] & 2);
}

/*
 * Many devices may hold one certificate: a fleet has one maker and one
 * program, or is at least three.  Returns false if the same was said a moment ago.
 */
static bool
holds(struct sensor *s, const struct packet *p, const struct secure_slot *t, const uint8_t spki[static 32], struct mac card, uint32_t *marks)
{
	bool           fresh, due = true;
	struct holder *h = table_put(s->secure->holders, spki, &fresh);
	uint8_t        i = 0, oldest = 0;

	while (i < h->n && !addr_equal(h->at[i].addr, t->client))
		i++;
	if (i == h->n) {
		for (uint8_t k = 1; k < h->n; k++)
			if (h->at[k].said.us < h->at[oldest].said.us)
				oldest = k;
		i = h->n < HOLDERS ? h->n++ : oldest;
		table_keep(s->secure->holders, h);
	} else {
		due = p->when.us - h->at[i].said.us >= INSTANT_SECOND / 2 || !mac_equal(h->at[i].card, card);
	}
	h->at[i].addr = t->client;
	h->at[i].card = card;
	h->at[i].stack = t->stack;
	if (due)
		h->at[i].said = p->when;
	bool alike = h->n > 1;
	for (uint8_t k = 0; k < h->n; k++)
		alike &= h->at[k].stack == t->stack && (k == i || same_maker(h->at[k].card, card));
	*marks |= alike ? MARK_SMALL : 0;
	*marks |= h->n >= 3 ? MARK_BULK : 0;
	return due;
}

void
secure_client_certificate(struct sensor *s, struct packet *p, struct secure_slot *t, struct bytes body)
{
	struct tls_certificates chain;

	if (t->h.client_certificate.present || tls_certificates_parse(body, t->h.version, &chain) != OK || chain.n == 0)
		return;
	struct known_certificate *k = known(s, p, &chain);
	if (!k)
		return;
	t->h.client_certificate = k->c;
	p->flow->protection = PROTECTION_MUTUAL;
	record(s, p, t, k, false);

	struct claim c = secure_claim(s, p, t, FLOW_CLIENT, FACT_IDENTITY);
	if (!p->link.cards || !card_holds(s, p->domain, t->client, c.speaker))
		c.speaker = (struct mac){ { 0 } };
	c.subject = key_digest(k->c.spki, 32);
	c.value = key_addr(t->client);
	c.victim = t->server;
	claim_words(&c, bytes_text(k->c.subject));
	if (holds(s, p, t, k->c.spki, c.speaker, &c.marks))
		packet_say(s, &c);
}
