/*
 * route: the ways clinical messages take, learnt from messages seen twice.
 *
 *	hop    messages from one sender to one service, on one leg, seen at one place
 *	route  what is seen at one hop is seen again at another:
 *
 *	same ends, same place     two legs of one conversation: somebody relays it
 *	same ends, other place    one conversation past two taps, the first nearer the client
 *	the gateway, and on from it nobody but the gateway had it
 *	the first one's receiver  an integration engine, a telemetry gateway:
 *	is the second's sender      it may rewrite, filter, delay
 *	anything else             the same content, by way of machines not seen
 *
 * On the first three nothing may change.  On the others what an engine rewrites
 * is learnt: a field that differs in nearly all pairs is its habit, one that
 * differs in few is an alteration.  An engine may make several messages of one,
 * its parts; what of the whole goes into none of them is a habit too.  And it
 * may make messages of its own, of types that do not come to it.
 */
#ifndef JUDGE_ROUTE_H
#define JUDGE_ROUTE_H

#include "content/message.h"
#include "model/policy.h"

enum { ROUTE_HOPS = 2048, ROUTE_ROUTES = 1024, ROUTE_OUT = 8, ROUTE_REWRITES = 24, ROUTE_TYPES = 8, ROUTE_FIELD = 40, ROUTE_LEFT = 16 };

/* Pairs after which habits are judged; pairs of the shadow period, in which is learnt what an engine makes of its own, and how often it must. */
enum { ROUTE_LEARNT = 5, ROUTE_SHADOW = 500, ROUTE_MADE = 3 };

enum route_relation { ROUTE_NONE, ROUTE_LEGS, ROUTE_TAPS, ROUTE_PROXY, ROUTE_ENGINE, ROUTE_OTHER };

struct hop {
	/* the key */
	uint16_t    place, port;
	uint32_t    domain;
	struct addr sender, receiver;
	struct mac  card_from, card_to;
	uint8_t     protocol, pad[3];
	/* the key ends here */
	bool           from_server, gate; /* gate: said by the gateway */
	bool           fed;               /* fed: what comes to its sender is seen too, at another hop */
	uint64_t       messages, answers;
	struct instant first, last, gap;  /* gap: when bytes were missing last */
	uint16_t       out[ROUTE_OUT];    /* routes from here, by number + 1 */
	uint16_t       in[ROUTE_OUT];     /* routes to here */
	uint16_t       number;            /* + 1 */
};

struct route_rewrite {
	char     field[ROUTE_FIELD];      /* without occurrences: OBX.5 */
	uint64_t differed, pair;          /* in how many pairs; the last of them */
	bool     told;                    /* that it is a habit nobody approved */
};

struct route_counts {
	uint64_t pairs, identical, same_meaning, rewritten, altered, delayed, dropped, replayed, injected, originated, reordered, forged, unseen, unclear;
};

struct route {
	uint16_t            from, to;     /* hops, by number */
	uint8_t             relation;
	bool                used;
	struct instant      since;        /* when the first message took it, at from */
	const struct policy_message *rule; /* what may be done on it; NULL: that is learnt */
	struct route_counts counts;
	uint64_t            renamed;      /* of those: pairs in which the writer's name differs */
	uint64_t            learnt;       /* pairs its habits rest on: its own, and those of the same ways on other cards */
	int64_t             offset, mean, deviation, longest; /* of the latency in us; offset: the least seen, if negative */
	struct route_rewrite rewrite[ROUTE_REWRITES];
	uint64_t            parts;        /* pairs in which the second is a part of the first, */
	uint64_t            wholes;       /* and firsts of which no more parts are to come */
	struct {
		uint32_t name;            /* a segment, */
		uint64_t times, whole;    /* and in how many wholes one was in no part; the last of them, + 1 */
	} left[ROUTE_LEFT];
	uint8_t             rewrites, types, lefts;
	struct {
		char     type[MESSAGE_TYPE];
		uint32_t seen, passed;    /* at from; of those, again at to */
		uint32_t came, made;      /* at to: of one at from, whatever its type there; of none */
	} type[ROUTE_TYPES];
	uint64_t            passed_flow;  /* the conversation at from that was paired last, */
	uint32_t            passed_order; /* the order in it, */
	uint64_t            passed;       /* and the serial of the latest message at from that was paired */
};

struct routes;

struct routes *routes_new(uint64_t seed, const struct policy *policy); /* policy may be NULL; else it must outlive them */
void           routes_free(struct routes *t);

/* The hop of this message, made if new; its times and gaps brought up to date. */
struct hop *routes_hop(struct routes *t, const struct message_head *m);
struct hop *routes_hop_at(const struct routes *t, uint16_t number);

/* The same ends, protocol and place, on whatever cards. */
bool hop_same_way(const struct hop *a, const struct hop *b);

/* How the two hops stand to each other, and which comes first: *forward is true if a is nearer the sender, false if b is. */
enum route_relation route_between(const struct hop *a, const struct hop *b, bool *forward);

/* The route between two hops, NULL if there is none or (make) no room. */
struct route *routes_find(struct routes *t, const struct hop *from, const struct hop *to, bool make);
struct route *routes_at(const struct routes *t, uint16_t number);
uint16_t      routes_number(const struct routes *t, const struct route *r);

/* May it be relied upon: would a message that is missing on it be missed? */
bool route_known(const struct route *r);
/* Nothing legitimate changes a message on it. */
bool route_strict(const struct route *r);
/* A message of this type was seen at its beginning, and at its end (passed) or in vain expected there. */
void route_type(struct route *r, const char type[static MESSAGE_TYPE], bool passed);
/* A message of this type came out of it, made of one that went in. */
void route_came(struct route *r, const char type[static MESSAGE_TYPE]);
/* Do messages of this type take it? */
bool route_expects(const struct route *r, const char *type);

/* A field that differs: is it a habit of this route?  count: this is a new pair's. */
enum route_habit { ROUTE_HABIT, ROUTE_ODD, ROUTE_UNCLEAR };
enum route_habit route_field(struct route *r, uint64_t path, struct bytes pool, bool count);

/* Is its nth rewrite a habit?  Is it one to rewrite this field (as route_rewrite has it)? */
bool route_habitual(const struct route *r, uint8_t n);
bool route_rewrites(const struct route *r, const char *field);

/* Is it one on which parts of a message come one by one? */
bool route_splits(const struct route *r);
/* A segment of this name of whole number r->wholes is in none of its parts: is that a habit? */
enum route_habit route_left(struct route *r, uint32_t name);

/* A message of this type came out of it, and nothing like it went in: does it make them?  Unclear: in the shadow period, counted. */
enum route_habit route_makes(struct route *r, const char type[static MESSAGE_TYPE]);
/* Is its nth type one that it makes? */
bool route_originates(const struct route *r, uint8_t n);

/* A pair's latency: true if it is far beyond what is usual here or beyond bound (0: none). */
bool route_late(struct route *r, int64_t latency, int64_t bound);

/* Would such a latency be usual? */
bool route_timely(const struct route *r, int64_t latency);

/* In one word: relayed, proxied, direct, split, fan-out, merge, filter, relay. */
const char *route_kind(const struct routes *t, const struct route *r);

/* The next used route after *at; NULL at the end. */
const struct route *routes_each(const struct routes *t, uint32_t *at);

#endif
