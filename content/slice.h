/*
 * slice: a few packets of one conversation, and the clinical message in them.
 *
 * A slice is a capture (wire/pcap).  The message is asked for by the packet
 * that completed it; what its sender's side said until then is put in order by
 * its sequence numbers, and read by the protocol's own framing, from the first
 * packet at which it fits.  Nothing here is fast, and nothing is kept.
 */
#ifndef CONTENT_SLICE_H
#define CONTENT_SLICE_H

#include "base/buf.h"
#include "base/err.h"
#include "content/message.h"

enum { SLICE_MOST = 8 << 20, SLICE_PACKETS = 1 << 14 }; /* of one sighting: bytes; of all: packets */

/* Who speaks to whom in one frame; ports are 0 where there are none, addresses where there is no IP. */
struct slice_ends {
	struct addr  src, dst;
	struct mac   from, to; /* the cards: the leg */
	uint16_t     sport, dport;
	uint8_t      protocol; /* 0 below IP */
	uint32_t     seq;      /* of TCP */
	struct bytes payload;  /* of TCP and UDP */
};

/* false: the frame cannot be read. */
bool slice_ends_of(struct bytes frame, uint32_t linktype, struct slice_ends *out);

/* One conversation, either way and on any leg; below IP: the same two cards, or one of them to all. */
bool slice_together(const struct slice_ends *a, const struct slice_ends *b);

/* A letter: views of room. */
struct slice_message {
	enum message_protocol protocol;
	struct bytes          raw;  /* HL7 without its frame; MQTT, CoAP: the payload; FHIR: the body; DICOM: the data set */
	struct bytes          name; /* MQTT: the topic; FHIR: the first line */
};

/*
 * The message whose last packet is the nth, from 0, of the slice's interface
 * place.  room holds twice SLICE_MOST.  key: its own id, to tell two that end in
 * one packet apart; or empty.  ERR_NOTFOUND: the slice does not hold it whole.
 */
enum err slice_message(struct bytes capture, uint32_t place, uint32_t nth, enum message_protocol protocol, const char *key, struct buf *room, struct slice_message *out) MUST_USE;

/* By its name, as a finding has it; MESSAGE_PROTOCOLS if there is none. */
enum message_protocol slice_protocol(const char *name);

#endif
