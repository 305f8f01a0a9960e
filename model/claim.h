/*
 * claim: who says what about whom, when, and where it can be looked up.
 *
 * A claim is a flat record, so that it passes through shared memory as it is.
 * It holds no content and no credential: those only as keyed digests.
 */
#ifndef MODEL_CLAIM_H
#define MODEL_CLAIM_H

#include "base/addr.h"
#include "base/instant.h"
#include "model/fact.h"

struct key {
	uint8_t b[32];
};

/*
 * What the witness noticed beside the value: how the claim was made, and what
 * is odd about it.  The rows of judge/facts.c ask for these by name.
 */
enum mark {
	/* how it was said */
	MARK_USED = 1 << 0,       /* by using it: traffic, or asking on its own behalf */
	MARK_ANSWERED = 1 << 1,   /* to somebody who had asked */
	MARK_ANNOUNCED = 1 << 2,  /* to everybody, unasked */
	MARK_PUSHED = 1 << 3,     /* to one victim, unasked */
	MARK_RELEASE = 1 << 4,    /* the speaker gives it up: lifetime 0, priority 0, DHCPRELEASE */
	/* what is odd about it */
	MARK_FRAME_LIES = 1 << 6, /* the Ethernet source is not the sender named inside */
	MARK_SELF = 1 << 7,       /* what is offered points at the speaker itself */
	MARK_ROUTE = 1 << 8,      /* it offers a default route or router */
	MARK_RESOLVER = 1 << 9,   /* it offers a resolver */
	MARK_PROXY = 1 << 10,     /* it offers a web proxy (WPAD) */
	MARK_HIGH = 1 << 11,      /* it asks to be preferred over all others */
	MARK_ALTERED = 1 << 12,   /* the bytes differ between the two sightings */
	MARK_TTL = 1 << 13,       /* the hop count went down by the way */
	MARK_BOTH_LOCAL = 1 << 14,/* both ends are on this link */
	MARK_SELF_SIGNED = 1 << 15,
	MARK_ISSUED = 1 << 16,    /* the signature verifies under a key in other: an issuer seen */
	MARK_EXPIRED = 1 << 17,
	MARK_WRONG_NAME = 1 << 18,
	MARK_WEAK = 1 << 19,
	MARK_PLAIN = 1 << 20,     /* nothing protects it */
	MARK_CLINICAL = 1 << 21,
	MARK_SILENT = 1 << 22,    /* the speaker was here and silent when the same was asked before */
	MARK_SPECIAL = 1 << 23,   /* a name or value reserved for one purpose (wpad, isatap) */
	MARK_OPEN = 1 << 24,      /* an open network */
	MARK_BULK = 1 << 25,      /* the witness counted many of them, in number */
	MARK_NO_ANSWER = 1 << 27, /* asked and never answered */
	MARK_SMALL = 1 << 28,     /* a PXE or other part-time service that gives no address */
	MARK_ON_LINK = 1 << 29,   /* the subject is known to be on this link */
};

struct claim {
	uint8_t        fact, witness; /* enum fact, enum witness */
	uint16_t       place;         /* where the sensor stands */
	uint16_t       source;        /* which of its captures frame counts in */
	uint32_t       domain;        /* broadcast domain: place and VLAN */
	uint32_t       marks;
	uint32_t       number;        /* a rank, a count, a lifetime in seconds: as the row says */
	uint32_t       number2;
	struct instant when;          /* capture time, for people */
	struct instant steady;        /* the same without steps of the clock: what is judged by */
	uint64_t       frame;         /* of the capture, counted from 1 */
	struct key     subject, value;
	struct key     other;         /* a second value: issuer, options digest, answer */
	struct mac     speaker;       /* the card that said it */
	struct mac     card;          /* another card concerned: the relayer's target, the resolver */
	struct addr    speaker_ip;
	struct addr    victim;        /* who is told, or harmed */
	uint16_t       port;
	uint8_t        protocol;      /* IP protocol, 0 if below */
	char           words[48];     /* a name for people: host, SSID, "JA3S"; never content */
};

/* What stands for a host's name in a subject, whatever its case; never 0 but of no name. */
uint64_t claim_name_hash(struct bytes name);
/* The same for a service that is asked for by no name. */
static inline uint64_t
claim_addr_hash(struct addr a)
{
	return bytes_hash(a.b, sizeof a.b, 3) | 1;
}

static inline struct key
key_addr(struct addr a)
{
	struct key k = { { 0 } };
	memcpy(k.b, a.b, 16);
	return k;
}

static inline struct key
key_mac(struct mac m)
{
	struct key k = { { 0 } };
	memcpy(k.b, m.b, 6);
	return k;
}

static inline struct key
key_service(struct addr a, uint16_t port)
{
	struct key k = key_addr(a);
	k.b[16] = (uint8_t)(port >> 8);
	k.b[17] = (uint8_t)port;
	return k;
}

static inline struct key
key_pair(struct addr a, struct addr b)
{
	struct key k = key_addr(a);
	memcpy(k.b + 16, b.b, 16);
	return k;
}

/* Two ends, the lower first: both directions are one pair. */
static inline struct key
key_ends(struct addr a, struct addr b)
{
	return memcmp(&a, &b, sizeof a) < 0 ? key_pair(a, b) : key_pair(b, a);
}

static inline struct key
key_number(uint32_t n)
{
	struct key k = { { (uint8_t)(n >> 24), (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n } };
	return k;
}

/* A digest of len bytes; what is beyond 32 is left out. */
static inline struct key
key_digest(const void *p, size_t len)
{
	struct key k = { { 0 } };
	memcpy(k.b, p, len < 32 ? len : 32);
	return k;
}

/* Text as a key: short text as it is, longer text as its first 24 bytes and a hash of the whole. */
struct key key_text(struct bytes text);

static inline bool
key_equal(const struct key *a, const struct key *b)
{
	return memcmp(a->b, b->b, sizeof a->b) == 0;
}

static inline bool
key_none(const struct key *k)
{
	static const struct key none;
	return key_equal(k, &none);
}

static inline struct mac
key_to_mac(const struct key *k)
{
	return mac_of(k->b);
}

static inline struct addr
key_to_addr(const struct key *k)
{
	return addr_v6(k->b);
}

/* Sets words from text, cut to what fits. */
void claim_words(struct claim *c, struct bytes text);

/* Writes a subject or value in its shape. */
void claim_print(const struct key *k, enum shape shape, struct buf *out);

#endif
