/*
 * trust: which certificates are revoked, and until when that is known: a page
 * written by the role trust and read by every worker.
 *
 *	issuer: SHA-256 of its key  ──►  its list: when made, until when good
 *	id: SHA-256(issuer's key digest, serial number), first 16 bytes  ──►  revoked, or an OCSP answer
 *
 * Two editions: the writer fills the one nobody reads and then says so; who
 * read meanwhile reads again.
 */
#ifndef GATE_TRUST_H
#define GATE_TRUST_H

#include <stdatomic.h>

#include "base/bytes.h"
#include "base/err.h"
#include "base/instant.h"
#include "gate/staple.h"

enum { TRUST_ISSUERS = 64, TRUST_IDS = 1 << 18 };

/* One certificate: whose, and which of theirs. */
struct trust_id {
	uint8_t issuer[32]; /* SHA-256 of the issuer's SubjectPublicKeyInfo; zero: it is its own */
	uint8_t of[16];
};

enum trust_answer { TRUST_SILENT, TRUST_GOOD, TRUST_REVOKED };

struct trust_entry {
	uint8_t of[16]; /* zero: free */
	int64_t until;  /* of an OCSP answer, us; 0: revoked by a list */
	uint8_t answer;
};

struct trust_edition {
	uint32_t issuers, ids;
	struct {
		uint8_t key[32];
		int64_t from, until; /* of its list */
	} issuer[TRUST_ISSUERS];
	struct trust_entry id[TRUST_IDS]; /* by the first bytes of of, then the next free */
};

struct trust {
	_Atomic uint32_t edition; /* the one to be read is its lowest bit; it changes with each */
	struct trust_edition at[2];
	struct staple_page   staples;
};

struct trust_id trust_id_of(const uint8_t issuer_key[static 32], struct bytes serial);

/* What is known of it now. */
enum trust_answer trust_ask(const struct trust *t, const struct trust_id *id, struct instant now);

/* The writer's: an empty edition to be filled; ERR_LIMIT: it is full; then all is shown at once. */
struct trust_edition *trust_begin(struct trust *t);
enum err              trust_issuer(struct trust_edition *e, const uint8_t key[static 32], struct instant from, struct instant until) MUST_USE;
enum err              trust_put(struct trust_edition *e, const struct trust_id *id, enum trust_answer a, struct instant until) MUST_USE;
void                  trust_show(struct trust *t);

#endif
