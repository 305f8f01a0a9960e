/*
 * policy: what the hospital declares, as far as the sensor and the judge use
 * it.  Flat and bounded, so that it is handed over as it is.
 */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "base/addr.h"

enum {
	POLICY_NAME = 48,
	POLICY_ZONES = 64,
	POLICY_DEVICES = 4096,
	POLICY_SERVERS = 64,
	POLICY_SSIDS = 32,
	POLICY_BSSIDS = 16,
	POLICY_SERVICES = 512,
	POLICY_PINS = 4,
	POLICY_FLOWS = 1024,
	POLICY_MESSAGES = 256,
	POLICY_REWRITES = 24,
	POLICY_FIELD = 40,
	POLICY_PROFILES = 16,
	POLICY_ISSUED = 16384,
	POLICY_AUTHORITIES = 3,
	POLICY_CERTIFICATE = 2048,
};

struct policy_prefix {
	struct addr addr;
	uint8_t     bits; /* for IPv4 counted from the IPv4 address */
	bool        any;
};

struct policy_zone {
	char                 name[POLICY_NAME];
	struct policy_prefix subnet;
};

struct policy_device {
	char        name[POLICY_NAME], kind[POLICY_NAME];
	char        factory[POLICY_NAME]; /* serial number or common name of its maker's certificate, "" if it is not named */
	struct mac  card, second_card; /* second_card: teaming, a docked laptop */
	struct addr address;
};

/* A gateway, DHCP server or resolver. */
struct policy_server {
	struct addr address;
	struct mac  card; /* zero if it is not named */
};

struct policy_ssid {
	char       name[36];
	uint8_t    security; /* rank as wire/dot11 has it, 0 if not named */
	struct mac bssid[POLICY_BSSIDS];
	uint8_t    bssids;
};

struct policy_service {
	char        name[POLICY_NAME];
	struct addr address;
	uint16_t    port;
	bool        tls; /* content in clear is a finding */
	uint8_t     pin[POLICY_PINS][32];
	uint8_t     pins;
};

struct policy_flow {
	struct policy_prefix from, to;
	uint16_t             port; /* 0: any */
};

/* What whoever forwards clinical messages may do to them on the way to their receiver. */
struct policy_message {
	struct policy_prefix from, to;
	uint16_t             port;    /* 0: any */
	char                 rewrite[POLICY_REWRITES][POLICY_FIELD]; /* fields without occurrences: OBX.3, /meta.lastUpdated */
	uint8_t              rewrites;
	uint8_t              class;   /* enum message_class + 1, 0: by the message's type */
	uint32_t             late_ms; /* longest honest latency, 0: learnt */
};

/* A kind of certificate of the hospital's own CA, its life made shorter. */
struct policy_profile {
	char     name[POLICY_NAME];
	uint16_t days;
};

/* The hospital's own CA issued a certificate for this key under this name; by claim_name_hash, or claim_addr_hash. */
struct policy_issued {
	uint64_t name;
	uint8_t  key[32]; /* SHA-256 of its SubjectPublicKeyInfo */
};

/* One of its authorities, in DER. */
struct policy_authority {
	uint16_t len;
	uint8_t  der[POLICY_CERTIFICATE];
};

struct policy {
	bool                  given;
	char                  hospital[POLICY_NAME];
	struct policy_zone    zone[POLICY_ZONES];
	struct policy_device  device[POLICY_DEVICES];
	struct policy_server  gateway[POLICY_SERVERS], dhcp[POLICY_SERVERS], dns[POLICY_SERVERS];
	struct policy_ssid    ssid[POLICY_SSIDS];
	struct policy_service service[POLICY_SERVICES];
	struct policy_flow    flow[POLICY_FLOWS];
	struct policy_message message[POLICY_MESSAGES];
	struct policy_profile profile[POLICY_PROFILES];
	struct policy_issued  issued[POLICY_ISSUED]; /* by name */
	struct policy_authority authority[POLICY_AUTHORITIES]; /* the root first */
	uint8_t               root_key[32];
	uint32_t issueds, authorities;
	uint32_t zones, devices, gateways, dhcps, dnss, ssids, services, flows, messages, profiles;
};

static inline bool
policy_within(const struct policy_prefix *p, struct addr a)
{
	return p->any || addr_within(a, p->addr, p->bits);
}

#endif
