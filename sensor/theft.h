/*
 * theft: frames that say nothing, in somebody else's card's name.
 *
 * A switch sends what is for a card to the port that heard it last.  Who keeps
 * speaking in the card's name therefore gets its frames (port stealing).  What
 * it says must not matter: an ARP frame without a meaning, many times a second,
 * to one card, which on the thief's own port nobody else hears.
 *
 *	thief's port:  src VICTIM dst THIEF  ARP 0.0.0.0 -> 0.0.0.0	again and again
 *	               src THIEF  dst all    ARP who has VICTIM?	gives it back, to hand a packet on
 *
 * A card's frames prove no sender; so the one they go to is named only if it
 * gave the port back several times.  Claims: card place.
 */
#ifndef SENSOR_THEFT_H
#define SENSOR_THEFT_H

#include "sensor/packet.h"
#include "wire/arp.h"

/* Every ARP frame. */
void theft_see(struct sensor *s, const struct packet *p, const struct arp *a);

struct thefts *theft_new(uint64_t seed);
void           theft_free(struct thefts *t);

#endif
