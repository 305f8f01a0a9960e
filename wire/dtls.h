/*
 * dtls: TLS over datagrams (RFC 4347, RFC 6347; RFC 9147 for the hellos of 1.3, which look the same).
 *
 *	record     type(1) version(2) epoch(2) sequence(6) length(2) | fragment
 *	handshake  type(1) length(3) message(2) offset(3) here(3) | here bytes of the body
 *	HelloVerifyRequest  version(2) <cookie>(1)
 *
 * A datagram may hold several records, a record several messages.  A message
 * cut into fragments is put together by the caller, who looks at offset and
 * length; its body is then read by the parsers of tls.
 */
#ifndef WIRE_DTLS_H
#define WIRE_DTLS_H

#include "wire/tls.h"

struct dtls_record {
	uint8_t      type; /* enum tls_content */
	uint16_t     version;
	uint16_t     epoch;    /* from 1 on all is encrypted */
	uint64_t     sequence; /* 48 bits */
	struct bytes fragment;
	size_t       size; /* of the whole record, header included */
};

struct dtls_handshake {
	uint8_t      type;    /* enum tls_message */
	uint32_t     length;  /* of the whole body */
	uint16_t     message; /* counts the messages of a side; a repeated flight has the same numbers */
	uint32_t     offset;
	struct bytes fragment;
	size_t       size; /* of this fragment, header included */
};

struct dtls_hello_verify {
	uint16_t     version;
	struct bytes cookie;
};

/* Does a datagram begin with an unencrypted record of DTLS that holds a hello or an alert? */
bool dtls_looks(struct bytes datagram);

/*
 * Reads the first record of a datagram; skip out->size for the next.
 * ERR_SHORT: the datagram is cut, for a record never goes on in another.
 * ERR_UNSUPPORTED: a ciphertext of DTLS 1.3 (RFC 9147 section 4), or one with
 * a connection id (RFC 9146).  ERR_FORM: not DTLS.
 */
enum err dtls_record_parse(struct bytes in, struct dtls_record *out) MUST_USE;
void     dtls_record_print(const struct dtls_record *r, struct buf *out);

/* Reads the first handshake fragment in a record of epoch 0.  ERR_LIMIT: a body of more than TLS_HANDSHAKE_MAX. */
enum err dtls_handshake_parse(struct bytes in, struct dtls_handshake *out) MUST_USE;
void     dtls_handshake_print(const struct dtls_handshake *h, struct buf *out);

/* Is the whole body in this fragment? */
static inline bool
dtls_handshake_whole(const struct dtls_handshake *h)
{
	return h->fragment.len == h->length;
}

/* Bodies.  tls_server_hello_parse reads a ServerHello of DTLS as it is. */
enum err dtls_client_hello_parse(struct bytes body, struct tls_client_hello *out) MUST_USE;
enum err dtls_hello_verify_parse(struct bytes body, struct dtls_hello_verify *out) MUST_USE;
void     dtls_hello_verify_print(const struct dtls_hello_verify *v, struct buf *out);

#endif
