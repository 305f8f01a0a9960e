/*
 * card: the cards of each domain, and the addresses they use.
 *
 * Makes the claims of ordinary traffic (an address is alive at a card), the
 * census (floods of invented cards), newcomers, and the inventory's devices.
 */
#ifndef SENSOR_CARD_H
#define SENSOR_CARD_H

#include "sensor/packet.h"

struct hold;

struct card {
	uint32_t       domain;
	struct mac     mac;
	uint8_t        pad[2];
	/* the key ends here */
	uint32_t       roles;
	struct instant first, last;
	struct addr    used;        /* the source it sent last, and when that was looked at */
	struct instant used_at;
	struct hold   *hold;        /* of that source; right if it still bears that key */
	struct instant relay;       /* of the last claim that it carried a packet */
	uint64_t       frames, told_frames; /* heard; of which the inventory was told */
	struct addr    addr;        /* the last address it is known to hold on this link */
	struct instant routed;      /* when it was last said to route */
	uint16_t       routes;      /* distinct sources it sent that it does not hold, about */
	bool           answered;    /* somebody sent it a frame of its own */
	bool           carries;     /* it carried a packet between others */
	bool           alter_told;
	bool           router_told; /* it routes by its deeds, and that was claimed */
	uint32_t       stack, stack_before; /* of its SYNs: see wire/tcp */
	uint8_t        stack_turns;
	char           name[64], vendor[48];
	/* the scan window */
	struct instant scan_from;
	uint16_t       scan_count;
	uint64_t       scan_seen[4]; /* a Bloom set of targets in the window */
	bool           scan_told;
};

/* Ahead of card_see. */
void card_fetch(const struct sensor *s, struct packet *p);
void card_fetch_record(const struct sensor *s, const struct packet *p);

/* Every frame with cards: finds or makes p->card. */
void card_see(struct sensor *s, struct packet *p);

/*
 * The source of packet p uses its address from p->link.src: claimed if the
 * address is known to be on this link, at most five times a second.
 */
void card_uses(struct sensor *s, const struct packet *p);

/* ARP, NDP or DHCP said that addr is on this link at card: earlier traffic from it is claimed first. */
void card_bound(struct sensor *s, const struct packet *p, struct addr addr, struct mac card);

/* Is addr known to be on this link at card? */
bool card_holds(const struct sensor *s, uint32_t domain, struct addr addr, struct mac card);
/* Is addr known to be on this link at all? */
bool card_local(const struct sensor *s, uint32_t domain, struct addr addr);
/* The address a card holds, none if it is not known. */
struct addr card_address(const struct sensor *s, uint32_t domain, struct mac card);
struct card *card_of(const struct sensor *s, uint32_t domain, struct mac card);
/* The card that stands for an address of this link (the first, until it falls silent), zero if it is not known to be on this link. */
struct mac card_at(const struct sensor *s, uint32_t domain, struct addr addr);

/*
 * Routers by their deeds: they sent what others far away had written, and
 * carried nothing between two hosts of this link.  The last IPv4 one of the
 * domain, zero if there is none; and whether this card is one.
 */
struct mac card_router(const struct sensor *s, uint32_t domain);
bool       card_routes(const struct sensor *s, uint32_t domain, struct mac card);

/* Somebody at card asker asked who has target; was that so in the last three seconds? */
void card_asked(struct sensor *s, const struct packet *p, struct addr target, struct mac asker);
bool card_was_asked(struct sensor *s, const struct packet *p, struct addr target, struct mac asker);

void card_carries(struct sensor *s, uint32_t domain, struct mac card);
/* At most one relay claim a card in 200 ms, and at once the first with altered bytes. */
bool card_relay_due(struct sensor *s, uint32_t domain, struct mac card, struct instant when, bool altered);

void card_role(struct sensor *s, uint32_t domain, struct mac card, uint32_t roles);
void card_name(struct sensor *s, uint32_t domain, struct mac card, struct bytes name);
void card_vendor(struct sensor *s, uint32_t domain, struct mac card, struct bytes vendor);
/* The card asks for this host and port: counts distinct targets. */
void card_contacts(struct sensor *s, const struct packet *p, struct addr target, uint16_t port);
/* A SYN of this stack (wire/tcp) and hop count came from the card for its own address. */
void card_stack(struct sensor *s, const struct packet *p, uint32_t stack);

struct cards *card_new(size_t memory, uint64_t seed);
void          card_free(struct cards *t);
/* Tells the inventory of every card heard since it last was told. */
void          card_tell(struct sensor *s);

#endif
