/* record: the only process that writes the database; batches what comes into transactions. */
#include <libgen.h>
#include <stdio.h>

#include "main/command.h"
#include "main/role.h"
#include "os/jail.h"
#include "store/store.h"

enum { BATCH = 512 };

static enum err
put(struct store *s, struct board *b, uint32_t kind, struct bytes m)
{
	if (kind == BOARD_RECORD && m.len == sizeof(struct record))
		return store_record(s, (const struct record *)(const void *)m.at);
	if (kind == BOARD_INCIDENT && m.len == sizeof(struct incident))
		return store_incident(s, (const struct incident *)(const void *)m.at);
	if (kind == BOARD_FINDING && m.len == sizeof(struct finding)) {
		const struct finding *f = (const struct finding *)(const void *)m.at;
		const char           *place = f->place < b->sensors ? b->sensor[f->place].name : "";
		return store_finding(s, f, place, board_source(b, f->source), board_source(b, f->two_places ? f->source_before : f->source));
	}
	return ERR_FORM;
}

int
record_run(struct board *b, uint32_t which)
{
	struct ring  *ring;
	struct store *s;
	struct bytes  m;
	uint32_t      kind, n = 0;
	unsigned      missing;
	char          path[BOARD_NAME];
	enum err      e, got;
	bool          whole = true;

	(void)which;
	role_close_but((const int[]){ b->record_ring_fd }, 1);
	snprintf(path, sizeof path, "%s", b->store);
	if (ring_open(b->record_ring_fd, &ring)) {
		fprintf(stderr, "paravent: record: no memory for the ring\n");
		return EXIT_PART;
	}
	ring_resume(ring, false);
	if (store_open(b->store, true, &s)) {
		fprintf(stderr, "paravent: %s: %s\n", b->store, store_trouble());
		return EXIT_PART;
	}
	if (jail_enter(JAIL_RECORD, dirname(path), &missing)) {
		fprintf(stderr, "paravent: record: privileges could not be given up, so nothing is written\n");
		return EXIT_PART;
	}
	for (uint32_t i = 0; i < b->sources; i++)
		if (b->source[i].live)
			store_live(s);
	e = OK;
	while (!e) {
		got = ring_get(ring, &kind, &m);
		if (got == ERR_CLOSED)
			break;
		if (got == ERR_FORM) {
			fprintf(stderr, "paravent: record: what the judge sent is damaged; what came before is kept\n");
			whole = false;
			break;
		}
		if (got == ERR_AGAIN || n == BATCH) {
			if (n && (e = store_commit(s)))
				break;
			ring_done(ring); /* only now: who dies before reads the batch again */
			n = 0;
			if (got == ERR_AGAIN)
				ring_wait(ring, 200);
			continue;
		}
		/* Begun with the first of a batch: between batches others may write. */
		if (n || !(e = store_begin(s)))
			e = put(s, b, kind, m);
		ring_next(ring);
		n++;
	}
	if (!e && n)
		e = store_commit(s);
	if (e)
		fprintf(stderr, "paravent: %s: %s\n", b->store, store_trouble());
	ring_leave(ring);
	store_free(s);
	return e || !whole ? EXIT_PART : EXIT_FINE;
}
