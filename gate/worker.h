/*
 * worker: one process of the gateway: one thread, one loop, its share of all
 * conversations.
 *
 * It has listening sockets and may connect; it has no file and no private key:
 * signatures are asked of the keys' process, all that a turn of the loop needs
 * in one message.
 *
 * Bounded: conversations by descriptors, 256 unfinished handshakes of one
 * address and a quarter of all, 10 s for a handshake, buffers by a ceiling.
 */
#ifndef GATE_WORKER_H
#define GATE_WORKER_H

#include <event2/event.h>

#include "content/message.h"
#include "gate/block.h"
#include "gate/panel.h"
#include "gate/lane.h"
#include "gate/trust.h"
#include "model/claim.h"

struct relay;

enum {
	WORKER_SHAKE_S = 10,   /* for a handshake */
	WORKER_ASK_S = 2,      /* for what is asked about a certificate */
	WORKER_DIAL_S = 3,     /* for a backend's connection */
	WORKER_FRAME_S = 30,   /* from the first byte of a message to its last */
	WORKER_ANSWER_S = 30,  /* from a message to its acknowledgement */
	WORKER_SAME = 256,     /* unfinished handshakes of one address */
	WORKER_BUFFERS = 256 << 20,
	WORKER_LARGEST = 16 << 20,
	WORKER_ERRANDS = 64,   /* signatures asked for in one message */
	WORKER_KEYS = 2 * POLICY_ROUTES,
};

/* One line of the access log: what a conversation is, and what became of it.  A letter; no patient's data. */
struct worker_note {
	const char    *event; /* begin, end, denied, marked */
	const char    *why;   /* "" as its ends wished */
	const char    *route, *device, *subject, *title, *backend, *version, *cipher, *ja4; /* "" not known */
	const char    *revocation; /* of the client's certificate: good, revoked, unknown; "" nobody is asked here */
	struct addr    client;
	uint16_t       port;
	struct instant when;
	uint64_t       number, messages, up, down;
	int64_t        lasted; /* us */
	bool           resumed, marked;
};

/* What the worker notices; any of them NULL. */
struct worker_out {
	void *context;
	/* What the judge is told; false: it has no room now, and care does not wait for it. */
	bool (*claim)(void *context, const struct claim *c);
	bool (*message)(void *context, const struct message_head *m);
	void (*log)(void *context, const struct worker_note *n);
	void (*tick)(void *context); /* 50 times a second */
};

/* The text of a PEM file of the policy, read before the jail closed. */
struct worker_file {
	const char  *path;
	struct bytes text;
};

struct worker_config {
	const struct policy      *policy;
	struct panel             *panel;
	const struct trust       *trust;
	unsigned                  slot, generation, place; /* place: as witness */
	const int                *listen_fd; /* by route */
	const uint32_t           *bypassed;  /* NULL, or which of the panel's routes each is, and all go by their bypass */
	int                       keys_fd;
	int                       tell_fd; /* to who asks about certificates; nobody waits there */
	struct worker_file        file[4 * POLICY_ROUTES + POLICY_TRUSTS];
	unsigned                  files;
	unsigned                  conversations; /* at most */
	uint64_t                  seed;
	struct siphash_key        key; /* of digests of content */
	struct worker_out         out;
	const _Atomic uint32_t   *stop;  /* when it is not 0 any more */
};

/* Messages between a worker and the process that lends keys: number(4), key(1) form(1) length(2) text …; number(4), length(2) signature …, 0 refused. */
/* To the role trust, which does not answer: length(1) trust's name, length(2) certificate …, leaf first. */
enum { WORKER_LEND = 1, WORKER_LENT, WORKER_TELL };

/* A conversation, unless its place has another number now. */
struct worker_shake {
	struct relay *relay;
	uint64_t      number;
};

struct worker {
	struct worker_config config;
	struct event_base   *base;
	struct event        *tick, *soon, *keys; /* the clock; what is left to do at the end of a turn; the keys' answers */
	struct lane          lane[POLICY_ROUTES];
	struct table        *peers, *sources; /* sources: how many handshakes of each address are unfinished */
	struct block_pool    blocks;
	struct relay        *relay, *free, *used; /* all; two lists of them */
	struct worker_shake *shake;               /* unfinished handshakes in the order they came, finished ones among them: a ring of so many */
	unsigned             shake_first, shakes;
	struct relay       **later;               /* those that wait for their rate, laters of them */
	unsigned             laters;
	unsigned             open, shaking;
	uint64_t             number, chance;  /* of conversations so far */
	int64_t              now, swept, asked;
	uint32_t             batch;   /* number of the last message to who lends */
	uint32_t             orders, trust_seen, staples_seen;
	bool                 draining, full, keyless;
	struct endpoint_errand *errand[WORKER_ERRANDS * 16]; /* asked for, in this order: first those that are sent */
	unsigned             errands, sent;
	uint8_t              scratch[32 << 10];
};

/* ERR_FORM and said why: a file or key cannot be used. */
enum err worker_new(const struct worker_config *c, struct worker **out) MUST_USE;
/* Until it has drained, or is told to stop; false: it cannot serve any more, for who lends the keys is gone. */
bool     worker_run(struct worker *w);
void     worker_free(struct worker *w);

/* Of the handshake of t: endpoint_config's judge; context is the worker. */
enum endpoint_fault worker_judge(void *context, struct endpoint *t, struct endpoint_chain *c);

struct panel *worker_panel(const struct worker *w);

/* us: monotonic, of this turn of the loop; and the wall clock's. */
int64_t        worker_now(const struct worker *w);
struct instant worker_wall(void);
uint32_t       worker_random(struct worker *w);

/* For relays. */
struct relay *worker_relay(struct worker *w);
void          worker_relay_free(struct worker *w, struct relay *r);
/* One more, or less, unfinished handshake of this address; false: it has too many.  Of all too many: the oldest ends. */
bool          worker_shaking(struct worker *w, struct relay *r, struct addr a);
void          worker_shaken(struct worker *w, struct addr a);
/* No more conversations are taken on, or again. */
void          worker_full(struct worker *w, bool full);
/* relay_go_on then; 0: at the end of this turn. */
void          worker_later(struct worker *w, struct relay *r, int64_t when);
/* Where the key of this credential of a route is among those lent. */
unsigned      worker_key(unsigned route, unsigned credential);

#endif
