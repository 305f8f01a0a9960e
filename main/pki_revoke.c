/* pki_revoke: `paravent pki revoke|crl`: what is no longer to be believed, and the lists that say so. */
#include "main/pki.h"

#include <stdio.h>

#include "base/memory.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/keys.h"
#include "os/channel.h"
#include "store/store.h"
#include "wire/crl.h"
#include "wire/der.h"

enum { LIST = CHANNEL_BODY };

#define CRL_LIFE (7 * 86400 * INSTANT_SECOND)

/* RFC 5280 section 5.3.1, those that a person has. */
static const struct {
	const char *name;
	unsigned    code;
} REASON[] = {
	{ "unspecified", 0 }, { "key-compromise", 1 }, { "affiliation-changed", 3 }, { "superseded", 4 }, { "cessation", 5 }, { "privilege-withdrawn", 9 },
};

struct lists {
	uint8_t    room[ISSUE_SHARDS][LIST];
	struct buf shard[ISSUE_SHARDS];
};

static bool
on_revoked(void *context, const struct register_row *c)
{
	struct lists *l = context;

	crl_put(&(struct crl_entry){ bytes_of(c->serial, sizeof c->serial), { c->revoked * INSTANT_SECOND }, c->reason }, &l->shard[issue_shard(c->serial)]);
	return true;
}

static bool
publish(struct pki_work *w, int keys, unsigned shard, struct bytes revoked, uint64_t number, struct instant now)
{
	static uint8_t tbs_room[LIST], der_room[LIST + 1024], answer_room[LIST];
	char           url[ISSUE_URL + 32], name[32];
	struct buf     tbs = buf_over(tbs_room, sizeof tbs_room), der = buf_over(der_room, sizeof der_room), answer = buf_over(answer_room, sizeof answer_room);

	snprintf(name, sizeof name, "crl/%u.crl", shard);
	snprintf(url, sizeof url, *w->issuer.url ? "%s/%s" : "%s", w->issuer.url, name);
	crl_print(&(struct crl){ .algorithm = w->issuer.algorithm, .issuer = w->issuer.ca.subject, .from = now, .until = { now.us + CRL_LIFE },
	                         .revoked = revoked, .authority_key = w->issuer.ca.subject_key, .number = number, .url = bytes_text(url) }, &tbs);
	if (!buf_ok(&tbs)) {
		fprintf(stderr, "paravent: %s: more is revoked than one list holds\n", name);
		return false;
	}
	enum err e = keys_ask_for(keys, KEYS_CRL, buf_bytes(&tbs), &answer);
	if (e) {
		fprintf(stderr, "paravent: %s: the keys' process %.*s\n", name, e == ERR_PERM ? (int)answer.len : 15, e == ERR_PERM ? (const char *)answer.at : "does not answer");
		return false;
	}
	der_put_signed(&der, buf_bytes(&tbs), w->issuer.algorithm, buf_bytes(&answer));
	if (buf_ok(&der) && !pki_replace(w, name, buf_bytes(&der)))
		return true;
	fprintf(stderr, "paravent: %s: cannot be written\n", name);
	return false;
}

bool
pki_publish(struct pki_work *w, int keys)
{
	struct lists  *l = memory_new(1, sizeof *l);
	struct instant now = pki_now();
	uint64_t       number;
	bool           good = l && !register_crl_number(w->file, &number);

	for (int i = 0; l && i < ISSUE_SHARDS; i++)
		l->shard[i] = buf_over(l->room[i], LIST);
	good = good && !register_revoked(w->file, now.us / INSTANT_SECOND, on_revoked, l);
	for (unsigned i = 0; good && i < ISSUE_SHARDS; i++) {
		if (!buf_ok(&l->shard[i]))
			fprintf(stderr, "paravent: crl/%u.crl: more is revoked than one list holds; status by OCSP stays right\n", i);
		good = buf_ok(&l->shard[i]) && publish(w, keys, i, buf_bytes(&l->shard[i]), number, now);
	}
	memory_free(l);
	return good;
}

static int
republish(struct pki_work *w)
{
	struct board   *b;
	struct certify *keys;

	if (board_new(&b) || certify_open(w->site.dir, b, KEYS_PARENT, &keys))
		return EXIT_PART;
	bool good = pki_publish(w, certify_channel(keys));
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
	return republish(w);
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
	return republish(w);
}
