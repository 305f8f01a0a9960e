/*
 * quic: long headers and the frames of an Initial packet (RFC 9000; RFC 9001; version 2: RFC 9369).
 *
 *	Initial    1 1 type(2) r(2) pnlen(2) | version(4) <dcid>(1) <scid>(1) token:varint <token>
 *	           length:varint | packet number(1..4) ciphertext …
 *	Handshake, 0-RTT   the same without the token
 *	Retry      … <scid>(1) token … integrity tag(16)
 *	Version Negotiation   1 x(7) | 0(4) <dcid>(1) <scid>(1) version(4) …
 *
 * A client's first packets are encrypted with keys everybody can compute (RFC
 * 9001 section 5.2); whoever may do arithmetic takes the salt and the labels
 * from here, and quic_unmask takes the header's protection off for him.
 */
#ifndef WIRE_QUIC_H
#define WIRE_QUIC_H

#include "base/buf.h"
#include "base/err.h"

enum {
	QUIC_V1 = 1,
	QUIC_V2 = 0x6b3343cf,
	QUIC_ID_MAX = 20,   /* of versions 1 and 2 */
	QUIC_SAMPLE_LEN = 16,
	QUIC_TAG_LEN = 16,  /* of AES-128-GCM, which protects every Initial */
	QUIC_INITIAL_MIN = 1200, /* a client's datagram with an Initial is at least so long */
};

enum quic_type { QUIC_INITIAL, QUIC_ZERO_RTT, QUIC_HANDSHAKE, QUIC_RETRY, QUIC_NEGOTIATION };

struct quic {
	enum quic_type type;
	uint8_t        first; /* the first byte as sent, protected */
	uint32_t       version;
	struct bytes   dcid, scid;
	struct bytes   token;    /* of an Initial or a Retry */
	struct bytes   tag;      /* of a Retry */
	struct bytes   versions; /* of a Version Negotiation: four bytes each */
	uint64_t       length;   /* of packet number and ciphertext, as the header states it */
	size_t         pn_offset; /* where the packet number begins; 0 if there is none */
	struct bytes   packet;   /* the whole of it: what follows in the datagram is another */
};

/* What the keys of a version are made from (RFC 9001 section 5, RFC 9369 section 3.3). */
struct quic_keys {
	struct bytes salt;         /* of HKDF-Extract over the client's first dcid */
	const char  *key, *iv, *hp; /* labels of HKDF-Expand-Label, without "tls13 " */
};

/* The labels of HKDF-Expand-Label that make a side's Initial secret, in every version. */
#define QUIC_CLIENT_LABEL "client in"
#define QUIC_SERVER_LABEL "server in"

/* A packet whose header protection is off. */
struct quic_clear {
	uint32_t     pn;     /* truncated, as sent */
	unsigned     pn_len; /* 1 to 4 bytes */
	struct bytes aad;    /* the header as it was before protection: in the caller's buffer */
	struct bytes cipher; /* ciphertext and tag: in the packet */
};

enum quic_frame_type {
	QUIC_FRAME_PADDING = 0x00,
	QUIC_FRAME_PING = 0x01,
	QUIC_FRAME_ACK = 0x02,
	QUIC_FRAME_ACK_ECN = 0x03,
	QUIC_FRAME_CRYPTO = 0x06,
	QUIC_FRAME_CLOSE = 0x1c,
};

struct quic_frame {
	uint64_t     type;   /* enum quic_frame_type */
	uint64_t     offset; /* CRYPTO: where data belongs in the handshake's stream */
	struct bytes data;   /* CRYPTO */
	uint64_t     largest; /* ACK */
	uint64_t     error;  /* CONNECTION_CLOSE; 0x100 and more: a TLS alert */
	struct bytes reason; /* CONNECTION_CLOSE */
};

/*
 * Reads the first long-header packet of a datagram; its size is
 * out->packet.len, and what follows may be another (RFC 9000 section 12.2).
 * ERR_FORM: no long header of QUIC.  ERR_UNSUPPORTED: a version of which no
 * more is known than RFC 8999 says; version, dcid and scid are right then.
 */
enum err quic_parse(struct bytes datagram, struct quic *out) MUST_USE;

/* Writes the header, and after it the ciphertext or tag as it was parsed. */
void quic_print(const struct quic *q, struct buf *out);

/* The salt and labels of a version; NULL if it is not known here. */
const struct quic_keys *quic_keys(uint32_t version);

/* The salt alone; empty if the version is not known. */
struct bytes quic_salt(uint32_t version);

/* The bytes a header protection mask is made from (RFC 9001 section 5.4.2).  ERR_SHORT: the packet has too few. */
enum err quic_sample(const struct quic *q, struct bytes *sample) MUST_USE;

/*
 * Takes the header protection off with a mask (RFC 9001 section 5.4.1).  The
 * clear header is written to header, where out->aad then lies.  ERR_LIMIT: it
 * does not fit there.  ERR_SHORT: there is no room for a tag.
 */
enum err quic_unmask(const struct quic *q, const uint8_t mask[static 5], struct buf *header, struct quic_clear *out) MUST_USE;

/* The whole packet number nearest to the one expected (RFC 9000 appendix A.3). */
uint64_t quic_number(uint64_t expected, uint32_t truncated, unsigned pn_len);

/* The nonce of a packet: its number over the end of the iv (RFC 9001 section 5.3). */
void quic_nonce(const uint8_t iv[static 12], uint64_t number, uint8_t nonce[static 12]);

/*
 * Takes the next frame from a decrypted payload; a run of padding is one
 * frame.  ERR_CLOSED: there is none left.  ERR_FORM or ERR_SHORT: it is
 * malformed or not allowed in an Initial, and nothing after it can be read.
 */
enum err quic_frame_next(struct bytes *payload, struct quic_frame *out) MUST_USE;
void     quic_frame_print(const struct quic_frame *f, struct buf *out);

#endif
