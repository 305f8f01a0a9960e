/* evidence_finding: see evidence_finding.h. */
#include "main/evidence_finding.h"

#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/cut.h"
#include "main/unseal.h"
#include "report/finding.h"

enum { SEALED = CUT_SIZE + (64 << 10) };

static const char README[] =
    "The evidence of one finding.  All of this may hold patients' data: give it only to who may see them.\n"
    "\n"
    "finding.json    what was found, as an EVE line\n"
    "packets.pcapng  interface 0: as seen then; interface 1: as seen first, nearer its sender (Wireshark opens it)\n"
    "messages/       the message's own bytes: a as seen first, b as seen then\n"
    "pair.txt        both, field by field; ! marks what differs      pair.json: the same for machines\n"
    "\n"
    "To check that nothing was altered:  paravent evidence verify FILE.zip --key VKEY\n"
    "Without paravent:  sha256sum -c manifest.sha256\n";

void
evidence_file(char *to, size_t cap, const char *stem, const char *clinical, struct bytes raw)
{
	bool        json = raw.len && (raw.at[0] == '{' || raw.at[0] == '[');
	const char *suffix = strcmp(clinical, "hl7") == 0 ? "hl7" : strcmp(clinical, "dicom") == 0 ? "dataset" : json ? "json" : raw.len && raw.at[0] == '<' ? "xml" : "bin";

	snprintf(to, cap, "%s.%s", stem, suffix);
}

void
evidence_put(struct bundle *b, const char *prefix, const struct finding *f, const struct unfolded *u)
{
	static const char *const stem[] = { "messages/a", "messages/b" };
	char                     name[ZIP_NAME], file[64];

	snprintf(name, sizeof name, "%spackets.pcapng", prefix);
	bundle_put(b, name, u->slice);
	for (int i = 0; i < 2; i++) {
		if (!u->raw[i].at)
			continue;
		evidence_file(file, sizeof file, stem[i], f->clinical, u->raw[i]);
		snprintf(name, sizeof name, "%s%s", prefix, file);
		bundle_put(b, name, u->raw[i]);
	}
	snprintf(name, sizeof name, "%spair.txt", prefix);
	if (u->text.len)
		bundle_put(b, name, u->text);
	snprintf(name, sizeof name, "%spair.json", prefix);
	if (u->json.len)
		bundle_put(b, name, u->json);
}

static enum err
unseal(const struct state *site, const struct finding *f, struct buf *plain)
{
	char           base[CUT_NAME], path[STATE_PATH + CUT_NAME + 8];
	struct buf     sealed = buf_over(memory_new(1, SEALED), SEALED);
	struct unseal *u = NULL;

	cut_name(f, base);
	snprintf(path, sizeof path, "%s/%s.cms", site->evidence, base);
	enum err e = sealed.at ? disk_get(AT_FDCWD, path, &sealed) : ERR_MEMORY;
	if (!e)
		e = unseal_open(site->dir, &u);
	if (!e)
		e = unseal_take(u, buf_bytes(&sealed), plain);
	unseal_close(u);
	memory_free(sealed.at);
	return e;
}

/* folder/capture of "capture#frame"; a name with a folder in it is not one we wrote. */
static const char *
path_of(const char *folder, const char *evidence, char *to, size_t cap)
{
	const char *hash = strrchr(evidence, '#');

	if (!folder || !hash || hash == evidence || strchr(evidence, '/') || snprintf(to, cap, "%s/%.*s", folder, (int)(hash - evidence), evidence) >= (int)cap)
		return NULL;
	return to;
}

enum err
evidence_take(const struct state *site, const char *captures, const struct casebook *book, uint32_t i, struct buf *slice, struct buf *room, struct unfolded *out)
{
	char        path[2][4096];
	const char *capture[2];
	enum err    e = ERR_NOTFOUND;

	buf_reset(slice);
	if (site)
		e = unseal(site, &book->finding[i], slice);
	if (e && e != ERR_NOTFOUND)
		return e;
	for (int k = 0; k < 2; k++)
		capture[k] = path_of(captures, book->evidence[i][k], path[k], sizeof path[k]);
	e = slice->len || capture[0] || capture[1] ? unfold_take(&book->finding[i], capture, buf_bytes(slice), room, out) : ERR_NOTFOUND;
	explicit_bzero(slice->at, slice->len);
	return e;
}

/* --- the finding ---------------------------------------------------------------------- */

static bool
load(const char *db, const char *id, struct casebook *book)
{
	struct store *s = NULL;
	enum err      e = ERR_NOTFOUND;

	if (access(db, F_OK) || store_open(db, false, &s))
		fprintf(stderr, "paravent: %s: %s\n", db, access(db, F_OK) ? "does not exist; name the site with --state or the database with --store" : store_trouble());
	else if ((e = casebook_finding(s, id, book)))
		fprintf(stderr, "paravent: %s: %s\n", db, e == ERR_NOTFOUND ? "there is no finding of this number; `paravent finding list` numbers them" : store_trouble());
	store_free(s);
	return e == OK;
}

/* Who reads what, and why, is in the ledger before it is read. */
static bool
enter(struct submit *to, const struct evidence_ask *a, const struct finding *f)
{
	struct entry e = { .type = ENTRY_EVIDENCE };
	const char  *slash = strrchr(a->out, '/');
	uint64_t     index;

	snprintf(e.actor, sizeof e.actor, "%.80s", a->by);
	snprintf(e.subject, sizeof e.subject, "finding %.20s", a->finding);
	snprintf(e.incident, sizeof e.incident, "%s", f->incident);
	snprintf(e.says, sizeof e.says, "read by %.90s to %.200s: %.900s", a->by, slash ? slash + 1 : a->out, a->reason);
	if (!submit_entry(to, &e, &index))
		return true;
	fprintf(stderr, "paravent: the ledger: %s; nothing was read\n", submit_trouble());
	return false;
}

static enum err
write_bundle(const struct evidence_ask *a, const struct finding *f, const struct unfolded *u, const char *place, struct submit *to, uint32_t *members)
{
	static uint8_t room[16 << 10];
	struct buf     eve = buf_over(room, sizeof room);
	struct bundle  b;
	enum err       e = bundle_new(a->out, f->when, &b);

	if (e)
		return e;
	finding_json(f, place, "", "", &eve);
	bundle_put(&b, "README.txt", bytes_text(README));
	bundle_put(&b, "finding.json", buf_bytes(&eve));
	evidence_put(&b, "", f, u);
	*members = b.members;
	return bundle_finish(&b, to);
}

static int
take(const struct evidence_ask *a, const struct state *site, bool ledger, const struct casebook *book, struct submit *to)
{
	const struct finding *f = &book->finding[0];
	struct buf            room = buf_over(memory_new(1, UNFOLD_ROOM), UNFOLD_ROOM), slice = buf_over(memory_new(1, CUT_SIZE), CUT_SIZE);
	struct unfolded       u;
	uint32_t              members = 0;
	enum err              e = room.at && slice.at ? evidence_take(ledger ? site : NULL, a->captures, book, 0, &slice, &room, &u) : ERR_MEMORY;

	if (e == ERR_NOTFOUND)
		fprintf(stderr, "paravent: nothing was sealed of finding %s%s\n", a->finding, a->captures ? ", and its packets are not in the captures" : ": name the folder of its captures with --captures DIR");
	else if (e)
		fprintf(stderr, "paravent: the evidence of finding %s: %s\n", a->finding, e == ERR_PERM ? "was altered, or was not sealed for this site, or you may not read its key" : err_text(e));
	else if ((e = write_bundle(a, f, &u, book->place[0], to, &members)))
		fprintf(stderr, "paravent: %s: %s\n", a->out, e == ERR_USAGE ? ".part is there from one that did not end: remove it" : err_text(e));
	if (!e) {
		printf("%s: %u files, packets%s%s\n", a->out, members, u.raw[0].at || u.raw[1].at ? ", the message" : "", u.raw[0].at && u.raw[1].at ? " as seen at both places" : "");
		fprintf(stderr, "paravent: this holds patients' data: give it only to who may see them\n");
		if (!to)
			fprintf(stderr, "paravent: not signed, and this reading stands in no ledger: there is none here (`paravent init`, --state)\n");
	}
	memory_free(slice.at);
	memory_free(room.at);
	return e ? EXIT_PART : EXIT_FINE;
}

int
evidence_finding(const struct evidence_ask *a)
{
	struct casebook *book = memory_new(1, sizeof *book);
	struct submit   *to = NULL;
	struct state     site;
	int              code = EXIT_PART;

	if (!book || state_of(a->state, &site)) {
		fprintf(stderr, "paravent: no memory, or --state is too long\n");
		goto out;
	}
	bool here = a->state || (!a->store && access(site.dir, F_OK) == 0), ledger = here && access(site.vkey, F_OK) == 0;
	if (!load(a->store ? a->store : here ? site.store : "paravent.db", a->finding, book))
		goto out;
	if (ledger && (submit_open(site.ledger, &to) || !enter(to, a, &book->finding[0]))) {
		if (!to)
			fprintf(stderr, "paravent: %s: %s; nothing was read\n", site.ledger, submit_trouble());
		code = EXIT_LEDGER;
		goto out;
	}
	code = take(a, &site, ledger, book, to);
out:
	submit_close(to);
	memory_free(book);
	return code;
}
