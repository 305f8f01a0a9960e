/*
 * dns: names and addresses (RFC 1035, RFC 3596, RFC 6891); the same bytes are
 * multicast DNS (RFC 6762) and LLMNR (RFC 4795).
 *
 *	id qr:1 opcode:4 aa:1 tc:1 rd:1 ra:1 z:1 ad:1 cd:1 rcode:4
 *	qdcount ancount nscount arcount
 *	question: name type class | record: name type class ttl(4) rdlength rdata
 *
 * A name is text in lower case without the last dot, the root is "".  In a
 * label a dot or backslash is written with a backslash before it and a control
 * character as \DDD (RFC 1035 section 5.1), so that no label passes for two.
 */
#ifndef WIRE_DNS_H
#define WIRE_DNS_H

#include "base/addr.h"
#include "base/err.h"

enum { DNS_NAME = 256, DNS_RECORDS = 24, DNS_HEADER = 12 };
enum {
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12, DNS_MX = 15, DNS_TXT = 16,
	DNS_AAAA = 28, DNS_SRV = 33, DNS_DNAME = 39, DNS_OPT = 41, DNS_HTTPS = 65, DNS_ANY = 255,
};
enum dns_section { DNS_ANSWER, DNS_AUTHORITY, DNS_ADDITIONAL };

struct dns_record {
	enum dns_section section;
	bool             flush; /* top bit of the class: mDNS cache-flush */
	uint16_t         type, class;
	uint32_t         ttl;   /* seconds */
	uint16_t         owner; /* offset of the owner's name in the message */
	uint16_t         data;  /* offset of rdata in the message */
	struct bytes     rdata; /* TXT and all others raw */
	struct addr      addr;  /* of A and AAAA, else none */
};

/* A letter: views and offsets go into message. */
struct dns {
	struct bytes message;
	uint16_t     id;
	bool         qr, aa, tc, rd, ra, ad, cd;
	uint8_t      opcode;
	uint16_t     rcode; /* with the upper bits of OPT */
	uint16_t     questions, answers, authorities, additionals; /* as the header states */

	/* The first question; name is "" if there is none or its text is over 255 characters. */
	char         name[DNS_NAME];
	uint16_t     type, class;
	bool         unicast; /* top bit of the class: mDNS unicast response wanted */
	struct bytes asked;   /* the question as sent, to compare letter case (0x20) */

	bool     edns;
	uint16_t udp_size;

	struct dns_record record[DNS_RECORDS]; /* in the order of the message */
	unsigned          count;
	bool              more; /* there were more records, or more than one question */
};

/*
 * Reads one message without the TCP length; bytes after it are allowed.
 * ERR_SHORT if it is cut, ERR_FORM for a bad first question, ERR_LIMIT over
 * 65535 bytes.  Names in records are first looked at by dns_name.
 */
enum err dns_parse(struct bytes in, struct dns *out) MUST_USE;

/* Writes what was parsed, names without compression. */
void dns_print(const struct dns *d, struct buf *out);

/*
 * The name at an offset of a message.  Compression pointers may only go
 * backwards.  ERR_LIMIT if its text is over 255 characters; out is "" on failure.
 */
enum err dns_name(struct bytes message, size_t offset, char out[static DNS_NAME]) MUST_USE;

/* Writes a name (text as dns_name gives it) in wire form. */
void dns_name_print(const char *name, struct buf *out);

/* Name to which a CNAME, DNAME, NS, PTR, MX or SRV record leads; ERR_UNSUPPORTED for other types. */
enum err dns_target(const struct dns *d, const struct dns_record *r, char out[static DNS_NAME]) MUST_USE;

/* Takes the next message off a TCP stream (RFC 1035 section 4.2.2); ERR_SHORT, and nothing taken, if it is not all there. */
enum err dns_tcp_next(struct bytes *stream, struct bytes *message) MUST_USE;

#endif
