/*
 * note: text signed by one or more keys (C2SP signed-note), and the keys.
 *
 *	text, ending in a newline
 *	(an empty line)
 *	— NAME base64(id(4) || signature)        one line a signature
 *
 *	vkey = NAME+hex(id)+base64(type || public key)
 *	id   = SHA-256(NAME || "\n" || type || public key), its first four bytes
 */
#ifndef LEDGER_NOTE_H
#define LEDGER_NOTE_H

#include "base/buf.h"
#include "base/err.h"

enum {
	NOTE_SIZE = 32768,    /* a whole note */
	NOTE_NAME = 128,      /* a key's name, with its NUL */
	NOTE_SIGNATURES = 64, /* lines of one note; at least 16 must be taken */
	NOTE_KEYS = 64,       /* keys given to note_verify */
	NOTE_LINE = NOTE_NAME + 128,
};

enum note_type {
	NOTE_ED25519 = 1,     /* over the text */
	NOTE_COSIGNATURE = 4, /* over "cosignature/v1\ntime T\n" and the text (tlog-cosignature) */
};

struct note_key {
	char     name[NOTE_NAME];
	uint32_t id;
	uint8_t  type;
	uint8_t  key[32];
};

struct note {
	struct bytes text;       /* with its last newline */
	struct bytes signatures; /* the lines */
};

/* The key of this name; ERR_FORM if the name is empty, too long or holds a space, a plus or a control character. */
enum err note_key_make(const char *name, enum note_type type, const uint8_t key[static 32], struct note_key *out) MUST_USE;

/* A vkey; ERR_UNSUPPORTED if it is of another type. */
enum err note_key_parse(struct bytes in, struct note_key *out) MUST_USE;
void     note_key_print(const struct note_key *k, struct buf *out);

/* The two parts of a note; each signature line is of the form above. */
enum err note_parse(struct bytes in, struct note *out) MUST_USE;
void     note_print(const struct note *n, struct buf *out);

/*
 * Checks every signature of a known key; others are ignored.  *by has a bit for
 * each key that signed.  ERR_PERM: a known key's signature is wrong, so the
 * note is; ERR_NOTFOUND: no known key signed.
 */
enum err note_verify(const struct note *n, const struct note_key *keys, size_t count, uint64_t *by) MUST_USE;

/* Appends the lines that name a known key. */
void note_known(const struct note *n, const struct note_key *keys, size_t count, struct buf *out);

/* What a key of this type signs; time is that of a cosignature. */
void note_message(enum note_type type, uint64_t time, struct bytes text, struct buf *out);

/* Appends the line of a signature made by k. */
void note_line(const struct note_key *k, uint64_t time, const uint8_t signature[static 64], struct buf *out);

#endif
