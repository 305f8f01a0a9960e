/*
 * incident_export: one zip file that shows what happened to somebody who has
 * not this system.
 *
 *	README.txt         how to check it with other tools
 *	incident.json      state, times, devices, causes      causes.txt: the same in words
 *	timeline.json      what happened, and who did what
 *	findings.jsonl     alerts as EVE lines
 *	packets/NAME.pcap  the frames the findings name, if the captures are there
 *	evidence/N/…       with a reason: finding N's packets, and its message as seen at both places
 *	proofs/N.json      entry N of the ledger, its exact bytes
 *	proofs/N.tlog-proof  that it is there (C2SP tlog-proof)      proofs/checkpoint
 *	manifest.sha256    of all of the above: sha256sum -c
 *	manifest.note      the same, signed by the ledger's key (C2SP signed-note)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "ledger/view.h"
#include "main/command.h"
#include "main/feed.h"
#include "main/bundle.h"
#include "main/cut.h"
#include "main/evidence_finding.h"
#include "main/incident.h"
#include "os/file.h"
#include "os/zip.h"
#include "report/finding.h"
#include "wire/pcap.h"

#define BESIDE (10 * 60 * INSTANT_SECOND)
#define DAY    (24 * 3600 * INSTANT_SECOND)

enum { ROOM = 32 << 20, OPENED = 64, FRAMES = 2 * CASEBOOK_FINDINGS };

static const char README[] =
    "An incident as paravent recorded it: incident.json, timeline.json, causes.txt, findings.jsonl.\n"
    "Packets, if there are any, may hold patients' data; nothing else here does.\n"
    "\n"
    "To check it:  paravent evidence verify FILE.zip --key VKEY\n"
    "Without paravent:  sha256sum -c manifest.sha256\n"
    "manifest.note holds the same lines below \"paravent evidence v1\", signed: c2sp.org/signed-note.\n"
    "proofs/N.json is entry N of the ledger and proofs/N.tlog-proof its proof: c2sp.org/tlog-proof.\n"
    "The key VKEY must come from the hospital by another way than this file.\n";

struct pack {
	struct bundle  bundle;
	struct buf     room;
	uint32_t       members, proofs, packets, missing, opened;
	uint64_t       export;   /* this export's own entry */
};

static void
put_json(struct pack *p, const char *name, const json_t *o)
{
	char *text = json_dumps(o, JSON_INDENT(2));

	if (text)
		bundle_put(&p->bundle, name, bytes_text(text));
	else if (!p->bundle.e)
		p->bundle.e = ERR_MEMORY;
	free(text); /* jansson's own */
}

static void
put_causes(struct pack *p, const json_t *causes)
{
	size_t  i;
	json_t *c;

	buf_reset(&p->room);
	json_array_foreach(causes, i, c)
		buf_format(&p->room, "%zu. %s: %s\n   do: %s\n", i + 1, json_string_value(json_object_get(c, "control")),
		           json_string_value(json_object_get(c, "says")), json_string_value(json_object_get(c, "do")));
	bundle_put(&p->bundle, "causes.txt", buf_bytes(&p->room));
}

/* capture#frame to its two parts; a name with a folder is not one we wrote. */
static uint64_t
frame_of(const char *evidence, char *name, size_t cap)
{
	const char *hash = strrchr(evidence, '#');

	if (!hash || hash == evidence || strchr(evidence, '/') || (size_t)(hash - evidence) >= cap)
		return 0;
	snprintf(name, cap, "%.*s", (int)(hash - evidence), evidence);
	return strtoull(hash + 1, NULL, 10);
}

static void
put_findings(struct pack *p, const struct casebook *b)
{
	char name[224], before[224];

	buf_reset(&p->room);
	for (uint32_t i = 0; i < b->findings; i++) {
		if (!frame_of(b->evidence[i][0], name, sizeof name))
			name[0] = 0;
		if (!frame_of(b->evidence[i][1], before, sizeof before))
			before[0] = 0;
		finding_json(&b->finding[i], b->place[i], name, before, &p->room);
	}
	bundle_put(&p->bundle, "findings.jsonl", buf_bytes(&p->room));
}

/* --- packets --------------------------------------------------------------------------- */

static int
by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

/* The frames of one capture that findings name, in order; how many. */
static uint32_t
wanted(const struct casebook *b, const char *capture, uint64_t frame[static FRAMES])
{
	char     name[224];
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->findings; i++)
		for (int k = 0; k < 2; k++) {
			uint64_t f = frame_of(b->evidence[i][k], name, sizeof name);
			if (f && strcmp(name, capture) == 0)
				frame[n++] = f;
		}
	qsort(frame, n, sizeof *frame, by_number);
	return n;
}

/* Reads the capture again; frames that are not there any more are counted as missing. */
static void
put_capture(struct pack *p, const char *folder, const char *capture, const uint64_t *frame, uint32_t n)
{
	char         path[4096], name[ZIP_NAME];
	struct feed *feed = NULL;
	struct frame f;
	uint32_t     k = 0, linktype = 0, taken = 0;
	int          fd;

	snprintf(path, sizeof path, "%s/%s", folder, capture);
	if (!file_open(path, &fd) && feed_file(fd, capture, 0, 0, &feed) == OK) {
		buf_reset(&p->room);
		while (k < n && feed_next(feed, &f) == OK) {
			bool hit = false;
			for (; k < n && frame[k] <= f.number; k++)
				hit |= frame[k] == f.number;
			if (!hit || (taken && f.linktype != linktype))
				continue;
			if (!taken++)
				pcap_print_header(linktype = f.linktype, &p->room);
			struct pcap_record r = { .when = f.when, .linktype = f.linktype, .length = f.length, .data = f.data };
			pcap_print(&r, &p->room);
		}
		feed_free(feed);
	}
	if (!taken) {
		fprintf(stderr, "paravent: %s: none of its frames is there\n", path);
		p->missing++;
		return;
	}
	const char *dot = strstr(capture, ".pcap");
	snprintf(name, sizeof name, "packets/%.*s.pcap", (int)(dot && dot - capture < 120 ? dot - capture : 120), capture);
	if (!p->bundle.e && !buf_ok(&p->room))
		p->bundle.e = ERR_LIMIT;
	bundle_put(&p->bundle, name, buf_bytes(&p->room));
	p->packets += taken;
}

static void
put_packets(struct pack *p, const struct casebook *b, const char *folder)
{
	uint64_t frame[FRAMES];
	char     name[224], before[224];

	/* Each sighting's capture once: the first time it is named. */
	for (uint32_t i = 0; i < 2 * b->findings; i++) {
		uint32_t k = 0;
		if (!frame_of(b->evidence[i / 2][i % 2], name, sizeof name))
			continue;
		while (k < i && (!frame_of(b->evidence[k / 2][k % 2], before, sizeof before) || strcmp(before, name)))
			k++;
		if (k == i)
			put_capture(p, folder, name, frame, wanted(b, name, frame));
	}
}

/* --- proofs ------------------------------------------------------------------------------ */

static void
put_proof(struct pack *p, struct view *v, uint64_t index)
{
	static struct proof proof; /* large; one at a time */
	char                name[ZIP_NAME];
	struct bytes        entry;

	if (p->bundle.e || (p->bundle.e = view_entry(v, index, &entry)))
		return;
	snprintf(name, sizeof name, "proofs/%llu.json", (unsigned long long)index);
	bundle_put(&p->bundle, name, entry);
	if (p->bundle.e || (p->bundle.e = view_prove(v, index, &proof)))
		return;
	buf_reset(&p->room);
	proof_print(&proof, &p->room);
	snprintf(name, sizeof name, "proofs/%llu.tlog-proof", (unsigned long long)index);
	bundle_put(&p->bundle, name, buf_bytes(&p->room));
	p->proofs++;
}

static int64_t
time_of(const json_t *o, const char *key)
{
	const char    *text = json_string_value(json_object_get(o, key));
	struct instant t;

	return text && instant_parse(bytes_text(text), &t) == OK ? t.us : 0;
}

/* The first entry that is not older than when: entries stand in the order of their time. */
static uint64_t
entry_from(struct pack *p, struct view *v, int64_t when)
{
	static struct entry entry;
	uint64_t            low = 0, high = view_checkpoint(v)->size;
	struct bytes        line;

	while (!p->bundle.e && low < high) {
		uint64_t middle = low + (high - low) / 2;
		if ((p->bundle.e = view_entry(v, middle, &line)))
			break;
		if (entry_parse(line, &entry) == OK && entry.time.us < when)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What people did stands in the timeline with its index, and does not lie between from and to. */
static void
put_acts(struct pack *p, struct view *v, const json_t *timeline, uint64_t from, uint64_t to)
{
	size_t  i;
	json_t *event;

	json_array_foreach(timeline, i, event) {
		json_t  *at = json_object_get(event, "ledger");
		uint64_t index = at ? (uint64_t)json_integer_value(at) : from;
		if (at && (index < from || index >= to))
			put_proof(p, v, index);
	}
}

/*
 * The entries that belong to the incident.  Those of the run were written
 * while it went on: from when it was first told to its last finding, with room
 * for the run's end (of a capture: a day).  What people did is found by the
 * timeline, this export by its index.  So a long log is not read through.
 */
static void
put_proofs(struct pack *p, const struct incident_work *w, const json_t *o, const json_t *timeline)
{
	static struct entry entry;
	struct view        *v = NULL;
	struct bytes        line;
	bool                wall = json_object_get(o, "clock") && strcmp(json_string_value(json_object_get(o, "clock")), "wall") == 0;
	int64_t             told = time_of(o, "told"), last = wall ? time_of(o, "last") : 0, end = (last > told ? last : told) + (wall ? BESIDE : DAY);

	if (!p->bundle.e && (p->bundle.e = view_open(w->site.ledger, &v)))
		return;
	uint64_t from = entry_from(p, v, told - BESIDE), to = entry_from(p, v, end);
	for (uint64_t i = from; !p->bundle.e && i < to; i++) {
		if ((p->bundle.e = view_entry(v, i, &line)))
			break;
		if (entry_parse(line, &entry) == OK && (strcmp(entry.incident, w->id) == 0 || strcmp(entry.subject, w->id) == 0))
			put_proof(p, v, i);
	}
	put_acts(p, v, timeline, from, to);
	if (p->export < from || p->export >= to)
		put_proof(p, v, p->export);
	if (!p->bundle.e)
		bundle_put(&p->bundle, "proofs/checkpoint", view_note(v));
	view_free(v);
}

/* --- the whole ------------------------------------------------------------------------------ */

/* That evidence leaves the house is written down before it does. */
static enum err
enter(const struct incident_work *w, uint64_t *index)
{
	struct entry e = { .type = ENTRY_EVIDENCE };
	const char  *slash = strrchr(w->out, '/');

	snprintf(e.actor, sizeof e.actor, "%s", w->by);
	snprintf(e.subject, sizeof e.subject, "%s", w->id);
	snprintf(e.incident, sizeof e.incident, "%s", w->id);
	snprintf(e.says, sizeof e.says, "exported by %.90s to %.200s%s%s%.900s", w->by, slash ? slash + 1 : w->out, w->captures ? ", with packets" : "", w->reason ? ", with sealed evidence: " : "", w->reason ? w->reason : "");
	return submit_entry(w->to, &e, index);
}

/* What was sealed, opened, and the messages: for a reason, which is in the ledger by now. */
static void
put_evidence(struct pack *p, const struct incident_work *w, const struct casebook *book)
{
	struct buf      room = buf_over(memory_new(1, UNFOLD_ROOM), UNFOLD_ROOM), slice = buf_over(memory_new(1, CUT_SIZE), CUT_SIZE);
	struct unfolded u;
	char            folder[32];

	if (!room.at || !slice.at)
		p->bundle.e = ERR_MEMORY;
	for (uint32_t i = 0; !p->bundle.e && i < book->findings && p->opened < OPENED; i++) {
		enum err e = evidence_take(w->ledger ? &w->site : NULL, w->captures, book, i, &slice, &room, &u);
		snprintf(folder, sizeof folder, "evidence/%u/", i + 1);
		if (!e) {
			evidence_put(&p->bundle, folder, &book->finding[i], &u);
			p->opened++;
		} else if (e != ERR_NOTFOUND) {
			fprintf(stderr, "paravent: the evidence of line %u of findings.jsonl: %s\n", i + 1, e == ERR_PERM ? "was altered, or you may not read the key" : err_text(e));
			p->missing++;
		}
	}
	memory_free(room.at);
	memory_free(slice.at);
}

static enum err
fill(struct pack *p, struct incident_work *w, const struct casebook *book, json_t *o)
{
	json_t *timeline = json_incref(json_object_get(o, "timeline"));

	bundle_put(&p->bundle, "README.txt", bytes_text(README));
	put_json(p, "timeline.json", timeline);
	put_causes(p, json_object_get(o, "causes"));
	json_object_del(o, "timeline");
	put_json(p, "incident.json", o);
	put_findings(p, book);
	if (w->captures)
		put_packets(p, book, w->captures);
	if (w->reason)
		put_evidence(p, w, book);
	if (w->to)
		put_proofs(p, w, o, timeline);
	json_decref(timeline);
	if (!p->bundle.e && !buf_ok(&p->room))
		p->bundle.e = ERR_LIMIT;
	return p->bundle.e;
}

static void
tell(const struct incident_work *w, const struct pack *p)
{
	printf("%s: %u files, %u packets, %u proofs", w->out, p->members, p->packets, p->proofs);
	printf(p->opened ? ", evidence of %u findings\n" : "\n", p->opened);
	if (p->packets || p->opened)
		fprintf(stderr, "paravent: the packets may hold patients' data: give %s only to who may see them\n", w->out);
	else if (!w->captures)
		fprintf(stderr, "paravent: no packets: name the folder of the captures with --captures DIR, or say with --reason why sealed evidence is to be opened; nothing here holds patients' data\n");
	if (!w->ledger)
		fprintf(stderr, "paravent: not signed, and nothing was written to a ledger: there is none here (`paravent init`, --state)\n");
}

int
incident_export(struct incident_work *w)
{
	struct casebook *book = memory_new(1, sizeof *book);
	uint8_t         *room = memory_new(1, ROOM);
	struct pack      p = { .room = buf_over(room, ROOM) };
	json_t          *o = NULL;
	int              code = EXIT_PART;

	if (!w->out) {
		fprintf(stderr, "paravent: incident export wants -o FILE.zip\n");
		code = EXIT_USAGE;
		goto out;
	}
	if (!incident_ledger(w)) {
		code = EXIT_LEDGER;
		goto out;
	}
	if (!book || !room || !incident_open(w, false) || !(o = incident_json(w, book)))
		goto out;
	if (w->dry) {
		printf("%s: would be written, with %u findings%s\n", w->out, book->findings, w->ledger ? "" : ", not signed: there is no ledger here");
		code = EXIT_FINE;
		goto out;
	}
	enum err e = bundle_new(w->out, book->incident.last, &p.bundle);
	if (e) {
		fprintf(stderr, "paravent: %s%s: %s\n", w->out, e == ERR_USAGE ? ".part" : "", e == ERR_USAGE ? "is there from an export that did not end: remove it" : err_text(e));
		goto out;
	}
	if (w->to && (p.bundle.e = enter(w, &p.export))) {
		fprintf(stderr, "paravent: %s: %s; nothing was written\n", w->site.ledger, submit_trouble());
		code = EXIT_LEDGER;
		bundle_free(&p.bundle);
		goto out;
	}
	e = fill(&p, w, book, o);
	p.members = p.bundle.members + 1 + (w->to != NULL);
	if (e)
		bundle_free(&p.bundle);
	else
		e = bundle_finish(&p.bundle, w->to);
	if (e) {
		fprintf(stderr, "paravent: %s: %s\n", w->out, err_text(e));
		goto out;
	}
	tell(w, &p);
	code = p.missing ? EXIT_PART : EXIT_FINE;
out:
	json_decref(o);
	memory_free(book);
	memory_free(room);
	store_free(w->store);
	submit_close(w->to);
	return code;
}
