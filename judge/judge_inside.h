/* judge_inside: what the parts of the judge share; for them alone. */
#ifndef JUDGE_JUDGE_INSIDE_H
#define JUDGE_JUDGE_INSIDE_H

#include "base/memory.h"
#include "base/table.h"
#include "judge/declared.h"
#include "judge/facts.h"
#include "judge/incident.h"
#include "judge/judge.h"
#include "judge/says.h"
#include "judge/who.h"

enum { SIDES = 4, WAITING = 32, LIMITS = 512 }; /* values of a subject; contradictions that wait; rules by domain */
#define JUDGE_WAIT       (700 * 1000)              /* for evidence of how the new value is used */
#define JUDGE_CHURN_SPAN (10 * 60 * INSTANT_SECOND)

struct side {
	struct key     value, other;
	struct instant first, last;  /* steady */
	struct instant challenged;   /* when it first spoke against the current value */
	struct instant when;         /* capture time of its last claim */
	struct instant told;         /* steady; when a finding about it was last told */
	uint64_t       frame;
	struct mac     speaker;
	struct addr    speaker_ip;
	uint32_t       marks, count, number, said_since; /* said_since: claims since the challenge */
	uint32_t       cells;        /* bits of the row's cells already told */
	uint8_t        witness;      /* the strongest */
	uint8_t        waiting;      /* overlap seen, more evidence waited for */
	bool           answered_back;
	bool           decided;      /* a finding stands */
};

struct held {
	uint32_t    domain;
	uint8_t     fact, pad[3];
	struct key  subject;
	/* the key ends here */
	struct side side[SIDES];
	uint8_t     sides, current;
	uint8_t     changes;      /* newcomers within JUDGE_CHURN_SPAN */
	struct instant churn_from;
};
#define KEY_SIZE offsetof(struct held, side)

struct limit {
	uint32_t       domain;
	const char    *rule; /* the table's own string, so its address names it */
	/* the key ends here */
	struct instant from;
	uint32_t       told, withheld;
};

struct judge {
	struct judge_out    out;
	struct judge_counts counts;
	struct table       *held, *limits;
	struct who         *who;
	struct incidents   *incidents;
	struct instant      now;
	const struct policy *policy;  /* NULL if none was given */
	struct pairing      *pairing; /* NULL if no messages are paired */
	const struct pairing_words *words; /* of the message whose claim is considered, else NULL */
	struct {
		struct held    key; /* only its key is used */
		struct claim   claim;
		struct instant due;
		uint32_t       circumstances; /* under which it waits */
		uint8_t        side;
		bool           live;
	} wait[WAITING];
	unsigned waits; /* of them live */
};

/* --- judge_hold: what is held of a subject, its values side by side --- */

bool judge_alive(const struct fact_row *row, const struct side *s, struct instant now);
bool judge_known(const struct fact_row *row, const struct side *s);
/* What is held about the claim's subject under this kind of fact, NULL if nothing is. */
const struct held *judge_peek(const struct judge *j, const struct claim *c, enum fact fact);
/* What is held about the claim's subject, made if new; a new one begins with what the policy or the CA declare. */
struct held *judge_hold(struct judge *j, const struct claim *c, bool *fresh);
/* The side of this value, or a new one in the place of the longest silent. */
struct side *judge_side(struct judge *j, struct held *h, const struct fact_row *row, const struct claim *c, bool *fresh);
/* What the policy declares, put down as held in the domain that stands for all; context is the judge. */
void judge_declare(void *context, const struct claim *c);

/* --- judge_operate: the operators of the table's rows --- */

void judge_operate(struct judge *j, const struct fact_row *row, const struct claim *c);
/* Tries again what waited for more evidence and is due. */
void judge_waited(struct judge *j);

/* --- judge_tell: circumstances in, findings out --- */

/* Goes down the row's cells; what fits first decides (a cell marked more lets the next try too). */
void judge_consider(struct judge *j, const struct fact_row *row, const struct claim *c, const struct side *old, struct side *new, uint32_t circumstances);

#endif
