/* pki_inventory: `paravent pki inventory|dependents`: what was issued beside what the sensors saw. */
#include "main/pki.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "crypt/hash.h"
#include "main/command.h"
#include "store/inventory.h"
#include "store/store.h"

static struct inventory *
open_both(struct pki_work *w)
{
	const char       *record = w->store ? w->store : w->site.store;
	char              path[STATE_PATH + 64];
	struct inventory *v = NULL;
	enum err          e;

	if (!pki_open(w))
		return NULL;
	if (access(record, F_OK)) {
		fprintf(stderr, "paravent: %s does not exist; `paravent watch --state %s …` makes it, or --store names another\n", record, w->site.dir);
		return NULL;
	}
	e = inventory_open(pki_path(w, "pki.db", path), record, &v);
	for (uint32_t i = 0; !e && w->policy && i < w->policy->devices; i++) {
		char       room[64];
		struct buf b = buf_over(room, sizeof room);
		addr_print(w->policy->device[i].address, &b);
		if (!addr_none(w->policy->device[i].address))
			e = inventory_know(v, &(struct inventory_device){ w->policy->device[i].name, buf_string(&b) });
	}
	if (!e)
		return v;
	fprintf(stderr, "paravent: %s: %s\n", record, store_trouble());
	inventory_free(v);
	return NULL;
}

int
pki_inventory(struct pki_work *w)
{
	struct pki_rows   r = { w->json, NULL };
	struct inventory *v;
	const char       *q;
	bool              any = false;
	enum err          e = OK;

	for (unsigned i = 0; w->words_n && (q = inventory_question(i)); i++)
		any |= strcmp(q, w->words[0]) == 0;
	if (w->words_n && !any) {
		fprintf(stderr, "usage: paravent pki inventory [unseen|foreign|elsewhere|expiring|weak|shared] [--store DB] [-p hospital.yaml]\n");
		return EXIT_USAGE;
	}
	if (!(v = open_both(w)))
		return EXIT_PART;
	r.array = json_array();
	for (unsigned i = 0; !e && (q = inventory_question(i)); i++)
		if (!w->words_n || strcmp(q, w->words[0]) == 0)
			e = inventory_list(v, q, NULL, pki_row, &r);
	if (e)
		fprintf(stderr, "paravent: %s: %s\n", w->dir, store_trouble());
	else if (!w->policy)
		fprintf(stderr, "paravent: without hospital.yaml (-p) nobody's own address is known: of \"elsewhere\" there is nothing to say\n");
	pki_rows_end(&r);
	inventory_free(v);
	return e ? EXIT_PART : EXIT_FINE;
}

/* --- who breaks if this is rotated ------------------------------------------------------ */

struct pinned {
	struct pki_work *w;
	struct pki_rows *rows;
	const char      *serial; /* NULL: of all */
};

static void
put_pin(struct pinned *p, const uint8_t key[static 32], const char *whose)
{
	char                 pin[2 * 32 + 1], address[80];
	const struct policy *policy = p->w->policy;

	for (uint32_t i = 0; policy && i < policy->services; i++) {
		const struct policy_service *s = &policy->service[i];
		for (uint8_t k = 0; k < s->pins; k++) {
			if (memcmp(s->pin[k], key, 32))
				continue;
			struct buf a = buf_over(address, sizeof address), b = buf_over(pin, sizeof pin);
			addr_print(s->address, &a);
			buf_format(&a, ":%u", s->port);
			buf_hex(&b, bytes_of(key, 32));
			const char *const names[] = { "what", "service", "server", "key", "subject" };
			const char *const values[] = { "pin in hospital.yaml", s->name, buf_string(&a), buf_string(&b), whose };
			pki_row(p->rows, 5, names, values);
		}
	}
}

static bool
on_live(void *context, struct bytes der, const uint8_t key[static 32])
{
	struct pinned *p = context;
	struct x509    x;
	char           name[65], text[2 * BODY_SERIAL + 1];
	uint8_t        serial[BODY_SERIAL];

	if (x509_parse(der, &x) || !body_serial(x.serial, serial))
		return true;
	pki_serial_print(serial, text);
	bytes_clean(x.subject_cn, name, sizeof name);
	if (!p->serial || strcasecmp(p->serial, text) == 0)
		put_pin(p, key, name);
	return true;
}

static enum err
tell(struct pki_work *w, struct inventory *v, const char *id, struct pki_rows *r)
{
	struct pinned p = { w, r, strcmp(id, "ca") ? id : NULL };
	uint8_t       key[32];
	bool          all;
	enum err      e;

	if ((e = inventory_list(v, "holders", id, pki_row, r)) || (e = inventory_list(v, "dependents", id, pki_row, r)) || (e = register_newest(w->file, on_live, &p, &all)))
		return e;
	hash_sha256(w->issuer.ca.spki, key);
	if (!p.serial)
		put_pin(&p, key, "the issuing CA");
	return OK;
}

int
pki_dependents(struct pki_work *w)
{
	struct pki_rows   r = { w->json, NULL };
	struct inventory *v;
	uint8_t           serial[BODY_SERIAL];

	if (strcmp(w->words[0], "ca") && !pki_serial(w->words[0], serial))
		return EXIT_USAGE;
	if (!(v = open_both(w)))
		return EXIT_PART;
	r.array = json_array();
	enum err e = tell(w, v, w->words[0], &r);
	if (e)
		fprintf(stderr, "paravent: %s: %s\n", w->dir, store_trouble());
	size_t n = json_array_size(r.array);
	pki_rows_end(&r);
	inventory_free(v);
	return e ? EXIT_PART : n ? EXIT_FINE : EXIT_FINDINGS;
}
