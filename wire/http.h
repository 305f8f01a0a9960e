/*
 * http: the head of an HTTP/1 message (RFC 9112; fields: RFC 9110).
 *
 *	method SP target SP HTTP/1.x CRLF | HTTP/1.x SP status SP reason CRLF
 *	name ":" OWS value OWS CRLF ... CRLF
 *
 * Line ends may be LF alone.  A folded line is part of the value before it
 * and stays in it as sent.  An absent field's view has at == NULL.
 */
#ifndef WIRE_HTTP_H
#define WIRE_HTTP_H

#include "base/buf.h"
#include "base/err.h"

enum { HTTP_HEAD = 16384, HTTP_SET_COOKIES = 4 };

struct http_set_cookie {
	struct bytes value; /* the whole field value */
	bool         secure, http_only;
};

/* The fields picked out; of one sent twice the first. */
struct http_fields {
	struct bytes host, user_agent, accept, cookie, origin, referer;
	struct bytes content_type, upgrade, via, forwarded_for;
	struct bytes location, hsts, server; /* hsts: Strict-Transport-Security */
	struct bytes auth_scheme, auth_token; /* of Authorization */
	struct http_set_cookie set_cookie[HTTP_SET_COOKIES];
	unsigned set_cookies;
	bool     more;      /* there were more Set-Cookie fields */
	bool     chunked;
	bool     has_length;
	bool     ambiguous; /* two readers may see two messages: length twice or beside chunked, two hosts, a bad field name */
	uint64_t length;    /* Content-Length, bytes */
};

struct http_request {
	struct bytes       method, target;
	uint8_t            minor; /* HTTP/1.minor */
	struct http_fields fields;
	size_t             head;  /* bytes up to the body */
};

struct http_response {
	uint16_t           status;
	struct bytes       reason;
	uint8_t            minor;
	struct http_fields fields;
	size_t             head;
};

/*
 * Read the head at the start of a stream.  ERR_SHORT if it could still become
 * one, ERR_FORM if it is not HTTP, ERR_LIMIT if the head is over HTTP_HEAD
 * bytes, ERR_UNSUPPORTED for HTTP/2 with prior knowledge (RFC 9113 section 3.4).
 */
enum err http_request_parse(struct bytes in, struct http_request *out) MUST_USE;
enum err http_response_parse(struct bytes in, struct http_response *out) MUST_USE;

/* Write the start line and the fields picked out. */
void http_request_print(const struct http_request *r, struct buf *out);
void http_response_print(const struct http_response *r, struct buf *out);

/* Is this the beginning of a request or a response?  Cheap; SIP and RTSP are told apart. */
bool http_looks_request(struct bytes in);
bool http_looks_response(struct bytes in);

/* The next name=value of a Cookie or Set-Cookie value (a flag has an empty value); false at the end.  Takes it off left. */
bool http_cookie_next(struct bytes *left, struct bytes *name, struct bytes *value);

/* Is it FHIR by Content-Type or Accept (application/fhir+json, +xml, and their DSTU2 spelling)? */
bool http_is_fhir(const struct http_fields *f);

/* Does it ask for, or grant, a WebSocket (RFC 6455 section 4)? */
bool http_is_websocket(const struct http_fields *f);

/* Is it CONNECT (RFC 9110 section 9.3.6)?  Then where to; IPv6 without its brackets. */
bool http_is_connect(const struct http_request *r, struct bytes *host, uint16_t *port);

#endif
