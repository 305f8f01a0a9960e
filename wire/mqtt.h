/*
 * mqtt: MQTT 3.1, 3.1.1 and 5.0 control packets (OASIS MQTT v5.0 sections 2 and 3).
 *
 *	type:4 flags:4 | remaining length (1 to 4 bytes, 7 bits each, low first)
 *	CONNECT: len "MQTT" level flags keepalive(2) [properties] client-id [will …] [user] [password]
 *	PUBLISH: topic [packet-id(2)] [properties] payload
 */
#ifndef WIRE_MQTT_H
#define WIRE_MQTT_H

#include "base/buf.h"
#include "base/err.h"

enum { MQTT_TOPICS = 8, MQTT_LEVEL_31 = 3, MQTT_LEVEL_311 = 4, MQTT_LEVEL_5 = 5 };
enum mqtt_type {
	MQTT_CONNECT = 1, MQTT_CONNACK, MQTT_PUBLISH, MQTT_PUBACK, MQTT_PUBREC, MQTT_PUBREL, MQTT_PUBCOMP, MQTT_SUBSCRIBE,
	MQTT_SUBACK, MQTT_UNSUBSCRIBE, MQTT_UNSUBACK, MQTT_PINGREQ, MQTT_PINGRESP, MQTT_DISCONNECT, MQTT_AUTH,
};

/* A letter.  Members are set for the packet types named; the password itself is not kept. */
struct mqtt {
	uint8_t      type;
	uint8_t      flags;  /* of the fixed header */
	uint8_t      level;  /* CONNECT: as sent; all others: as given to mqtt_parse */
	size_t       size;   /* of the whole packet, fixed header included */

	/* CONNECT */
	struct bytes client_id, user, will_topic, will_payload;
	bool         has_user, has_password, will, will_retain, clean;
	uint8_t      will_qos;
	uint16_t     keepalive; /* seconds */

	/* CONNACK, DISCONNECT, PUBACK, PUBREC, PUBREL, PUBCOMP, AUTH: the reason; CONNACK: session present */
	uint8_t      reason;
	bool         session;

	/* Level 5 properties (section 2.2.2) of the types above and PUBLISH; a will's own are passed over */
	unsigned     user_properties; /* how many name and value pairs */
	bool         has_alias;       /* PUBLISH: a topic alias stands for the topic, on this connection only */
	uint16_t     alias;

	/* PUBLISH; packet_id also PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK */
	uint8_t      qos;
	bool         retain, dup;
	struct bytes topic;
	uint16_t     packet_id;
	struct bytes payload; /* as much of it as is there */
	bool         whole;   /* all of it is there */

	/* SUBSCRIBE */
	struct bytes subscribe[MQTT_TOPICS];
	uint8_t      options[MQTT_TOPICS]; /* low two bits: QoS wished */
	unsigned     topics;
	bool         more; /* there were more topics */

	struct bytes rest; /* of all types but CONNECT, CONNACK, PUBLISH, SUBSCRIBE, DISCONNECT: all after the fixed header */
};

/* Size of the packet at the front of in, fixed header included; ERR_SHORT if its length is not there, ERR_FORM if it is no packet. */
enum err mqtt_size(struct bytes in, size_t *size) MUST_USE;

/*
 * Reads one packet; bytes after it are allowed.  level is what CONNECT said
 * (MQTT_LEVEL_311 if it was not seen).  ERR_SHORT if it is cut, save that a
 * PUBLISH is read as soon as its topic is there.
 */
enum err mqtt_parse(struct bytes in, uint8_t level, struct mqtt *out) MUST_USE;

/* Writes the packet; level 5 properties are left out, a password is empty. */
void mqtt_print(const struct mqtt *m, struct buf *out);

/* Do these first bytes of a stream begin a CONNECT? */
bool mqtt_looks(struct bytes in);

#endif
