/*
 * flow: conversations: who talks to whom, in which protocol, on which leg.
 *
 * The key is the five-tuple within a broadcast domain, and the leg: the same
 * five-tuple on other cards with a sequence space of its own is another leg of
 * an intercepted conversation, not the same flow.
 */
#ifndef SENSOR_FLOW_H
#define SENSOR_FLOW_H

#include "sensor/packet.h"

/* Application protocols that a stream or datagram decoder recognises. */
enum app {
	APP_UNKNOWN, /* still looking */
	APP_TLS,
	APP_HTTP,
	APP_MLLP,
	APP_DICOM,
	APP_MQTT,
	APP_MAIL,  /* SMTP, IMAP, POP3, FTP, XMPP, LDAP: what STARTTLS lives in */
	APP_DNS,
	APP_SOCKS,
	APP_REMOTE,
	APP_QUIC,
	APP_DTLS,
	APP_COAP,
	APP_NONE,  /* none of ours: stop looking */
};

enum { FLOW_CLIENT, FLOW_SERVER }; /* direction of a packet: who sent it */

struct flow_side {
	struct mac card;       /* its sender's card on this leg */
	struct mac next;       /* the card it is sent to */
	uint32_t   seq;        /* next byte expected, once synced */
	uint32_t   skip;       /* bytes the decoder wants passed over unseen */
	uint16_t   buffer;     /* of streams, 0 if none */
	uint8_t    ttl;
	bool       synced, syn, fin, closed; /* closed: the decoder wants no more of this side */
	uint8_t    tries;      /* segments looked at in vain */
	uint32_t   packets;
	uint64_t   bytes;
};

struct flow {
	struct flow_key  key;
	struct flow_side side[2];
	bool             client_is_a, clinical;
	bool             carried;   /* a relayed copy of another flow: no conversation of its own */
	uint64_t         told_packets, told_bytes; /* of what the inventory was told */
	uint8_t          app;       /* enum app */
	uint8_t          row;       /* of the table of decoders, 0 if none yet */
	uint8_t          detail;    /* the decoder's own: which mail protocol, which remote tool, a state */
	uint8_t          state[6];  /* the decoder's own */
	uint8_t          protection;/* enum protection */
	uint16_t         slot;      /* handshake slot of sensor/secure, 0 if none */
	uint16_t         care;      /* conversation of sensor/care, 0 if none */
	uint64_t         id;
	struct instant   first, last;
	char             name[40];  /* host, called AE, client id: for the inventory */
	char             label[16]; /* application name for the inventory */
};

static inline struct addr
flow_addr(const struct flow *f, int side)
{
	return (side == FLOW_CLIENT) == f->client_is_a ? f->key.a : f->key.b;
}

static inline uint16_t
flow_port(const struct flow *f, int side)
{
	return (side == FLOW_CLIENT) == f->client_is_a ? f->key.a_port : f->key.b_port;
}

/* Ahead of flow_tcp and flow_udp. */
void flow_fetch(const struct sensor *s, struct packet *p);
void flow_fetch_record(const struct sensor *s, const struct packet *p);

/* TCP and UDP packets come in here. */
void flow_tcp(struct sensor *s, struct packet *p);
void flow_udp(struct sensor *s, struct packet *p);

/*
 * A packet that a third card carried on.  Of a clinical conversation its
 * messages are read a second time, on this leg: what the relay made of them.
 */
void flow_carried(struct sensor *s, struct packet *p);

/* The flow speaks this: for the inventory and its label.  name may be empty. */
void flow_is(struct sensor *s, struct flow *f, enum app app, const char *label, bool clinical);
void flow_named(struct flow *f, struct bytes name);

struct flows *flow_new(uint32_t capacity, struct sensor *s);
void          flow_free(struct flows *t);
/* Tells the inventory of every flow with news. */
void          flow_tell(struct sensor *s);
void          flow_end(struct sensor *s); /* the same, and what decoders have not finished */
size_t        flow_cost(uint32_t capacity);

#endif
