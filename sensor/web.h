/*
 * web: HTTP/1 in clear: what it protects and what it gives away.
 *
 * Claims: protection (redirects to HTTPS, content in clear), session token and
 * sign-in, credential, FHIR in clear.  Events: http.
 */
#ifndef SENSOR_WEB_H
#define SENSOR_WEB_H

#include "sensor/flow.h"

bool   web_looks(const struct flow *f, int side, struct bytes in);
size_t web_stream(struct sensor *s, struct packet *p, int side, struct bytes in);
bool   web_resync(struct sensor *s, struct packet *p, int side);

/* The client of p asks for host by TLS (ClientHello with SNI). */
void web_secured(struct sensor *s, struct packet *p, struct bytes host);

/* Services of any protocol that completed a TLS handshake. */
void web_spoke_tls(struct sensor *s, struct addr server, uint16_t port);
bool web_speaks_tls(const struct sensor *s, struct addr server, uint16_t port);

/* A credential or token as a key: a keyed digest of both parts. */
struct key web_digest(const struct sensor *s, struct bytes host, struct bytes token);
/* A credential for words went in clear through the card p is sent to. */
void web_credential(struct sensor *s, const struct packet *p, const struct key *digest, struct bytes words);

struct webs *web_new(size_t memory, uint64_t seed);
void         web_free(struct webs *t);

#endif
