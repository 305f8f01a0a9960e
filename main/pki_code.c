/* pki_code: `paravent pki code|trust-factory`: by what a device that has no certificate of ours yet may ask for one. */
#include "main/pki.h"

#include <stdio.h>
#include <sys/random.h>

#include "crypt/pem.h"
#include "main/command.h"
#include "main/ledger.h"
#include "pki/enrolment.h"
#include "store/store.h"

enum { GOOD_DAYS = 7 };

static bool
known(const struct pki_work *w, const char *device)
{
	for (uint32_t i = 0; w->policy && i < w->policy->devices; i++)
		if (strcmp(w->policy->device[i].name, device) == 0)
			return true;
	return false;
}

int
pki_code(struct pki_work *w)
{
	uint8_t              random[10];
	char                 code[ENROLMENT_CODE], until[40];
	struct register_code c = { .device = w->words[0], .profile = w->profile ? w->profile : "device", .until = pki_now().us / INSTANT_SECOND + GOOD_DAYS * 86400 };
	struct buf           t = buf_over(until, sizeof until);

	if (!w->policy_path || !profile_find(c.profile) || profile_find(c.profile)->own) {
		fprintf(stderr, "usage: paravent pki code DEVICE -p hospital.yaml [--profile PROFILE]\n");
		return EXIT_USAGE;
	}
	if (!pki_open(w))
		return EXIT_PART;
	if (!known(w, c.device)) {
		fprintf(stderr, "paravent: %s: %s names no such device: a code stands for a device of the policy\n", c.device, w->policy_path);
		return EXIT_UNSAFE;
	}
	if (w->dry)
		return EXIT_FINE;
	if (getrandom(random, sizeof random, 0) != sizeof random || getrandom(c.salt, sizeof c.salt, 0) != sizeof c.salt)
		return EXIT_PART;
	enrolment_code(random, code);
	enrolment_code_digest(c.salt, code, c.hash);
	instant_print((struct instant){ c.until * INSTANT_SECOND }, &t);
	struct entry e = pki_entry(w, c.device, bytes_of("", 0), "made a code to enrol once, for a %s certificate, good until %.19sZ", c.profile, buf_string(&t));
	bool good = !register_begin(w->file) && !register_code_put(w->file, &c) && pki_tell(w, &e, 1) && !register_commit(w->file);
	if (good) {
		printf("%s\n", code);
		fprintf(stderr, "%s: good once until %.19sZ; it is not told again\n", c.device, until);
	} else {
		register_rollback(w->file);
		fprintf(stderr, "paravent: %s: %s\n", w->dir, store_trouble());
	}
	explicit_bzero(random, sizeof random);
	explicit_bzero(code, sizeof code);
	return good ? EXIT_FINE : EXIT_PART;
}

static bool
trust(struct pki_work *w, struct bytes der, unsigned *n)
{
	struct x509 c;
	char        name[128];

	if (x509_parse(der, &c) || !c.ca || profile_key_fault(&c)) {
		fprintf(stderr, "paravent: a certificate in it is no CA's, or its key is too weak\n");
		return false;
	}
	bytes_clean(c.subject_cn.len ? c.subject_cn : c.subject_o, name, sizeof name);
	struct entry e = pki_entry(w, name, der, "devices with a certificate of this maker may ask for one of ours");
	if (register_factory_put(w->file, der, name, pki_now().us / INSTANT_SECOND) || (!w->dry && !pki_tell(w, &e, 1)))
		return false;
	fprintf(stderr, "%s: trusted to tell its devices; a running `pki serve` takes it with SIGHUP\n", name);
	++*n;
	return true;
}

int
pki_trust_factory(struct pki_work *w)
{
	static uint8_t room[1 << 16], der_room[PKI_CERTIFICATE];
	struct buf     text = buf_over(room, sizeof room), der = buf_over(der_room, sizeof der_room);
	char           label[32];
	unsigned       n = 0;

	if (!pki_open(w) || !ledger_file(w->words[0], &text) || register_begin(w->file))
		return EXIT_PART;
	struct bytes left = buf_bytes(&text);
	bool         good = true;
	for (enum err e; good && (e = pem_next(&left, label, &der)) != ERR_NOTFOUND; buf_reset(&der))
		good = !e && trust(w, buf_bytes(&der), &n);
	if (good && !n) {
		fprintf(stderr, "paravent: %s: holds no certificate in PEM\n", w->words[0]);
		good = false;
	}
	if (good && !w->dry && !register_commit(w->file))
		return EXIT_FINE;
	register_rollback(w->file);
	return good && w->dry ? EXIT_FINE : EXIT_PART;
}
