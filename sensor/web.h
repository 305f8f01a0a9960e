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

struct webs *web_new(size_t memory, uint64_t seed);
void         web_free(struct webs *t);

#endif
