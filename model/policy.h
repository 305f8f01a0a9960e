/*
 * policy: what the hospital declares, as far as the sensor and the judge use
 * it.  Flat and bounded, so that it is handed over as it is.
 */
#ifndef MODEL_POLICY_H
#define MODEL_POLICY_H

#include "base/addr.h"
#include "base/instant.h"

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
	POLICY_TRUSTS = 16,
	POLICY_LISTS = 24, /* of revoked certificates, of one trust */
	POLICY_ROUTES = 32,
	POLICY_CLIENTS = 64,
	POLICY_BACKENDS = 8,
	POLICY_PATH = 160,
	POLICY_TITLES = 8,
	POLICY_TITLE = 24,
	POLICY_KINDS = 16,
	POLICY_UID = 65,
	POLICY_NEVERS = 32,
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
	struct instant       until; /* it allows nothing from here on; 0: it has no end */
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

/* Who vouches for certificates, and where it is told which are revoked. */
struct policy_trust {
	char name[POLICY_NAME];
	char ca[POLICY_PATH];                    /* PEM file */
	char list[POLICY_LISTS][POLICY_PATH];    /* CRLs: files, or http:// */
	uint8_t lists;
	char ocsp[POLICY_PATH];                  /* a responder: http://, "certificate": the one each names; "" none */
};

enum policy_protocol { POLICY_TCP, POLICY_MLLP, POLICY_DICOM };

/* What the gateway does with TLS: ends a client's; adds it to a plain one; takes it away; leaves it alone. */
enum policy_mode { POLICY_TERMINATE, POLICY_WRAP, POLICY_UNWRAP, POLICY_PASSTHROUGH };

/* Who may connect: all that is said must hold at once, of one certificate, address and application. */
struct policy_client {
	char                 device[POLICY_NAME]; /* the certificate is this one's; "" whoever is trusted */
	struct policy_prefix from;
	bool                 has_from;
	uint8_t              pin[POLICY_PINS][32];
	uint8_t              pins;
	char                 title[POLICY_TITLES][POLICY_TITLE]; /* calling AE, or sending application|facility */
	uint8_t              titles;
	uint32_t             rate, burst; /* messages a second, and at once; 0: the route's */
};

struct policy_backend {
	char        name[POLICY_NAME];
	struct addr address;
	uint16_t    port, weight;
	bool        tls, canary, hardened;
	char        server_name[POLICY_NAME + 16]; /* that its certificate must have; "" none is asked for */
	uint8_t     pin[POLICY_PINS][32];
	uint8_t     pins;
};

struct policy_route {
	char                  name[POLICY_NAME];
	struct addr           listen;
	uint16_t              port;
	uint8_t               protocol, mode, class; /* class: enum message_class + 1 */
	char                  certificate[2][POLICY_PATH], key[2][POLICY_PATH]; /* PEM: an ECDSA and an RSA one */
	uint8_t               certificates, keys;
	char                  trust[POLICY_NAME];
	bool                  optional;    /* clients need not prove who they are, until the route is hardened */
	bool                  hard;        /* nothing is known of a certificate's revocation: it is refused */
	bool                  closed;      /* fail: closed; else open */
	bool                  repeat;      /* a message may be sent again, to another backend, if none acknowledged it */
	uint8_t               canary;      /* percent of new conversations that go to canary backends */
	uint32_t              rate, burst; /* messages a second of one client, and at once; 0: unlimited */
	uint32_t              largest;     /* of a message, KiB; 0: the default */
	uint16_t              check_s;     /* how often backends are asked whether they are well; 0: the default */
	char                  ask_as[POLICY_TITLE]; /* calling AE title of a C-ECHO, or APPLICATION|FACILITY of an HL7 query; "": they are only connected to */
	struct addr           bypass;      /* where plain bytes go when the gateway cannot serve; bypass_port 0: nowhere */
	uint16_t              bypass_port;
	char                  kind[POLICY_KINDS][POLICY_UID]; /* message types ORU^R01, or SOP classes; none: all */
	uint8_t               kinds;
	char                  called[POLICY_TITLES][POLICY_TITLE]; /* called AE titles; none: all */
	uint8_t               calleds;
	struct policy_client  client[POLICY_CLIENTS]; /* none: whoever is trusted */
	struct policy_backend backend[POLICY_BACKENDS];
	uint8_t               clients, backends;
};

/* Addresses that are never connected to when a name is validated, whoever asks. */
struct policy_never {
	struct policy_prefix subnet;
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
	struct policy_trust   trust[POLICY_TRUSTS];
	struct policy_route   route[POLICY_ROUTES];
	struct policy_never   never[POLICY_NEVERS];
	uint32_t trusts, routes;
	uint32_t zones, devices, gateways, dhcps, dnss, ssids, services, flows, messages, profiles, nevers;
};

static inline bool
policy_within(const struct policy_prefix *p, struct addr a)
{
	return p->any || addr_within(a, p->addr, p->bits);
}

#endif
