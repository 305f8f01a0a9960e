/* pki: see pki.h; options, and what only reads. */
#include "main/pki.h"

#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "crypt/signer.h"
#include "ledger/disk.h"
#include "main/agent.h"
#include "main/command.h"
#include "main/ledger.h"
#include "main/settings.h"
#include "store/acme.h"
#include "store/store.h"

struct instant
pki_now(void)
{
	struct timeval t;

	gettimeofday(&t, NULL);
	return (struct instant){ t.tv_sec * INSTANT_SECOND + t.tv_usec };
}

const char *
pki_path(const struct pki_work *w, const char *name, char room[static STATE_PATH + 64])
{
	snprintf(room, STATE_PATH + 64, "%s/%.50s", w->dir, name);
	return room;
}

enum err
pki_replace(const struct pki_work *w, const char *name, struct bytes content)
{
	char        path[STATE_PATH + 64];
	const char *slash = strrchr(name, '/');
	int         fd = open(pki_path(w, slash ? "crl" : "", path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return ERR_IO;
	enum err e = disk_publish(&disk_linux, fd, slash ? slash + 1 : name, content);
	close(fd);
	return e;
}

unsigned
pki_generation(const char *dir)
{
	char       path[STATE_PATH + 64], text[16];
	struct buf b = buf_over(text, sizeof text);

	snprintf(path, sizeof path, "%s/generation", dir);
	unsigned long n = disk_get(AT_FDCWD, path, &b) ? 1 : strtoul(buf_string(&b), NULL, 10);
	return n && n < 1000 ? (unsigned)n : 1;
}

static bool
read_issuer(struct pki_work *w, unsigned generation, int slot, struct issuer *out)
{
	char       path[STATE_PATH + 64], name[ISSUE_FILE];
	struct buf der = buf_over(w->issuer_room[slot], sizeof w->issuer_room[slot]), algorithm = buf_over(w->algorithm_room[slot], sizeof w->algorithm_room[slot]);
	struct buf url = buf_over(out->url, sizeof out->url - 1);

	issue_file("issuing", generation, ".cer", name);
	if (disk_get(AT_FDCWD, pki_path(w, name, path), &der) || x509_parse(buf_bytes(&der), &out->ca) || signer_algorithm_of(out->ca.spki, &algorithm) ||
	    disk_get(AT_FDCWD, pki_path(w, "url", path), &url))
		return false;
	out->algorithm = buf_bytes(&algorithm);
	out->generation = generation;
	return true;
}

bool
pki_open(struct pki_work *w)
{
	char     path[STATE_PATH + 64];
	unsigned generation = pki_generation(w->dir);

	if (!read_issuer(w, generation, 0, &w->issuer) || (generation > 1 && !read_issuer(w, generation - 1, 1, &w->before))) {
		fprintf(stderr, "paravent: %s: there is no CA here: `paravent pki init` makes one\n", w->dir);
		return false;
	}
	if (register_open(pki_path(w, "pki.db", path), false, &w->file)) {
		fprintf(stderr, "paravent: %s: %s\n", path, store_trouble());
		return false;
	}
	if (w->policy_path && (!(w->policy = memory_new(1, sizeof *w->policy)) || settings_read(w->policy_path, w->policy)))
		return false;
	return true;
}

void
pki_serial_print(const uint8_t serial[static BODY_SERIAL], char out[static 2 * BODY_SERIAL + 1])
{
	struct buf b = buf_over(out, 2 * BODY_SERIAL + 1);

	buf_hex(&b, bytes_of(serial, BODY_SERIAL));
	(void)buf_string(&b);
}

bool
pki_serial(const char *text, uint8_t out[static BODY_SERIAL])
{
	char two[3] = "";

	if (strlen(text) != 2 * BODY_SERIAL || strspn(text, "0123456789abcdefABCDEF") != 2 * BODY_SERIAL) {
		fprintf(stderr, "paravent: %s: a serial number is 32 hexadecimal digits\n", text);
		return false;
	}
	for (int i = 0; i < BODY_SERIAL; i++) {
		memcpy(two, text + 2 * i, 2);
		out[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	return true;
}

struct entry
pki_entry(const struct pki_work *w, const char *subject, struct bytes der, const char *format, ...)
{
	struct entry e = { .type = ENTRY_CERTIFICATE, .evidence = der.len != 0 };
	va_list      words;

	snprintf(e.actor, sizeof e.actor, "%.60s", w->by);
	snprintf(e.subject, sizeof e.subject, "%.190s", subject);
	va_start(words, format);
	vsnprintf(e.says, sizeof e.says, format, words);
	va_end(words);
	if (der.len)
		hash_sha256(der, e.digest);
	return e;
}

bool
pki_tell(struct pki_work *w, const struct entry *e, unsigned n)
{
	if (!n || ((w->ledger || !submit_open(w->site.ledger, &w->ledger)) && !submit_entries(w->ledger, e, n)))
		return true;
	fprintf(stderr, "paravent: %s: %s; nothing was done\n", w->site.ledger, submit_trouble());
	return false;
}

void
pki_names(const struct x509 *c, char *out, size_t cap)
{
	static const char *const kind[] = { [X509_NAME_EMAIL] = "mail", [X509_NAME_DNS] = "dns", [X509_NAME_URI] = "uri", [X509_NAME_IP] = "ip" };
	struct buf       b = buf_over(out, cap);
	struct x509_name n;

	for (struct bytes left = c->names_der; x509_name_next(&left, &n);) {
		char text[160];
		bytes_clean(n.value, text, sizeof text);
		buf_format(&b, "%s%s:", b.len ? " " : "", kind[n.type]);
		if (n.type == X509_NAME_IP)
			addr_print(n.value.len == 4 ? addr_v4(n.value.at) : addr_v6(n.value.at), &b);
		else
			buf_text(&b, text);
	}
	(void)buf_string(&b);
}

/* --- what only reads -------------------------------------------------------------- */

bool
pki_row(void *context, int n, const char *const *names, const char *const *values)
{
	static const char NUMBERS[] = " id days port bits times clinical ";
	struct pki_rows  *r = context;
	json_t           *o = json_object();

	for (int i = 0; i < n; i++) {
		if (!values[i] || !*values[i])
			continue;
		char word[40];
		snprintf(word, sizeof word, " %s ", names[i]);
		bool number = strstr(NUMBERS, word);
		json_object_set_new_nocheck(o, names[i], number ? json_integer(strtoll(values[i], NULL, 10)) : json_string_nocheck(values[i]));
		if (!r->json)
			printf("%s%s=%s", i ? "  " : "", names[i], values[i]);
	}
	if (!r->json)
		putchar('\n');
	json_array_append_new(r->array, o);
	return true;
}

void
pki_rows_end(struct pki_rows *r)
{
	if (r->json) {
		json_dumpf(r->array, stdout, JSON_INDENT(2));
		putchar('\n');
	}
	json_decref(r->array);
}

static int
rows_of(struct pki_work *w, const char *noun, const char *id)
{
	struct pki_rows r = { w->json, json_array() };

	enum err e = register_list(w->file, noun, id, 100000, pki_row, &r);
	if (e)
		fprintf(stderr, "paravent: %s: %s\n", w->dir, store_trouble());
	size_t n = json_array_size(r.array);
	r.json = w->json && !e;
	pki_rows_end(&r);
	return e ? EXIT_PART : id && !n && strcmp(noun, "certificate") == 0 ? EXIT_FINDINGS : EXIT_FINE;
}

static int
rows(struct pki_work *w, const char *noun, const char *id)
{
	return pki_open(w) ? rows_of(w, noun, id) : EXIT_PART;
}

static int
accounts(struct pki_work *w)
{
	struct acme_file *f;

	if (!pki_open(w) || acme_open(w->file, &f))
		return EXIT_PART;
	acme_close(f);
	return rows_of(w, "account", w->words_n ? w->words[0] : NULL);
}

static int
list(struct pki_work *w)
{
	return rows(w, "certificate", w->words_n ? w->words[0] : NULL);
}

static int
pending(struct pki_work *w)
{
	return rows(w, "request", NULL);
}

static int
expiring(struct pki_work *w)
{
	char before[32];
	long days = w->words_n ? strtol(w->words[0], NULL, 10) : 30;

	snprintf(before, sizeof before, "%lld", (long long)(pki_now().us / INSTANT_SECOND + days * 86400));
	return rows(w, "expiring", before);
}

static void
tell(json_t *o, bool json)
{
	const char *key;
	json_t     *v;

	if (json)
		json_dumpf(o, stdout, JSON_INDENT(2));
	else
		json_object_foreach(o, key, v)
			printf("%-12s %s\n", key, json_string_value(v));
	if (json)
		putchar('\n');
	json_decref(o);
}

static void
put_time(json_t *o, const char *key, struct instant t)
{
	char       room[40];
	struct buf b = buf_over(room, sizeof room);

	instant_print(t, &b);
	json_object_set_new(o, key, json_string(buf_string(&b)));
}

static json_t *
described(const struct x509 *c, const char *what)
{
	char    names[4096], name[128], bits[32];
	json_t *o = json_pack("{ss}", "what", what);

	bytes_clean(c->subject_cn, name, sizeof name);
	json_object_set_new(o, "subject", json_string(name));
	pki_names(c, names, sizeof names);
	json_object_set_new(o, "names", json_string(names));
	snprintf(bits, sizeof bits, "%s %u", x509_key_text(c->key), c->key_bits);
	json_object_set_new(o, "key", json_string(bits));
	const char *fault = profile_key_fault(c);
	if (fault)
		json_object_set_new(o, "fault", json_string(fault));
	return o;
}

/* A request or a certificate, PEM or DER. */
static int
inspect(struct pki_work *w)
{
	static uint8_t room[65536], der_room[65536];
	struct buf     text = buf_over(room, sizeof room), der = buf_over(der_room, sizeof der_room);
	struct x509    c;
	struct csr     r;
	char           label[32], name[128];

	if (!ledger_file(w->words[0], &text))
		return EXIT_PART;
	struct bytes in = buf_bytes(&text), rest = in;
	if (pem_next(&rest, label, &der) == OK)
		in = buf_bytes(&der);
	if (x509_parse(in, &c) == OK) {
		json_t *o = described(&c, c.ca ? "certificate of a CA" : "certificate");
		bytes_clean(c.issuer_cn, name, sizeof name);
		json_object_set_new(o, "issuer", json_string(name));
		put_time(o, "from", c.not_before);
		put_time(o, "until", c.not_after);
		tell(o, w->json);
	} else if (csr_parse(in, &r) == OK) {
		tell(described(&r.wants, "request"), w->json);
	} else {
		fprintf(stderr, "paravent: %s: is neither a certificate nor a request\n", w->words[0]);
		return EXIT_PART;
	}
	return EXIT_FINE;
}

/* The certificate itself, in PEM. */
static int
show(struct pki_work *w)
{
	struct register_row c;
	uint8_t             serial[BODY_SERIAL], room[2 * PKI_CERTIFICATE];
	struct buf          text = buf_over(room, sizeof room);

	if (!pki_serial(w->words[0], serial) || !pki_open(w))
		return EXIT_PART;
	if (register_get(w->file, serial, &c)) {
		fprintf(stderr, "paravent: %s: was never issued here\n", w->words[0]);
		return EXIT_FINDINGS;
	}
	if (w->json)
		return rows(w, "certificate", w->words[0]);
	pem_put("CERTIFICATE", c.der, &text);
	fwrite(text.at, 1, text.len, stdout);
	return EXIT_FINE;
}

/* --- the command -------------------------------------------------------------------- */

static const struct verb {
	const char *name;
	int         least, most; /* words behind it */
	int (*run)(struct pki_work *w);
} VERB[] = {
	{ "init", 0, 0, pki_init }, { "issue", 0, 0, pki_issue }, { "renew", 1, 1, pki_renew }, { "pending", 0, 0, pending },
	{ "approve", 1, 1, pki_approve }, { "deny", 1, 1, pki_deny }, { "revoke", 1, 1, pki_revoke }, { "crl", 0, 0, pki_crl },
	{ "list", 0, 1, list }, { "show", 1, 1, show }, { "inspect", 1, 1, inspect }, { "expiring", 0, 1, expiring }, { "status", 0, 0, pki_status }, { "serve", 0, 0, pki_serve }, { "eab", 1, 1, pki_eab },
	{ "accounts", 0, 1, accounts }, { "close", 1, 1, pki_close },
	{ "code", 1, 1, pki_code }, { "trust-factory", 1, 1, pki_trust_factory },
	{ "rotate", 0, 0, pki_rotate }, { "profile", 0, 2, pki_profile }, { "inventory", 0, 1, pki_inventory }, { "dependents", 1, 1, pki_dependents },
};

static int
usage(void)
{
	fprintf(stderr, "usage: paravent pki init|issue|renew|pending|approve|deny|revoke|crl|list|show|inspect|expiring|status|serve|eab|accounts|close|code|trust-factory|agent|inventory|dependents|profile|rotate [options]; `paravent help pki`\n");
	return EXIT_USAGE;
}

const char *
pki_login(void)
{
	const char    *name = getlogin();
	struct passwd *p = name ? NULL : getpwuid(getuid());

	return name ? name : p ? p->pw_name : "unknown";
}

static bool
add_subnet(struct pki_work *w, const char *text)
{
	struct policy_prefix *p = &w->limits.subnet[w->limits.subnets];
	const char           *slash = strchr(text, '/');
	char                 *end;

	if (w->limits.subnets == AUTHORITY_LIMITS || !slash || addr_parse(bytes_of(text, (size_t)(slash - text)), &p->addr))
		return false;
	long bits = strtol(slash + 1, &end, 10);
	if (*end || end == slash + 1 || bits < 0 || bits > (addr_is_v4(p->addr) ? 32 : 128))
		return false;
	p->bits = (uint8_t)bits;
	w->limits.subnets++;
	return true;
}

static bool
add_domain(struct pki_work *w, const char *text)
{
	if (w->limits.domains == AUTHORITY_LIMITS || !*text || strlen(text) > 200 || strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-") != strlen(text))
		return false;
	w->limits.domain[w->limits.domains++] = text;
	return true;
}

int
pki_run(int argc, char **argv)
{
	static struct pki_work w;
	const struct { const char *name; const char **to; } text[] = {
		{ "state", &w.state }, { "policy", &w.policy_path }, { "profile", &w.profile }, { "device", &w.device }, { "by", &w.by }, { "reason", &w.reason },
		{ "url", &w.url }, { "name", &w.name }, { "key", &w.key }, { "root-key", &w.root_key }, { "passphrase-file", &w.passphrase_file }, { "listen", &w.listen }, { "http", &w.http }, { "https", &w.https }, { "resolver", &w.resolver }, { "validate-http-port", &w.validate_http_port }, { "validate-tls-port", &w.validate_tls_port }, { "account-key", &w.account_key },
		{ "store", &w.store }, { "dir", &w.keep }, { "peer", &w.peer }, { "ssid", &w.ssid }, { "wireguard-key", &w.wireguard },
	};
	const struct { const char *name; bool *to; } flag[] = { { "json", &w.json }, { "dry-run", &w.dry }, { "presign", &w.presign }, { "scep-legacy", &w.legacy } };
	enum { TEXTS = sizeof text / sizeof *text, FLAGS = sizeof flag / sizeof *flag };
	struct option      option[TEXTS + FLAGS + 4] = { { 0, 0, 0, 0 } };
	const struct verb *v = NULL;
	bool               good = true;

	if (argc > 1 && strcmp(argv[1], "agent") == 0)
		return agent_run(argc - 1, argv + 1); /* of a device: it has no site */
	w.by = pki_login();
	for (int i = 0; i < TEXTS; i++)
		option[i] = (struct option){ text[i].name, 1, 0, 256 + i };
	for (int i = 0; i < FLAGS; i++)
		option[TEXTS + i] = (struct option){ flag[i].name, 0, 0, 512 + i };
	option[TEXTS + FLAGS] = (struct option){ "csr", 1, 0, 'c' };
	option[TEXTS + FLAGS + 1] = (struct option){ "domain", 1, 0, 'D' };
	option[TEXTS + FLAGS + 2] = (struct option){ "subnet", 1, 0, 'S' };
	argv[0] = (char[]){ "paravent pki" };
	for (int c; good && (c = getopt_long(argc, argv, "o:p:", option, NULL)) != -1;) {
		if (c >= 512)
			*flag[c - 512].to = true;
		else if (c >= 256)
			*text[c - 256].to = optarg;
		else if (c == 'o')
			w.out = optarg;
		else if (c == 'p')
			w.policy_path = optarg;
		else if (c == 'c' && w.csrs < PKI_FILES)
			w.csr[w.csrs++] = optarg;
		else
			good = (c == 'D' && add_domain(&w, optarg)) || (c == 'S' && add_subnet(&w, optarg));
	}
	if (!good) {
		fprintf(stderr, "paravent: pki: a domain is like hospital.example, a subnet like 10.20.0.0/16; at most %d of each\n", AUTHORITY_LIMITS);
		return EXIT_USAGE;
	}
	for (size_t i = 0; optind < argc && i < sizeof VERB / sizeof *VERB; i++)
		if (strcmp(argv[optind], VERB[i].name) == 0)
			v = &VERB[i];
	w.words_n = argc - optind - 1;
	w.words = argv + optind + 1;
	if (!v || w.words_n < v->least || w.words_n > v->most)
		return usage();
	if (state_of(w.state, &w.site)) {
		fprintf(stderr, "paravent: --state: the path is too long\n");
		return EXIT_USAGE;
	}
	snprintf(w.dir, sizeof w.dir, "%s/pki", w.site.dir);
	int code = v->run(&w);
	submit_close(w.ledger);
	register_free(w.file);
	memory_free(w.policy);
	return code;
}
