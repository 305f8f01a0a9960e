/*
 * care: the messages of clinical conversations, read to their end as they come
 * and told as keyed digests (content/message): nothing of them is kept.
 *
 * A conversation has a slot while it lasts, a message while it is read; both
 * come from fixed pools, and when one is empty the longest silent gives way:
 * its message is told as cut, so that it is never missed elsewhere.
 */
#ifndef SENSOR_CARE_H
#define SENSOR_CARE_H

#include "sensor/flow.h"

/* The next bytes of one side of an HL7 conversation, in order. */
void care_hl7(struct sensor *s, struct packet *p, int side, struct bytes in);

/* n bytes of a side were never seen. */
void care_gap(struct sensor *s, const struct packet *p, int side, uint32_t n);
/* The conversation is over. */
void care_gone(struct sensor *s, struct flow *f);

struct cares *care_new(size_t memory, const uint8_t key[static 32]);
void          care_free(struct cares *c);

#endif
