/*
 * addr: the addresses of a card and of a host, as values.
 *
 * An IPv4 address is held as its IPv4-mapped IPv6 address (RFC 4291 section
 * 2.5.5.2), so that one type, one key and one comparison serve both.
 */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include "base/buf.h"
#include "base/err.h"

struct mac {
	uint8_t b[6];
};

struct addr {
	uint8_t b[16];
};

static const uint8_t addr_mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

static inline struct mac
mac_of(const uint8_t *p)
{
	struct mac m;
	memcpy(m.b, p, 6);
	return m;
}

static inline bool
mac_equal(struct mac a, struct mac b)
{
	return memcmp(a.b, b.b, 6) == 0;
}

static inline bool
mac_zero(struct mac a)
{
	static const uint8_t none[6];
	return memcmp(a.b, none, 6) == 0;
}

/* A group address (IEEE 802-2014 clause 8.2.2): the broadcast address too. */
static inline bool
mac_group(struct mac a)
{
	return a.b[0] & 1;
}

static inline struct addr
addr_v4(const uint8_t *p)
{
	struct addr a;
	memcpy(a.b, addr_mapped, 12);
	memcpy(a.b + 12, p, 4);
	return a;
}

static inline struct addr
addr_v6(const uint8_t *p)
{
	struct addr a;
	memcpy(a.b, p, 16);
	return a;
}

static inline bool
addr_is_v4(struct addr a)
{
	return memcmp(a.b, addr_mapped, 12) == 0;
}

static inline bool
addr_equal(struct addr a, struct addr b)
{
	return memcmp(a.b, b.b, 16) == 0;
}

/* The unspecified address of either family, or none at all. */
static inline bool
addr_none(struct addr a)
{
	static const uint8_t none[16];
	return memcmp(a.b, none, 16) == 0 || (addr_is_v4(a) && memcmp(a.b + 12, none, 4) == 0);
}

/* Link-local: 169.254/16 or fe80::/10. */
static inline bool
addr_link_local(struct addr a)
{
	if (addr_is_v4(a))
		return a.b[12] == 169 && a.b[13] == 254;
	return a.b[0] == 0xfe && (a.b[1] & 0xc0) == 0x80;
}

/* Multicast or the limited broadcast. */
static inline bool
addr_group(struct addr a)
{
	if (addr_is_v4(a))
		return a.b[12] >= 224;
	return a.b[0] == 0xff;
}

/* Loopback: 127/8 or ::1. */
static inline bool
addr_loopback(struct addr a)
{
	static const uint8_t one[16] = { [15] = 1 };
	return addr_is_v4(a) ? a.b[12] == 127 : memcmp(a.b, one, 16) == 0;
}

/* Are the first bits of a and b equal?  For IPv4 the bits count from the IPv4 address. */
bool addr_within(struct addr a, struct addr net, unsigned bits);

/* 00:09:fb:00:00:21 */
void mac_print(struct mac m, struct buf *out);
enum err mac_parse(struct bytes text, struct mac *out) MUST_USE;

/* 10.77.0.10, or RFC 5952 text for IPv6. */
void addr_print(struct addr a, struct buf *out);
enum err addr_parse(struct bytes text, struct addr *out) MUST_USE;

#endif
