/*
 * peer: who is on the other side, as its certificate says, and whether that is
 * still to be believed: verified once, remembered by the certificate's digest.
 *
 * A peer that a conversation uses stays in the table; others go when it is
 * full, the longest unused first.
 */
#ifndef GATE_PEER_H
#define GATE_PEER_H

#include "base/instant.h"
#include "base/table.h"
#include "crypt/endpoint.h"
#include "gate/trust.h"
#include "model/policy.h"
#include "wire/x509.h"

enum { PEER_COUNT = 4096, PEER_NAMES = 4, PEER_NAME = 64 };

struct peer {
	uint8_t             digest[32]; /* SHA-256 of the certificate: the key */
	uint32_t            users;      /* conversations: kept up by who has them */
	bool                told;       /* the role trust was told of it, and asks */
	enum endpoint_fault fault;      /* of its chain, revocation apart */
	struct instant      from, until;/* within these the fault holds */
	uint8_t             key[32];    /* SHA-256 of the SubjectPublicKeyInfo: what pins are of */
	unsigned            links;
	struct trust_id     link[ENDPOINT_LINKS]; /* what would be revoked: the certificate, and the CAs above it */
	char                device[POLICY_NAME];  /* urn:paravent:device:NAME, else the first DNS name's first label, else the common name */
	char                name[PEER_NAMES][PEER_NAME]; /* DNS names */
	struct addr         address[PEER_NAMES];         /* addresses it is for */
	uint8_t             names, addresses;
	char                subject[PEER_NAME];
};

struct table *peer_table_new(uint64_t seed);

/* The one of the certificate of this digest, or NULL if it was never verified here. */
struct peer *peer_find(struct table *peers, const uint8_t digest[static 32]);
/* The one of this chain, verified now, and then its way is *n of link, unless it was before: *n is 0; NULL: no room, all are in use. */
struct peer *peer_of(struct table *peers, struct endpoint_chain *c, struct instant now, struct bytes link[static ENDPOINT_LINKS], unsigned *n);

/* What is wrong with it now; silent: nothing is known of its revocation. */
enum endpoint_fault peer_fault(const struct peer *p, const struct trust *t, struct instant now, bool *silent);

bool peer_pinned(const struct peer *p, const uint8_t (*pin)[32], unsigned pins);
/* Is it for this name: a device's, or a server's? */
bool peer_named(const struct peer *p, const char *name);

#endif
