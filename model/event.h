/*
 * event: a record of what was decoded, for --events.
 *
 * A letter: it points at decoders' structs and is printed or thrown away
 * before the packet goes.
 */
#ifndef MODEL_EVENT_H
#define MODEL_EVENT_H

#include "base/addr.h"
#include "base/instant.h"

#define EVENT_TABLE(X)                                                         \
	X(EVENT_ARP, "arp")                                                    \
	X(EVENT_DHCP, "dhcp")                                                  \
	X(EVENT_DHCP6, "dhcpv6")                                               \
	X(EVENT_DNS, "dns")                                                    \
	X(EVENT_NBNS, "nbns")                                                  \
	X(EVENT_TLS, "tls")                                                    \
	X(EVENT_HTTP, "http")                                                  \
	X(EVENT_HL7, "hl7")                                                    \
	X(EVENT_DICOM, "dicom")                                                \
	X(EVENT_MQTT, "mqtt")                                                  \
	X(EVENT_COAP, "coap")                                                  \
	X(EVENT_FLOW, "flow")

enum event_kind {
#define X(kind, name) kind,
	EVENT_TABLE(X)
#undef X
	EVENTS
};

const char *event_name(enum event_kind k);

/* "all", "none" or names separated by commas, to a set of bits; false if a name is unknown. */
bool event_set(const char *names, unsigned *set);

struct event {
	enum event_kind kind;
	struct instant  when;
	uint64_t        frame;
	const char     *place;
	uint16_t        vlan;
	bool            has_vlan;
	struct mac      smac, dmac;
	bool            cards;
	struct addr     src, dst;      /* for a conversation: client and server */
	uint16_t        sport, dport;
	uint8_t         protocol;
	uint64_t        flow;          /* the same number for all of one conversation */
	const void     *of;            /* the decoder's struct of this kind: struct arp, dns, http_request, handshake, … */
	int             variant;       /* http: 0 request, 1 response; others as their witness says */
};

#endif
