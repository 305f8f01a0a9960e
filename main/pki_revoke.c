/* pki_revoke: `paravent pki revoke|crl`: what is no longer to be believed, and the lists that say so. */
#include "main/pki.h"

#include <stdio.h>

#include "base/memory.h"
#include "crypt/signer.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "store/store.h"
#include "wire/crl.h"
#include "wire/der.h"

/* An entry takes at most 52 octets. */
enum { ENTRY_ROOM = 56, LIST_ROOM = 2048, ALL = ISSUE_SHARDS, MOST = (CERTIFY_LIST - LIST_ROOM) / ENTRY_ROOM };

#define CRL_LIFE (7 * 86400 * INSTANT_SECOND)

/* RFC 5280 section 5.3.1, those that a person has. */
static const struct {
	const char *name;
	unsigned    code;
} REASON[] = {
	{ "unspecified", 0 }, { "key-compromise", 1 }, { "affiliation-changed", 3 }, { "superseded", 4 }, { "cessation", 5 }, { "privilege-withdrawn", 9 },
};

struct revoked {
	uint8_t  serial[BODY_SERIAL];
	int64_t  when;
	unsigned reason, issuer;
};

/* All that is to be published: which, and memory for the largest list. */
struct lists {
	struct revoked *revoked;
	size_t          n, most;
	struct buf      entries, tbs, der;
	struct instant  now;
	uint64_t        number;
};

static bool
on_revoked(void *context, const struct register_row *c)
{
	struct lists   *l = context;
	struct revoked *r = &l->revoked[l->n];

	if (l->n == l->most)
		return false; /* it came since they were counted, and whoever revoked it publishes after us */
	memcpy(r->serial, c->serial, sizeof r->serial);
	r->when = c->revoked;
	r->reason = c->reason;
	r->issuer = c->issuer;
	l->n++;
	return true;
}

/* One list: of a shard, or of ALL that one issued. */
static bool
publish(struct pki_work *w, const struct issuer *by, struct certify *keys, struct lists *l, unsigned shard)
{
	uint8_t    signature_room[SIGNER_SIGNATURE];
	char       url[ISSUE_URL + ISSUE_FILE], name[ISSUE_FILE];
	struct buf answer = buf_over(signature_room, sizeof signature_room);

	issue_list(by->generation, shard, name);
	snprintf(url, sizeof url, *by->url ? "%s/%s" : "%s%s", by->url, name);
	buf_reset(&l->entries);
	buf_reset(&l->tbs);
	buf_reset(&l->der);
	for (size_t i = 0; i < l->n; i++)
		if (l->revoked[i].issuer == by->generation && (shard == ALL || issue_shard(l->revoked[i].serial) == shard))
			crl_put(&(struct crl_entry){ bytes_of(l->revoked[i].serial, BODY_SERIAL), { l->revoked[i].when * INSTANT_SECOND }, l->revoked[i].reason }, &l->entries);
	crl_print(&(struct crl){ .algorithm = by->algorithm, .issuer = by->ca.subject, .from = l->now, .until = { l->now.us + CRL_LIFE },
	                         .revoked = buf_bytes(&l->entries), .authority_key = by->ca.subject_key, .number = l->number,
	                         .url = bytes_text(shard == ALL ? "" : url) }, &l->tbs);
	enum err e = buf_ok(&l->tbs) ? certify_crl(keys, buf_bytes(&l->tbs), &answer) : ERR_LIMIT;
	if (e) {
		fprintf(stderr, "paravent: %s: the keys' process %.*s\n", name, e == ERR_PERM ? (int)answer.len : 15, e == ERR_PERM ? (const char *)answer.at : "does not answer");
		return false;
	}
	der_put_signed(&l->der, buf_bytes(&l->tbs), by->algorithm, buf_bytes(&answer));
	if (buf_ok(&l->der) && !pki_replace(w, name, buf_bytes(&l->der)))
		return true;
	fprintf(stderr, "paravent: %s: cannot be written\n", name);
	return false;
}

static bool
room(struct buf *b, size_t n)
{
	*b = buf_over(memory_new(1, n), n);
	return b->at;
}

bool
pki_publish(struct pki_work *w, struct certify *keys)
{
	struct lists l = { .now = pki_now() };
	int64_t      n;
	bool         good = !register_crl_number(w->file, &l.number) && !register_revoked_count(w->file, l.now.us / INSTANT_SECOND, &n);

	if (good && n > MOST) {
		fprintf(stderr, "paravent: %lld certificates are revoked and not expired; a list holds %d: status by OCSP stays right\n", (long long)n, MOST);
		return false;
	}
	l.most = good ? (size_t)n : 0;
	const size_t size = l.most * ENTRY_ROOM + LIST_ROOM;
	l.revoked = memory_new(l.most + 1, sizeof *l.revoked);
	good = good && l.revoked && room(&l.entries, size) && room(&l.tbs, size) && room(&l.der, size + SIGNER_SIGNATURE);
	good = good && !register_revoked(w->file, l.now.us / INSTANT_SECOND, on_revoked, &l);
	for (unsigned i = 0; good && i <= ALL; i++)
		good = publish(w, &w->issuer, keys, &l, i) && (!w->before.generation || publish(w, &w->before, keys, &l, i));
	memory_free(l.revoked);
	memory_free(l.entries.at);
	memory_free(l.tbs.at);
	memory_free(l.der.at);
	return good;
}

int
pki_republish(struct pki_work *w)
{
	struct board   *b;
	struct certify *keys;

	if (board_new(&b) || certify_open(w->site.dir, b, KEYS_PARENT, &keys))
		return EXIT_PART;
	bool good = pki_publish(w, keys);
	certify_close(keys);
	return good ? EXIT_FINE : EXIT_PART;
}

int
pki_crl(struct pki_work *w)
{
	if (!pki_open(w))
		return EXIT_PART;
	if (w->dry)
		return EXIT_FINE;
	return pki_republish(w);
}

bool
pki_revoke_within(struct pki_work *w, const char *by, const uint8_t serial[static BODY_SERIAL], unsigned reason)
{
	struct register_row c;
	char                hex[2 * BODY_SERIAL + 1];
	size_t              r = 0;

	while (r < sizeof REASON / sizeof *REASON - 1 && REASON[r].code != reason)
		r++;
	pki_serial_print(serial, hex);
	if (register_get(w->file, serial, &c))
		return false;
	struct entry e = pki_entry(w, c.subject, c.der, "revoked the %s certificate %s%s%s: %s", c.profile, hex, *by ? ", asked by " : "", by, REASON[r].name);
	return !register_revoke(w->file, serial, pki_now().us / INSTANT_SECOND, REASON[r].code) && pki_tell(w, &e, 1);
}

int
pki_revoke(struct pki_work *w)
{
	uint8_t             serial[BODY_SERIAL];
	struct register_row c;
	size_t              r = 0;

	while (r < sizeof REASON / sizeof *REASON && strcmp(REASON[r].name, w->reason ? w->reason : ""))
		r++;
	if (r == sizeof REASON / sizeof *REASON) {
		fprintf(stderr, "paravent: pki revoke: --reason is one of unspecified, key-compromise, affiliation-changed, superseded, cessation, privilege-withdrawn\n");
		return EXIT_USAGE;
	}
	if (!pki_serial(w->words[0], serial) || !pki_open(w))
		return EXIT_PART;
	if (register_get(w->file, serial, &c)) {
		fprintf(stderr, "paravent: %s: was never issued here\n", w->words[0]);
		return EXIT_FINDINGS;
	}
	if (c.revoked || w->dry) {
		fprintf(stderr, "%s: %s\n", c.subject, c.revoked ? "is revoked already" : "would be revoked");
		return EXIT_FINE;
	}
	register_done(w->file);
	if (register_begin(w->file) || !pki_revoke_within(w, "", serial, REASON[r].code) || register_commit(w->file)) {
		register_rollback(w->file);
		fprintf(stderr, "paravent: %s: was not revoked: %s\n", w->words[0], store_trouble());
		return EXIT_PART;
	}
	fprintf(stderr, "%s: revoked\n", w->words[0]);
	return pki_republish(w);
}
