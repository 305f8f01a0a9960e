/*
 * secure: TLS, DTLS and QUIC handshakes: fingerprints, certificates, versions.
 *
 * Claims: service key, service stack, downgrade sentinel, client stack,
 * identity (client certificates), inspection, handshakes of care, certificate,
 * two legs.  Events: one tls record a handshake.
 */
#ifndef SENSOR_SECURE_H
#define SENSOR_SECURE_H

#include "sensor/flow.h"

bool   secure_tls_looks(const struct flow *f, int side, struct bytes in);
size_t secure_tls(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   secure_dtls_looks(const struct flow *f, int side, struct bytes in);
void   secure_dtls(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   secure_quic_looks(const struct flow *f, int side, struct bytes in);
void   secure_quic(struct sensor *s, struct packet *p, int side, struct bytes in);
/* The flow goes with a handshake unfinished: what was seen of it is told. */
void   secure_gone(struct sensor *s, struct flow *f);

struct secure *secure_new(size_t memory, uint64_t seed);
void           secure_free(struct secure *t);
/* See sensor_trust. */
void           secure_trust(struct sensor *s, struct bytes der);

#endif
