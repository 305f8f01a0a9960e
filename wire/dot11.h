/*
 * dot11: Wi-Fi frames (IEEE 802.11-2020 clause 9; all numbers little-endian).
 *
 *	control(2) duration(2) a1(6) [a2(6)] [a3(6) sequence(2)] [a4(6)] [QoS(2)] [HT control(4)] body
 *	control: version(2 bits) type(2) subtype(4) | flags(8)
 *
 * The check sequence at the end has been taken off (wire/radio.h does).
 * dot11_parse reads the head of a frame, the others the body of one kind of
 * management frame.  A body whose DOT11_PROTECTED flag is set is ciphertext
 * and must not be given to them (but for authentication, where it means WEP).
 */
#ifndef WIRE_DOT11_H
#define WIRE_DOT11_H

#include "base/addr.h"
#include "base/err.h"

enum { DOT11_MANAGEMENT, DOT11_CONTROL, DOT11_DATA };

/* Subtypes of management frames. */
enum {
	DOT11_ASSOC_REQUEST = 0, DOT11_ASSOC_RESPONSE = 1, DOT11_REASSOC_REQUEST = 2, DOT11_REASSOC_RESPONSE = 3,
	DOT11_PROBE_REQUEST = 4, DOT11_PROBE_RESPONSE = 5, DOT11_BEACON = 8, DOT11_DISASSOC = 10, DOT11_AUTH = 11,
	DOT11_DEAUTH = 12, DOT11_ACTION = 13,
};

enum {
	DOT11_TO_DS = 0x01, DOT11_FROM_DS = 0x02, DOT11_MORE_FRAGMENTS = 0x04, DOT11_RETRY = 0x08,
	DOT11_SLEEP = 0x10, DOT11_MORE_DATA = 0x20, DOT11_PROTECTED = 0x40, DOT11_ORDER = 0x80,
};

struct dot11 {
	uint8_t      type, subtype, flags;
	uint16_t     duration;
	struct mac   a1, a2, a3, a4;
	uint8_t      addrs_n; /* how many of them are there */
	uint16_t     sequence;
	uint8_t      fragment;
	uint16_t     qos;       /* data with QoS; 0 otherwise */
	uint32_t     ht;        /* HT control; 0 if absent */
	bool         amsdu;     /* the body is a chain of frames, which is not followed */
	struct bytes body;      /* all after the head; ciphertext if protected */
	uint16_t     ethertype; /* of a readable data frame with LLC aaaa03; 0 otherwise */
	struct bytes payload;   /* what that Ethernet type tells the form of */
};

/* A set of cipher and key-management suites; a suite is OUI and number, 0x000fac04 for CCMP. */
enum { DOT11_SUITES_MAX = 6 };

struct dot11_rsn {
	uint16_t version;
	uint32_t group;
	uint32_t pairwise[DOT11_SUITES_MAX], akm[DOT11_SUITES_MAX];
	uint8_t  pairwise_n, akm_n;
	uint16_t capabilities; /* DOT11_MFP_... among them */
	uint32_t group_mgmt;   /* 0 if not told */
	bool     more;         /* there were more suites than the arrays hold */
};

enum { DOT11_MFP_REQUIRED = 0x40, DOT11_MFP_CAPABLE = 0x80 }; /* management frame protection */
enum { DOT11_PRIVACY = 0x0010 };                               /* in capability */

/* Bits of present. */
enum {
	DOT11_HAS_SSID = 1 << 0,
	DOT11_HAS_CHANNEL = 1 << 1,
	DOT11_HAS_RSN = 1 << 2,
	DOT11_HAS_WPA = 1 << 3, /* the vendor's forerunner of RSN */
	DOT11_HAS_HT = 1 << 4,
	DOT11_HAS_VHT = 1 << 5,
	DOT11_HAS_RATES = 1 << 6,
};

enum { DOT11_VENDORS_MAX = 4, DOT11_SSID_MAX = 32 };

/* What the elements of a beacon, probe response or (re)association request tell. */
struct dot11_elements {
	uint32_t         present; /* DOT11_HAS_... */
	struct bytes     ssid;    /* empty or all NULs if hidden */
	struct bytes     rates;   /* 500 kbit/s each, top bit for basic */
	uint8_t          channel; /* DS parameter; where there is none, the HT operation's primary channel */
	struct dot11_rsn rsn, wpa;
	uint32_t         vendors[DOT11_VENDORS_MAX]; /* OUIs of vendor elements, each once, as they came */
	uint8_t          vendors_n;
	bool             more;      /* there were more vendors than the array holds */
	bool             repeated;  /* an element above came twice: the first stands */
	bool             misshapen; /* an element above had an impossible length or was cut inside and was passed over */
};

struct dot11_beacon {
	uint64_t              timestamp; /* microseconds the sender has been up */
	uint16_t              interval;  /* 1024 microseconds each */
	uint16_t              capability;
	struct dot11_elements e;
};

struct dot11_assoc {
	uint16_t              capability, listen;
	bool                  again;   /* reassociation */
	struct mac            current; /* reassociation: the access point it comes from */
	struct dot11_elements e;
};

struct dot11_auth {
	uint16_t algorithm, sequence, status; /* algorithm: 0 open, 1 shared key, 2 FT, 3 SAE */
};

/*
 * What stands between a stranger and the network, from weakest to strongest.
 * Opportunistic encryption stands below WPA, as it keeps listeners out but
 * lets anyone be the access point.
 */
enum dot11_security {
	DOT11_OPEN, DOT11_WEP, DOT11_OWE, DOT11_WPA, DOT11_WPA2_PERSONAL, DOT11_WPA2_ENTERPRISE,
	DOT11_WPA3_PERSONAL, DOT11_WPA3_ENTERPRISE,
};

/* Reads the head of a frame.  ERR_SHORT if it is cut, ERR_UNSUPPORTED for other protocol versions and extension frames. */
enum err dot11_parse(struct bytes in, struct dot11 *out) MUST_USE;
void dot11_print(const struct dot11 *d, struct buf *out);

/* Sender, receiver and access point of a data or management frame; zeros where the frame does not tell. */
void dot11_ends(const struct dot11 *d, struct mac *from, struct mac *to, struct mac *bssid);

/* The body of a beacon or probe response.  ERR_SHORT if an element is cut; between two an end is legal. */
enum err dot11_beacon_parse(struct bytes body, struct dot11_beacon *out) MUST_USE;
void dot11_beacon_print(const struct dot11_beacon *b, struct buf *out);

/* The body of an association request, or of a reassociation request if again.  ERR_SHORT as above. */
enum err dot11_assoc_parse(struct bytes body, bool again, struct dot11_assoc *out) MUST_USE;
void dot11_assoc_print(const struct dot11_assoc *a, struct buf *out);

/* The body of a probe request: elements alone.  ERR_SHORT as above. */
enum err dot11_probe_parse(struct bytes body, struct dot11_elements *out) MUST_USE;
void dot11_probe_print(const struct dot11_elements *e, struct buf *out);

/* The body of an authentication; what follows the three numbers is not looked at. */
enum err dot11_auth_parse(struct bytes body, struct dot11_auth *out) MUST_USE;
void dot11_auth_print(const struct dot11_auth *a, struct buf *out);

/* The reason code in the body of a deauthentication or disassociation. */
enum err dot11_reason_parse(struct bytes body, uint16_t *out) MUST_USE;

/* The weakest way in that the network offers. */
enum dot11_security dot11_security(const struct dot11_beacon *b);

/* "wpa2-personal" and so on. */
const char *dot11_security_text(enum dot11_security s);

#endif
