/*
 * path: a ring of the last packets, found by what identifies them.
 *
 *	A ──(src A, dst M)──> M ──(src M, dst B)──> B
 *
 * The first sighting is remembered with its cards.  A second one within the
 * window with other cards whose source is the first one's target was carried
 * by that card.  With the same cards it is the SPAN that copied twice.  Other
 * pairs of cards (a router's two faces, asymmetric mirrors) are copies too:
 * nobody of them is named in both, so nobody is accused.
 *
 * One bucket holds four sightings, the oldest is overwritten: fixed memory,
 * and a flood can only shorten the window.
 */
#include "sensor/path.h"
#include "base/memory.h"
#include "sensor/card.h"

enum { WAYS = 4 };
enum { WINDOW = 2000 }; /* milliseconds: longer than any relay that keeps a conversation alive needs */

/* Half a cache line: a bucket is two. */
struct sighting {
	uint32_t   tag;     /* the hash's upper half; the lower one chose the bucket */
	uint32_t   when;    /* milliseconds of steady time, modulo 2^32; 0: never */
	uint32_t   payload; /* fingerprint of the payload: did the bytes change? */
	uint32_t   frame;   /* low bits of the frame number, for evidence */
	struct mac src, dst;
	uint16_t   length;
	uint8_t    ttl, unused;
};
_Static_assert(sizeof(struct sighting) == 32, "two sightings a cache line");

struct paths {
	uint64_t         mask;
	struct sighting *ring; /* (mask + 1) buckets of WAYS */
};

struct paths *
path_new(size_t memory)
{
	struct paths *t = memory_new(1, sizeof *t);
	uint64_t      n = 64;

	if (!t)
		return NULL;
	while (n * 2 * WAYS * sizeof(struct sighting) <= memory)
		n *= 2;
	t->mask = n - 1;
	t->ring = memory_new(n * WAYS, sizeof *t->ring);
	if (!t->ring) {
		memory_free(t);
		return NULL;
	}
	return t;
}

void
path_free(struct paths *t)
{
	if (t)
		memory_free(t->ring);
	memory_free(t);
}

/* What stays the same however often the packet is forwarded; p->tuple stands for the ends. */
static uint64_t
identity(const struct packet *p, uint64_t seed)
{
	struct {
		uint64_t tuple;
		uint32_t id, a, b, other;
	} k = { .tuple = p->tuple, .id = p->ip.has_id ? p->ip.id : 0, .other = p->from_a };

	if (p->ip.protocol == IP_TCP) {
		k.a = p->tcp.seq;
		k.b = p->tcp.ack;
		k.other |= (uint32_t)p->tcp.flags << 8 | (p->tcp.payload.len ? 1u << 16 : 0);
	} else if (p->ip.protocol == IP_UDP) {
		if (p->udp.payload.len >= 4)
			memcpy(&k.a, p->udp.payload.at, 4); /* DNS id and flags, DTLS and QUIC headers */
		if (!p->ip.has_id)
			k.b = (uint32_t)bytes_hash(p->udp.payload.at, p->udp.payload.len, seed);
	} else if (p->ip.payload.len >= 8) {
		/* ICMP: type and code, identifier and sequence; the checksum between them changes with the bytes. */
		memcpy(&k.a, p->ip.payload.at, 2);
		memcpy(&k.b, p->ip.payload.at + 4, 4);
		if (p->ip.protocol == IP_ICMP6)
			k.id = (uint32_t)bytes_hash(p->ip.payload.at, p->ip.payload.len, seed);
	}
	return bytes_hash(&k, sizeof k, seed);
}

static void
carried(struct sensor *s, const struct packet *p, struct sighting *first, bool altered)
{
	struct claim c = packet_claim(s, p, FACT_PATH, WITNESS_TRAFFIC);
	bool         local_src = card_holds(s, p->domain, p->ip.src, first->src);
	bool         local_dst = card_holds(s, p->domain, p->ip.dst, p->link.dst);

	s->counts.relayed++;
	card_carries(s, p->domain, p->link.src);
	if (!card_relay_due(s, p->domain, p->link.src, p->when, altered))
		return;
	c.subject = key_ends(p->ip.src, p->ip.dst);
	c.value = key_mac(p->link.src);
	c.speaker = p->link.src;
	c.speaker_ip = card_address(s, p->domain, p->link.src);
	c.card = first->src;
	c.other = key_mac(p->link.dst);
	c.number = first->frame;
	c.number2 = first->ttl > p->ip.ttl ? (uint32_t)(first->ttl - p->ip.ttl) : 0;
	c.marks |= c.number2 ? MARK_TTL : 0;
	c.marks |= local_src && local_dst ? MARK_BOTH_LOCAL : 0;
	c.marks |= local_src || local_dst ? MARK_ON_LINK : 0;
	packet_say(s, &c);
	if (altered) {
		c.fact = FACT_BYTES;
		c.marks |= MARK_ALTERED;
		packet_say(s, &c);
	}
}

/* Did the bytes change?  Who changes them must change the transport's checksum too; where there is none, the bytes are hashed. */
static uint32_t
fingerprint(const struct packet *p, struct bytes body)
{
	size_t   at = p->ip.protocol == IP_TCP ? 16 : p->ip.protocol == IP_UDP ? 6 : 2;
	uint32_t sum = p->ip.payload.len >= at + 2 ? bytes_u16(p->ip.payload, at) : 0;

	return sum ? sum : (uint32_t)bytes_hash(body.at, body.len < 256 ? body.len : 256, 1);
}

void
path_fetch(const struct sensor *s, struct packet *p)
{
	p->path_hash = identity(p, s->config.seed);
	const struct sighting *bucket = &s->paths->ring[(p->path_hash & s->paths->mask) * WAYS];
	__builtin_prefetch(bucket);
	__builtin_prefetch((const char *)bucket + 64);
}

/* The one whose place is taken: an empty one, else that of the longest ago. */
static struct sighting *
oldest_of(struct sighting *bucket, uint32_t now)
{
	struct sighting *oldest = bucket;
	uint32_t         most = 0;

	for (int i = 0; i < WAYS; i++) {
		uint32_t age = bucket[i].when ? now - bucket[i].when : UINT32_MAX;
		bool     older = age > most || age == UINT32_MAX;
		oldest = older ? &bucket[i] : oldest;
		most = older ? age : most;
	}
	return oldest;
}

enum path
path_see(struct sensor *s, struct packet *p)
{
	struct paths    *t = s->paths;
	uint64_t         hash;
	struct sighting *bucket;
	uint32_t         payload;
	struct bytes     body = p->ip.protocol == IP_TCP ? p->tcp.payload : p->ip.protocol == IP_UDP ? p->udp.payload : p->ip.payload;

	if (!p->link.cards || mac_group(p->link.dst))
		return PATH_NEW;
	hash = p->path_hash;
	bucket = &t->ring[(hash & t->mask) * WAYS];
	payload = fingerprint(p, body);
	uint32_t tag = (uint32_t)(hash >> 32), now = (uint32_t)(p->when.us / 1000) | 1;
	for (int i = 0; i < WAYS; i++) {
		struct sighting *o = &bucket[i];
		if (o->tag != tag || now - o->when > WINDOW || !o->when)
			continue;
		bool altered = o->payload != payload || o->length != (uint16_t)body.len;
		if (mac_equal(o->src, p->link.src) && mac_equal(o->dst, p->link.dst)) {
			if (altered)
				return PATH_NEW; /* a retransmission cut anew, a keep-alive: the stream will see */
			s->counts.copies++;
			/* Without an identification two packets may well be equal, a mirror's copies are close. */
			return p->ip.has_id || now - o->when < 6 ? PATH_COPY : PATH_NEW;
		}
		if (mac_equal(o->dst, p->link.src) && !mac_equal(o->src, p->link.dst)) {
			carried(s, p, o, altered);
			return PATH_CARRIED;
		}
		if (mac_equal(o->src, p->link.dst) && mac_equal(o->dst, p->link.src))
			continue; /* sent back: a reply that looks alike */
		s->counts.copies++;
		return altered ? PATH_NEW : PATH_COPY;
	}
	*oldest_of(bucket, now) = (struct sighting){
		.tag = tag, .when = now, .src = p->link.src, .dst = p->link.dst, .payload = payload,
		.frame = (uint32_t)p->frame->number, .length = (uint16_t)body.len, .ttl = p->ip.ttl,
	};
	return PATH_NEW;
}
