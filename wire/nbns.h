/*
 * nbns: the NetBIOS name service (RFC 1002 section 4.2), UDP 137.
 *
 *	id r:1 opcode:4 aa:1 tc:1 rd:1 ra:1 0:2 b:1 rcode:4 | qd an ns ar
 *	name: 0x20, 32 letters A-P (two for a byte), scope labels, 0 | type class
 *	record NB: name 0x0020 0x0001 ttl(4) len { group:1 owner:2 0:13 address(4) }...
 */
#ifndef WIRE_NBNS_H
#define WIRE_NBNS_H

#include "base/addr.h"
#include "base/err.h"

enum { NBNS_ADDRESSES = 4, NBNS_NAME = 16 };
enum { NBNS_NB = 0x20, NBNS_NBSTAT = 0x21 };
enum nbns_opcode {
	NBNS_QUERY = 0, NBNS_REGISTRATION = 5, NBNS_RELEASE = 6, NBNS_WACK = 7, NBNS_REFRESH = 8, NBNS_MULTIHOMED = 15,
};

struct nbns_address {
	bool        group; /* a group name, not one owner's */
	uint16_t    flags; /* NB_FLAGS as sent */
	struct addr addr;
};

struct nbns {
	uint16_t id;
	bool     response, aa, tc, rd, ra, broadcast;
	uint8_t  opcode, rcode;

	/* Of the question, or else of the first record. */
	char     name[NBNS_NAME]; /* without the blanks that pad it */
	uint8_t  suffix;          /* 16th byte: 0x00 workstation, 0x20 server, 0x1c domain … */
	uint16_t type;
	bool     question;        /* a question was there */

	bool                record; /* a record was there */
	uint16_t            record_type;
	uint32_t            ttl;    /* seconds */
	struct bytes        rdata;  /* raw; a view */
	struct nbns_address address[NBNS_ADDRESSES];
	unsigned            count;
	bool                more;   /* there were more addresses or records */
};

/* ERR_SHORT if it is cut, ERR_FORM if a name is not first-level encoded or nothing is asked or told. */
enum err nbns_parse(struct bytes in, struct nbns *out) MUST_USE;

/* Writes the question and the first record; the scope is not kept. */
void nbns_print(const struct nbns *n, struct buf *out);

#endif
