/* trust: see trust.h. */
#include "gate/trust.h"

#include "crypt/hash.h"

struct trust_id
trust_id_of(const uint8_t issuer_key[static 32], struct bytes serial)
{
	struct trust_id id;
	uint8_t         both[32 + 64], digest[32];

	if (serial.len > 64)
		serial.len = 64;
	memcpy(id.issuer, issuer_key, 32);
	memcpy(both, issuer_key, 32);
	memcpy(both + 32, serial.at, serial.len);
	hash_sha256(bytes_of(both, 32 + serial.len), digest);
	memcpy(id.of, digest, sizeof id.of);
	return id;
}

/* The entry of this id, or the free one where it would stand; NULL: neither, the edition is full. */
static struct trust_entry *
entry(const struct trust_edition *e, const uint8_t of[static 16])
{
	static const uint8_t zero[16];
	uint32_t             at;

	memcpy(&at, of, sizeof at);
	for (uint32_t i = 0; i < TRUST_IDS; i++) {
		const struct trust_entry *x = &e->id[(at + i) % TRUST_IDS];
		if (memcmp(x->of, of, 16) == 0 || memcmp(x->of, zero, 16) == 0)
			return (struct trust_entry *)(uintptr_t)x;
	}
	return NULL;
}

static enum trust_answer
ask(const struct trust_edition *e, const struct trust_id *id, struct instant now)
{
	const struct trust_entry *x = entry(e, id->of);
	bool                      here = x && memcmp(x->of, id->of, 16) == 0;

	if (here && x->answer == TRUST_REVOKED)
		return TRUST_REVOKED;
	if (here && now.us < x->until)
		return TRUST_GOOD;
	for (uint32_t i = 0; i < e->issuers && i < TRUST_ISSUERS; i++)
		if (memcmp(e->issuer[i].key, id->issuer, 32) == 0 && now.us < e->issuer[i].until)
			return TRUST_GOOD;
	return TRUST_SILENT;
}

enum trust_answer
trust_ask(const struct trust *t, const struct trust_id *id, struct instant now)
{
	enum trust_answer a;
	uint32_t          before;

	do {
		before = atomic_load(&t->edition);
		a = ask(&t->at[before & 1], id, now);
	} while (atomic_load(&t->edition) != before);
	return a;
}

struct trust_edition *
trust_begin(struct trust *t)
{
	struct trust_edition *e = &t->at[~atomic_load(&t->edition) & 1];

	memset(e, 0, sizeof *e);
	return e;
}

enum err
trust_issuer(struct trust_edition *e, const uint8_t key[static 32], struct instant from, struct instant until)
{
	uint32_t i = 0;

	/* Of a list in parts, the part that ends first says until when all is known. */
	while (i < e->issuers && memcmp(e->issuer[i].key, key, 32))
		i++;
	if (i == TRUST_ISSUERS)
		return ERR_LIMIT;
	memcpy(e->issuer[i].key, key, 32);
	if (i == e->issuers || until.us < e->issuer[i].until) {
		e->issuer[i].until = until.us;
		e->issuer[i].from = from.us;
	}
	e->issuers += i == e->issuers;
	return OK;
}

enum err
trust_put(struct trust_edition *e, const struct trust_id *id, enum trust_answer a, struct instant until)
{
	struct trust_entry *x = e->ids < TRUST_IDS / 2 ? entry(e, id->of) : NULL;

	if (!x)
		return ERR_LIMIT;
	e->ids += memcmp(x->of, id->of, 16) != 0;
	memcpy(x->of, id->of, 16);
	if (x->answer != TRUST_REVOKED) {
		x->answer = (uint8_t)a;
		x->until = until.us;
	}
	return OK;
}

void
trust_show(struct trust *t)
{
	atomic_fetch_add(&t->edition, 1);
}
