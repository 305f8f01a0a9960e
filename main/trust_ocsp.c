/* trust_ocsp: see trust_ocsp.h. */
#include "main/trust_ocsp.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "wire/ocsp.h"

enum { SPKI = 1100, NAME = 512, SERIAL = 32, NONCE = 16, ANSWER = 64 << 10, SKEW_S = 300 };

struct issuer {
	uint8_t  key[32]; /* SHA-256 of its SubjectPublicKeyInfo */
	uint8_t  name_hash[20], key_hash[20];
	uint8_t  spki[SPKI], subject[NAME];
	uint16_t spki_len, subject_len;
};

struct known {
	struct trust_ocsp *of;   /* NULL: free */
	const struct issuer *issuer;
	struct trust_id    id;
	uint8_t            serial[SERIAL], serial_len, nonce[NONCE];
	char               url[TRUST_FETCH_URL];
	struct instant     ends;   /* its own notAfter: it is not asked about any more */
	struct instant     until;  /* of the answer */
	enum trust_answer  answer;
	int64_t            told, next; /* s, monotonic */
	bool               out, silent; /* an answer is awaited; it was said that none comes */
};

struct trust_ocsp {
	struct issuer issuer[TRUST_ISSUERS];
	struct known  known[TRUST_OCSP_KNOWN];
	unsigned      issuers, flight;
	bool          changed;
};

static int64_t
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec;
}

enum err
trust_ocsp_new(struct trust_ocsp **out)
{
	*out = memory_new(1, sizeof **out);
	return *out ? OK : ERR_MEMORY;
}

enum verify_algorithm
trust_ocsp_algorithm(enum x509_algorithm a)
{
	static const uint8_t OF[] = {
		[X509_RSA_SHA256] = VERIFY_RSA_SHA256, [X509_RSA_SHA384] = VERIFY_RSA_SHA384, [X509_RSA_SHA512] = VERIFY_RSA_SHA512, [X509_RSA_PSS] = VERIFY_RSA_PSS,
		[X509_ECDSA_SHA256] = VERIFY_ECDSA_SHA256, [X509_ECDSA_SHA384] = VERIFY_ECDSA_SHA384, [X509_ECDSA_SHA512] = VERIFY_ECDSA_SHA512,
		[X509_ED25519] = VERIFY_ED25519, [X509_ED448] = VERIFY_ED448,
	};
	return a < sizeof OF ? OF[a] : VERIFY_NONE;
}

bool
trust_ocsp_signed(const struct x509 *c, const struct x509 *issuer)
{
	return bytes_equal(c->issuer, issuer->subject) && verify_certificate(c->tbs, c->signature, trust_ocsp_algorithm(c->algorithm), issuer->spki);
}

/* --- who is known ---------------------------------------------------------------------- */

static const struct issuer *
issuer_of(struct trust_ocsp *o, const struct x509 *c)
{
	struct issuer *x;
	uint8_t        key[32];

	hash_sha256(c->spki, key);
	for (unsigned i = 0; i < o->issuers; i++)
		if (memcmp(o->issuer[i].key, key, sizeof key) == 0 && bytes_equal(bytes_of(o->issuer[i].subject, o->issuer[i].subject_len), c->subject))
			return &o->issuer[i];
	if (o->issuers == TRUST_ISSUERS || c->spki.len > SPKI || c->subject.len > NAME)
		return NULL;
	x = &o->issuer[o->issuers++];
	memcpy(x->key, key, sizeof key);
	memcpy(x->spki, c->spki.at, c->spki.len);
	memcpy(x->subject, c->subject.at, c->subject.len);
	x->spki_len = (uint16_t)c->spki.len;
	x->subject_len = (uint16_t)c->subject.len;
	hash_sha1(c->subject, x->name_hash);
	hash_sha1(c->public_key, x->key_hash);
	return x;
}

/* The one of this certificate, or a free one, or the one told of longest ago. */
static struct known *
place(struct trust_ocsp *o, const struct trust_id *id)
{
	struct known *best = NULL;

	for (struct known *k = o->known; k < o->known + TRUST_OCSP_KNOWN; k++) {
		if (k->of && memcmp(k->id.of, id->of, sizeof id->of) == 0)
			return k;
		if (!k->out && (!best || (best->of && (!k->of || k->told < best->told))))
			best = k;
	}
	return best;
}

void
trust_ocsp_tell(struct trust_ocsp *o, struct bytes url, const struct x509 *c, const struct x509 *issuer)
{
	const struct issuer *by = issuer_of(o, issuer);

	if (!by || url.len >= TRUST_FETCH_URL || c->serial.len > SERIAL)
		return;
	struct trust_id id = trust_id_of(by->key, c->serial);
	struct known   *k = place(o, &id);
	int64_t         now = seconds(CLOCK_MONOTONIC);
	if (!k->of || memcmp(k->id.of, id.of, sizeof id.of)) {
		*k = (struct known){ .of = o, .issuer = by, .id = id, .serial_len = (uint8_t)c->serial.len, .ends = c->not_after };
		memcpy(k->serial, c->serial.at, c->serial.len);
	}
	memcpy(k->url, url.at, url.len);
	k->url[url.len] = 0;
	k->told = now;
	if (k->answer == TRUST_SILENT) /* somebody waits */
		k->next = 0;
}

/* --- answers ------------------------------------------------------------------------------ */

/* The issuer's own signature, or of one whom it certified for answers. */
static bool
is_signed(const struct ocsp_answer *a, const struct issuer *by, struct instant now)
{
	static struct x509    c;
	enum verify_algorithm how = trust_ocsp_algorithm(a->algorithm);
	const struct x509     issuer = { .subject = bytes_of(by->subject, by->subject_len), .spki = bytes_of(by->spki, by->spki_len) };

	if (verify_certificate(a->data, a->signature, how, issuer.spki))
		return true;
	for (unsigned i = 0; i < a->certificates; i++)
		if (x509_parse(a->certificate[i], &c) == OK && c.has_purposes && c.purposes & X509_FOR_OCSP && !c.unknown_critical && x509_valid_at(&c, now) &&
		    trust_ocsp_signed(&c, &issuer) && verify_certificate(a->data, a->signature, how, c.spki))
			return true;
	return false;
}

static void
print_id(const struct known *k, struct buf *out)
{
	ocsp_print_id(k->issuer->name_hash, k->issuer->key_hash, bytes_of(k->serial, k->serial_len), out);
}

/* NULL, or what is wrong with the answer. */
static const char *
judge(struct known *k, struct bytes body)
{
	struct ocsp_answer a;
	struct ocsp_single s;
	struct instant     now = { seconds(CLOCK_REALTIME) * INSTANT_SECOND };
	uint8_t            room[128];
	struct buf         id = buf_over(room, sizeof room);

	print_id(k, &id);
	if (ocsp_answer_parse(body, &a))
		return "its answer is no OCSP response";
	if (a.trouble)
		return "it does not answer for this certificate";
	if (a.nonce.len && !bytes_equal(a.nonce, bytes_of(k->nonce, NONCE)))
		return "its answer is to another question";
	if (ocsp_find(&a, buf_bytes(&id), &s))
		return "its answer is about another certificate";
	if (!is_signed(&a, k->issuer, now))
		return "its answer is signed neither by the issuer nor by whom the issuer certified for it";
	bool open = s.until.us == 0;
	if (s.from.us > now.us + SKEW_S * INSTANT_SECOND || (open ? s.from.us < now.us - SKEW_S * INSTANT_SECOND : s.until.us <= now.us))
		return "its answer is not of now: see to the clocks";
	if (s.status == OCSP_UNKNOWN)
		return "it does not know this certificate";
	enum trust_answer answer = s.status == OCSP_REVOKED ? TRUST_REVOKED : TRUST_GOOD;
	if (open)
		s.until.us = now.us + TRUST_OCSP_OPEN * INSTANT_SECOND;
	int64_t half = (s.until.us - now.us) / INSTANT_SECOND / 2;
	k->next = seconds(CLOCK_MONOTONIC) + (half > TRUST_OCSP_LONGEST ? TRUST_OCSP_LONGEST : half < 1 ? 1 : half);
	k->answer = answer;
	k->until = s.until;
	return NULL;
}

static void
on_answer(void *context, const struct trust_fetched *got)
{
	struct known *k = context;
	const char   *why = got->status == 200 ? judge(k, got->body) : got->why;

	k->out = false;
	k->of->flight--;
	k->of->changed |= !why;
	if (why && !k->silent)
		fprintf(stderr, "paravent: trust: %s: %s; what it said before holds to its end\n", k->url, why);
	k->silent = why != NULL;
	if (why)
		k->next = seconds(CLOCK_MONOTONIC) + TRUST_OCSP_AGAIN;
}

static bool
ask(struct known *k, struct trust_fetch *f)
{
	uint8_t                  raw[128], room[512];
	struct buf               id = buf_over(raw, sizeof raw), b = buf_over(room, sizeof room);
	struct ocsp              q = { .ids = 1, .nonce = bytes_of(k->nonce, NONCE) };
	struct trust_fetch_order o = { .url = k->url, .most = ANSWER, .context = k, .done = on_answer };

	if (getrandom(k->nonce, NONCE, 0) != NONCE)
		return false;
	print_id(k, &id);
	q.id[0].whole = buf_bytes(&id);
	ocsp_print(&q, &b);
	o.body = buf_bytes(&b);
	return buf_ok(&b) && trust_fetch_ask(f, &o) == OK;
}

bool
trust_ocsp_turn(struct trust_ocsp *o, struct trust_fetch *f)
{
	int64_t now = seconds(CLOCK_MONOTONIC), wall = seconds(CLOCK_REALTIME) * INSTANT_SECOND;
	bool    changed = o->changed;

	for (struct known *k = o->known; k < o->known + TRUST_OCSP_KNOWN && o->flight < TRUST_OCSP_FLIGHT; k++) {
		if (!k->of || k->out || now < k->next)
			continue;
		if (wall > k->ends.us) {
			k->of = NULL;
			continue;
		}
		k->out = ask(k, f);
		o->flight += k->out;
		k->next = now + TRUST_OCSP_AGAIN;
	}
	o->changed = false;
	return changed;
}

enum err
trust_ocsp_show(const struct trust_ocsp *o, struct trust_edition *e)
{
	enum err bad = OK;

	for (const struct known *k = o->known; k < o->known + TRUST_OCSP_KNOWN; k++)
		if (k->of && k->answer != TRUST_SILENT && !bad)
			bad = trust_put(e, &k->id, k->answer, k->until);
	return bad;
}

void
trust_ocsp_forget(struct trust_ocsp *o)
{
	for (struct known *k = o->known; k < o->known + TRUST_OCSP_KNOWN; k++) {
		if (k->out)
			k->next = 0;
		k->out = false;
	}
	o->flight = 0;
}
