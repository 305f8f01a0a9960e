/*
 * unfold: one finding's packets found again, and the two messages in them: by
 * a process of its own that reads strangers' bytes and has nothing else.
 */
#ifndef MAIN_UNFOLD_H
#define MAIN_UNFOLD_H

#include "base/buf.h"
#include "base/err.h"
#include "model/finding.h"

enum { UNFOLD_ROOM = 72 << 20 };

/* A letter: views of room; what there is not is empty. */
struct unfolded {
	struct bytes slice;      /* the packets: main/cut.h */
	struct bytes raw[2];     /* the message, A: as first seen, B: as seen then */
	struct bytes text, json; /* both side by side */
};

/*
 * From slice if it is not empty, else from the files capture[0] (the finding's
 * own sighting) and capture[1] (the other one; NULL: there is none).
 * ERR_NOTFOUND: no packet of it is there.
 */
enum err unfold_take(const struct finding *f, const char *const capture[static 2], struct bytes slice, struct buf *room, struct unfolded *out) MUST_USE;

#endif
