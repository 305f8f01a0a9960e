/* admit: see admit.h. */
#include "main/admit.h"

#include <stdio.h>
#include <sys/random.h>

#include "base/memory.h"
#include "base/table.h"
#include "crypt/hash.h"
#include "main/enrol.h"
#include "pki/enrolment.h"

enum { COUNTED = 8192, FROM_ADDRESS = 10, FOR_DEVICE = 100, REFUSED = 100, A_DAY = 24 };

#define TEN_MINUTES (600 * INSTANT_SECOND)
#define DAY (86400 * INSTANT_SECOND)

struct count {
	uint8_t        key[32]; /* of what is counted and its name */
	struct instant from;
	uint32_t       n;
};

struct admit_counts {
	struct table *table;
};

enum err
admit_new(struct admit_counts **out)
{
	struct admit_counts *c = memory_new(1, sizeof *c);
	uint64_t             seed;

	if (!c || getrandom(&seed, sizeof seed, 0) != sizeof seed || !(c->table = table_new(COUNTED, 32, sizeof(struct count), seed)))
		return ERR_MEMORY;
	*out = c;
	return OK;
}

static struct count *
count(struct enrol *e, const char *what, const char *name, int64_t window)
{
	uint8_t       key[32];
	bool          fresh;
	struct instant now = pki_now();

	hash_sha256_two(bytes_text(what), bytes_text(name), key);
	struct count *c = table_put(e->counts->table, key, &fresh);
	if (fresh || instant_since(c->from, now) >= window || instant_since(c->from, now) < 0) {
		c->from = now;
		c->n = 0;
	}
	return c;
}

/* The profile is the one that was given; another cannot be asked for. */
static const char *
settle_profile(const char *given, const char *asked, struct admission *out)
{
	if (*asked && strcmp(asked, given))
		return "this is for another profile than the one asked for";
	snprintf(out->profile, sizeof out->profile, "%s", given);
	return NULL;
}

static const char *
admit_ours(struct enrol *e, const struct x509 *c, const char *profile, struct admission *out)
{
	struct register_row row;
	uint8_t             serial[BODY_SERIAL];
	const char         *why = NULL;

	if (!body_serial(c->serial, serial) || register_get(e->work.file, serial, &row) || !bytes_equal(row.der, c->whole))
		return "this certificate was not issued here";
	if (row.revoked)
		why = "this certificate is revoked";
	else if (!x509_valid_at(c, pki_now()))
		why = "this certificate is not valid now";
	else
		why = settle_profile(row.profile, profile, out);
	snprintf(out->device, sizeof out->device, "%.64s", row.subject);
	register_done(e->work.file);
	out->by = ADMIT_OLD;
	memcpy(out->old_room, c->whole.at, c->whole.len);
	return why ? why : x509_parse(bytes_of(out->old_room, c->whole.len), &out->old) ? "this certificate cannot be read" : NULL;
}

const char *
admit_certificate(struct enrol *e, struct bytes der, const char *profile, struct admission *out)
{
	struct x509 c;

	out->doubt = NULL;
	if (der.len > sizeof out->old_room || x509_parse(der, &c))
		return "this certificate cannot be read";
	if (bytes_equal(c.issuer, e->work.issuer.ca.subject) || (e->work.before.generation && bytes_equal(c.issuer, e->work.before.ca.subject)))
		return admit_ours(e, &c, profile, out);
	/* A maker says that it is a device of its; which of ours, the policy says. */
	const struct policy_device *d = enrolment_device(e->work.policy, &c);
	const struct profile       *p = profile_find(*profile ? profile : "device");
	if (!p || p->own)
		return "there is no such profile";
	out->by = ADMIT_FACTORY;
	snprintf(out->device, sizeof out->device, "%s", d ? d->name : "");
	snprintf(out->profile, sizeof out->profile, "%s", p->name);
	if (!d)
		out->doubt = "its maker's certificate is of no device that the policy names (factory)";
	else if (strcmp(p->name, "device") && strcmp(p->name, "supplicant"))
		out->doubt = "a maker's certificate does not stand for this profile";
	return NULL;
}

const char *
admit_code(struct enrol *e, const char *peer, const char *device, const char *code, const char *profile, struct admission *out, bool *wait)
{
	struct register_code known;
	uint8_t              digest[32];
	struct count        *address = count(e, "wrong from ", peer, TEN_MINUTES), at_address = *address;
	struct count        *named = count(e, "wrong for ", device, TEN_MINUTES);

	if ((*wait = at_address.n >= FROM_ADDRESS || named->n >= FOR_DEVICE))
		return "too many wrong codes came: it may be tried again in ten minutes";
	enum err bad = register_code_get(e->work.file, device, &known);
	if (!bad)
		enrolment_code_digest(known.salt, code, digest);
	if (bad || !hash_equal(digest, known.hash) || known.until < pki_now().us / INSTANT_SECOND) {
		named->n++;
		count(e, "wrong from ", peer, TEN_MINUTES)->n++;
		register_done(e->work.file);
		return "this code is not good for this device: it is wrong, used up, or too old";
	}
	out->by = ADMIT_CODE;
	out->doubt = NULL;
	snprintf(out->device, sizeof out->device, "%.64s", known.device);
	const char *why = settle_profile(known.profile, profile, out);
	register_done(e->work.file);
	return why;
}

void
admit_refused(struct enrol *e, const char *peer)
{
	count(e, "refused from ", peer, TEN_MINUTES)->n++;
}

bool
admit_tired(struct enrol *e, const char *peer)
{
	return count(e, "refused from ", peer, TEN_MINUTES)->n >= REFUSED;
}

/* With what it was used for, or not at all. */
static enum err
use_up(void *context, struct grants *g)
{
	return register_code_drop(g->w->file, context);
}

const char *
admit_grant(struct enrol *e, const struct admission *a, struct grants *g)
{
	static char device[65];
	struct count *today = count(e, "issued to ", *a->device ? a->device : "who the policy does not know", DAY);

	if (today->n++ >= A_DAY)
		return "too many certificates were asked for today";
	struct grant *o = grant_next(g);
	snprintf(device, sizeof device, "%s", a->device);
	o->profile = a->profile;
	o->device = *a->device ? device : NULL;
	o->renewed = a->by == ADMIT_OLD ? &a->old : NULL;
	o->doubt = a->doubt;
	if (a->by == ADMIT_CODE) {
		g->also = use_up;
		g->context = device;
	}
	return NULL;
}
