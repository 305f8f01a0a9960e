/*
 * pki_issue: `paravent pki issue|renew|approve|deny`: from requests to certificates.
 *
 * In groups: all of a group's requests are looked at, signed in one message
 * to the keys' process, entered in the ledger, and committed together; only
 * then is any of them told.
 */
#include "main/pki.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "crypt/signer.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/ledger.h"
#include "os/channel.h"
#include "store/store.h"
#include "wire/der.h"

enum { GROUP = SUBMIT_MOST, REQUEST = 16 << 10, FULL = CHANNEL_BODY - ISSUE_TBS - 8 };

struct one {
	uint8_t      der[REQUEST], certificate[PKI_CERTIFICATE];
	struct csr   csr;
	struct issue issue;
	struct bytes tbs; /* in the request to the keys' process; empty: it is not issued */
	struct x509  says;
	const char  *why; /* not */
	bool         doubtful;
	int64_t      waits; /* its number among those who wait */
};

struct batch {
	struct pki_work *w;
	struct certify  *keys;
	int64_t          approved;  /* the request that is granted now, 0: none */
	const struct x509 *renewed; /* what stood for it before, NULL: nothing */
	struct one       one[GROUP];
	unsigned         n;
	uint8_t          request[CHANNEL_BODY], answer[CHANNEL_BODY];
	struct buf       asked;
	json_t          *said;
	FILE            *out;
	int              code;
};

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
consider(struct batch *b, struct one *o)
{
	struct pki_work *w = b->w;
	int64_t          last;

	o->issue = (struct issue){ .csr = &o->csr, .profile = profile_find(w->profile), .name = w->device, .device = device(w, w->device), .now = pki_now() };
	o->issue.days = days(w, o->issue.profile);
	if ((o->why = issue_refused(&w->issuer, &o->issue)))
		return;
	bool same = b->renewed && bytes_equal(b->renewed->names_der, o->csr.wants.names_der);
	if (!b->approved && !same && (o->why = issue_doubtful(&o->issue))) {
		o->doubtful = true;
		return;
	}
	if (register_last(w->file, &last) || last > o->issue.now.us / INSTANT_SECOND + 1) {
		o->why = "the clock went back: a certificate was issued later than it says now";
		return;
	}
	do
		if (getrandom(o->issue.serial, BODY_SERIAL, 0) != BODY_SERIAL)
			o->why = "there are no random numbers";
	while (!o->issue.serial[0]);
	buf_u8(&b->asked, (uint8_t)(o->issue.profile - profile_at(0)));
	size_t at = b->asked.len;
	buf_u32(&b->asked, 0);
	issue_print(&w->issuer, &o->issue, &b->asked);
	uint32_t len = (uint32_t)(b->asked.len - at - 4);
	buf_patch16(&b->asked, at, (uint16_t)(len >> 16));
	buf_patch16(&b->asked, at + 2, (uint16_t)len);
	o->tbs = bytes_of(b->asked.at + at + 4, len);
}

static bool
sign(struct batch *b)
{
	struct buf answer = buf_over(b->answer, sizeof b->answer);

	if (!b->asked.len)
		return true;
	enum err e = certify_tbs(b->keys, buf_bytes(&b->asked), &answer);
	if (e) {
		fprintf(stderr, "paravent: the keys' process %s: %.*s\n", e == ERR_PERM ? "refuses to sign" : "does not answer", e == ERR_PERM ? (int)answer.len : 0, (const char *)answer.at);
		return false;
	}
	struct cursor c = cursor_over(buf_bytes(&answer));
	for (unsigned i = 0; i < b->n; i++) {
		struct one *o = &b->one[i];
		if (!o->tbs.len)
			continue;
		struct buf der = buf_over(o->certificate, sizeof o->certificate);
		der_put_signed(&der, o->tbs, b->w->issuer.algorithm, cursor_take(&c, cursor_u16(&c)));
		if (!cursor_ok(&c) || !buf_ok(&der) || x509_parse(buf_bytes(&der), &o->says)) {
			fprintf(stderr, "paravent: the keys' process answered something else\n");
			return false;
		}
	}
	return true;
}

static void
name_of(const struct one *o, char out[static 65])
{
	bytes_clean(o->issue.name ? bytes_text(o->issue.name) : o->csr.wants.subject_cn, out, 65);
}

static enum err
keep(struct batch *b, struct one *o)
{
	char                names[4096], name[65];
	struct pki_work    *w = b->w;
	struct register_row row = { .subject = name, .names = names, .profile = o->issue.profile->name, .device = w->device ? w->device : "" };

	name_of(o, name);
	if (o->doubtful)
		return register_ask(w->file, &(struct register_request){ .asked = o->issue.now.us / INSTANT_SECOND, .profile = row.profile, .device = row.device, .why = o->why,
		                    .csr = o->csr.wants.whole }, &o->waits);
	if (o->why)
		return OK;
	pki_names(&o->says, names, sizeof names);
	row.issued = o->issue.now.us / INSTANT_SECOND;
	row.from = o->says.not_before.us / INSTANT_SECOND;
	row.until = o->says.not_after.us / INSTANT_SECOND;
	row.der = o->says.whole;
	memcpy(row.serial, o->issue.serial, sizeof row.serial);
	hash_sha256(o->says.spki, row.key);
	return register_put(w->file, &row);
}

static struct entry
entry(struct batch *b, const struct one *o)
{
	char       name[65], serial[2 * BODY_SERIAL + 1], until[40];
	struct buf t = buf_over(until, sizeof until);

	name_of(o, name);
	if (o->why)
		return pki_entry(b->w, name, o->csr.wants.whole, "%s a %s certificate: %s", o->doubtful ? "asks for" : "refused", b->w->profile, o->why);
	pki_serial_print(o->issue.serial, serial);
	instant_print(o->says.not_after, &t);
	return pki_entry(b->w, name, o->says.whole, "%s a %s certificate, serial %s, until %.19sZ", b->approved ? "approved and issued" : b->renewed ? "renewed" : "issued",
	                 b->w->profile, serial, buf_string(&t));
}

static void
tell(struct batch *b, const struct one *o)
{
	char    name[65], serial[2 * BODY_SERIAL + 1] = "";
	json_t *said = json_object();

	name_of(o, name);
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
	static struct entry told[GROUP];
	struct pki_work    *w = b->w;
	bool                good = w->dry || (sign(b) && !register_begin(w->file));

	for (unsigned i = 0; good && i < b->n && !w->dry; i++) {
		good = !keep(b, &b->one[i]);
		told[i] = entry(b, &b->one[i]);
	}
	if (good && b->approved && !w->dry && !b->one[0].why)
		good = !register_answer(w->file, b->approved);
	good = good && (w->dry || (pki_tell(w, told, b->n) && !register_commit(w->file)));
	if (!good) {
		register_rollback(w->file);
		fprintf(stderr, "paravent: %s: nothing was issued: %s\n", w->dir, store_trouble());
		b->code = EXIT_PART;
	}
	for (unsigned i = 0; good && i < b->n; i++)
		tell(b, &b->one[i]);
	b->n = 0;
	buf_reset(&b->asked);
	return good;
}

static bool
add(struct batch *b, struct bytes der, const char *from)
{
	struct one *o = &b->one[b->n];

	if (der.len > sizeof o->der || (memcpy(o->der, der.at, der.len), csr_parse(bytes_of(o->der, der.len), &o->csr))) {
		fprintf(stderr, "paravent: %s: %s\n", from, der.len > sizeof o->der ? "is larger than a request may be" : "is no request for a certificate");
		struct entry e = pki_entry(b->w, from, der, "refused what is no request for a certificate");
		b->code = EXIT_UNSAFE;
		return b->w->dry || pki_tell(b->w, &e, 1);
	}
	o->tbs = bytes_of("", 0);
	o->why = NULL;
	o->doubtful = false;
	o->waits = 0;
	consider(b, o);
	b->n++;
	return (b->n < GROUP && b->asked.len < FULL) || settle(b);
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

	if (!w->profile || !profile_find(w->profile) || strcmp(w->profile, "ocsp") == 0) {
		fprintf(stderr, "paravent: pki: --profile is one of device, gateway-server, gateway-client, server, supplicant, radius, administrator\n");
		memory_free(b);
		return NULL;
	}
	if (!b || board_new(&board) || certify_open(w->site.dir, board, KEYS_PARENT, &b->keys)) {
		memory_free(b);
		return NULL;
	}
	b->w = w;
	b->asked = buf_over(b->request, sizeof b->request);
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
	if (b->n)
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
	static uint8_t          der[REQUEST];
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
	if (register_begin(w->file) || register_answer(w->file, q.id) || !pki_tell(w, &e, 1) || register_commit(w->file)) {
		register_rollback(w->file);
		return EXIT_PART;
	}
	return EXIT_FINE;
}
