/*
 * meaning: what a clinical message says, as keyed digests: compared without
 * being kept, and told to nobody without the key.
 *
 *	bytes     the message as sent
 *	body      what it says, however encoded, without the envelope an
 *	          integration engine may rewrite (HL7: MSH, FHS, BHS, BTS, FTS, SFT;
 *	          FHIR: id and meta.versionId, meta.lastUpdated)
 *	meaning   the envelope too
 *	fields    path and digest of each field that is not empty, in order
 *
 * A field's digest is SipHash over its path and its value; of an HL7 field the
 * path in the first segment of that name, and then turned by which segment it
 * is: so a part cut out of a message can be held beside the whole.  HL7 and
 * DICOM digest their fields' digests in order; JSON and XML add them up, so that the
 * order of members is nothing, while the index of an array stands in the path.
 *
 * Slots are MEANING_FIELDS.  When they run out, all that was seen is made
 * coarser, one step at a time, and what shares a slot is added up there, so a
 * change is never unseen, only told less exactly:
 *
 *	HL7    values (OBX-5 and such) keep their slot, the rest of a segment shares OBX[n];
 *	       then whole segments; then all that follows shares *
 *	DICOM  nested elements go to their sequence; then (gggg,*); then *
 *	text   what follows shares *; so does a path the pool has no room for
 *
 * Because sums add up, two messages made coarse at different fields still
 * compare: the finer is added up to the coarser.
 */
#ifndef CONTENT_MEANING_H
#define CONTENT_MEANING_H

#include "crypt/siphash.h"
#include "wire/fieldpath.h"

enum { MEANING_FIELDS = 256, MEANING_POOL = 2048 };

struct meaning_field {
	uint64_t path, digest;
};

/* A record: may be copied and kept.  Members below the line are of the making. */
struct meaning {
	struct siphash_wide  bytes, meaning, body;
	uint64_t             size;   /* bytes of the message */
	uint32_t             total;  /* fields that are not empty, slot or not */
	uint16_t             fields, pool_len;
	uint8_t              coarse; /* how many steps it was made coarser */
	struct meaning_field field[MEANING_FIELDS];
	uint8_t              pool[MEANING_POOL];

	/* ---- */
	struct siphash_key key;
	struct siphash     raw, part[2]; /* in order: body, envelope */
	uint64_t           sum[2][2];    /* added up: the same */
	uint64_t           shared_path;  /* the slot last shared, and where it is */
	uint16_t           shared;
};

void meaning_begin(struct meaning *m, const struct siphash_key *key);

/* The message as sent, in pieces. */
static inline void
meaning_bytes(struct meaning *m, struct bytes raw)
{
	m->size += raw.len;
	siphash_put(&m->raw, raw);
}

/* The digest of the bytes so far. */
static inline struct siphash_wide
meaning_bytes_so_far(const struct meaning *m)
{
	struct siphash s = m->raw;
	return siphash_end_wide(&s);
}

/* The next field: a value in one piece, or the digest siphash made of path and value.  envelope: out of the body. */
void meaning_share(struct meaning *m, uint64_t path, uint64_t digest); /* for meaning_put: where slots are short */
static inline void
meaning_put(struct meaning *m, uint64_t path, uint64_t digest, bool envelope)
{
	siphash_put_word(&m->part[envelope], digest);
	m->total++;
	if (m->coarse == 0 && m->fields < MEANING_FIELDS - 1)
		m->field[m->fields++] = (struct meaning_field){ path, digest };
	else
		meaning_share(m, path, digest);
}

static inline void
meaning_value(struct meaning *m, uint64_t path, struct bytes value, bool envelope)
{
	meaning_put(m, path, siphash_quick(&m->key, path, value), envelope);
}

/*
 * The digest of what stands in the nth segment of a name, from the same in the
 * first, and back.  One to one, and no sum of them says the same when two
 * change places.
 */
static inline uint64_t
meaning_turn(uint64_t digest, uint32_t n)
{
	if (n < 2)
		return digest;
	digest += n * UINT64_C(0x9e3779b97f4a7c15);
	digest = (digest ^ digest >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return digest ^ digest >> 32;
}
uint64_t meaning_turn_back(uint64_t digest, uint32_t n);

/* Begins the digest of a value that comes in pieces; siphash_put them, and meaning_put or meaning_text the end. */
void meaning_open(const struct meaning *m, struct siphash *s, uint64_t path);

/*
 * For fields named by text: the word that stands for the name in its digest,
 * and the field itself.  instead is the slot it shares if the pool is full.
 * ordered: the order is part of the meaning.
 */
uint64_t meaning_name(const struct meaning *m, struct bytes name);
void     meaning_text(struct meaning *m, struct bytes name, uint64_t instead, uint64_t digest, bool ordered, bool envelope);

void meaning_end(struct meaning *m);

static inline bool
meaning_digest_equal(struct siphash_wide a, struct siphash_wide b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

static inline struct bytes
meaning_pool(const struct meaning *m)
{
	return bytes_of(m->pool, m->pool_len);
}

/*
 * Tells each field that differs: in both, or in one only.  The path is the
 * owner's: a's if it is in a, else b's; print it with meaning_pool of that one.
 * Returns how many were told.
 */
unsigned meaning_differ(const struct meaning *a, const struct meaning *b,
                        void (*tell)(void *context, const struct meaning *owner, uint64_t path, bool in_a, bool in_b), void *context);

/* How much of the two is equal, in thousandths of the fields of the one that has more; 1000 if both are empty. */
unsigned meaning_like(const struct meaning *a, const struct meaning *b);

#endif
