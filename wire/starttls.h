/*
 * starttls: protocols that begin in clear and go on in TLS, if nobody talks them out of it.
 *
 *	SMTP  RFC 3207   250-STARTTLS      STARTTLS     220 / 454
 *	IMAP  RFC 9051   * CAPABILITY …    a STARTTLS   a OK / a BAD
 *	POP3  RFC 2595   CAPA: STLS        STLS         +OK / -ERR
 *	FTP   RFC 4217   FEAT: AUTH TLS    AUTH TLS     234 / 5xx
 *	XMPP  RFC 6120   <starttls/>       <starttls/>  <proceed/> / <failure/>
 *	LDAP  RFC 4511   supportedExtension, ExtendedRequest 1.3.6.1.4.1.1466.20037, ExtendedResponse
 *
 * A stranger in the middle takes the offer out, or the command, or answers in
 * the server's name; what was offered yesterday and is not today tells.
 */
#ifndef WIRE_STARTTLS_H
#define WIRE_STARTTLS_H

#include "base/bytes.h"

enum starttls_protocol { STARTTLS_SMTP = 1, STARTTLS_IMAP, STARTTLS_POP3, STARTTLS_FTP, STARTTLS_XMPP, STARTTLS_LDAP };

/* What was seen in a segment; several may be together. */
enum starttls_event {
	STARTTLS_LISTED = 1 << 0,      /* the server told all it can do; without OFFERED it did not offer TLS */
	STARTTLS_OFFERED = 1 << 1,
	STARTTLS_ASKED = 1 << 2,       /* the client's command */
	STARTTLS_ACCEPTED = 1 << 3,    /* TLS begins with the next bytes */
	STARTTLS_REFUSED = 1 << 4,
	STARTTLS_CREDENTIALS = 1 << 5, /* a login in clear; anonymous ones and EXTERNAL are none */
	STARTTLS_TRAILED = 1 << 6,     /* bytes in clear behind the command or its acceptance: injected ones */
};

/* A connection so far: a record, and small. */
struct starttls {
	enum starttls_protocol protocol;
	bool    asked;   /* the next answer is to the command */
	bool    listing; /* the next answer is a list of capabilities */
	bool    content; /* SMTP: a mail goes by */
	bool    over;    /* accepted, or logged in without: no more is to be seen */
	uint8_t tag[16]; /* IMAP's tag of the command, LDAP's message id */
	uint8_t tag_len;
};

static inline void
starttls_init(struct starttls *s, enum starttls_protocol protocol)
{
	*s = (struct starttls){ .protocol = protocol };
}

/* The protocol usual on a server's port; 0 if it is none of these. */
enum starttls_protocol starttls_of_port(uint16_t port);

/*
 * Looks at the bytes of one segment of either side, in order, and says what
 * happens there: enum starttls_event.  A line cut between two segments is
 * looked at in two parts, as none of these programs sends it so.
 */
unsigned starttls_see(struct starttls *s, bool from_server, struct bytes segment);

#endif
