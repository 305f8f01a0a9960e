/*
 * air: networks, access points, and the frames that do not fit them.
 *
 * A network (SSID) is learnt for its first seconds: which security its access
 * points have, and of which make they are.  Later ones either fit or do not.
 * The make is the middle of the card's number: radios with several networks
 * change the first byte and the last ones.
 *
 * An access point has one clock: the timestamp of its beacons less the time
 * of their capture stays where it is, but for the crystals' drift.  A restart
 * moves it once; two that pose as one move it back and forth.
 *
 *	A A A A x A A x x A      A: on the line    x: beside it
 *
 * Its frames are numbered: a deauthentication that somebody else sends stands
 * beside that line, while its own frames go on along it.
 */
#include "sensor/air.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"
#include "wire/dot11.h"
#include "wire/radio.h"

enum { MAKES = 16, LURES = 4, DEAUTHS_FEWEST = 8, STRAYS_FEWEST = 4, TURNS_FEWEST = 3, SEQUENCE_NEAR = 256, BEACONS_KNOWN = 3, RESTART_BEACONS = 12 };
#define SAY_EVERY    INSTANT_SECOND
#define LEARN_FOR    (20 * INSTANT_SECOND)
#define CLOCK_SLACK  (100 * 1000)           /* the capture's own jitter */
#define TURN_SPAN    (10 * INSTANT_SECOND)
#define LURE_SPAN    (60 * INSTANT_SECOND)
#define DEAUTH_SPAN  (2 * INSTANT_SECOND)
#define LINE_SPAN    (3 * INSTANT_SECOND)   /* how long a sequence number says where the next will be */

struct network {
	uint32_t       domain;
	uint8_t        pad[4];
	struct key     name;
	/* the key ends here */
	struct instant first;
	uint8_t        security;     /* the weakest of those that fit */
	uint8_t        makes;
	uint16_t       make[MAKES];
};

struct station {
	uint32_t       domain;
	struct mac     card;
	uint8_t        pad[6];
	/* the key ends here */
	struct instant first, said;
	uint32_t       beacons;
	struct key     name;         /* the network it beacons, or belongs to */
	bool           protected, known;
	uint8_t        security;
	/* its clock */
	int64_t        line;         /* timestamp less capture time, microseconds */
	struct instant line_at, turns_from, clock_told;
	uint16_t       beside;       /* beacons beside the line since the last on it */
	uint8_t        turns;
	/* its numbers */
	uint16_t       sequence;
	struct instant sequence_at;
	/* the names it answers for */
	uint64_t       lure[LURES];
	uint8_t        lures;
	struct instant lure_from, lure_told;
};

struct deauth {
	uint32_t       domain;
	struct mac     bssid, victim;
	/* the key ends here */
	struct instant from, told;
	uint16_t       count, strays, last;
	uint16_t       most;
};

struct airs {
	struct table *networks, *stations, *deauths;
};

struct airs *
air_new(size_t memory, uint64_t seed)
{
	struct airs *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->networks = table_new((uint32_t)(memory / 4 / table_cost(1, sizeof(struct network))), offsetof(struct network, first), sizeof(struct network), seed);
	t->stations = table_new((uint32_t)(memory / 8 * 5 / table_cost(1, sizeof(struct station))), offsetof(struct station, first), sizeof(struct station), seed);
	t->deauths = table_new((uint32_t)(memory / 8 / table_cost(1, sizeof(struct deauth))), offsetof(struct deauth, from), sizeof(struct deauth), seed);
	if (!t->networks || !t->stations || !t->deauths) {
		air_free(t);
		return NULL;
	}
	return t;
}

void
air_free(struct airs *t)
{
	if (!t)
		return;
	table_free(t->networks);
	table_free(t->stations);
	table_free(t->deauths);
	memory_free(t);
}

static struct station *
station_of(struct sensor *s, const struct packet *p, struct mac card, bool make)
{
	struct station k;
	bool           fresh;

	memset(&k, 0, offsetof(struct station, first));
	k.domain = p->domain;
	k.card = card;
	if (!make)
		return table_find(s->airs->stations, &k);
	struct station *x = table_put(s->airs->stations, &k, &fresh);
	if (fresh)
		x->first = p->when;
	return x;
}

static struct network *
network_of(struct sensor *s, const struct packet *p, const struct key *name, bool make)
{
	struct network k;
	bool           fresh;

	memset(&k, 0, offsetof(struct network, first));
	k.domain = p->domain;
	k.name = *name;
	if (!make)
		return table_find(s->airs->networks, &k);
	struct network *n = table_put(s->airs->networks, &k, &fresh);
	if (fresh)
		n->first = p->when;
	return n;
}

static struct claim
air_claim(struct sensor *s, const struct packet *p, enum fact fact, struct mac speaker)
{
	struct claim c = packet_claim(s, p, fact, WITNESS_WIFI);

	c.speaker = speaker;
	return c;
}

/* --- the sender's numbers ------------------------------------------------------------- */

/* A frame of its own, as its clock or answers show: where its line is. */
static void
number(const struct packet *p, struct station *x, uint16_t sequence)
{
	x->sequence = sequence;
	x->sequence_at = p->when;
}

static bool
stray(const struct packet *p, const struct station *x, uint16_t sequence)
{
	uint16_t ahead = (uint16_t)((sequence - x->sequence) & 0x0fff);

	return x->known && x->sequence_at.us && p->when.us - x->sequence_at.us < LINE_SPAN && ahead > SEQUENCE_NEAR && ahead < 4096 - 8;
}

/* --- beacons and probe responses --------------------------------------------------------- */

static bool
hidden(struct bytes ssid)
{
	for (size_t i = 0; i < ssid.len; i++)
		if (ssid.at[i])
			return false;
	return true;
}

static uint16_t
make_of(struct mac m)
{
	return (uint16_t)(m.b[1] << 8 | m.b[2]);
}

/* Is it one of the network's makes?  While the network is learnt, it becomes one. */
static bool
fits(const struct packet *p, struct network *n, const struct station *x)
{
	uint16_t make = make_of(x->card);
	bool     learning = p->when.us - n->first.us < LEARN_FOR;

	/* Weaker than what stands, and below WPA2: no mixture that anyone plans. */
	if (n->makes && x->security < n->security && !(learning && x->security >= DOT11_WPA2_PERSONAL))
		return false;
	if (!n->makes || x->security < n->security)
		n->security = x->security;
	for (uint8_t i = 0; i < n->makes; i++)
		if (n->make[i] == make)
			return true;
	if (n->makes && !learning)
		return false;
	if (n->makes < MAKES)
		n->make[n->makes++] = make;
	return true;
}

static void
clock_line(struct sensor *s, struct packet *p, struct station *x, uint64_t timestamp, struct bytes ssid)
{
	/* Without the two top bits, which no clock reaches: the difference of two such lines cannot overflow. */
	int64_t at = (int64_t)(timestamp & UINT64_MAX >> 2) - p->when.us;
	int64_t off = at - x->line, slack = CLOCK_SLACK + (p->when.us - x->line_at.us) / 10000;

	if (x->beacons <= 1 || x->beside >= RESTART_BEACONS) {
		/* Its first, or the old line has not been heard for so long that it restarted. */
		x->line = at;
		x->line_at = p->when;
		x->beside = 0;
		return;
	}
	if (off > slack || off < -slack) {
		x->beside++;
		return;
	}
	x->line = at;
	x->line_at = p->when;
	if (x->beside) {
		/* Back on the line: a restart never comes back. */
		if (p->when.us - x->turns_from.us > TURN_SPAN) {
			x->turns_from = p->when;
			x->turns = 0;
		}
		x->turns++;
		x->beside = 0;
	}
	if (x->turns < TURNS_FEWEST || (x->clock_told.us && p->when.us - x->clock_told.us < TURN_SPAN))
		return;
	x->clock_told = p->when;
	struct claim c = air_claim(s, p, FACT_BEACON, x->card);
	c.subject = key_mac(x->card);
	c.value = key_number((uint32_t)(off / 1000));
	c.number = x->turns;
	claim_words(&c, ssid);
	packet_say(s, &c);
}

/* One access point, one answer: who answers for many names answers for any. */
static void
lures(struct sensor *s, struct packet *p, struct station *x, struct bytes ssid)
{
	uint64_t h = bytes_hash(ssid.at, ssid.len, 1);

	if (p->when.us - x->lure_from.us > LURE_SPAN) {
		x->lure_from = p->when;
		x->lures = 0;
	}
	for (uint8_t i = 0; i < x->lures; i++)
		if (x->lure[i] == h)
			return;
	if (x->lures < LURES)
		x->lure[x->lures++] = h;
	if (x->lures < 3 || (x->lure_told.us && p->when.us - x->lure_told.us < LURE_SPAN))
		return;
	x->lure_told = p->when;
	struct claim c = air_claim(s, p, FACT_LURE, x->card);
	c.subject = key_text(ssid);
	c.value = key_mac(x->card);
	c.marks = MARK_BULK;
	c.number = x->lures;
	claim_words(&c, ssid);
	packet_say(s, &c);
}

/* The inventory's side: an access point is a card like others. */
static void
device(struct sensor *s, struct packet *p, struct mac card, struct bytes ssid)
{
	struct link link = p->link;

	p->link.src = card;
	p->link.cards = true;
	card_see(s, p);
	card_role(s, p->domain, card, ROLE_AP);
	card_name(s, p->domain, card, ssid);
	p->link = link;
	p->card = NULL;
}

static void
beacon(struct sensor *s, struct packet *p, const struct dot11 *d, struct mac bssid)
{
	struct dot11_beacon b;
	struct station     *x;
	bool                response = d->subtype == DOT11_PROBE_RESPONSE;

	if (d->flags & DOT11_PROTECTED || mac_group(bssid) || mac_zero(bssid) || dot11_beacon_parse(d->body, &b) || !(b.e.present & DOT11_HAS_SSID))
		return;
	x = station_of(s, p, bssid, true);
	x->beacons++;
	clock_line(s, p, x, b.timestamp, b.e.ssid);
	if (!x->beside)
		number(p, x, d->sequence);
	if (hidden(b.e.ssid))
		return;
	struct key name = key_text(b.e.ssid);
	uint8_t    security = (uint8_t)dot11_security(&b);
	bool       changed = !key_equal(&name, &x->name) || security != x->security;
	if (x->beacons >= BEACONS_KNOWN && !x->known) {
		x->known = true;
		table_keep(s->airs->stations, x);
		device(s, p, bssid, b.e.ssid);
	}
	x->name = name;
	x->security = security;
	x->protected = security > DOT11_OWE;
	if (response)
		lures(s, p, x, b.e.ssid);
	struct network *n = network_of(s, p, &name, true);
	if (!changed && x->said.us && p->when.us - x->said.us < SAY_EVERY)
		return;
	bool         good = fits(p, n, x);
	struct claim c = air_claim(s, p, FACT_SSID, bssid);
	struct key   own = { { 1, x->card.b[1], x->card.b[2] } };
	if (x->beacons >= BEACONS_KNOWN)
		table_keep(s->airs->networks, n);
	x->said = p->when;
	c.subject = name;
	c.value = key_mac(bssid);
	c.number = good ? n->security : security;
	c.other = good ? key_number(1) : own;
	c.marks = security == DOT11_OPEN ? MARK_OPEN : 0;
	claim_words(&c, b.e.ssid);
	packet_say(s, &c);
}

/* --- clients -------------------------------------------------------------------------------- */

/* A client of a protected network asks to join an open one that appeared while we watched. */
static void
joins(struct sensor *s, struct packet *p, const struct dot11 *d, struct mac client, struct mac bssid)
{
	struct dot11_assoc a;
	struct station    *x = station_of(s, p, client, true), *ap = station_of(s, p, bssid, false);

	if (d->flags & DOT11_PROTECTED || dot11_assoc_parse(d->body, d->subtype == DOT11_REASSOC_REQUEST, &a) || !(a.e.present & DOT11_HAS_SSID) || hidden(a.e.ssid))
		return;
	struct key      name = key_text(a.e.ssid);
	struct network *n = network_of(s, p, &name, false);
	bool            late = n && n->first.us - (int64_t)s->counts.first_frame_us > LEARN_FOR;
	bool            open = ap && ap->known && key_equal(&ap->name, &name) && !ap->protected;
	if (x->protected && !key_equal(&x->name, &name) && late && open) {
		struct claim c = air_claim(s, p, FACT_LURE, bssid);
		c.subject = name;
		c.value = key_mac(bssid);
		c.card = client;
		c.marks = MARK_OPEN;
		claim_words(&c, a.e.ssid);
		packet_say(s, &c);
	}
}

/* Data through an access point: the client belongs to its network. */
static void
belongs(struct sensor *s, struct packet *p, const struct dot11 *d, struct mac client, struct mac bssid)
{
	struct station *ap, *x;

	if (mac_group(client) || mac_equal(client, bssid) || !(ap = station_of(s, p, bssid, false)) || !ap->protected || !(d->flags & DOT11_PROTECTED))
		return;
	struct key name = ap->name;
	x = station_of(s, p, client, true);
	x->name = name;
	x->protected = true;
}

/* --- deauthentication -------------------------------------------------------------------------- */

static void
deauthentication(struct sensor *s, struct packet *p, const struct dot11 *d, struct mac from, struct mac to, struct mac bssid)
{
	struct deauth k;
	bool          fresh;

	/* With management frame protection (IEEE 802.11 12.6.19) nobody can forge it. */
	if (d->flags & DOT11_PROTECTED)
		return;
	memset(&k, 0, sizeof k);
	k.domain = p->domain;
	k.bssid = bssid;
	k.victim = mac_equal(to, bssid) ? from : to;
	struct deauth        *x = table_put(s->airs->deauths, &k, &fresh);
	const struct station *sender = station_of(s, p, from, false);
	if (!fresh && d->flags & DOT11_RETRY && x->last == d->sequence)
		return; /* the same frame once more */
	if (p->when.us - x->from.us > DEAUTH_SPAN) {
		if (x->count > x->most && x->count < DEAUTHS_FEWEST)
			x->most = x->count;
		x->from = p->when;
		x->count = x->strays = 0;
	}
	x->last = d->sequence;
	x->count++;
	x->strays = (uint16_t)(x->strays + (sender && stray(p, sender, d->sequence)));
	if (!(x->count >= DEAUTHS_FEWEST && x->count > 2 * x->most) && x->strays < STRAYS_FEWEST)
		return;
	if (x->told.us && p->when.us - x->told.us < DEAUTH_SPAN)
		return;
	x->told = p->when;
	struct claim c = air_claim(s, p, FACT_DEAUTH, from);
	c.subject = key_mac(bssid);
	c.value = key_mac(k.victim);
	c.number = x->count;
	c.number2 = x->strays;
	c.marks = MARK_BULK | (x->strays >= STRAYS_FEWEST ? MARK_FRAME_LIES : 0);
	packet_say(s, &c);
}

/* --- frames -------------------------------------------------------------------------------------- */

bool
air_see(struct sensor *s, struct packet *p, struct bytes in, uint32_t linktype)
{
	struct radio r = { .frame = in };
	struct dot11 d;
	struct mac   from, to, bssid;

	if (linktype == LINK_RADIOTAP && radio_parse(in, &r)) {
		s->counts.malformed++;
		return false;
	}
	if (r.bad_fcs)
		return false;
	if (dot11_parse(r.frame, &d)) {
		s->counts.malformed++;
		return false;
	}
	if (d.type == DOT11_CONTROL)
		return false;
	dot11_ends(&d, &from, &to, &bssid);
	if (d.type == DOT11_DATA) {
		belongs(s, p, &d, d.flags & DOT11_TO_DS ? from : to, bssid);
		if (!d.ethertype)
			return false;
		p->link.src = from;
		p->link.dst = to;
		p->link.cards = !mac_zero(from) && !mac_zero(to);
		p->link.type = d.ethertype;
		p->link.payload = d.payload;
		return true;
	}
	switch (d.subtype) {
	case DOT11_BEACON:
	case DOT11_PROBE_RESPONSE:
		beacon(s, p, &d, bssid);
		break;
	case DOT11_ASSOC_REQUEST:
	case DOT11_REASSOC_REQUEST:
		joins(s, p, &d, from, bssid);
		break;
	case DOT11_DEAUTH:
	case DOT11_DISASSOC:
		deauthentication(s, p, &d, from, to, bssid);
		break;
	default:
		break;
	}
	return false;
}
