/*
 * settings_issued: what the hospital's own CA certified, as the judge holds it:
 * for each name the keys, by the newest certificates.
 */
#include "main/settings.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "crypt/hash.h"
#include "ledger/disk.h"
#include "main/board.h"
#include "main/command.h"
#include "main/pki.h"
#include "model/claim.h"
#include "os/jail.h"
#include "store/register.h"
#include "store/store.h"
#include "wire/x509.h"

static bool
put(struct policy *p, uint64_t name, const uint8_t key[static 32])
{
	if (p->issueds == POLICY_ISSUED)
		return false;
	p->issued[p->issueds].name = name;
	memcpy(p->issued[p->issueds++].key, key, 32);
	return true;
}

static bool
on_certificate(void *context, struct bytes der, const uint8_t key[static 32])
{
	struct policy   *p = context;
	struct x509      x;
	struct x509_name n;
	bool             room = true;

	if (x509_parse(der, &x))
		return true;
	for (struct bytes left = x.names_der; room && x509_name_next(&left, &n);) {
		if (n.type == X509_NAME_DNS)
			room = put(p, claim_name_hash(n.value), key);
		else if (n.type == X509_NAME_IP && (n.value.len == 4 || n.value.len == 16))
			room = put(p, claim_addr_hash(n.value.len == 4 ? addr_v4(n.value.at) : addr_v6(n.value.at)), key);
	}
	return room;
}

static int
by_name(const void *a, const void *b)
{
	const struct policy_issued *x = a, *y = b;

	return x->name < y->name ? -1 : x->name > y->name ? 1 : memcmp(x->key, y->key, 32);
}

/* The root first, so that those below are known to be its. */
static bool
authorities(struct board *b)
{
	const unsigned generation = pki_generation(b->pki);
	struct policy *p = &b->policy;
	char           path[BOARD_NAME + ISSUE_FILE], file[ISSUE_FILE] = "root.cer";
	struct x509    root;

	for (unsigned i = 0; i < (generation > 1 ? 3 : 2); i++) {
		struct policy_authority *a = &p->authority[p->authorities];
		struct buf               der = buf_over(a->der, sizeof a->der);
		if (i)
			issue_file("issuing", generation + 1 - i, ".cer", file);
		snprintf(path, sizeof path, "%s/%s", b->pki, file);
		if (disk_get(AT_FDCWD, path, &der))
			continue;
		a->len = (uint16_t)der.len;
		p->authorities++;
	}
	if (!p->authorities || x509_parse(bytes_of(p->authority[0].der, p->authority[0].len), &root) || !x509_self_issued(&root))
		return false;
	hash_sha256(root.spki, p->root_key);
	return p->authorities > 1;
}

int
settings_issued(struct board *b)
{
	struct register_file *file;
	char                  path[BOARD_NAME + 32];
	unsigned              missing;
	bool                  all = true;

	snprintf(path, sizeof path, "%s/pki.db", b->pki);
	if (hash_init() || !authorities(b) || register_open(path, false, &file)) {
		fprintf(stderr, "paravent: %s: there is no CA here: `paravent pki init` makes one in SITE/pki\n", b->pki);
		b->policy.authorities = 0;
		return EXIT_PART;
	}
	if (jail_enter(JAIL_READ, b->pki, &missing)) {
		fprintf(stderr, "paravent: settings: privileges could not be given up, so %s is not read\n", b->pki);
		return EXIT_PART;
	}
	enum err e = register_newest(file, on_certificate, &b->policy, &all);
	if (e) {
		fprintf(stderr, "paravent: %s: %s\n", path, store_trouble());
		return EXIT_PART;
	}
	if (!all)
		fprintf(stderr, "paravent: %s: it certified more names than the %d that are held: of the oldest certificates none is\n", b->pki, POLICY_ISSUED);
	qsort(b->policy.issued, b->policy.issueds, sizeof *b->policy.issued, by_name);
	b->policy.given = true;
	return EXIT_FINE;
}
