/*
 * tls: records and handshake of TLS 1.0 to 1.3 (RFC 5246, RFC 8446) and SSL 3.0 (RFC 6101).
 *
 *	record     type(1) version(2) length(2) | fragment
 *	handshake  type(1) length(3) | body
 *	ClientHello  version(2) random(32) <session id>(1) <ciphers>(2) <compressions>(1) <extensions>(2)
 *	ServerHello  version(2) random(32) <session id>(1) cipher(2) compression(1) <extensions>(2)
 *	extension  type(2) <data>(2)
 *
 * A handshake message may lie across records and a record across segments;
 * putting them together is the caller's work, in a buffer of his with a
 * ceiling.  All structs here are letters: their views lie in the bytes parsed.
 */
#ifndef WIRE_TLS_H
#define WIRE_TLS_H

#include "base/buf.h"
#include "base/err.h"

enum {
	TLS_RECORD_MAX = 5 + 16384 + 2048, /* RFC 5246 section 6.2.3 */
	TLS_HANDSHAKE_MAX = 4 + 65536,     /* ours: room for long chains and large keys */
	TLS_CERTIFICATES = 10,
	TLS_SHARES = 8,
};

enum tls_content { TLS_CHANGE_CIPHER = 20, TLS_ALERT = 21, TLS_HANDSHAKE = 22, TLS_DATA = 23, TLS_HEARTBEAT = 24 };

enum tls_message {
	TLS_HELLO_REQUEST = 0,
	TLS_CLIENT_HELLO = 1,
	TLS_SERVER_HELLO = 2,
	TLS_HELLO_VERIFY = 3, /* DTLS */
	TLS_SESSION_TICKET = 4,
	TLS_END_OF_EARLY_DATA = 5,
	TLS_ENCRYPTED_EXTENSIONS = 8,
	TLS_CERTIFICATE = 11,
	TLS_SERVER_KEY_EXCHANGE = 12,
	TLS_CERTIFICATE_REQUEST = 13,
	TLS_SERVER_HELLO_DONE = 14,
	TLS_CERTIFICATE_VERIFY = 15,
	TLS_CLIENT_KEY_EXCHANGE = 16,
	TLS_FINISHED = 20,
	TLS_CERTIFICATE_URL = 21,
	TLS_CERTIFICATE_STATUS = 22,
	TLS_SUPPLEMENTAL = 23,
	TLS_KEY_UPDATE = 24,
	TLS_COMPRESSED_CERTIFICATE = 25,
};

enum tls_extension_type {
	TLS_EXT_SERVER_NAME = 0,
	TLS_EXT_STATUS_REQUEST = 5,
	TLS_EXT_GROUPS = 10,
	TLS_EXT_POINT_FORMATS = 11,
	TLS_EXT_SIGNATURES = 13,
	TLS_EXT_ALPN = 16,
	TLS_EXT_MASTER_SECRET = 23,
	TLS_EXT_TICKET = 35,
	TLS_EXT_PSK = 41,
	TLS_EXT_EARLY_DATA = 42,
	TLS_EXT_VERSIONS = 43,
	TLS_EXT_COOKIE = 44,
	TLS_EXT_KEY_SHARE = 51,
	TLS_EXT_QUIC = 57, /* RFC 9001 section 8.2 */
	TLS_EXT_ECH = 0xfe0d,
	TLS_EXT_RENEGOTIATION = 0xff01,
};

/* What carries the handshake; the letter is JA4's. */
enum tls_carrier { TLS_OVER_STREAM = 't', TLS_OVER_QUIC = 'q', TLS_OVER_DATAGRAM = 'd' };

struct tls_record {
	uint8_t      type; /* enum tls_content */
	uint16_t     version;
	uint16_t     length;   /* of the fragment, as the header states it */
	struct bytes fragment;
	size_t       size; /* of the whole record, header included */
};

struct tls_handshake {
	uint8_t      type; /* enum tls_message */
	uint32_t     length;
	struct bytes body;
	size_t       size; /* of the whole message, header included */
};

struct tls_extension {
	uint16_t     type;
	struct bytes data;
};

struct tls_client_hello {
	enum tls_carrier carrier; /* parsed as a stream's; for QUIC the caller says so */
	uint16_t         version; /* legacy_version, as JA3 has it */
	uint16_t         version_max; /* newest known one offered anywhere */
	struct bytes     random;      /* 32 */
	struct bytes     session_id;
	struct bytes     cookie;     /* DTLS only */
	struct bytes     ciphers;    /* two bytes each */
	struct bytes     compressions;
	struct bytes     extensions; /* for tls_extension_next */
	bool             has_extensions; /* a list was sent, even an empty one */

	struct bytes server_name; /* first host_name, as sent */
	struct bytes alpn;        /* each <name>(1) */
	struct bytes alpn_first;
	struct bytes versions;      /* two bytes each */
	struct bytes groups;        /* two bytes each */
	struct bytes point_formats; /* one byte each */
	struct bytes signatures;    /* two bytes each */
	struct bytes ticket;        /* RFC 5077, empty if a new one is asked for */
	struct bytes quic;          /* transport parameters */
	uint16_t     shares[TLS_SHARES]; /* groups of the key shares, without GREASE */
	unsigned     nshares;
	bool         more_shares; /* there were more than TLS_SHARES */

	bool has_server_name, has_alpn, has_psk, has_early_data, has_ech, has_ticket, has_status_request;
	bool has_master_secret, has_renegotiation;
	bool grease; /* RFC 8701 values among ciphers or extensions */
	bool odd;    /* a known extension came twice or its data is malformed; its view may be empty */
};

enum tls_downgrade { TLS_DOWNGRADE_NONE, TLS_DOWNGRADE_TO_11, TLS_DOWNGRADE_TO_12 };

struct tls_server_hello {
	uint16_t     version;        /* legacy_version, as JA3S has it */
	uint16_t     version_chosen; /* supported_versions looked at */
	struct bytes random;
	struct bytes session_id;
	uint16_t     cipher;
	uint8_t      compression;
	struct bytes extensions;
	bool         has_extensions;

	struct bytes alpn;        /* the one chosen */
	uint16_t     share_group; /* 0 if none */
	uint16_t     psk_identity;
	enum tls_downgrade downgrade; /* RFC 8446 section 4.1.3: the server could do better */
	bool retry;                   /* a HelloRetryRequest: its random is the well-known one */
	bool has_psk;                 /* the client's PSK was accepted: a session goes on */
	bool has_server_name, has_ticket, has_status_request, has_master_secret, has_renegotiation;
	bool odd;
};

struct tls_certificate {
	struct bytes der;
	struct bytes extensions; /* TLS 1.3 only */
};

struct tls_certificates {
	struct bytes           context; /* TLS 1.3 only */
	struct tls_certificate at[TLS_CERTIFICATES];
	unsigned               n;
	bool                   more;   /* the chain is longer than TLS_CERTIFICATES */
	bool                   staple; /* TLS 1.3: an OCSP response comes with a certificate */
};

struct tls_certificate_request {
	struct bytes context;    /* TLS 1.3 only */
	struct bytes types;      /* up to TLS 1.2 only: one byte each */
	struct bytes signatures; /* two bytes each */
	struct bytes authorities; /* each <DER name>(2) */
};

struct tls_ticket {
	uint32_t     lifetime; /* seconds */
	uint32_t     age_add;  /* TLS 1.3 only, as are nonce and extensions */
	struct bytes nonce, ticket, extensions;
};

struct tls_alert {
	uint8_t level; /* 1 warning, 2 fatal */
	uint8_t description;
};

/*
 * Do the first bytes of a stream look like TLS, whatever the port?  OK: a
 * ClientHello (an SSLv2-framed one too), a ServerHello or an alert begins
 * here.  ERR_SHORT: so far it does.  ERR_FORM: it is something else.
 */
enum err tls_looks(struct bytes first) MUST_USE;

/* A ClientHello in SSLv2 framing (RFC 5246 appendix E.2): no fingerprint is made of it. */
bool tls_two_hello(struct bytes first);

/*
 * Reads the first record of in; skip out->size for the next.  ERR_FORM: not
 * TLS.  ERR_SHORT: more is needed; once the header is there type, version,
 * length and size are right even then, so that a caller can let pass what he
 * need not keep.
 */
enum err tls_record_parse(struct bytes in, struct tls_record *out) MUST_USE;
void     tls_record_print(const struct tls_record *r, struct buf *out);

/*
 * Reads the first message of in, handshake fragments put together.  ERR_SHORT
 * as in tls_record_parse; ERR_LIMIT: it states more than TLS_HANDSHAKE_MAX;
 * ERR_FORM: no such type, as when it is encrypted.
 */
enum err tls_handshake_parse(struct bytes in, struct tls_handshake *out) MUST_USE;
void     tls_handshake_print(const struct tls_handshake *h, struct buf *out);

/*
 * Steps through an extensions view.  False at its end; the views in a parsed
 * hello are well formed, so false means nothing else there.
 */
bool tls_extension_next(struct bytes *list, struct tls_extension *out);

/* Reads the body of a ClientHello.  ERR_SHORT or ERR_FORM: nothing of out may be used. */
enum err tls_client_hello_parse(struct bytes body, struct tls_client_hello *out) MUST_USE;

/* The same for any carrier: a datagram's has a cookie (RFC 6347 section 4.2.1). */
enum err tls_client_hello_read(struct bytes body, enum tls_carrier carrier, struct tls_client_hello *out) MUST_USE;
void     tls_client_hello_print(const struct tls_client_hello *h, struct buf *out);

/* Reads the body of a ServerHello or HelloRetryRequest, of TLS or DTLS. */
enum err tls_server_hello_parse(struct bytes body, struct tls_server_hello *out) MUST_USE;
void     tls_server_hello_print(const struct tls_server_hello *h, struct buf *out);

/* Bodies of other messages; version is the one the ServerHello chose. */
enum err tls_certificates_parse(struct bytes body, uint16_t version, struct tls_certificates *out) MUST_USE;
enum err tls_certificate_request_parse(struct bytes body, uint16_t version, struct tls_certificate_request *out) MUST_USE;
enum err tls_ticket_parse(struct bytes body, uint16_t version, struct tls_ticket *out) MUST_USE;

/* CertificateStatus (RFC 6066 section 8): the OCSP response.  ERR_UNSUPPORTED for other kinds of status. */
enum err tls_status_parse(struct bytes body, struct bytes *ocsp) MUST_USE;

/* The fragment of an alert record.  ERR_FORM if it is not two bytes of sense, as when it is encrypted. */
enum err tls_alert_parse(struct bytes fragment, struct tls_alert *out) MUST_USE;
void     tls_alert_print(const struct tls_alert *a, struct buf *out);

/* RFC 8701: 0x0a0a, 0x1a1a, … 0xfafa. */
static inline bool
tls_grease(uint16_t v)
{
	return (v & 0x0f0f) == 0x0a0a && v >> 8 == (v & 0xff);
}

/* DTLS counts its versions downwards; 0x0100 is a draft's, and AnyConnect still sends it. */
static inline bool
tls_datagram_version(uint16_t v)
{
	return v >> 8 == 0xfe || v == 0x0100;
}

/* Is v TLS 1.3 or DTLS 1.3? */
static inline bool
tls_thirteen(uint16_t v)
{
	return v == 0x0304 || v == 0xfefc;
}

/* "TLS 1.2", "DTLS 1.0", "SSL 3.0"; "unknown". */
const char *tls_version_text(uint16_t version);

/* The name in RFC 8446 section 6 or an older RFC: "unknown_ca"; "unknown". */
const char *tls_alert_text(uint8_t description);

/* What a cipher suite promises; 0 if it is none that IANA lists (the two SCSVs are not ciphers). */
enum tls_traits {
	TLS_CIPHER_KNOWN = 1 << 0,
	TLS_CIPHER_FORWARD = 1 << 1, /* forward secrecy: ephemeral keys, all of TLS 1.3 */
	TLS_CIPHER_AEAD = 1 << 2,
	TLS_CIPHER_13 = 1 << 3,
	TLS_CIPHER_EXPORT = 1 << 4,
	TLS_CIPHER_NULL = 1 << 5,
	TLS_CIPHER_RC4 = 1 << 6,
	TLS_CIPHER_DES = 1 << 7,
	TLS_CIPHER_3DES = 1 << 8,
	TLS_CIPHER_ANON = 1 << 9, /* nobody is authenticated */
	TLS_CIPHER_WEAK = TLS_CIPHER_EXPORT | TLS_CIPHER_NULL | TLS_CIPHER_RC4 | TLS_CIPHER_DES | TLS_CIPHER_3DES | TLS_CIPHER_ANON,
};
unsigned tls_cipher_traits(uint16_t suite);

#endif
