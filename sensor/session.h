/*
 * session: tokens and credentials that HTTP shows in clear, by keyed digest.
 *
 * Claims: session token, sign-in, credential.
 */
#ifndef SENSOR_SESSION_H
#define SENSOR_SESSION_H

#include "sensor/flow.h"
#include "wire/http.h"

struct sessions;

/* The digest of the session token a request carries; none if it carries none that looks like a session's. */
struct key session_token(const struct sensor *s, const struct http_request *r, struct bytes host);

/* A request with this token for host; request is a hash of what a forwarder would not change. */
void session_used(struct sensor *s, struct sessions *t, const struct packet *p, const struct key *token, struct bytes host, uint64_t request);

/* It was granted (2xx), or answered by a demand to sign in; path is a hash of what was asked for. */
void session_granted(struct sessions *t, const struct packet *p, const struct key *token, uint64_t path);
void session_denied(struct sensor *s, struct sessions *t, const struct packet *p, const struct key *token, struct bytes host, uint64_t path);

/* A password was sent: by Authorization, or in the form of which body is what is there. */
void session_credentials(struct sensor *s, const struct packet *p, const struct http_request *r, struct bytes body, struct bytes host);

struct sessions *session_new(size_t memory, uint64_t seed);
void             session_free(struct sessions *t);

#endif
