/*
 * ja: what a client's or server's hello says of the software that wrote it.
 *
 *	JA3   version,ciphers,extensions,groups,point formats   decimal, '-' between; MD5 of it
 *	JA3S  version,cipher,extensions                         likewise
 *	JA4   t13d1516h2 _ ciphers _ extensions_signatures      a, and SHA-256 of b and c, 12 hex digits each
 *
 * github.com/salesforce/ja3; github.com/FoxIO-LLC/ja4 technical_details/JA4.md
 * (JA4 is BSD-licensed; its JA4+ relatives are not and are not made here).
 * Only the texts are made here; whoever may do arithmetic hashes them.
 */
#ifndef WIRE_JA_H
#define WIRE_JA_H

#include "wire/tls.h"

enum {
	JA_LIST_MAX = 512,   /* ciphers, extensions or signatures of a JA4; IANA knows fewer of each */
	JA_TEXT_MAX = 8192,  /* room for any text that is not ERR_LIMIT */
	JA_FOUR_A_LEN = 10,
	JA_FOUR_HASH_LEN = 12, /* hex digits kept of SHA-256 */
};

/* What stands for the hash of an empty part b or c of a JA4. */
#define JA_FOUR_EMPTY "000000000000"

/* The JA3 and JA3S text, GREASE left out.  ERR_LIMIT: it does not fit, and no fingerprint may be made. */
enum err ja_three(const struct tls_client_hello *h, struct buf *out) MUST_USE;
enum err ja_three_server(const struct tls_server_hello *h, struct buf *out) MUST_USE;

/*
 * The three parts of a JA4: a is for reading, b and c are for hashing, each
 * into a buffer of its own.  The protocol's letter is h->carrier.  ERR_LIMIT
 * as above, or a list is longer than JA_LIST_MAX.
 */
enum err ja_four(const struct tls_client_hello *h, struct buf *a, struct buf *b, struct buf *c) MUST_USE;

#endif
