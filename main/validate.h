/*
 * validate: the role validate: it resolves names and connects to them, to see
 * what was put there to prove control of a name (http-01, dns-01 of RFC 8555;
 * tls-alpn-01 of RFC 8737).  It has the network, and neither keys nor the
 * site's files.
 *
 * It never connects to loopback, link-local, multicast or unspecified
 * addresses, nor to those that the policy names in never_validate; a
 * name of which one address is such is not looked at.  Of redirects it
 * follows three, to the same path, on the two ports.
 *
 * Bounded: VALIDATE_AT_ONCE at a time (more wait), each a process of its own
 * that ends after 30 s; 4 addresses a name, 8 KiB an answer.
 */
#ifndef MAIN_VALIDATE_H
#define MAIN_VALIDATE_H

#include "model/acme.h"

enum { VALIDATE_AT_ONCE = 16 };

/* The one kind of message there, and the one back. */
enum { VALIDATE_LOOK = 1, VALIDATE_LOOKED };

struct validate_order {
	int64_t        authorization;
	enum acme_kind kind;
	bool           ip;
	char           name[ACME_NAME];
	char           token[40], key_authorization[96];
};

struct validate_answer {
	int64_t authorization;
	char    trouble[24]; /* of the table in RFC 8555 section 6.7; "": the challenge is met */
	char    says[ACME_SAYS];
};

/* Of the board: where it asks. */
struct validate_places {
	struct addr resolver;
	uint16_t    resolver_port, http_port, tls_port;
};

/* ADDRESS or ADDRESS:PORT, [V6]:PORT; NULL: what the system asks.  false: it is neither. */
bool validate_resolver(const char *text, struct validate_places *out);

#endif
