/*
 * neighbour: ARP and NDP: which card has which address on this link.
 *
 * Claims: binding, with how it was said: answered, announced, pushed at one
 * victim, or used.
 */
#ifndef SENSOR_NEIGHBOUR_H
#define SENSOR_NEIGHBOUR_H

#include "sensor/packet.h"

void neighbour_arp(struct sensor *s, struct packet *p);
void neighbour_icmp6(struct sensor *s, struct packet *p);

#endif
