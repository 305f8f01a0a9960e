/* trust_staple: see trust_staple.h. */
#include "main/trust_staple.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "ledger/disk.h"

#define KEPT "staples"

enum { FILE_MOST = 256 << 10, ANSWER = 64 << 10, LINKS = 8 };

struct own {
	struct trust_staple  *of;
	uint64_t              places;   /* a bit for each STAPLE_OWN * route + credential that shows it */
	const char           *path;     /* of its file, for people */
	char                  url[TRUST_FETCH_URL];
	struct inquiry_issuer issuer;
	struct inquiry        q;
	struct instant        ends;     /* its own notAfter */
	struct staple         staple;   /* len 0: there is none */
	enum panel_staple     state;
	bool                  open;     /* its answer said no nextUpdate: too short a life for a file */
	int64_t               next, wait; /* s, monotonic; s: after the last failure */
	uint64_t              fetched, failed;
	bool                  out, told; /* an answer is awaited; it was said that none comes */
};

struct trust_staple {
	int                 dir;
	struct staple_page *page;
	struct panel       *panel;
	struct own          own[STAPLE_PLACES], before[STAPLE_PLACES]; /* before: of the last plan, while the next is made */
	unsigned            owns, flight;
};

static int64_t
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec;
}

static struct instant
wall(void)
{
	return (struct instant){ seconds(CLOCK_REALTIME) * INSTANT_SECOND };
}

enum err
trust_staple_new(int dir, struct staple_page *page, struct panel *panel, struct trust_staple **out)
{
	if (!(*out = memory_new(1, sizeof **out)))
		return ERR_MEMORY;
	**out = (struct trust_staple){ .dir = dir, .page = page, .panel = panel };
	return OK;
}

/* --- what others see ---------------------------------------------------------------------- */

static void
show(const struct trust_staple *s)
{
	const struct staple *all[STAPLE_PLACES];
	unsigned             n = 0;

	for (const struct own *o = s->own; o < s->own + s->owns; o++) {
		if (o->staple.len)
			all[n++] = &o->staple;
		for (unsigned i = 0; i < STAPLE_PLACES; i++) {
			if (!(o->places >> i & 1))
				continue;
			atomic_store(&s->panel->staple[i / STAPLE_OWN][i % STAPLE_OWN].state, (uint8_t)o->state);
			atomic_store(&s->panel->staple[i / STAPLE_OWN][i % STAPLE_OWN].until, o->staple.len ? o->staple.until : 0);
			atomic_store(&s->panel->staple[i / STAPLE_OWN][i % STAPLE_OWN].fetched, o->fetched);
			atomic_store(&s->panel->staple[i / STAPLE_OWN][i % STAPLE_OWN].failed, o->failed);
		}
	}
	staple_show(s->page, all, n);
}

static void
save(const struct trust_staple *s)
{
	static uint8_t room[STAPLE_PLACES * sizeof(struct staple)];
	struct buf     b = buf_over(room, sizeof room);

	for (const struct own *o = s->own; o < s->own + s->owns; o++)
		if (o->staple.len && !o->open)
			staple_print(&o->staple, &b);
	if (s->dir >= 0 && disk_replace(&disk_linux, s->dir, KEPT, buf_bytes(&b)))
		fprintf(stderr, "paravent: trust: staples cannot be kept in the site's gate-staples: after a start with no responder there would be none\n");
}

/* --- answers ------------------------------------------------------------------------------ */

/* NULL and it is what is stapled, or what is wrong. */
static const char *
judge(struct own *o, struct bytes body)
{
	struct inquiry_answer a;
	const char           *why = inquiry_judge(&o->q, body, wall(), &a);

	if (why)
		return why;
	if (a.answer != TRUST_GOOD) {
		if (o->state != PANEL_REVOKED)
			fprintf(stderr, "paravent: trust: %s: THIS GATEWAY'S OWN CERTIFICATE WAS REVOKED, says %s: clients that check will leave; get another one and `paravent gate reload`\n", o->path, o->url);
		o->state = PANEL_REVOKED;
		o->staple.len = 0;
		a.until.us = 0;
	} else if (body.len > STAPLE_MOST) {
		return "its answer is too long to be stapled";
	} else {
		memcpy(o->staple.der, body.at, body.len);
		o->staple.len = (uint16_t)body.len;
		o->staple.until = a.until.us;
		o->open = a.open;
		o->state = PANEL_STAPLED;
	}
	int64_t half = (a.until.us - wall().us) / INSTANT_SECOND / 2, least = a.answer == TRUST_GOOD ? 1 : TRUST_STAPLE_AGAIN;
	o->next = seconds(CLOCK_MONOTONIC) + (half > TRUST_STAPLE_LONGEST ? TRUST_STAPLE_LONGEST : half < least ? least : half);
	return NULL;
}

static void
on_answer(void *context, const struct trust_fetched *got)
{
	struct own          *o = context;
	struct trust_staple *s = o->of;
	const char          *why = got->status == 200 ? judge(o, got->body) : got->why;

	o->out = false;
	s->flight--;
	if (why) {
		if (!o->told)
			fprintf(stderr, "paravent: trust: %s: %s, asked for what is stapled to it: %s; what is stapled holds to its end\n", o->path, o->url, why);
		o->failed++;
		o->wait = !o->wait ? TRUST_STAPLE_AGAIN : 2 * o->wait < TRUST_STAPLE_AGAIN_MOST ? 2 * o->wait : TRUST_STAPLE_AGAIN_MOST;
		o->next = seconds(CLOCK_MONOTONIC) + o->wait;
	} else {
		o->fetched++;
		o->wait = 0;
		save(s);
	}
	o->told = why != NULL;
	show(s);
}

static void
ask(struct own *o, struct trust_fetch *f)
{
	uint8_t                  room[INQUIRY_QUESTION];
	struct buf               b = buf_over(room, sizeof room);
	struct trust_fetch_order q = { .url = o->url, .most = ANSWER, .context = o, .done = on_answer };

	o->next = seconds(CLOCK_MONOTONIC) + TRUST_STAPLE_AGAIN;
	if (getrandom(o->q.nonce, INQUIRY_NONCE, 0) != INQUIRY_NONCE)
		return;
	inquiry_print(&o->q, &b);
	q.body = buf_bytes(&b);
	o->out = buf_ok(&b) && trust_fetch_ask(f, &q) == OK;
	o->of->flight += o->out;
}

void
trust_staple_turn(struct trust_staple *s, struct trust_fetch *f)
{
	int64_t        now = seconds(CLOCK_MONOTONIC);
	struct instant at = wall();
	bool           ended = false;

	for (struct own *o = s->own; o < s->own + s->owns; o++) {
		if (o->staple.len && at.us >= o->staple.until) {
			o->staple.len = 0;
			o->state = PANEL_AWAITED;
			ended = true;
		}
		if (f && !o->out && now >= o->next && at.us < o->ends.us && s->flight < TRUST_STAPLE_FLIGHT)
			ask(o, f);
	}
	if (ended)
		show(s);
}

bool
trust_staple_asks(const struct trust_staple *s)
{
	return s->owns;
}

/* --- whose -------------------------------------------------------------------------------- */

/* Its issuer stands behind it in its file, or is a CA of a trust. */
static const struct x509 *
find_issuer(const struct x509 *own, struct bytes left, const struct x509 *const *authority, unsigned authorities)
{
	static uint8_t     room[FILE_MOST];
	static struct x509 above;
	char               label[32];

	for (unsigned i = 0; i < LINKS; i++) {
		struct buf der = buf_over(room, sizeof room);
		if (pem_next(&left, label, &der))
			break;
		if (x509_parse(buf_bytes(&der), &above) == OK && inquiry_signed(own, &above))
			return &above;
	}
	for (unsigned i = 0; i < authorities; i++)
		if (inquiry_signed(own, authority[i]))
			return authority[i];
	return NULL;
}

/* NULL and it can be asked about, or is not to be (no url); or why it cannot. */
static const char *
read_own(struct own *o, const struct x509 *const *authority, unsigned authorities)
{
	static uint8_t     text[FILE_MOST], room[FILE_MOST];
	static struct x509 own;
	struct buf         b = buf_over(text, sizeof text), der = buf_over(room, sizeof room);
	struct bytes       left;
	char               label[32];

	if (disk_get(AT_FDCWD, o->path, &b))
		return "it cannot be read by user 65534: certificates must be readable by anybody";
	left = buf_bytes(&b);
	if (pem_next(&left, label, &der) || x509_parse(buf_bytes(&der), &own))
		return "it holds no certificate";
	if (!own.ocsp_url.len)
		return NULL;
	if (!trust_fetch_fits(own.ocsp_url))
		return "the responder it names is no http:// address that can be asked";
	const struct x509 *issuer = find_issuer(&own, left, authority, authorities);
	if (!issuer)
		return "its issuer is neither in its file nor a CA of a trust";
	if (inquiry_issuer_of(issuer, &o->issuer) || inquiry_of(&own, &o->issuer, &o->q))
		return "its issuer's name, key, or its serial number is longer than is kept here";
	hash_sha256(buf_bytes(&der), o->staple.of);
	o->ends = own.not_after;
	memcpy(o->url, own.ocsp_url.at, own.ocsp_url.len);
	o->state = PANEL_AWAITED;
	return NULL;
}

static struct own *
find(struct own *in, unsigned n, const uint8_t of[static 32])
{
	for (struct own *o = in; o < in + n; o++)
		if (memcmp(o->staple.of, of, sizeof o->staple.of) == 0)
			return o;
	return NULL;
}

/* What was known of the same certificate stays. */
static void
add(struct trust_staple *s, const struct own *fresh, unsigned place, unsigned before)
{
	struct own *o = find(s->own, s->owns, fresh->staple.of), *was = find(s->before, before, fresh->staple.of);

	if (!o) {
		o = &s->own[s->owns++];
		*o = *fresh;
		o->q.issuer = &o->issuer;
		if (was) {
			o->staple = was->staple;
			o->state = was->state;
			o->open = was->open;
			o->next = was->out ? 0 : was->next;
			o->wait = was->wait;
			o->fetched = was->fetched;
			o->failed = was->failed;
			o->told = was->told;
		}
	}
	o->places |= UINT64_C(1) << place;
}

/* What was kept before this process began. */
static void
load(struct trust_staple *s)
{
	static uint8_t room[STAPLE_PLACES * sizeof(struct staple)];
	struct buf     b = buf_over(room, sizeof room);
	struct staple  kept;

	if (s->dir < 0 || disk_get(s->dir, KEPT, &b))
		return;
	for (struct bytes left = buf_bytes(&b); staple_next(&left, &kept);) {
		struct own *o = find(s->own, s->owns, kept.of);
		if (!o || o->state != PANEL_AWAITED || o->fetched)
			continue;
		o->q.kept = true;
		if (judge(o, bytes_of(kept.der, kept.len)) == NULL)
			o->next = 0; /* there may be a newer one */
		o->q.kept = false;
	}
}

void
trust_staple_plan(struct trust_staple *s, const struct policy *p, const struct x509 *const *authority, unsigned authorities)
{
	static struct own fresh;
	unsigned          before = s->owns;
	bool              serves = atomic_load(&s->panel->planned); /* else the same plan comes again in a moment */

	memcpy(s->before, s->own, before * sizeof *s->own);
	s->owns = s->flight = 0;
	for (unsigned i = 0; i < STAPLE_PLACES; i++) {
		const struct policy_route *r = &p->route[i / STAPLE_OWN];
		atomic_store(&s->panel->staple[i / STAPLE_OWN][i % STAPLE_OWN].state, PANEL_UNASKED);
		atomic_store(&s->panel->staple[i / STAPLE_OWN][i % STAPLE_OWN].until, 0);
		if (i / STAPLE_OWN >= p->routes || i % STAPLE_OWN >= r->certificates || (r->mode != POLICY_TERMINATE && r->mode != POLICY_UNWRAP))
			continue;
		fresh = (struct own){ .of = s, .path = r->certificate[i % STAPLE_OWN] };
		const char *why = read_own(&fresh, authority, authorities);
		if (why && serves)
			fprintf(stderr, "paravent: trust: route %s: %s: nothing is stapled to it: %s\n", r->name, fresh.path, why);
		if (!why && fresh.url[0])
			add(s, &fresh, i, before);
	}
	load(s);
	show(s);
}
