/*
 * support: remote-support tools, administration protocols, VPNs and SOCKS:
 * recognised and listed, by first bytes, port, and names (SNI, DNS).
 */
#ifndef SENSOR_SUPPORT_H
#define SENSOR_SUPPORT_H

#include "sensor/flow.h"

bool   support_looks(const struct flow *f, int side, struct bytes in);
size_t support_stream(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   support_udp_looks(const struct flow *f, int side, struct bytes in);
void   support_datagram(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   support_socks_looks(const struct flow *f, int side, struct bytes in);
size_t support_socks(struct sensor *s, struct packet *p, int side, struct bytes in);

/* The flow's peer is called host (SNI, Host): labels it if that is a remote-support or vendor service. */
void support_host(struct sensor *s, struct packet *p, struct bytes host);

#endif
