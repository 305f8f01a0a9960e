/*
 * facts: what a row of the table of facts holds.  The rows are in judge/facts.c.
 */
#ifndef JUDGE_FACTS_H
#define JUDGE_FACTS_H

#include <stdbool.h>

#include "model/fact.h"

/* The closed set of operators. */
enum op {
	OP_NONE,
	OP_OVERLAP, /* one value follows another (move), or two live together (overlap) */
	OP_SET,     /* a value joins a known set */
	OP_PAIR,    /* two sightings of one thing, already side by side in the claim */
	OP_COUNT,   /* too many in a window, counted by the witness */
	OP_RANK,    /* a stronger claimant appears, or a weaker value where a stronger was shown */
	OP_ORDER,   /* one value, another, and the first again */
};

/* Circumstances of a contradiction: what an operator and the judge's memory of cards find.  Cells ask for them. */
enum circumstance {
	C_FRESH = 1 << 0,      /* the subject has no other value yet */
	C_OVERLAP = 1 << 1,    /* the old value is alive after the new one came */
	C_PENDING = 1 << 2,    /* the new value was only announced so far */
	C_MOVED = 1 << 3,      /* the old value fell silent */
	C_KNOWN = 1 << 4,      /* the old value was known, not merely believed */
	C_POLICY = 1 << 5,     /* the old value is the policy's or an authority's pin */
	C_EXPLAINED = 1 << 6,  /* an authority that stands no lower says the new value */
	C_ROUTER = 1 << 7,     /* the subject is a router's address */
	C_NEW_ROUTER = 1 << 8, /* the newcomer is a router on another's word */
	C_NEW_HOST = 1 << 9,   /* the newcomer is known as an ordinary host */
	C_CONVICTED = 1 << 10, /* the newcomer carried others' packets */
	C_MANY = 1 << 11,      /* the newcomer speaks for several that are not its own */
	C_ONE_DEVICE = 1 << 12,/* old and new look like one device (teaming, two cards) */
	C_WAITED = 1 << 13,    /* more evidence was waited for and did not come */
	C_HIGHER = 1 << 14,    /* the new rank is higher */
	C_LOWER = 1 << 15,     /* the new rank is lower */
	C_OTHER = 1 << 16,     /* the second value differs too (issuer, options) */
	C_SAME_CARD = 1 << 17, /* both values came from the same card */
	C_OLD_MANY = 1 << 18,  /* the set had several members before */
	C_TOO_MANY = 1 << 19,  /* the count is over the row's threshold */
	C_ALIVE = 1 << 20,     /* the old speaker was heard within its lifetime */
	C_MEMBER = 1 << 21,    /* the newcomer held this before */
	C_ISSUED = 1 << 22,    /* the old value is what the hospital's own CA certified */
	C_ACCUSED = 1 << 23,   /* the speaker, or who it points at, stands accused of something else */
	C_CONTESTS = 1 << 26,  /* the newcomer claims something against a known value */
	C_LIVES = 1 << 27,     /* the old value's card was heard after the new value came */
	C_OLD_SELF = 1 << 28,  /* the old value was self-signed */
};

enum culprit { CULPRIT_NONE, CULPRIT_NEW, CULPRIT_SPEAKER, CULPRIT_VALUE };

struct cell {
	uint32_t    need, any, never;          /* circumstances: all of, one of, none of */
	uint32_t    mark_need, mark_any, mark_never; /* the same for the newcomer's marks */
	bool        ordinary;                  /* explained: look no further */
	const char *rule;                      /* NULL in an ordinary cell, and behind the last one */
	uint8_t     severity, confidence;
	uint8_t     culprit;
	bool        more;                      /* go on: the next cell may fire too */
	const char *technique;
	const char *says; /* {s} subject {a} old value {b} new value {k} speaker's card {i} its address {v} victim {w} words {n} number */
};

enum { FACTS_CELLS = 14, FACTS_BURST = 24, FACTS_BURST_MESSAGES = 1000 };

struct fact_row {
	enum op     op;
	uint16_t    life_s;    /* how long a value lives unsaid */
	uint16_t    known_s;   /* how long it must have stood to be known */
	uint16_t    known_n;   /* or how often it must have been said */
	uint32_t    threshold; /* OP_COUNT */
	uint32_t    burst;     /* findings of one rule, domain and minute that are told one by one; 0: FACTS_BURST */
	const char *category;
	struct cell cells[FACTS_CELLS]; /* in order; the first that fits decides */
};

const struct fact_row *facts_row(enum fact f);

#endif
