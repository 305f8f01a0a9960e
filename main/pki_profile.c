/* pki_profile: `paravent pki profile TARGET DEVICE`: what programs are told so that they use the device's certificate. */
#include "main/pki.h"

#include <getopt.h>
#include <stdio.h>

#include "main/command.h"
#include "main/ledger.h"
#include "pki/setup.h"

static int
all(void)
{
	const struct setup_target *t;

	for (unsigned i = 0; (t = setup_at(i)); i++)
		printf("%-16s %s\n", t->name, t->does);
	return EXIT_FINE;
}

struct latest {
	const char *device;
	char        serial[2 * BODY_SERIAL + 1];
};

static bool
on_live(void *context, struct bytes der, const uint8_t key[static 32])
{
	struct latest *l = context;
	struct x509    x;
	uint8_t        serial[BODY_SERIAL];

	(void)key;
	if (x509_parse(der, &x) || !bytes_equal(x.subject_cn, bytes_text(l->device)) || !body_serial(x.serial, serial))
		return true;
	pki_serial_print(serial, l->serial);
	return false;
}

/* The key's file signed as a package of its own kind: for this device, by this certificate. */
static int
bind_key(struct pki_work *w, const struct latest *l)
{
	char kind[160], state[STATE_PATH];
	char *argv[] = { (char[]){ "sign" }, (char *)(uintptr_t)w->wireguard, (char[]){ "--kind" }, kind, (char[]){ "--version" }, (char[]){ "1" }, (char[]){ "--state" }, state, NULL };

	snprintf(kind, sizeof kind, "wireguard-peer/%.64s/%s", l->device, l->serial);
	if (strlen(kind) >= 64)
		snprintf(kind, sizeof kind, "wireguard-peer/%s", l->serial);
	snprintf(state, sizeof state, "%s", w->site.dir);
	optind = 0;
	return sign_run(8, argv);
}

int
pki_profile(struct pki_work *w)
{
	const struct setup_target *t = w->words_n ? setup_find(w->words[0]) : NULL;
	struct setup               s = { .dir = w->keep ? w->keep : "/var/lib/paravent/certificate", .peer = w->peer, .ssid = w->ssid };
	struct latest              l = { 0 };
	uint8_t                    room[8192], key_room[128];
	struct buf                 out = buf_over(room, sizeof room), key = buf_over(key_room, sizeof key_room - 1);
	char                       subject[128];
	bool                       whole;

	if (!w->words_n)
		return all();
	if (!t || w->words_n != 2) {
		fprintf(stderr, "usage: paravent pki profile TARGET DEVICE [--dir DIR] [--peer HOST] [--ssid NAME] [--wireguard-key FILE]; without TARGET they are listed\n");
		return EXIT_USAGE;
	}
	if (!pki_open(w) || (w->wireguard && !ledger_file(w->wireguard, &key)))
		return EXIT_PART;
	bytes_clean(w->issuer.ca.subject_cn, subject, sizeof subject);
	s.name = l.device = w->words[1];
	s.subject = subject;
	if (w->wireguard) {
		struct bytes text = bytes_trim(buf_bytes(&key));
		key_room[(size_t)(text.at - key_room) + text.len] = 0;
		s.key = (const char *)text.at;
	}
	const char *fault = setup_fault(t, &s);
	if (fault) {
		fprintf(stderr, "paravent: pki profile %s: --%s is needed, in plain characters\n", t->name, fault);
		return EXIT_USAGE;
	}
	if (register_newest(w->file, on_live, &l, &whole))
		return EXIT_PART;
	if (!*l.serial)
		fprintf(stderr, "paravent: %s has no certificate yet: `paravent pki agent` on the device asks for one\n", s.name);
	if (t->unproved)
		fprintf(stderr, "paravent: not proved by a test: %s\n", t->unproved);
	setup_print(t, &s, &out);
	if (!buf_ok(&out))
		return EXIT_PART;
	fwrite(out.at, 1, out.len, stdout);
	return w->wireguard ? bind_key(w, &l) : EXIT_FINE;
}
