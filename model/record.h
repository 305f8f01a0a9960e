/*
 * record: the inventory as it is kept: devices, services, flows, certificates.
 *
 * Flat, so that it passes through shared memory, and sent whole: a certificate
 * when it is first seen, a flow when it ends or gives way, a device at the end.
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include "model/handshake.h"

/* How a flow is protected, as the label of every ePHI path. */
enum protection { PROTECTION_UNKNOWN, PROTECTION_PLAIN, PROTECTION_TLS, PROTECTION_MUTUAL, PROTECTIONS };
const char *protection_name(enum protection p);

/* What a device does, guessed from what it speaks; bits. */
#define ROLE_TABLE(X)                                                          \
	X(ROLE_ROUTER, "router")                                               \
	X(ROLE_SWITCH, "switch")                                               \
	X(ROLE_DHCP, "DHCP server")                                            \
	X(ROLE_DNS, "resolver")                                                \
	X(ROLE_HL7_SENDER, "HL7 sender")                                       \
	X(ROLE_HL7_RECEIVER, "HL7 receiver")                                   \
	X(ROLE_MODALITY, "DICOM modality")                                     \
	X(ROLE_PACS, "DICOM archive")                                          \
	X(ROLE_MQTT_CLIENT, "MQTT client")                                     \
	X(ROLE_MQTT_BROKER, "MQTT broker")                                     \
	X(ROLE_FHIR_CLIENT, "FHIR client")                                     \
	X(ROLE_FHIR_SERVER, "FHIR server")                                     \
	X(ROLE_COAP, "CoAP device")                                            \
	X(ROLE_REMOTE, "remote support")                                       \
	X(ROLE_AP, "access point")

enum role_bit {
#define X(role, name) role##_BIT,
	ROLE_TABLE(X)
#undef X
	ROLES
};
enum role_set {
#define X(role, name) role = 1 << role##_BIT,
	ROLE_TABLE(X)
#undef X
};
const char *role_name(enum role_bit r);

enum record_kind { RECORD_DEVICE, RECORD_FLOW, RECORD_CERTIFICATE };

struct device_record {
	struct mac     card;
	struct addr    addr;          /* the last on-link address it used */
	uint32_t       domain;
	uint32_t       roles;
	char           name[64];      /* from DHCP, mDNS, NBNS, LLDP, HL7, DICOM … */
	char           vendor[48];    /* DHCP vendor class, or what it says of itself */
	struct instant first, last;
};

struct flow_record {
	struct addr    client, server;
	uint16_t       port;
	uint8_t        protocol;      /* IP protocol */
	uint8_t        protection;    /* enum protection */
	char           application[24];
	char           name[64];      /* SNI, Host, called AE … */
	char           remote[24];    /* remote-support product, if it is one */
	bool           clinical;
	bool           again;         /* told before: packets and bytes are those since then */
	uint64_t       bytes, packets;
	struct instant first, last;
};

struct certificate_record {
	struct certificate certificate;
	struct addr        holder;
	uint16_t           port;      /* 0 if a client showed it */
	char               sni[64];
	struct instant     when;
};

struct record {
	enum record_kind kind;
	union {
		struct device_record      device;
		struct flow_record        flow;
		struct certificate_record certificate;
	};
};

/* Ends every text within its field, for a record from a process that reads strangers' bytes; false if it is of no kind. */
bool record_checked(struct record *r);

#endif
