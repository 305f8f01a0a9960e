/* spool: see spool.h. */
#include "main/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/cms.h"
#include "crypt/hash.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/cut.h"
#include "main/inscribe.h"
#include "main/role.h"
#include "main/state.h"
#include "os/jail.h"
#include "report/finding.h"

enum { RING = 1 << 20, DAY = 86400, SEALED = CUT_SIZE + (64 << 10) };

struct spool {
	struct board         *board;
	struct tape          *tape[BOARD_SENSORS];
	struct cms_recipient *to; /* NULL: what is cut is not sealed, for --restore of who asked for it */
	struct cut           *cut;
	struct buf            plain, sealed;
	int                   dir, findings; /* findings: of --restore, one struct after another; -1: none */
	int64_t               day;
	uint64_t              bytes;
	uint32_t              files, kept, gone, full;
	bool                  said;
};

bool
spool_wants(const struct finding *f)
{
	return f->severity <= 3 && (f->frame || f->frame_before);
}

static bool
live(const struct board *b)
{
	bool any = false;

	for (uint32_t i = 0; i < b->sources; i++)
		any |= b->source[i].live;
	return any;
}

bool
spool_due(const struct board *b)
{
	return !b->align && (b->restore[0] || (b->state[0] && b->tape_mib && live(b)));
}

void
spool_finding(struct board *b, struct ring *r, const struct finding *f)
{
	/* Packets do not wait for a disk; a capture does. */
	void *room = !r ? NULL : live(b) ? ring_try(r, sizeof *f) : ring_room(r, sizeof *f);

	if (!room) {
		if (r)
			atomic_fetch_add(&b->unspooled, 1);
		return;
	}
	memcpy(room, f, sizeof *f);
	ring_send(r, BOARD_FINDING);
	ring_wake(r);
}

bool
spool_prepare(struct board *b)
{
	struct ring *r;

	for (uint32_t i = 0; i < b->sensors; i++)
		if (b->source[b->sensor[i].first].live && b->tape_mib && tape_new((size_t)b->tape_mib << 20, &b->sensor[i].tape_fd, &b->sensor[i].tape_read_fd))
			return false;
	if (ring_new(RING, &r, &b->spool_ring_fd))
		return false;
	ring_free(r);
	return true;
}

/* --- a day's share -------------------------------------------------------------------- */

static int64_t
today(void)
{
	struct timeval t;

	gettimeofday(&t, NULL);
	return t.tv_sec / DAY;
}

/* What was written today, by this run or one before it. */
static void
count(struct spool *s)
{
	DIR           *d = fdopendir(dup(s->dir));
	struct dirent *e;
	struct stat    st;

	s->day = today();
	while (d && (e = readdir(d)))
		if (!fstatat(s->dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode) && st.st_mtim.tv_sec / DAY == s->day) {
			s->files++;
			s->bytes += (uint64_t)st.st_size;
		}
	if (d)
		closedir(d);
}

static bool
fits(struct spool *s, const struct finding *f, size_t size)
{
	static const unsigned fifths[] = { 0, 50, 40, 25 }; /* of fifty, by severity */

	if (today() != s->day) {
		s->day = today();
		s->bytes = s->files = s->full = 0;
		s->said = false;
	}
	uint64_t most = ((uint64_t)s->board->evidence_mib << 20) / 50 * fifths[f->severity], files = (uint64_t)s->board->evidence_files * fifths[f->severity] / 50;
	return s->files < files && s->bytes + size <= most;
}

static void
tell(struct spool *s, const struct finding *f, const char *subject, const char *says, struct bytes sealed)
{
	struct entry e = { .type = ENTRY_EVIDENCE, .actor = "spool" };

	snprintf(e.subject, sizeof e.subject, "%s", subject);
	snprintf(e.says, sizeof e.says, "%s", says);
	snprintf(e.incident, sizeof e.incident, "%s", f->incident);
	if (sealed.len) {
		e.evidence = true;
		hash_sha256(sealed, e.digest);
	}
	if (s->board->tell_fd[INSCRIBE_SPOOL] >= 0 && inscribe_tell(s->board->tell_fd[INSCRIBE_SPOOL], &e))
		fprintf(stderr, "paravent: spool: the ledger is gone: %s is not entered there\n", subject);
}

static void
refuse(struct spool *s, const struct finding *f)
{
	s->full++;
	if (s->said)
		return;
	s->said = true;
	fprintf(stderr, "paravent: spool: today's share of evidence for severity %u is used up (%u files, %llu bytes): its packets are not kept; see --evidence\n", f->severity, s->files,
	        (unsigned long long)s->bytes);
	if (s->to)
		tell(s, f, "evidence", "today's share is used up: packets of findings are not kept", bytes_of("", 0));
}

/* --- one finding ------------------------------------------------------------------------ */

/* The tape of a source: sensors of one wire share a place, never a source. */
static const struct tape *
tape_of(const struct spool *s, uint16_t source)
{
	const struct board *b = s->board;

	for (uint32_t i = 0; i < b->sensors; i++)
		if (source >= b->sensor[i].first && source < b->sensor[i].first + b->sensor[i].count)
			return s->tape[i];
	return NULL;
}

static const char *
place(const struct board *b, uint16_t n)
{
	return n < b->sensors ? b->sensor[n].name : "";
}

static enum err
cut(struct spool *s, const struct finding *f)
{
	static uint8_t      room[16 << 10];
	struct buf          eve = buf_over(room, sizeof room);
	const struct board *b = s->board;
	uint16_t            source = f->two_places ? f->source_before : f->source;
	const struct tape  *own = tape_of(s, f->source), *before = tape_of(s, source);
	enum err            e = ERR_NOTFOUND, other = ERR_NOTFOUND;

	cut_begin(s->cut);
	if (own && f->frame)
		e = cut_side(s->cut, 0, own, f->frame_first, f->frame);
	if (before && f->frame_before)
		other = cut_side(s->cut, 1, before, f->frame_first_before, f->frame_before);
	if (e && other)
		return ERR_NOTFOUND;
	finding_json(f, place(b, f->place), board_source(b, f->source), board_source(b, source), &eve);
	buf_reset(&s->plain);
	cut_print(s->cut, (const char *const[]){ place(b, f->place), place(b, f->two_places ? f->place_before : f->place) }, buf_bytes(&eve), &s->plain);
	return buf_ok(&s->plain) ? OK : ERR_LIMIT;
}

static enum err
write_new(struct spool *s, const char *name, struct bytes what)
{
	int fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? ERR_USAGE : ERR_IO;
	enum err e = disk_write(&disk_linux, fd, what, 0);
	if (!e && fdatasync(fd))
		e = ERR_IO;
	close(fd);
	if (e)
		unlinkat(s->dir, name, 0); /* half of it is no evidence */
	return e;
}

static void
keep(struct spool *s, const struct finding *f)
{
	char     base[CUT_NAME], name[CUT_NAME + 8], says[160];
	enum err e;

	if (s->findings >= 0 && write(s->findings, f, sizeof *f) != sizeof *f)
		fprintf(stderr, "paravent: spool: a message to restore could not be noted: %s\n", strerror(errno));
	if (!tape_of(s, f->source) && !tape_of(s, f->source_before))
		return; /* a capture, which is there still */
	if (!fits(s, f, 0)) {
		refuse(s, f);
		return;
	}
	if (cut(s, f)) {
		s->gone++;
		return;
	}
	cut_name(f, base);
	snprintf(name, sizeof name, "%s.%s", base, s->to ? "cms" : "pcapng");
	buf_reset(&s->sealed);
	e = s->to ? cms_seal(s->to, buf_bytes(&s->plain), &s->sealed) : OK;
	struct bytes out = s->to ? buf_bytes(&s->sealed) : buf_bytes(&s->plain);
	if (!e && !fits(s, f, out.len)) {
		refuse(s, f);
		return;
	}
	if (!e)
		e = write_new(s, name, out);
	if (e == ERR_USAGE)
		return; /* the same packets again: they are kept */
	if (e) {
		fprintf(stderr, "paravent: spool: %s could not be kept: %s\n", name, err_text(e));
		return;
	}
	s->files++;
	s->kept++;
	s->bytes += out.len;
	if (!s->to)
		return;
	snprintf(says, sizeof says, "sealed: %u packets of %s at frame %llu", cut_packets(s->cut), f->rule, (unsigned long long)f->frame);
	tell(s, f, name, says, out);
}

static enum err
open_all(struct spool *s, const struct state *site)
{
	uint8_t    room[4096];
	struct buf pem = buf_over(room, sizeof room);
	enum err   e = OK;

	s->plain = buf_over(memory_new(1, CUT_SIZE), CUT_SIZE);
	s->sealed = buf_over(memory_new(1, SEALED), SEALED);
	if (!s->plain.at || !s->sealed.at || cut_new(&s->cut))
		return ERR_MEMORY;
	for (uint32_t i = 0; i < s->board->sensors && !e; i++)
		if (s->board->sensor[i].tape_read_fd >= 0)
			e = tape_open(s->board->sensor[i].tape_read_fd, false, &s->tape[i]);
	if (e)
		return e;
	const char *dir = s->board->restore[0] ? s->board->restore : site->evidence;
	if ((s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return ERR_NOTFOUND;
	s->findings = s->board->restore_fd;
	if (s->board->restore[0])
		return OK;
	count(s);
	if ((e = disk_get(AT_FDCWD, site->certificate, &pem)))
		return e;
	return cms_recipient_load(buf_bytes(&pem), &s->to);
}

int
spool_run(struct board *b, uint32_t which)
{
	static struct spool s;
	struct state        site;
	struct ring        *ring;
	struct bytes        m;
	uint32_t            kind, keep_n = 0;
	unsigned            missing;
	int                 keep_fd[BOARD_SENSORS + 3];
	enum err            e;

	(void)which;
	s.board = b;
	keep_fd[keep_n++] = b->spool_ring_fd;
	keep_fd[keep_n++] = b->state[0] ? b->tell_fd[INSCRIBE_SPOOL] : -1;
	keep_fd[keep_n++] = b->restore_fd;
	for (uint32_t i = 0; i < b->sensors; i++)
		keep_fd[keep_n++] = b->sensor[i].tape_read_fd;
	role_close_but(keep_fd, keep_n);
	if (ring_open(b->spool_ring_fd, &ring) || state_of(b->state[0] ? b->state : NULL, &site) || (e = open_all(&s, &site))) {
		fprintf(stderr, "paravent: spool: no memory, or %s has no evidence.crt and evidence/: `paravent init` makes them\n", b->state);
		return EXIT_PART;
	}
	if (s.to)
		fcntl(b->tell_fd[INSCRIBE_SPOOL], F_SETFL, 0); /* nobody waits for the spool: it may wait for the ledger */
	if (jail_enter(JAIL_RECORD, b->restore[0] ? b->restore : site.evidence, &missing)) {
		fprintf(stderr, "paravent: spool: privileges could not be given up, so no evidence is kept\n");
		return EXIT_PART;
	}
	while ((e = ring_get(ring, &kind, &m)) == OK || e == ERR_AGAIN) {
		if (e) {
			ring_wait(ring, 200);
			continue;
		}
		struct finding f;
		if (kind == BOARD_FINDING && m.len == sizeof f) {
			memcpy(&f, m.at, sizeof f);
			if (spool_wants(&f))
				keep(&s, &f);
		}
		ring_done(ring);
	}
	if (atomic_load(&b->unspooled))
		fprintf(stderr, "paravent: spool: the packets of %u findings were not kept: they came faster than they could be\n", atomic_load(&b->unspooled));
	if (s.gone)
		fprintf(stderr, "paravent: spool: the packets of %u findings had been overwritten: see --ring\n", s.gone);
	if (s.full)
		fprintf(stderr, "paravent: spool: the packets of %u findings were not kept: today's share is used up; see --evidence\n", s.full);
	ring_leave(ring);
	return e == ERR_CLOSED ? EXIT_FINE : EXIT_PART;
}
