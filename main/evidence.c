/*
 * evidence: `paravent evidence verify`: is a bundle that `incident export`
 * wrote what was signed?  Needs the file and the ledger's public key, and
 * nothing else of the system.
 *
 * What is signed is believed before what is not: the manifest in the note, then
 * the members it names, then the proofs among them.
 */
#include <getopt.h>
#include <jansson.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "ledger/proof.h"
#include "main/command.h"
#include "main/evidence_finding.h"
#include "main/keys.h"
#include "os/file.h"
#include "os/zip.h"

enum { KEPT = 32 << 20 };

/* A member of the bundle; content only of what is looked into. */
struct member {
	char         name[ZIP_NAME];
	uint8_t      digest[32];
	bool         sound, named; /* named: the manifest has it */
	struct bytes content;
};

struct check {
	struct note_key key;
	struct member  *member;
	uint32_t        members, proofs, problems;
	struct buf      kept;
	json_t         *said; /* for --json; else they are printed as they are found */
};

static void
wrong(struct check *c, const char *member, const char *says)
{
	c->problems++;
	if (c->said)
		json_array_append_new(c->said, json_pack("{s:s, s:s}", "member", member, "says", says));
	else
		printf("%s: %s\n", member, says);
}

static struct member *
find(struct check *c, const char *name)
{
	for (uint32_t i = 0; i < c->members; i++)
		if (strcmp(c->member[i].name, name) == 0)
			return &c->member[i];
	return NULL;
}

static bool
on_member(void *context, const char *name, bool sound, struct bytes content)
{
	struct check  *c = context;
	struct member *m = &c->member[c->members++];

	if (find(c, name) != NULL && find(c, name) != m)
		wrong(c, name, "is there twice");
	snprintf(m->name, sizeof m->name, "%s", name);
	m->sound = sound;
	hash_sha256(content, m->digest);
	if (strncmp(name, "manifest.", 9) == 0 || strncmp(name, "proofs/", 7) == 0) {
		uint8_t *at = buf_room(&c->kept, content.len);
		if (at && content.len)
			memcpy(at, content.at, content.len);
		m->content = at ? bytes_of(at, content.len) : (struct bytes){ 0 };
	}
	return true;
}

/* The manifest to go by: the signed one if its signature holds. */
static struct bytes
manifest(struct check *c)
{
	struct member *plain = find(c, "manifest.sha256"), *note = find(c, "manifest.note");
	struct note    n;
	uint64_t       by;

	if (!plain)
		wrong(c, "manifest.sha256", "is missing");
	else
		plain->named = true;
	if (!note) {
		wrong(c, "manifest.note", "is missing: nothing shows who made this");
		return plain ? plain->content : (struct bytes){ 0 };
	}
	note->named = true;
	enum err e = note_parse(note->content, &n);
	if (!e)
		e = note_verify(&n, &c->key, 1, &by);
	if (e || !bytes_begin(n.text, KEYS_MANIFEST_HEAD)) {
		wrong(c, "manifest.note", e == ERR_NOTFOUND ? "is not signed by this key" : e == ERR_PERM ? "was altered, or its signature was" : "is no signed manifest");
		return plain ? plain->content : (struct bytes){ 0 };
	}
	struct bytes text = bytes_skip(n.text, strlen(KEYS_MANIFEST_HEAD));
	if (plain && !bytes_equal(text, plain->content))
		wrong(c, "manifest.sha256", "was altered: it is not the one that was signed");
	return text;
}

/* DIGEST, two blanks, NAME; a line at a time. */
static void
members(struct check *c, struct bytes text)
{
	while (text.len) {
		struct bytes   line = bytes_head(text, bytes_find(text, '\n'));
		char           name[ZIP_NAME], hex[65];
		struct buf     b = buf_over(hex, sizeof hex);
		struct member *m;

		text = bytes_skip(text, line.len + 1);
		if (line.len < 67 || line.at[64] != ' ' || line.at[65] != ' ') {
			wrong(c, "manifest.sha256", "has a line that names nothing");
			continue;
		}
		bytes_clean(bytes_skip(line, 66), name, sizeof name);
		if (!(m = find(c, name))) {
			wrong(c, name, "is missing");
			continue;
		}
		m->named = true;
		buf_hex(&b, bytes_of(m->digest, 32));
		if (!bytes_equal(buf_bytes(&b), bytes_head(line, 64)))
			wrong(c, name, "was altered: its digest is not the one in the manifest");
		else if (!m->sound)
			wrong(c, name, "is damaged in the file, though what could be read of it is right");
	}
	for (uint32_t i = 0; i < c->members; i++)
		if (!c->member[i].named)
			wrong(c, c->member[i].name, "was added: the manifest does not name it");
		else if (!c->member[i].sound && strncmp(c->member[i].name, "manifest.", 9) == 0)
			wrong(c, c->member[i].name, "is damaged in the file");
}

/* Each proof against the entry beside it, and its checkpoint against the key. */
static void
proofs(struct check *c)
{
	struct quorum *q = memory_new(1, sizeof *q);
	struct proof  *p = memory_new(1, sizeof *p);
	char           name[ZIP_NAME];

	if (!q || !p) {
		wrong(c, "proofs/", "were not looked at: no memory");
		goto out;
	}
	q->logs = 1;
	q->log[0].key = c->key;
	q->none = true;
	for (uint32_t i = 0; i < c->members; i++) {
		const char    *dot = strstr(c->member[i].name, ".tlog-proof");
		struct member *entry;
		if (strncmp(c->member[i].name, "proofs/", 7) || !dot)
			continue;
		snprintf(name, sizeof name, "%.*s.json", (int)(dot - c->member[i].name), c->member[i].name);
		if (!(entry = find(c, name))) {
			wrong(c, name, "is missing: its proof proves nothing without it");
			continue;
		}
		enum err e = proof_parse(c->member[i].content, p);
		if (!e)
			e = proof_verify(p, entry->content, q);
		if (e)
			wrong(c, c->member[i].name, e == ERR_NOTFOUND ? "is of a log that this key does not sign" : e == ERR_PERM ? "its checkpoint's signature is wrong" : "does not prove the entry beside it");
		else
			c->proofs++;
	}
out:
	memory_free(q);
	memory_free(p);
}

/* A vkey as it is, or the name of a file that begins with one. */
static bool
key_of(const char *given, struct note_key *out)
{
	struct file *f;
	int          fd;

	if (note_key_parse(bytes_text(given), out) == OK)
		return true;
	if (file_open(given, &fd) || file_new(fd, NOTE_LINE, &f))
		return false;
	while (file_more(f) == OK)
		;
	struct bytes line = bytes_head(file_window(f), bytes_find(file_window(f), '\n'));
	bool         good = note_key_parse(line, out) == OK;
	file_free(f);
	return good;
}

static int
tell(const struct check *c, const char *path, bool json)
{
	if (json) {
		json_t *o = json_pack("{s:s, s:b, s:i, s:i, s:O}", "file", path, "sound", c->problems == 0, "members", (int)c->members, "proofs", (int)c->proofs, "problems", c->said);
		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	} else if (c->problems) {
		fprintf(stderr, "paravent: %s: %u of it is not what was signed\n", path, c->problems);
	} else {
		printf("%s: whole: %u members, %u proofs, signed by %s\n", path, c->members, c->proofs, c->key.name);
	}
	return c->problems ? EXIT_LEDGER : EXIT_FINE;
}

static int
verify(const char *path, const char *key, bool json)
{
	struct check c = { .member = memory_new(ZIP_MEMBERS, sizeof *c.member) };
	uint8_t     *room = memory_new(1, KEPT);
	int          code = EXIT_PART;
	enum err     e;

	c.kept = buf_over(room, KEPT);
	c.said = json ? json_array() : NULL;
	if (!key_of(key, &c.key)) {
		fprintf(stderr, "paravent: --key wants the ledger's public key (NAME+ID+KEY) or a file with it, as ledger.vkey: %s\n", key);
		code = EXIT_USAGE;
		goto out;
	}
	if (!c.member || !room)
		e = ERR_MEMORY;
	else
		e = zip_read(path, on_member, &c);
	if (!e && !buf_ok(&c.kept))
		e = ERR_LIMIT;
	if (e && e != ERR_FORM) {
		fprintf(stderr, "paravent: %s %s\n", path, err_text(e));
		goto out;
	}
	if (e)
		wrong(&c, path, "is no whole zip file");
	members(&c, manifest(&c));
	proofs(&c);
	code = tell(&c, path, json);
out:
	json_decref(c.said);
	memory_free(c.member);
	memory_free(room);
	return code;
}

static const char *
login(void)
{
	const char    *name = getlogin();
	struct passwd *p = name ? NULL : getpwuid(getuid());

	return name ? name : p ? p->pw_name : "unknown";
}

int
evidence_run(int argc, char **argv)
{
	static const struct option LONG[] = {
		{ "key", 1, 0, 'k' }, { "json", 0, 0, 'j' }, { "finding", 1, 0, 'f' }, { "state", 1, 0, 's' }, { "store", 1, 0, 'd' }, { "captures", 1, 0, 'c' },
		{ "output", 1, 0, 'o' }, { "reason", 1, 0, 'r' }, { "by", 1, 0, 'b' }, { 0, 0, 0, 0 },
	};
	struct evidence_ask ask = { .by = login() };
	const char         *key = NULL;
	bool                json = false;

	for (int c; (c = getopt_long(argc, argv, "o:", LONG, NULL)) != -1;) {
		const char **text[] = { ['k'] = &key, ['f'] = &ask.finding, ['s'] = &ask.state, ['d'] = &ask.store, ['c'] = &ask.captures, ['o'] = &ask.out, ['r'] = &ask.reason, ['b'] = &ask.by };
		if (c == 'j')
			json = true;
		else if (c == '?')
			return EXIT_USAGE;
		else
			*text[c] = optarg;
	}
	if (ask.finding && ask.out && ask.reason && ask.reason[0] && ask.by[0] && !key && optind == argc)
		return evidence_finding(&ask);
	if (argc - optind != 2 || strcmp(argv[optind], "verify") || !key) {
		fprintf(stderr, "usage: paravent evidence verify FILE.zip --key VKEY [--json]\n"
		                "       paravent evidence --finding ID -o FILE.zip --reason TEXT [--state DIR | --store DB] [--captures DIR] [--by NAME]\n");
		return EXIT_USAGE;
	}
	return verify(argv[optind + 1], key, json);
}
