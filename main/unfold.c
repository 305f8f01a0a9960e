/* unfold: see unfold.h. */
#include "main/unfold.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "content/lay.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/cut.h"
#include "main/feed.h"
#include "main/role.h"
#include "os/file.h"
#include "os/jail.h"
#include "report/finding.h"

enum { TAPE = 64 << 20, SIDE_BY_SIDE = 16 << 20 };
enum piece { SLICE = 1, RAW_A, RAW_B, TEXT, JSON, PIECES };

struct head {
	uint32_t kind, len;
};

/* --- in the process of its own ------------------------------------------------------------ */

static bool
say(int fd, enum piece kind, struct bytes what)
{
	struct head h = { kind, (uint32_t)what.len };

	if (write(fd, &h, sizeof h) != sizeof h)
		return false;
	while (what.len) {
		ssize_t n = write(fd, what.at, what.len);
		if (n <= 0)
			return false;
		what = bytes_skip(what, (size_t)n);
	}
	return true;
}

/* Plays a capture onto the tape, as far as the cut looks. */
static void
play(struct feed *feed, struct tape *t, uint64_t until)
{
	struct frame f;

	while (feed_next(feed, &f) == OK) {
		tape_put(t, &(struct tape_frame){ f.number, f.when, f.linktype, f.length, f.data });
		if (f.number >= until)
			break;
	}
}

static enum err
cut_again(struct cut *c, struct feed *feed[2], struct tape *writes, struct tape *reads, const struct finding *f, struct buf *slice)
{
	static uint8_t room[16 << 10];
	struct buf     eve = buf_over(room, sizeof room);
	const uint64_t frame[2] = { f->frame, f->frame_before }, first[2] = { f->frame_first, f->frame_first_before };
	bool           any = false;

	for (unsigned i = 0; i < 2; i++) {
		if (!feed[i] || !frame[i])
			continue;
		play(feed[i], writes, frame[i] + CUT_NEAR);
		any |= cut_side(c, i, reads, first[i], frame[i]) == OK;
		tape_clear(writes);
	}
	if (!any)
		return ERR_NOTFOUND;
	finding_json(f, "", feed[0] ? feed_name(feed[0]) : "", feed[1] ? feed_name(feed[1]) : "", &eve);
	cut_print(c, (const char *const[]){ "as seen then", "as first seen" }, buf_bytes(&eve), slice);
	return buf_ok(slice) ? OK : ERR_LIMIT;
}

/* The messages of both sightings, and what they say beside each other. */
static bool
messages(const struct finding *f, struct bytes slice, struct buf room[2], int out)
{
	enum message_protocol p = slice_protocol(f->clinical);
	struct slice_message  m[2] = { { .raw = { 0 } }, { .raw = { 0 } } };
	struct bytes          eve, none = { 0 };
	int                   nth[2];
	bool                  have[2] = { false, false };

	if (p == MESSAGE_PROTOCOLS || !cut_parse(slice, nth, &eve))
		return true;
	for (uint32_t i = 0; i < 2; i++)
		have[i] = nth[i] >= 0 && slice_message(slice, i, (uint32_t)nth[i], p, f->message, &room[i], &m[i]) == OK;
	/* The other sighting is nearer the sender; of what was dropped there is only that one. */
	bool         dropped = !have[1] && strcmp(f->rule, "message.dropped") == 0;
	struct bytes a = have[1] ? m[1].raw : dropped && have[0] ? m[0].raw : none, b = have[0] && !dropped ? m[0].raw : none;
	if ((a.at && !say(out, RAW_A, a)) || (b.at && !say(out, RAW_B, b)))
		return false;
	if (!a.at && !b.at)
		return true;
	struct lay_table *t = lay_beside(p, a, b);
	struct buf        text = buf_over(memory_new(1, SIDE_BY_SIDE), SIDE_BY_SIDE);
	bool              good = t && text.at;
	if (good) {
		lay_print_text(t, &text);
		good = say(out, TEXT, buf_bytes(&text));
		buf_reset(&text);
		lay_print_json(t, &text);
		good &= !buf_ok(&text) || say(out, JSON, buf_bytes(&text));
	}
	memory_free(text.at);
	lay_free(t);
	return good;
}

int
unfold_run(struct board *b, uint32_t which)
{
	struct finding *f = &b->unfold.finding;
	struct buf      slice = buf_over(memory_new(1, CUT_SIZE), CUT_SIZE), room[2];
	struct feed    *feed[2] = { NULL, NULL };
	struct tape    *writes, *reads;
	struct cut     *c;
	unsigned        missing;
	int             w, r, out = b->unfold.out_fd;
	enum err        e = OK;
	ssize_t         n;

	(void)which;
	role_close_but((const int[]){ b->unfold.capture_fd[0], b->unfold.capture_fd[1], b->unfold.slice_fd, out }, 4);
	for (int i = 0; i < 2; i++) {
		room[i] = buf_over(memory_new(2, SLICE_MOST), 2 * SLICE_MOST);
		if (b->unfold.capture_fd[i] >= 0)
			e = e ? e : feed_file(b->unfold.capture_fd[i], "", 0, 0, &feed[i]);
	}
	if (e || !slice.at || !room[0].at || !room[1].at || cut_new(&c) || tape_new(TAPE, &w, &r) || tape_open(w, true, &writes) || tape_open(r, false, &reads)) {
		fprintf(stderr, "paravent: no memory to look at packets\n");
		return EXIT_PART;
	}
	if (jail_enter(JAIL_PURE, NULL, &missing)) {
		fprintf(stderr, "paravent: privileges could not be given up, so no packet was looked at\n");
		return EXIT_PART;
	}
	if (b->unfold.slice_fd >= 0) {
		while (slice.len < slice.cap && (n = read(b->unfold.slice_fd, slice.at + slice.len, slice.cap - slice.len)) > 0)
			slice.len += (size_t)n;
	} else {
		e = cut_again(c, feed, writes, reads, f, &slice);
	}
	if (e || !slice.len)
		return EXIT_FINE; /* nothing said is nothing found */
	return say(out, SLICE, buf_bytes(&slice)) && messages(f, buf_bytes(&slice), room, out) ? EXIT_FINE : EXIT_PART;
}

/* --- for who asks ------------------------------------------------------------------------ */

static void
read_pieces(struct bytes in, struct unfolded *out)
{
	struct bytes *const to[PIECES] = { [SLICE] = &out->slice, [RAW_A] = &out->raw[0], [RAW_B] = &out->raw[1], [TEXT] = &out->text, [JSON] = &out->json };
	struct head         h;

	while (in.len >= sizeof h) {
		memcpy(&h, in.at, sizeof h);
		in = bytes_skip(in, sizeof h);
		if (h.kind == 0 || h.kind >= PIECES || h.len > in.len)
			return;
		*to[h.kind] = bytes_head(in, h.len);
		in = bytes_skip(in, h.len);
	}
}

enum err
unfold_take(const struct finding *f, const char *const capture[static 2], struct bytes slice, struct buf *room, struct unfolded *out)
{
	struct board *b;
	int           status = -1;
	enum err      e = ERR_IO;
	ssize_t       n;

	memset(out, 0, sizeof *out);
	if (board_new(&b))
		return ERR_MEMORY;
	b->unfold.finding = *f;
	b->unfold.slice_fd = b->unfold.capture_fd[0] = b->unfold.capture_fd[1] = -1;
	b->unfold.out_fd = memfd_create("paravent-unfolded", 0);
	if (slice.len) {
		b->unfold.slice_fd = memfd_create("paravent-slice", 0);
		if (b->unfold.slice_fd < 0 || disk_write(&disk_linux, b->unfold.slice_fd, slice, 0) || lseek(b->unfold.slice_fd, 0, SEEK_SET))
			goto out;
	}
	for (int i = 0; !slice.len && i < 2; i++)
		if (capture[i] && (file_open(capture[i], &b->unfold.capture_fd[i]) || fcntl(b->unfold.capture_fd[i], F_SETFD, 0)))
			fprintf(stderr, "paravent: %s: is not there or cannot be read\n", capture[i]);
	int pid = b->unfold.out_fd < 0 ? -1 : role_start("unfold", 0);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
		goto out;
	buf_reset(room);
	while (room->len < room->cap && (n = pread(b->unfold.out_fd, room->at + room->len, room->cap - room->len, (off_t)room->len)) > 0)
		room->len += (size_t)n;
	read_pieces(buf_bytes(room), out);
	e = out->slice.len ? OK : ERR_NOTFOUND;
out:
	for (int i = 0; i < 2; i++)
		if (b->unfold.capture_fd[i] >= 0)
			close(b->unfold.capture_fd[i]);
	if (b->unfold.slice_fd >= 0)
		close(b->unfold.slice_fd);
	if (b->unfold.out_fd >= 0)
		close(b->unfold.out_fd);
	return e;
}
