/* fragment: IPv4 and IPv6 fragments to whole packets (RFC 791, RFC 8200 4.5, RFC 5722). */
#ifndef SENSOR_FRAGMENT_H
#define SENSOR_FRAGMENT_H

#include "sensor/packet.h"

/* Takes the fragment p->ip; true when the packet is whole, p->ip.payload then being all of it. */
bool fragment_join(struct sensor *s, struct packet *p);

struct fragments *fragment_new(size_t memory, uint64_t seed);
void              fragment_free(struct fragments *t);

#endif
