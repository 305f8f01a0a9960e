/*
 * exchange: one HTTP request (RFC 9110) and its answer, without the server around it.
 *
 * What was asked is a letter: views that live as long as the answer is being
 * made.  The answer is begun as 404, and is a desk's to fill in.
 */
#ifndef PKI_EXCHANGE_H
#define PKI_EXCHANGE_H

#include "base/buf.h"
#include "base/instant.h"

enum { EXCHANGE_LINES = 8, EXCHANGE_VALUE = 400 };

struct exchange {
	/* asked */
	const char    *method;        /* "GET", "HEAD" or "POST" */
	const char    *path, *query;  /* path: begins with a slash, still percent-encoded; query: "" if there is none */
	const char    *host;          /* the Host line, "" if there is none */
	struct bytes   type, body, authorization; /* Content-Type, the content, Authorization: empty if absent */
	struct bytes   certificate;   /* in DER, that the client proved over TLS; empty: none */
	struct bytes   binding;       /* of the TLS connection (tls-unique, or the exporter of RFC 9266); empty: none */
	const char    *peer;          /* address */
	bool           tls;
	struct instant now;

	/* answered */
	int            status;
	const char    *answer_type;   /* NULL: no content */
	struct buf    *answer;
	struct exchange_line {
		const char *name;
		char        value[EXCHANGE_VALUE];
	} line[EXCHANGE_LINES];       /* header lines beside Content-Type, Content-Length and Date */
	unsigned       lines;
};

/* A header line of the answer; what does not fit is cut. */
void exchange_line(struct exchange *x, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The answer is this text for people; what stood in it before is gone. */
void exchange_say(struct exchange *x, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
