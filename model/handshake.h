/*
 * handshake: what one TLS, DTLS or QUIC handshake showed on the wire.
 *
 * A record: it owns all of its text.  Hashes are lower-case hexadecimal.
 */
#ifndef MODEL_HANDSHAKE_H
#define MODEL_HANDSHAKE_H

#include "base/addr.h"
#include "base/instant.h"

struct certificate {
	uint8_t        digest[32];    /* SHA-256 of the certificate */
	uint8_t        spki[32];      /* SHA-256 of its SubjectPublicKeyInfo: the pin of RFC 7469 */
	uint8_t        issuer_key[32];/* SHA-256 of the issuer's SPKI if the signature verified under it, else zero */
	uint8_t        issuer_name[32];/* SHA-256 of the issuer's distinguished name */
	char           subject[64], issuer[64]; /* common names, or organisations */
	char           names[160];    /* DNS names and addresses, blank between */
	char           serial[44];
	struct instant from, until;
	uint16_t       bits;          /* of the key */
	bool           self_signed, weak, present;
};

struct handshake {
	char     transport;   /* t TCP, d DTLS, q QUIC */
	bool     client, server, resumed, hrr, ech, wants_client_certificate, staple, done, failed;
	uint16_t version, offered; /* chosen, and the best the client offered */
	uint16_t cipher, group;
	uint8_t  alert;       /* of a fatal alert in clear, 0 if none */
	char     sni[256];
	char     alpn[16];    /* chosen if visible */
	char     alpn_offered[32];
	char     ja3[1400], ja3_hash[33];
	char     ja3s[400], ja3s_hash[33];
	char     ja4[40];
	struct certificate server_certificate, client_certificate;
};

#endif
