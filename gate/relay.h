/*
 * relay: one conversation: a client's connection, a backend's, and what is between.
 *
 *	client ── end[0] ── in ──► inspect ──► end[1] ── backend
 *	           ◄── inspect ◄── in ──
 *
 *	PEEK    passthrough: the ClientHello is awaited
 *	SHAKE   the client's handshake
 *	ASK     its certificate is asked about elsewhere
 *	DIAL    the backend's connection and handshake
 *	OPEN    bytes go on as far as inspect lets them
 *	LINGER  over, but a signature is still out
 *
 * A protocol is a row: what it looks at, and where it may be cut.
 */
#ifndef GATE_RELAY_H
#define GATE_RELAY_H

#include <event2/event_struct.h>

#include "content/framing.h"
#include "crypt/endpoint.h"
#include "gate/block.h"
#include "gate/lane.h"

#define RELAY_SILENT "nothing is known of its revocation, and this route wants it known"

enum { RELAY_CLIENT, RELAY_BACKEND, RELAY_ENDS };
enum relay_state { RELAY_FREE, RELAY_PEEK, RELAY_SHAKE, RELAY_ASK, RELAY_DIAL, RELAY_OPEN, RELAY_LINGER };

/* Messages not acknowledged yet, of one conversation. */
enum { RELAY_WAITING = 8, RELAY_DIALS = 4, RELAY_TITLE = 65, RELAY_JA4 = 40 };

struct relay_end {
	int             fd;
	bool            secure, sent, ended, shut, held; /* sent: bytes went out or came, so it is connected; ended: no more will come; held: not read now */
	struct endpoint tls;
	struct event    reads;
	struct event   *writes; /* NULL until it once could not write */
	struct block    in;
};

/* What each protocol remembers of a conversation. */
struct relay_mllp {
	struct framing framing[RELAY_ENDS];
	uint32_t       scanned[RELAY_ENDS]; /* of the block, from its mark */
	uint32_t       begin[RELAY_ENDS];   /* of the open message's first byte, from the mark */
	struct {
		uint64_t id;   /* digest of MSH-10 */
		int64_t  sent; /* us */
	} waiting[RELAY_WAITING];
	uint32_t waits; /* of waiting, in the order they went */
	bool     ready; /* a whole message of the client's waits to be let through */
	uint8_t  class; /* of the message let through last; most are like the one before: */
	uint64_t committed;    /* the one that was accepted for good (CA): its application's answer may follow */
	uint64_t known;        /* the digest of its type and sender, */
	uint64_t origin;       /* and of its sender alone, as sensors have it */
};

struct relay_dicom {
	uint64_t left[RELAY_ENDS]; /* of the PDU whose head was seen */
	uint8_t  stage;            /* enum stage in relay_dicom.c */
	uint8_t  denied[16];       /* presentation contexts that were taken out: a bit for each odd id */
};

struct relay {
	struct worker     *worker;
	struct lane       *lane;
	enum relay_state   state;
	struct relay_end   end[RELAY_ENDS];
	struct addr        client;
	uint16_t           port;
	uint8_t            dials;
	bool               leaving;  /* ends at the next boundary */
	bool               marked;   /* trust was withdrawn, care goes on */
	bool               shaped;   /* waits for its rate */
	struct peer       *peer;   /* NULL: it showed no certificate */
	struct backend    *backend;
	const struct policy_client *as; /* the row of the policy it came in by; NULL: none is wanted */
	uint64_t           number;
	int64_t            began, deadline; /* us, monotonic; deadline: 0 none */
	int64_t            dial_by;  /* until then a plain backend must have been reached; 0: it was */
	uint64_t           messages, bytes[RELAY_ENDS];
	int64_t            asking;   /* until then it is awaited what is said of its certificate; 0: nothing is */
	int64_t            wake;     /* when it may go on */
	char               ja4[RELAY_JA4];  /* of its ClientHello */
	char               title[RELAY_TITLE]; /* calling AE, or application|facility, as said last */
	const char        *why, *fault;         /* it ends, or is marked, in words that last: one after the other; NULL: as its ends wished */
	struct bucket      bucket;
	struct relay      *next, *before; /* of the worker's list of those in use */
	union {
		struct relay_mllp  mllp;
		struct relay_dicom dicom;
	};
};

struct relay_protocol {
	const char *name;
	uint32_t    block;
	/* New bytes came from this side: moves in.mark on as far as they may go.  false: the conversation is over, said why. */
	bool (*inspect)(struct relay *r, unsigned side);
	/* Could it be cut, or given to another backend, here and now? */
	bool (*at_boundary)(const struct relay *r);
	/* The backend has gone: true: another one goes on where it stopped. */
	bool (*lost)(struct relay *r);
	/* The client sends nothing more: is anything still due to it? */
	bool (*over)(const struct relay *r);
	/* Time passes: true: nothing is waited for any more, and it ends; NULL: nothing has a time. */
	bool (*late)(struct relay *r);
	/* It is ended by us: the last words to both ends; NULL: there are none. */
	void (*goodbye)(struct relay *r);
};

extern const struct relay_protocol RELAY_TCP, RELAY_MLLP, RELAY_DICOM;

/* A client came: takes fd over. */
void relay_open(struct worker *w, struct lane *lane, int fd, struct addr client, uint16_t port);
/* Over: why in a few words for people that last, NULL as its ends wished or as was noted before. */
void relay_end(struct relay *r, const char *why);
/* The certificate of its backend was revoked: at a boundary another is dialled with the next message; else it ends, unless care must go on. */
void relay_distrust_backend(struct relay *r);
/* At the next boundary; now if there is one. */
void relay_leave(struct relay *r);
/* Its certificate was asked about, or its rate allows the next message, or an order came: go on. */
void relay_go_on(struct relay *r);
/* Time passes, a few times a second. */
void relay_sweep(struct relay *r);
/* The signature that a handshake of it waited for is there. */
void relay_signed(struct relay *r, struct endpoint *t);

/* What a passed-through ClientHello asks for: OK and title has the name ("" none), ERR_SHORT: more is needed, ERR_PERM: not let through. */
enum err relay_peek(struct relay *r);

/* To the judge: this certificate's key is shown by this client; and, where it is another's by the policy, whose. */
void relay_claim_key(const struct relay *r, const struct peer *p);
/* The fingerprint of its ClientHello, with its header; and to the judge: this device's program has it. */
void relay_read_hello(struct relay *r, struct bytes hello);
void relay_claim_stack(const struct relay *r);
/* The same of the title it said last. */
void relay_claim_title(const struct relay *r);
/* What will be said of its end, or of its mark. */
static inline void
relay_because(struct relay *r, const char *why, const char *fault)
{
	r->why = why;
	r->fault = fault;
}

/* A line of the access log. */
void relay_note(const struct relay *r, const char *event);
/* What is known now of its client's certificate: good, revoked, unknown; "" nobody is asked here. */
const char *relay_revocation(const struct relay *r);

/* For protocols: words of ours to an end, where nothing of anybody else's is half said.  false: not all of them went. */
bool relay_say(struct relay *r, unsigned side, struct bytes what);
/* For protocols: the client is not read until relay_go_on. */
void relay_hold(struct relay *r);
/* For protocols: is the backend still one that messages may go to?  Where not and at a boundary, another is dialled. */
bool relay_backend_fits(struct relay *r);
/* For protocols: may another message go now?  false: the client is not read until its rate allows it. */
bool relay_may(struct relay *r, unsigned class);

#endif
