/* grant: see grant.h. */
#include "main/grant.h"

#include <assert.h>
#include <stdio.h>
#include <sys/random.h>

#include "crypt/hash.h"
#include "main/keys.h"
#include "store/store.h"
#include "wire/der.h"

enum { FULL = CHANNEL_BODY - ISSUE_TBS - 8 };

void
grant_begin(struct grants *g, struct pki_work *w, int keys)
{
	g->w = w;
	g->keys = keys;
	g->also = NULL;
	g->trouble = NULL;
	g->n = 0;
	g->asked = buf_over(g->request, sizeof g->request);
}

bool
grant_full(const struct grants *g)
{
	return g->n == GRANT_GROUP || g->asked.len >= FULL;
}

struct grant *
grant_next(struct grants *g)
{
	assert(!grant_full(g));
	struct grant *o = &g->one[g->n];
	o->profile = o->device = o->doubt = o->ticket = o->why = NULL;
	o->renewed = NULL;
	o->approved = o->waits = 0;
	o->doubtful = false;
	o->tbs = bytes_of("", 0);
	return o;
}

static const struct policy_device *
device(const struct pki_work *w, const char *name)
{
	for (uint32_t i = 0; name && w->policy && i < w->policy->devices; i++)
		if (strcmp(w->policy->device[i].name, name) == 0)
			return &w->policy->device[i];
	return NULL;
}

static unsigned
days(const struct pki_work *w, const struct profile *p)
{
	for (uint32_t i = 0; w->policy && i < w->policy->profiles; i++)
		if (strcmp(w->policy->profile[i].name, p->name) == 0)
			return w->policy->profile[i].days;
	return 0;
}

/* Looks at a request, and prints what is to be signed. */
static void
consider(struct grants *g, struct grant *o)
{
	struct pki_work *w = g->w;
	int64_t          last;

	o->issue = (struct issue){ .csr = &o->csr, .profile = profile_find(o->profile), .name = o->device, .device = device(w, o->device), .now = pki_now() };
	o->issue.days = days(w, o->issue.profile);
	if ((o->why = issue_refused(&w->issuer, &o->issue)))
		return;
	bool same = o->renewed && bytes_equal(o->renewed->names_der, o->csr.wants.names_der);
	if (!o->approved && !same && (o->why = o->doubt ? o->doubt : issue_doubtful(&o->issue))) {
		o->doubtful = true;
		return;
	}
	if (register_last(w->file, &last) || last > o->issue.now.us / INSTANT_SECOND + 1) {
		o->why = "the clock went back: a certificate was issued later than it says now";
		return;
	}
	do
		if (getrandom(o->issue.serial, BODY_SERIAL, 0) != BODY_SERIAL) {
			o->why = "there are no random numbers";
			return;
		}
	while (!o->issue.serial[0]);
	buf_u8(&g->asked, (uint8_t)(o->issue.profile - profile_at(0)));
	size_t at = g->asked.len;
	buf_u32(&g->asked, 0);
	issue_print(&w->issuer, &o->issue, &g->asked);
	uint32_t len = (uint32_t)(g->asked.len - at - 4);
	buf_patch16(&g->asked, at, (uint16_t)(len >> 16));
	buf_patch16(&g->asked, at + 2, (uint16_t)len);
	o->tbs = bytes_of(g->asked.at + at + 4, len);
}

enum err
grant_add(struct grants *g, struct bytes der)
{
	struct grant *o = &g->one[g->n];

	if (der.len > sizeof o->der)
		return ERR_LIMIT;
	memcpy(o->der, der.at, der.len);
	if (csr_parse(bytes_of(o->der, der.len), &o->csr))
		return ERR_FORM;
	consider(g, o);
	g->n++;
	return OK;
}

static bool
fail(struct grants *g, const char *why)
{
	static char room[256];

	snprintf(room, sizeof room, "%s", why);
	g->trouble = room;
	return false;
}

static bool
sign(struct grants *g)
{
	struct buf answer = buf_over(g->answer, sizeof g->answer);
	char       why[200];

	if (!g->asked.len)
		return true;
	enum err e = keys_ask_for(g->keys, KEYS_TBS, buf_bytes(&g->asked), &answer);
	if (e) {
		snprintf(why, sizeof why, "the keys' process %s %.*s", e == ERR_PERM ? "refuses to sign:" : "does not answer", e == ERR_PERM ? (int)answer.len : 0, (const char *)answer.at);
		return fail(g, why);
	}
	struct cursor c = cursor_over(buf_bytes(&answer));
	for (unsigned i = 0; i < g->n; i++) {
		struct grant *o = &g->one[i];
		if (!o->tbs.len)
			continue;
		struct buf der = buf_over(o->certificate, sizeof o->certificate);
		der_put_signed(&der, o->tbs, g->w->issuer.algorithm, cursor_take(&c, cursor_u16(&c)));
		if (!cursor_ok(&c) || !buf_ok(&der) || x509_parse(buf_bytes(&der), &o->says))
			return fail(g, "the keys' process answered something else");
	}
	return true;
}

void
grant_name(const struct grant *o, char out[static 65])
{
	bytes_clean(o->issue.name ? bytes_text(o->issue.name) : o->csr.wants.subject_cn, out, 65);
}

void
grant_ticket(struct bytes der, char out[static GRANT_TICKET])
{
	uint8_t    digest[32];
	struct buf b = buf_over(out, GRANT_TICKET);

	hash_sha256(der, digest);
	buf_hex(&b, bytes_of(digest, sizeof digest));
	(void)buf_string(&b);
}

static enum err
keep(struct grants *g, struct grant *o)
{
	char                names[4096], name[65], ticket[GRANT_TICKET];
	struct pki_work    *w = g->w;
	struct register_row row = { .subject = name, .names = names, .profile = o->issue.profile->name, .device = o->device ? o->device : "" };

	grant_name(o, name);
	if (o->doubtful) {
		char   subject[1024];
		size_t n = (size_t)snprintf(subject, sizeof subject, "%s ", name);
		pki_names(&o->csr.wants, subject + n, sizeof subject - n);
		grant_ticket(o->csr.wants.whole, ticket);
		return register_ask(w->file, &(struct register_request){ .subject = subject, .asked = o->issue.now.us / INSTANT_SECOND, .profile = row.profile, .device = row.device, .why = o->why,
		                    .csr = o->csr.wants.whole, .ticket = o->ticket ? o->ticket : ticket }, &o->waits);
	}
	if (o->why)
		return OK;
	pki_names(&o->says, names, sizeof names);
	row.issuer = w->issuer.generation;
	row.issued = o->issue.now.us / INSTANT_SECOND;
	row.from = o->says.not_before.us / INSTANT_SECOND;
	row.until = o->says.not_after.us / INSTANT_SECOND;
	row.der = o->says.whole;
	memcpy(row.serial, o->issue.serial, sizeof row.serial);
	hash_sha256(o->says.spki, row.key);
	enum err e = register_put(w->file, &row);
	return e || !o->approved ? e : register_answer(w->file, o->approved, row.serial);
}

static struct entry
entry(struct grants *g, const struct grant *o)
{
	char       name[65], serial[2 * BODY_SERIAL + 1], until[40];
	struct buf t = buf_over(until, sizeof until);

	grant_name(o, name);
	if (o->why)
		return pki_entry(g->w, name, o->csr.wants.whole, "%s a %s certificate: %s", o->doubtful ? "asks for" : "refused", o->profile, o->why);
	pki_serial_print(o->issue.serial, serial);
	instant_print(o->says.not_after, &t);
	return pki_entry(g->w, name, o->says.whole, "%s a %s certificate, serial %s, until %.19sZ", o->approved ? "approved and issued" : o->renewed ? "renewed" : "issued",
	                 o->profile, serial, buf_string(&t));
}

/* Writes the group's rows, and its entries of the ledger: in a transaction. */
static bool
keep_all(struct grants *g)
{
	static struct entry told[GRANT_GROUP];
	bool                good = true;

	for (unsigned i = 0; good && i < g->n; i++) {
		enum err e = keep(g, &g->one[i]);
		good = !e || (e == ERR_LIMIT && fail(g, "too many wait for approval already"));
		told[i] = entry(g, &g->one[i]);
	}
	good = good && (!g->also || !g->also(g->context, g));
	if (good && !pki_tell(g->w, told, g->n))
		good = fail(g, "the ledger does not take it");
	if (!good && !g->trouble)
		fail(g, store_trouble());
	return good;
}

bool
grant_within(struct grants *g)
{
	return sign(g) && keep_all(g);
}

bool
grant_settle(struct grants *g)
{
	if (!sign(g))
		return false;
	if (!register_begin(g->w->file) && keep_all(g) && !register_commit(g->w->file))
		return true;
	if (!g->trouble)
		fail(g, store_trouble());
	register_rollback(g->w->file);
	return false;
}
