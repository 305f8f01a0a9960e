/* restore: see restore.h. */
#include "main/restore.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "content/correction.h"
#include "ledger/disk.h"
#include "main/cut.h"
#include "main/evidence_finding.h"
#include "main/unfold.h"

enum { MOST = 10000, CORRECTION = SLICE_MOST };

static const char README[] =
    "Messages that did not reach the record system as their sender said them.\n"
    "All of this holds patients' data: it is readable by its owner alone; keep it so.\n"
    "\n"
    "index.json          what happened to each, when, and which fields differ\n"
    "0001.hl7 …          the message as it was seen nearest its sender, byte for byte\n"
    "0001.proposed.hl7   of results: the same, marked as a correction (OBX-11 and OBR-25 are C), under a new MSH-10\n"
    "\n"
    "Nothing was sent.  A person who knows the patient compares it with the record, corrects MSH-7, and has it sent or entered by hand.\n"
    "A dropped message has no correction: the record system never had it.\n";

/* --- before and after the run ------------------------------------------------------------ */

bool
restore_begin(struct board *b, const char *dir)
{
	if (snprintf(b->restore, sizeof b->restore, "%s/packets", dir) >= BOARD_NAME) {
		fprintf(stderr, "paravent reconcile: --restore: the path is too long: %s\n", dir);
		return false;
	}
	if (mkdir(dir, 0700) || mkdir(b->restore, 0700)) {
		fprintf(stderr, "paravent reconcile: --restore wants a directory that is not there yet: %s: %s\n", dir, strerror(errno));
		return false;
	}
	b->restore_fd = memfd_create("paravent-restore", 0);
	return b->restore_fd >= 0;
}

static bool
put(const char *dir, const char *name, struct bytes what)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	int  fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && disk_write(&disk_linux, fd, what, 0) == OK && fsync(fd) == 0;
	if (!good)
		fprintf(stderr, "paravent: %s: %s\n", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return good;
}

/* What was kept of a live run; empty if nothing was. */
static struct bytes
kept(struct board *b, const struct finding *f, struct buf *room)
{
	char base[CUT_NAME], path[BOARD_NAME + CUT_NAME + 16];

	cut_name(f, base);
	snprintf(path, sizeof path, "%s/%s.pcapng", b->restore, base);
	buf_reset(room);
	return disk_get(AT_FDCWD, path, room) ? bytes_of("", 0) : buf_bytes(room);
}

/* The capture of a source; NULL if it is live. */
static const char *
capture_of(const struct board *b, uint16_t source)
{
	return source < b->sources && !b->source[source].live ? b->source[source].name : NULL;
}

static json_t *
note(const struct finding *f, const char *original, const char *proposed)
{
	uint8_t    room[64];
	struct buf when = buf_over(room, sizeof room);

	instant_print(f->when, &when);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:I, s:I}", "rule", f->rule, "time", buf_string(&when), "message", f->message, "type", f->type, "fields",
	                 f->fields, "says", f->says, "original", original, "proposed", proposed, "frame", (json_int_t)f->frame, "frame_a", (json_int_t)f->frame_before);
}

static bool
one(struct board *b, const char *dir, const struct finding *f, unsigned n, struct buf *room, struct buf *slice, json_t *index)
{
	const char     *capture[2] = { capture_of(b, f->source), f->frame_before ? capture_of(b, f->two_places ? f->source_before : f->source) : NULL };
	struct unfolded u;
	char            stem[16], original[64] = "", proposed[80] = "";
	struct buf      correction = buf_over(memory_new(1, CORRECTION), CORRECTION);
	bool            good = false;

	snprintf(stem, sizeof stem, "%04u", n);
	if (unfold_take(f, capture, kept(b, f, slice), room, &u) == OK && u.raw[0].at) {
		evidence_file(original, sizeof original, stem, f->clinical, u.raw[0]);
		good = put(dir, original, u.raw[0]);
		if (good && strcmp(f->clinical, "hl7") == 0 && correction.at && correction_hl7(u.raw[0], f->fields, &correction) == OK) {
			snprintf(proposed, sizeof proposed, "%s.proposed.hl7", stem);
			good = put(dir, proposed, buf_bytes(&correction));
		}
	}
	json_array_append_new(index, note(f, original[0] ? original : NULL, proposed[0] ? proposed : NULL));
	memory_free(correction.at);
	return good;
}

bool
restore_end(struct board *b, const char *dir)
{
	struct buf     room = buf_over(memory_new(1, UNFOLD_ROOM), UNFOLD_ROOM), slice = buf_over(memory_new(1, CUT_SIZE), CUT_SIZE);
	json_t        *index = json_array();
	struct finding f;
	unsigned       n = 0, whole = 0;
	char          *text = NULL;
	bool           good = false;

	if (!room.at || !slice.at || !index)
		goto out;
	for (off_t at = 0; n < MOST && pread(b->restore_fd, &f, sizeof f, at) == sizeof f; at += (off_t)sizeof f) {
		if (strcmp(f.rule, "message.altered") && strcmp(f.rule, "message.dropped"))
			continue;
		n++;
		whole += one(b, dir, &f, n, &room, &slice, index);
	}
	text = json_dumps(index, JSON_INDENT(2));
	good = text && put(dir, "index.json", bytes_text(text)) && put(dir, "README.txt", bytes_text(README)) && whole == n;
	rmdir(b->restore); /* goes if nothing was kept there */
	fprintf(stderr, "%s: %u messages of %u restored, with patients' data; nothing was sent\n", dir, whole, n);
out:
	free(text); /* jansson's own */
	json_decref(index);
	memory_free(room.at);
	memory_free(slice.at);
	close(b->restore_fd);
	return good;
}
