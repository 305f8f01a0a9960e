/*
 * air: 802.11 in monitor mode: who may beacon a network's name, and who throws
 * clients out.  Claims: network name, beacon clock, lured client, deauthentication.
 */
#ifndef SENSOR_AIR_H
#define SENSOR_AIR_H

#include "sensor/packet.h"

/*
 * One 802.11 frame (radiotap header first if linktype says so).  True if it
 * carries an ordinary packet in clear: p->link is then filled in.
 */
bool air_see(struct sensor *s, struct packet *p, struct bytes in, uint32_t linktype);

struct airs *air_new(size_t memory, uint64_t seed);
void         air_free(struct airs *t);

#endif
