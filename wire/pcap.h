/*
 * pcap: capture files, classic (draft-ietf-opsawg-pcap) and pcapng
 * (draft-ietf-opsawg-pcapng), read as a stream.
 *
 * The caller holds a window of the file and moves it: each call looks at the
 * front of the window and says how many bytes it is done with.
 *
 *	pcap:   magic maj min zone sigfigs snaplen linktype | [sec frac cap len | bytes]*
 *	pcapng: [type length body length]* ; every interface has its own link type and clock
 */
#ifndef WIRE_PCAP_H
#define WIRE_PCAP_H

#include "base/bytes.h"
#include "base/err.h"
#include "base/instant.h"

enum {
	PCAP_INTERFACES = 64,         /* per section; packets of further ones are counted and skipped */
	PCAP_RECORD_MOST = 1 << 18,   /* a longer packet is a broken file, or one nobody can have captured */
};

struct pcap {
	bool     begun, ng, swapped;
	uint32_t interfaces;
	uint32_t skipped; /* packets of an unknown interface or link */
	struct {
		uint32_t linktype, snaplen;
		uint64_t units;  /* clock ticks a second */
		int64_t  offset; /* seconds to add (if_tsoffset) */
	} interface[PCAP_INTERFACES];
};

struct pcap_record {
	struct instant when;
	uint32_t       interface, linktype;
	uint32_t       length; /* on the wire */
	struct bytes   data;   /* as captured */
};

/*
 * Looks at the window in; *used is how far it may be moved.  A zeroed struct
 * pcap starts a file.
 *	OK        out is the next packet
 *	ERR_AGAIN something else was read (a header, a block without a packet): call again
 *	ERR_SHORT more of the file is needed (at its end: the file is cut)
 *	ERR_FORM  this is no capture, or it is damaged here
 */
enum err pcap_parse(struct pcap *p, struct bytes in, size_t *used, struct pcap_record *out) MUST_USE;

/* A classic header with microseconds, and one record of it: what evidence is written in. */
void pcap_print_header(uint32_t linktype, struct buf *out);
void pcap_print(const struct pcap_record *r, struct buf *out);

/* A pcapng section with a comment, its interfaces, numbered from 0, and a packet of r->interface: evidence of two places. */
void pcap_print_section(struct bytes comment, struct buf *out);
void pcap_print_interface(const char *name, uint32_t linktype, struct buf *out);
void pcap_print_packet(const struct pcap_record *r, struct buf *out);
/* The comment of the section that a pcapng file begins with; empty if there is none. */
struct bytes pcap_comment(struct bytes in);

#endif
