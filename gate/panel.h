/*
 * panel: the page that the gateway's processes share: orders from people and
 * from containment, and counters, each of one writer.
 *
 *	parent ── orders ──► workers        (a number says that something changed)
 *	workers ── counters, states ──► parent, for people and Prometheus
 *
 * A slot is one worker of one generation; a reload fills other slots, and the
 * ones before drain.
 */
#ifndef GATE_PANEL_H
#define GATE_PANEL_H

#include <stdatomic.h>

#include "model/policy.h"

enum { PANEL_SLOTS = 16, PANEL_AS_POLICY = 255 };

/*      counter            name for Prometheus           help */
#define PANEL_TABLE(X)                                                                                              \
	X(PANEL_ACCEPTED, "connections_total", "Connections accepted")                                              \
	X(PANEL_REFUSED, "refused_total", "Connections refused: certificate, address, title, limits")               \
	X(PANEL_HANDSHAKES, "handshakes_total", "Full TLS handshakes of clients")                                   \
	X(PANEL_RESUMED, "resumed_total", "TLS sessions of clients resumed")                                        \
	X(PANEL_BROKEN, "handshakes_failed_total", "TLS handshakes that failed")                                    \
	X(PANEL_MESSAGES, "messages_total", "Messages, or associations, forwarded")                                 \
	X(PANEL_DENIED, "messages_denied_total", "Messages, or associations, not let through: type, sender, size, form") \
	X(PANEL_ANSWERS, "answers_total", "Acknowledgements matched to their message")                              \
	X(PANEL_NEGATIVE, "answers_negative_total", "Acknowledgements that say no")                                 \
	X(PANEL_STRAY, "answers_stray_total", "Acknowledgements of no message that is open")                        \
	X(PANEL_REPEATED, "messages_repeated_total", "Messages sent again to another backend")                      \
	X(PANEL_ODD, "framing_odd_total", "Places where receivers may see other messages")                          \
	X(PANEL_SHAPED, "shaped_total", "Times that a client had to wait for its rate")                             \
	X(PANEL_UP, "bytes_up_total", "Bytes from clients to backends")                                             \
	X(PANEL_DOWN, "bytes_down_total", "Bytes from backends to clients")                                         \
	X(PANEL_NO_BACKEND, "backend_missing_total", "Times that no backend could be reached")                      \
	X(PANEL_EJECTED, "backend_ejected_total", "Times that a backend was left out for its failures")             \
	X(PANEL_CUT, "cut_total", "Connections ended because trust in them was withdrawn")                          \
	X(PANEL_MARKED, "marked_total", "Connections of alarms and vitals kept although trust was withdrawn")       \
	X(PANEL_UNKNOWN, "revocation_unknown_total", "Connections let in of whose revocation nothing was known")    \
	X(PANEL_UNTOLD, "untold_total", "Messages and claims that the judge had no room for: forwarded, not compared")

enum panel_counter {
#define X(counter, name, help) counter,
	PANEL_TABLE(X)
#undef X
	PANEL_COUNTERS
};

struct panel_counts {
	_Atomic uint64_t of[PANEL_COUNTERS];
	_Atomic uint32_t open; /* conversations now */
};

/* A worker's: set by itself. */
enum panel_state { PANEL_EMPTY, PANEL_STARTING, PANEL_SERVING, PANEL_DRAINING, PANEL_ENDED };

/* What is stapled to a certificate of a route; set by the role trust. */
enum panel_staple { PANEL_UNASKED, PANEL_AWAITED, PANEL_STAPLED, PANEL_REVOKED }; /* UNASKED: it names no responder */

struct panel {
	/* orders */
	_Atomic uint32_t orders;   /* changes with each */
	_Atomic uint32_t drained;  /* workers of generations up to this one take no new connection */
	_Atomic uint32_t hurry;    /* of generations up to this one: end at the next boundary */
	struct {
		_Atomic uint8_t harden;  /* clients must prove themselves, backends are the hardened ones */
		_Atomic uint8_t canary;  /* percent; PANEL_AS_POLICY */
		_Atomic uint8_t isolated[POLICY_BACKENDS];
	} order[POLICY_ROUTES];
	_Atomic uint32_t trust;    /* changes when what is known of revocation does */

	/* states and counters */
	struct {
		_Atomic uint32_t state, generation, pid;
		_Atomic uint32_t memory_kib; /* in buffers now */
		_Atomic uint32_t bypass;     /* it passes bytes on, and looks at none */
	} slot[PANEL_SLOTS];
	struct panel_counts count[PANEL_SLOTS][POLICY_ROUTES];
	_Atomic uint8_t     ill[POLICY_ROUTES][POLICY_BACKENDS]; /* found by asking: written by who asks */

	struct {
		_Atomic uint8_t  state;
		_Atomic int64_t  until;          /* us; 0: nothing is stapled */
		_Atomic uint64_t fetched, failed; /* answers believed, and those that were none */
	} staple[POLICY_ROUTES][2];

	struct policy    plan;    /* what a new generation reads, once, when it starts */
	_Atomic uint32_t planned; /* the newest generation that serves by it */
};

static inline void
panel_add(struct panel_counts *c, enum panel_counter which, uint64_t n)
{
	/* One writer: no locked instruction is needed. */
	atomic_store_explicit(&c->of[which], atomic_load_explicit(&c->of[which], memory_order_relaxed) + n, memory_order_relaxed);
}

#endif
