/* trust_ocsp: see trust_ocsp.h. */
#include "main/trust_ocsp.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/memory.h"

enum { ANSWER = 64 << 10 };

struct known {
	struct trust_ocsp *of;   /* NULL: free */
	struct trust_id    id;
	struct inquiry     q;
	char               url[TRUST_FETCH_URL];
	struct instant     ends;   /* its own notAfter: it is not asked about any more */
	struct instant     until;  /* of the answer */
	enum trust_answer  answer;
	int64_t            told, next; /* s, monotonic */
	bool               out, silent; /* an answer is awaited; it was said that none comes */
};

struct trust_ocsp {
	struct inquiry_issuer issuer[TRUST_ISSUERS];
	struct known          known[TRUST_OCSP_KNOWN];
	unsigned              issuers, flight;
	bool                  changed;
	bool                  full, odd; /* it was said that an issuer, or a certificate, is not asked about */
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

/* --- who is known ---------------------------------------------------------------------- */

/* NULL and said once: there are too many, or it is larger than is kept. */
static const struct inquiry_issuer *
issuer_of(struct trust_ocsp *o, const struct x509 *c)
{
	for (unsigned i = 0; i < o->issuers; i++)
		if (inquiry_issuer_is(&o->issuer[i], c))
			return &o->issuer[i];
	if (o->issuers < TRUST_ISSUERS && !inquiry_issuer_of(c, &o->issuer[o->issuers]))
		return &o->issuer[o->issuers++];
	if (!o->full)
		fprintf(stderr, "paravent: trust: clients come from more than %d issuers, or from one with a longer name or key than is kept here: the others' certificates are not asked about by OCSP\n", TRUST_ISSUERS);
	o->full = true;
	return NULL;
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
	const struct inquiry_issuer *by = issuer_of(o, issuer);
	struct inquiry               q;

	if (!by)
		return;
	if (!trust_fetch_fits(url) || inquiry_of(c, by, &q)) {
		if (!o->odd)
			fprintf(stderr, "paravent: trust: a client's certificate is not asked about: its responder's address is not http:// and shorter than %d characters, or its serial number has more than %d bytes\n",
			        TRUST_FETCH_URL, INQUIRY_SERIAL);
		o->odd = true;
		return;
	}
	struct trust_id id = trust_id_of(by->key, c->serial);
	struct known   *k = place(o, &id);
	int64_t         now = seconds(CLOCK_MONOTONIC);
	if (!k->of || memcmp(k->id.of, id.of, sizeof id.of))
		*k = (struct known){ .of = o, .q = q, .id = id, .ends = c->not_after };
	memcpy(k->url, url.at, url.len);
	k->url[url.len] = 0;
	k->told = now;
	if (k->answer == TRUST_SILENT) /* somebody waits */
		k->next = 0;
}

/* --- answers ------------------------------------------------------------------------------ */

/* NULL, or what is wrong with the answer. */
static const char *
judge(struct known *k, struct bytes body)
{
	struct instant        now = { seconds(CLOCK_REALTIME) * INSTANT_SECOND };
	struct inquiry_answer a;
	const char           *why = inquiry_judge(&k->q, body, now, &a);

	if (why)
		return why;
	int64_t half = (a.until.us - now.us) / INSTANT_SECOND / 2;
	k->next = seconds(CLOCK_MONOTONIC) + (half > TRUST_OCSP_LONGEST ? TRUST_OCSP_LONGEST : half < 1 ? 1 : half);
	k->answer = a.answer;
	k->until = a.until;
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
	uint8_t                  room[INQUIRY_QUESTION];
	struct buf               b = buf_over(room, sizeof room);
	struct trust_fetch_order o = { .url = k->url, .most = ANSWER, .context = k, .done = on_answer };

	if (getrandom(k->q.nonce, INQUIRY_NONCE, 0) != INQUIRY_NONCE)
		return false;
	inquiry_print(&k->q, &b);
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
