/*
 * secure: what its files share: the pool of handshakes under way.
 *
 *	secure.c              the pool, TLS over streams
 *	secure_datagram.c     DTLS, QUIC, and putting their messages together
 *	secure_message.c      hellos and the other messages, what they claim
 *	secure_certificate.c  certificates: keys, issuers, identities
 *	secure_middle.c       two legs of one conversation; handshakes that fail
 */
#ifndef SENSOR_SECURE_INSIDE_H
#define SENSOR_SECURE_INSIDE_H

#include "base/table.h"
#include "crypt/initial.h"
#include "model/handshake.h"
#include "sensor/secure.h"
#include "wire/tls.h"
#include "wire/x509.h"

enum { SECURE_SIDE_DONE = UINT16_MAX, SECURE_ASSEMBLY = 16384, SECURE_SPANS = 24 };

/* A handshake under way, from the first bytes of the flow to its outcome. */
struct secure_slot {
	uint64_t         flow;         /* its id; 0: free */
	uint16_t         newer, older; /* in the ring of use; older is the list of free ones too */
	/* the last packet that told of it: for the event, when no packet is at hand */
	struct frame     frame;
	struct instant   when;
	uint32_t         domain;
	uint16_t         vlan;
	bool             has_vlan, cards;
	struct mac       smac, dmac;
	struct addr      client, server;
	uint16_t         client_port, server_port;
	uint8_t          protocol;
	bool             turned;       /* the client is the side the flow holds for the server */
	bool             told, cared, weighed; /* weighed: care depends on its outcome */
	bool             cipher[2];    /* the side changed to its keys: what follows is encrypted */
	bool             finished;     /* TLS 1.3: the client's Finished went by */
	uint16_t         done[2];      /* bytes used of the handshake record that stands first in line */
	uint64_t         stack;        /* of the client, whatever session it resumes */
	uint64_t         ciphers, protocols; /* hashes of what it offers */
	uint64_t         session;      /* hash of the session id the client offers, 0 if none */
	uint64_t         name;         /* hash of the server name, 0 if none */
	/* datagrams */
	uint16_t         assembly[2];  /* from 1 */
	uint32_t         version;      /* QUIC */
	uint8_t          dcid[20], dcid_len;
	bool             keyed;
	uint8_t          asker;        /* QUIC: the side that is the client */
	struct initial   keys[2];
	struct handshake h;
};

/* A message (DTLS) or a stream of them (QUIC) that comes in pieces. */
struct secure_assembly {
	uint16_t slot, side;           /* owner; slot 0 if free */
	uint16_t message;              /* DTLS: its number */
	uint16_t spans;
	struct {
		uint32_t from, to;
	} span[SECURE_SPANS];
	uint8_t  type;
	uint32_t length;               /* DTLS: of the message */
	uint32_t used;                 /* QUIC: messages read so far */
	uint8_t  data[SECURE_ASSEMBLY];
};

struct secure {
	struct secure_slot     *slot;  /* from 1 */
	uint16_t                slots, newest, oldest, free;
	struct secure_assembly *assembly; /* from 1 */
	uint16_t                assemblies, next;
	struct table           *certificates, *issuers, *holders, *proxies; /* secure_certificate.c */
	struct table           *legs, *cares;                               /* secure_middle.c */
	uint32_t                issuers_known; /* counts changes of the issuers: what did not verify is tried again */
	struct instant          budget_from;
	uint32_t                budget;        /* verifications since then */
	uint8_t                 scratch[TLS_HANDSHAKE_MAX];
	uint8_t                 text[3][8192];
};

/* --- secure.c --- */

/* The handshake of p's flow; a new one if the flow has none yet.  NULL: it had one and it is over. */
struct secure_slot *secure_slot_of(struct sensor *s, struct packet *p);
/* The handshake is over, told and done with. */
void secure_close(struct sensor *s, struct flow *f, struct secure_slot *t);
/* Emits the event, once. */
void secure_tell(struct sensor *s, struct secure_slot *t);

/* Who sent it: FLOW_CLIENT or FLOW_SERVER as the hellos say. */
static inline int
secure_role(const struct secure_slot *t, int side)
{
	return t->turned ? !side : side;
}

/* A claim about the handshake on the word of one side of it, whichever packet brought the bytes into line. */
struct claim secure_claim(const struct sensor *s, const struct packet *p, const struct secure_slot *t, int role, enum fact fact);

/* Roles that clinical traffic gives a card. */
bool secure_clinical_card(const struct sensor *s, uint32_t domain, struct mac card);
bool secure_clinical_port(uint16_t port);

/* TLS 1.2 for DTLS 1.2 and so on: higher is better. */
uint16_t secure_rank(uint16_t version);

/* --- secure_message.c --- */

/* One whole handshake message sent by side. */
void secure_message(struct sensor *s, struct packet *p, struct secure_slot *t, int side, uint8_t type, struct bytes body);
/* An alert in clear; true if it ends the handshake. */
bool secure_alert(struct sensor *s, struct packet *p, struct secure_slot *t, struct bytes fragment);
/* The handshake succeeded or failed. */
void secure_outcome(struct sensor *s, struct packet *p, struct secure_slot *t, bool good);

/* --- secure_certificate.c --- */

void secure_server_certificate(struct sensor *s, struct packet *p, struct secure_slot *t, struct bytes body);
void secure_client_certificate(struct sensor *s, struct packet *p, struct secure_slot *t, struct bytes body);
bool secure_certificate_new(struct secure *t, size_t memory, uint64_t seed);

/* --- secure_middle.c --- */

/* A ClientHello goes by: is it the second leg of another? */
void secure_middle(struct sensor *s, struct packet *p, const struct secure_slot *t, struct bytes random);
/* An attempt begins; the former one of the same pair may turn out to have failed. */
void secure_care_begin(struct sensor *s, struct packet *p, struct secure_slot *t);
/* p is NULL when the flow goes. */
void secure_care_end(struct sensor *s, struct packet *p, struct secure_slot *t, bool good);
bool secure_middle_new(struct secure *t, size_t memory, uint64_t seed);

/* --- secure_datagram.c --- */

void secure_assembly_drop(struct secure *t, struct secure_slot *slot);

#endif
