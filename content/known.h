/*
 * known: HL7 messages told a moment ago, found again by the digest of their
 * bytes, with what follows from these alone: so that the same bytes at another
 * place, or on another leg, are read once.  Their fields are the judge's
 * already and are not told again.
 *
 *	table: entry | entry | … , where the digest says; the newest stays
 *	entry: turn | digest, when and what was told, in words
 *
 * In memory that the sensors of a run share.  A writer makes turn odd while it
 * writes, a reader takes no entry whose turn is odd or was another after; who
 * finds it odd passes on.  All pure: the memory is somebody else's.
 */
#ifndef CONTENT_KNOWN_H
#define CONTENT_KNOWN_H

#include <stdatomic.h>

#include "content/message.h"

/* What the bytes of a message say, whoever says them to whom. */
struct known {
	struct siphash_wide bytes, meaning, body;
	uint64_t            id, origin, answers;
	uint32_t            size;
	uint16_t            fields, pool;
	uint8_t             class, marks;
	bool                answers_only; /* an acknowledgement, no message */
	uint8_t             coarse, pad[4];
	char                type[MESSAGE_TYPE], code[MESSAGE_TYPE], key[MESSAGE_KEY];
};

enum { KNOWN_ENTRIES = 4096, KNOWN_WORDS = (sizeof(struct known) + sizeof(int64_t)) / sizeof(uint64_t) };
#define KNOWN_LONG (30 * INSTANT_SECOND) /* as long as the judge surely keeps fields */

/* All zero at first. */
struct known_table {
	struct known_entry {
		_Alignas(64) _Atomic uint64_t turn;
		_Atomic uint64_t              word[KNOWN_WORDS];
	} entry[KNOWN_ENTRIES];
};

/* What was told of these bytes, if that was not long before or after now. */
bool known_find(struct known_table *t, struct siphash_wide bytes, struct instant now, struct known *out);
void known_put(struct known_table *t, const struct known *k, struct instant now);

#endif
