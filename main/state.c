/* state: see state.h; and `paravent init`, which makes one. */
#include "main/state.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypt/cms.h"
#include "crypt/sign.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/submit.h"

enum err
state_of(const char *dir, struct state *out)
{
	const char *set = getenv("PARAVENT_STATE");
	bool        fits = true;

	if (!dir)
		dir = set && *set ? set : "paravent.state";
	const struct { char *to; const char *name; } part[] = {
		{ out->dir, "" }, { out->store, "/paravent.db" }, { out->keys, "/keys" }, { out->ledger, "/ledger" },
		{ out->vkey, "/ledger.vkey" }, { out->socket, "/ledger.socket" }, { out->evidence, "/evidence" }, { out->certificate, "/evidence.crt" }, { out->seen, "/ledger.seen" },
	};
	for (size_t i = 0; i < sizeof part / sizeof *part; i++)
		fits &= snprintf(part[i].to, STATE_PATH, "%s%s", dir, part[i].name) < STATE_PATH;
	return fits ? OK : ERR_LIMIT;
}

enum err
state_of_ledger(const char *ledger, struct state *out)
{
	char        dir[STATE_PATH];
	const char *slash = strrchr(ledger, '/');

	if (snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - ledger) : 1, slash ? ledger : ".") >= (int)sizeof dir)
		return ERR_LIMIT;
	return state_of(dir[0] ? dir : "/", out);
}

enum err
state_key(const struct state *s, struct note_key *out)
{
	uint8_t    room[NOTE_LINE];
	struct buf text = buf_over(room, sizeof room);
	enum err   e = disk_get(AT_FDCWD, s->vkey, &text);

	if (e)
		return e;
	struct bytes line = buf_bytes(&text);
	return note_key_parse(bytes_head(line, bytes_find(line, '\n')), out);
}

enum err
state_make(const char *path, struct bytes content, bool secret)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, secret ? 0400 : 0444);

	if (fd < 0)
		return errno == EEXIST ? ERR_USAGE : ERR_IO;
	enum err e = disk_write(&disk_linux, fd, content, 0);
	if (!e && fsync(fd))
		e = ERR_IO;
	close(fd);
	return e;
}

/* --- paravent init ----------------------------------------------------------------- */

static enum err
make_keys(const struct state *s, const char *name)
{
	uint8_t          room[2048], public_room[2048], digest[32], public[32];
	char             path[STATE_PATH + 16];
	struct buf       text = buf_over(room, sizeof room), certificate = buf_over(public_room, sizeof public_room);
	struct sign_key *k = NULL;
	struct note_key  note;
	enum err         e = sign_new(&k);

	if (e)
		return e;
	sign_public(k, public);
	if ((e = note_key_make(name, NOTE_ED25519, public, &note)) || (e = sign_save(k, &text)))
		goto out;
	snprintf(path, sizeof path, "%s/ledger.pem", s->keys);
	if ((e = state_make(path, buf_bytes(&text), true)))
		goto out;
	if (getrandom(digest, sizeof digest, 0) != sizeof digest) {
		e = ERR_IO;
		goto out;
	}
	snprintf(path, sizeof path, "%s/digest.key", s->keys);
	if ((e = state_make(path, bytes_of(digest, sizeof digest), true)))
		goto out;
	buf_reset(&text);
	if ((e = cms_new("paravent evidence", &text, &certificate)))
		goto out;
	snprintf(path, sizeof path, "%s/evidence.pem", s->keys);
	if ((e = state_make(path, buf_bytes(&text), true)) || (e = state_make(s->certificate, buf_bytes(&certificate), false)))
		goto out;
	buf_reset(&text);
	note_key_print(&note, &text);
	buf_u8(&text, '\n');
	e = state_make(s->vkey, buf_bytes(&text), false);
out:
	explicit_bzero(room, sizeof room);
	explicit_bzero(digest, sizeof digest);
	sign_free(k);
	return e;
}

int
init_run(int argc, char **argv)
{
	static const struct option LONG[] = { { "name", 1, 0, 'n' }, { "state", 1, 0, 's' }, { 0, 0, 0, 0 } };
	const char   *name = NULL, *dir = NULL;
	struct state  s;
	struct entry  began = { .type = ENTRY_LEDGER, .actor = "paravent init", .says = "this ledger begins" };
	struct submit *to;
	uint64_t      index;
	enum err      e;

	for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
		if (c == 'n')
			name = optarg;
		else if (c == 's')
			dir = optarg;
		else
			return EXIT_USAGE;
	}
	if (!name || optind < argc || state_of(dir, &s)) {
		fprintf(stderr, "usage: paravent init --name NAME [--state DIR]   NAME is the ledger's for ever, as in hospital.example/paravent\n");
		return EXIT_USAGE;
	}
	if (access(s.vkey, F_OK) == 0) {
		fprintf(stderr, "paravent: %s is a site's already; nothing was changed\n", s.dir);
		return EXIT_PART;
	}
	if ((mkdir(s.dir, 0700) && errno != EEXIST) || (mkdir(s.keys, 0700) && errno != EEXIST) || (mkdir(s.evidence, 0700) && errno != EEXIST)) {
		fprintf(stderr, "paravent: %s: %s\n", s.dir, strerror(errno));
		return EXIT_PART;
	}
	if ((e = make_keys(&s, name))) {
		fprintf(stderr, "paravent: the keys of %s %s\n", s.dir, e == ERR_USAGE ? "are there already: an earlier init was cut short; remove it and begin again" : e == ERR_FORM ? "cannot have this name: no blanks, no plus, at most 127 characters" : err_text(e));
		return EXIT_PART;
	}
	snprintf(began.subject, sizeof began.subject, "%.190s", name);
	if ((e = submit_open(s.ledger, &to)) || (e = submit_entry(to, &began, &index))) {
		fprintf(stderr, "paravent: %s: %s\n", s.ledger, submit_trouble());
		return EXIT_PART;
	}
	submit_close(to);
	printf("%s: a site with a ledger.  Who verifies it needs %s; keep a copy of it elsewhere, and of %s in a safe.\n", s.dir, s.vkey, s.keys);
	return EXIT_FINE;
}
