/* pki_issue: `paravent pki issue|renew|approve|deny`: from requests in files to certificates, by main/grant. */
#include "main/pki.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "crypt/pem.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/grant.h"
#include "main/ledger.h"

struct batch {
	struct pki_work    *w;
	struct certify     *keys;
	const char         *profile, *device;
	int64_t             approved; /* the request that is granted now, 0: none */
	const struct x509  *renewed;  /* what stood for it before, NULL: nothing */
	struct grants       grants;
	json_t             *said;
	FILE               *out;
	int                 code;
};

static void
tell(struct batch *b, const struct grant *o)
{
	char    name[65], serial[2 * BODY_SERIAL + 1] = "";
	json_t *said = json_object();

	grant_name(o, name);
	if (!o->why)
		pki_serial_print(o->issue.serial, serial);
	json_object_set_new(said, "subject", json_string(name));
	json_object_set_new(said, "state", json_string(o->doubtful ? "pending" : o->why ? "refused" : "issued"));
	if (o->why)
		json_object_set_new(said, "why", json_string(o->why));
	if (o->waits)
		json_object_set_new(said, "id", json_integer(o->waits));
	if (!o->why)
		json_object_set_new(said, "serial", json_string(serial));
	if (!b->w->json) {
		if (o->doubtful)
			fprintf(stderr, "%s: waits for approval as %lld: %s\n", name, (long long)o->waits, o->why);
		else if (o->why)
			fprintf(stderr, "%s: refused: %s\n", name, o->why);
		else
			fprintf(stderr, "%s: issued %s\n", name, serial);
	}
	json_array_append_new(b->said, said);
	if (o->why) {
		b->code = o->doubtful && b->code != EXIT_UNSAFE ? EXIT_DENIED : EXIT_UNSAFE;
	} else if (b->out && !b->w->dry) {
		static uint8_t room[2 * PKI_CERTIFICATE];
		struct buf     text = buf_over(room, sizeof room);
		pem_put("CERTIFICATE", o->says.whole, &text);
		fwrite(text.at, 1, text.len, b->out);
	}
}

/* All of a group, or none of it. */
static bool
settle(struct batch *b)
{
	bool good = b->w->dry || grant_settle(&b->grants);

	if (!good) {
		fprintf(stderr, "paravent: %s: nothing was issued: %s\n", b->w->dir, b->grants.trouble);
		b->code = EXIT_PART;
	}
	for (unsigned i = 0; good && i < b->grants.n; i++)
		tell(b, &b->grants.one[i]);
	grant_begin(&b->grants, b->w, certify_channel(b->keys));
	return good;
}

static bool
add(struct batch *b, struct bytes der, const char *from)
{
	struct grant *o = grant_next(&b->grants);

	o->profile = b->profile;
	o->device = b->device;
	o->renewed = b->renewed;
	o->approved = b->approved;
	enum err e = grant_add(&b->grants, der);
	if (e) {
		fprintf(stderr, "paravent: %s: %s\n", from, e == ERR_LIMIT ? "is larger than a request may be" : "is no request for a certificate");
		struct entry refused = pki_entry(b->w, from, der, "refused what is no request for a certificate");
		b->code = EXIT_UNSAFE;
		return b->w->dry || pki_tell(b->w, &refused, 1);
	}
	return !grant_full(&b->grants) || settle(b);
}

/* One file may hold many. */
static bool
add_file(struct batch *b, const char *path)
{
	enum { MOST = 8 << 20 };
	static uint8_t der_room[1 << 16];
	uint8_t       *room = memory_new(1, MOST);
	struct buf     text = buf_over(room, room ? MOST : 0), der = buf_over(der_room, sizeof der_room);
	bool           good = room && ledger_file(path, &text), any = false;
	struct bytes   left = buf_bytes(&text);
	char           label[32];

	for (enum err e; good && (e = pem_next(&left, label, &der)) != ERR_NOTFOUND; buf_reset(&der)) {
		any = true;
		good = add(b, e ? bytes_of("", 0) : buf_bytes(&der), path);
		if (e)
			break;
	}
	if (good && !any)
		good = add(b, buf_bytes(&text), path);
	memory_free(room);
	if (!good)
		b->code = EXIT_PART;
	return good;
}

static struct batch *
begin(struct pki_work *w)
{
	struct batch *b = memory_new(1, sizeof *b);
	struct board *board;

	if (!w->profile || !profile_find(w->profile) || profile_find(w->profile)->own) {
		fprintf(stderr, "paravent: pki: --profile is one of device, gateway-server, gateway-client, server, supplicant, radius, administrator\n");
		memory_free(b);
		return NULL;
	}
	if (!b || board_new(&board) || certify_open(w->site.dir, board, KEYS_PARENT, &b->keys)) {
		memory_free(b);
		return NULL;
	}
	b->w = w;
	b->profile = w->profile;
	b->device = w->device;
	grant_begin(&b->grants, w, certify_channel(b->keys));
	b->said = json_array();
	b->out = w->out ? fopen(w->out, "w") : w->json ? NULL : stdout;
	if (w->out && !b->out) {
		fprintf(stderr, "paravent: %s: cannot be written\n", w->out);
		b->code = EXIT_PART;
	}
	return b;
}

static int
end(struct batch *b)
{
	if (b->grants.n)
		settle(b);
	if (b->w->json) {
		json_dumpf(b->said, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	if (b->out && b->out != stdout && fclose(b->out))
		b->code = EXIT_PART;
	json_decref(b->said);
	certify_close(b->keys);
	int code = b->code;
	memory_free(b);
	return code;
}

int
pki_issue(struct pki_work *w)
{
	struct batch *b;

	if (!w->csrs) {
		fprintf(stderr, "usage: paravent pki issue --profile P --csr FILE… [--device NAME] [--policy FILE] [-o FILE]\n");
		return EXIT_USAGE;
	}
	if (!pki_open(w) || !(b = begin(w)))
		return EXIT_PART;
	for (unsigned i = 0; b->code != EXIT_PART && i < w->csrs; i++)
		add_file(b, w->csr[i]);
	return end(b);
}

/* Under the names and the profile it had, nobody need approve again. */
int
pki_renew(struct pki_work *w)
{
	static uint8_t      room[PKI_CERTIFICATE];
	static char         profile[32], name[65];
	struct register_row old;
	struct x509         says;
	struct batch       *b;
	uint8_t             serial[BODY_SERIAL];

	if (w->csrs != 1) {
		fprintf(stderr, "usage: paravent pki renew SERIAL --csr FILE [-o FILE]\n");
		return EXIT_USAGE;
	}
	if (!pki_serial(w->words[0], serial) || !pki_open(w))
		return EXIT_PART;
	if (register_get(w->file, serial, &old) || old.revoked || old.until < pki_now().us / INSTANT_SECOND || old.der.len > sizeof room) {
		fprintf(stderr, "paravent: %s: was not issued here, or is revoked or expired\n", w->words[0]);
		return EXIT_UNSAFE;
	}
	memcpy(room, old.der.at, old.der.len);
	snprintf(profile, sizeof profile, "%s", old.profile);
	snprintf(name, sizeof name, "%s", old.subject);
	if (x509_parse(bytes_of(room, old.der.len), &says))
		return EXIT_PART;
	w->profile = profile;
	w->device = name;
	if (!(b = begin(w)))
		return EXIT_PART;
	b->renewed = &says;
	add_file(b, w->csr[0]);
	return end(b);
}

static bool
asked(struct pki_work *w, struct register_request *q)
{
	char *rest;

	if (!pki_open(w))
		return false;
	if (register_asked(w->file, strtoll(w->words[0], &rest, 10), q) || *rest) {
		fprintf(stderr, "paravent: %s: nobody waits under this number\n", w->words[0]);
		return false;
	}
	return true;
}

int
pki_approve(struct pki_work *w)
{
	static char             profile[32], name[65];
	static uint8_t          der[GRANT_REQUEST];
	struct register_request q;
	struct batch           *b;

	if (!asked(w, &q) || q.csr.len > sizeof der)
		return EXIT_PART;
	snprintf(profile, sizeof profile, "%s", q.profile);
	snprintf(name, sizeof name, "%s", q.device);
	memcpy(der, q.csr.at, q.csr.len);
	struct bytes csr = bytes_of(der, q.csr.len);
	w->profile = profile;
	w->device = *name ? name : NULL;
	if (!(b = begin(w)))
		return EXIT_PART;
	b->approved = q.id;
	add(b, csr, w->words[0]);
	return end(b);
}

int
pki_deny(struct pki_work *w)
{
	struct register_request q;

	if (!asked(w, &q))
		return EXIT_PART;
	struct entry e = pki_entry(w, *q.device ? q.device : "a request", q.csr, "denied a %s certificate%s%.200s", q.profile, w->reason ? ": " : "", w->reason ? w->reason : "");
	if (w->dry)
		return EXIT_FINE;
	if (register_begin(w->file) || register_answer(w->file, q.id, NULL) || !pki_tell(w, &e, 1) || register_commit(w->file)) {
		register_rollback(w->file);
		return EXIT_PART;
	}
	return EXIT_FINE;
}
