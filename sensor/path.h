/*
 * path: the same packet on other cards: relays, and copies the SPAN makes.
 *
 * Rests on what a relay cannot change without breaking the conversation: ends,
 * ports, IPv4 identification, TCP sequence and acknowledgement.
 */
#ifndef SENSOR_PATH_H
#define SENSOR_PATH_H

#include "sensor/packet.h"

enum path {
	PATH_NEW,
	PATH_COPY,    /* seen before, with the same cards: the mirror copied twice */
	PATH_CARRIED, /* seen before, and a third card carried it on (which is claimed) */
};

/* Has the packet been seen before?  Only a new one needs all the witnesses. */
enum path path_see(struct sensor *s, struct packet *p);

/* Ahead of path_see: what identifies the packet, and the fetching of where it will be looked up. */
void path_fetch(const struct sensor *s, struct packet *p);

struct paths *path_new(size_t memory);
void          path_free(struct paths *t);

#endif
