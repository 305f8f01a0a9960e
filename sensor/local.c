/*
 * local: see local.h.
 *
 * A name is asked in episodes: hosts repeat a question for a second or so, in
 * three protocols at once.  Who answers is
 *
 *	the owner      it called itself so before it was asked   ordinary
 *	another        while the owner is alive                  FRAME_LIES
 *	here before    and silent in two earlier episodes        SILENT
 *	one for many   four names that are not its own           BULK
 *
 * Somebody who answers with an address that is not its own speaks for another
 * by design: a WINS server, a reflector, a sleep proxy.  LLMNR has none such.
 */
#include "sensor/local.h"
#include "base/cursor.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"

#define PATIENCE   (2 * INSTANT_SECOND)   /* a question repeated sooner is the same episode */
#define ANSWERS    (5 * INSTANT_SECOND)   /* and answers may take as long */
#define SAY_EVERY  (INSTANT_SECOND)
#define OWNER_LIFE (600 * INSTANT_SECOND)
#define BULK_SPAN  (600 * INSTANT_SECOND)
#define GONE       (60 * INSTANT_SECOND)
enum { OWNERS = 3, EPISODES = 4, BULK_NAMES = 16, BULK_LEAST = 4, QUESTIONS = 32, NETBIOS_NAME = 15 };

struct local_key {
	struct key name;
	uint32_t   domain;
};

struct local {
	struct local_key key;
	uint32_t         said_marks;
	struct mac       owner[OWNERS], asker, answerer;
	uint8_t          owners;  /* OWNERS + 1: too many to know */
	uint8_t          episode; /* where the next unanswered one goes */
	bool             answered;
	struct instant   asked, began, said_at;
	struct instant   unanswered[EPISODES]; /* when they began */
};

struct responder_key {
	uint32_t   domain;
	struct mac card;
	uint8_t    pad[2];
};

struct responder {
	struct responder_key key;
	uint32_t             count;
	struct instant       from;
	uint64_t             name[BULK_NAMES];
};

struct locals {
	struct table *names, *responders;
	uint64_t      seed;
};

struct locals *
local_new(size_t memory, uint64_t seed)
{
	struct locals *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->seed = seed;
	t->names = table_new((uint32_t)(memory / 4 * 3 / table_cost(1, sizeof(struct local))), sizeof(struct local_key), sizeof(struct local), seed);
	t->responders = table_new((uint32_t)(memory / 4 / table_cost(1, sizeof(struct responder))), sizeof(struct responder_key), sizeof(struct responder), seed);
	if (!t->names || !t->responders) {
		local_free(t);
		return NULL;
	}
	return t;
}

void
local_free(struct locals *t)
{
	if (!t)
		return;
	table_free(t->names);
	table_free(t->responders);
	memory_free(t);
}

/* The first label in lower case, at most most bytes of it. */
static struct local_key
key_of(const struct packet *p, struct bytes name, size_t most)
{
	struct local_key k;
	char             text[64];
	size_t           n = bytes_find(name, '.');

	n = n < most ? n : most;
	n = n < sizeof text ? n : sizeof text;
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] | 0x20 : name.at[i]);
	memset(&k, 0, sizeof k);
	k.name = key_text(bytes_of(text, n));
	k.domain = p->domain;
	return k;
}

static struct local *
put(struct locals *t, const struct packet *p, struct bytes name, size_t most)
{
	struct local_key k = key_of(p, name, most);
	bool             fresh;

	return table_put(t->names, &k, &fresh);
}

/* --- owners --------------------------------------------------------------------- */

static bool
owns(const struct local *l, struct mac card)
{
	for (uint8_t i = 0; i < l->owners && i < OWNERS; i++)
		if (mac_equal(l->owner[i], card))
			return true;
	return l->owners > OWNERS;
}

static void
own(struct locals *t, const struct packet *p, struct mac card, struct bytes name, size_t most)
{
	struct local *l = put(t, p, name, most);

	table_keep(t->names, l);
	if (owns(l, card))
		return;
	if (l->owners < OWNERS)
		l->owner[l->owners] = card;
	l->owners++;
}

void
local_owned(struct sensor *s, struct locals *t, const struct packet *p, struct mac card, struct bytes name)
{
	if (!name.len || mac_zero(card) || mac_group(card))
		return;
	own(t, p, card, name, SIZE_MAX);
	/* NetBIOS knows the same host by fewer letters. */
	if (bytes_find(name, '.') > NETBIOS_NAME)
		own(t, p, card, name, NETBIOS_NAME);
	const struct card *c = card_of(s, p->domain, card);
	if (c && !c->name[0])
		card_name(s, p->domain, card, bytes_head(name, bytes_find(name, '.')));
}

/* An owner of the name that is alive, or NULL. */
static const struct mac *
living_owner(const struct sensor *s, const struct packet *p, const struct local *l)
{
	for (uint8_t i = 0; i < l->owners && i < OWNERS; i++) {
		const struct card *c = card_of(s, p->domain, l->owner[i]);
		if (c && p->when.us - c->last.us < OWNER_LIFE)
			return &l->owner[i];
	}
	return NULL;
}

/* --- questions and answers --------------------------------------------------------- */

static void
asked(struct locals *t, const struct packet *p, struct bytes name)
{
	struct local *l = put(t, p, name, SIZE_MAX);

	if (p->when.us - l->asked.us > PATIENCE || !l->began.us) {
		if (l->began.us && !l->answered)
			l->unanswered[l->episode++ % EPISODES] = l->began;
		l->began = p->when;
		l->answered = false;
	}
	l->asked = p->when;
	l->asker = p->link.src;
}

/* How often the name was asked in vain while this card was there. */
static unsigned
silences(const struct packet *p, const struct local *l)
{
	unsigned n = 0;

	for (unsigned i = 0; p->card && i < EPISODES; i++)
		n += l->unanswered[i].us > p->card->first.us;
	return n;
}

/* How many names that are not its own the card has answered lately, this one included. */
static uint32_t
bulk(struct locals *t, const struct packet *p, const struct local *l)
{
	struct responder_key k = { p->domain, p->link.src, { 0 } };
	bool                 fresh;
	struct responder    *r = table_put(t->responders, &k, &fresh);
	uint64_t             h = bytes_hash(l->key.name.b, sizeof l->key.name.b, t->seed);

	if (p->when.us - r->from.us > BULK_SPAN) {
		r->from = p->when;
		r->count = 0;
	}
	for (uint32_t i = 0; i < r->count && i < BULK_NAMES; i++)
		if (r->name[i] == h)
			return r->count;
	if (r->count < BULK_NAMES)
		r->name[r->count++] = h;
	return r->count;
}

static bool
special(const struct local *l)
{
	struct key wpad = key_text(bytes_text("wpad")), isatap = key_text(bytes_text("isatap"));

	return key_equal(&l->key.name, &wpad) || key_equal(&l->key.name, &isatap);
}

/* The answerer before this one has left, or its name moved with its owner. */
static bool
moved(const struct sensor *s, const struct packet *p, const struct local *l)
{
	if (mac_zero(l->answerer) || mac_equal(l->answerer, p->link.src))
		return false;
	const struct card *c = card_of(s, p->domain, l->answerer);
	return !c || p->when.us - c->last.us > GONE;
}

static void
answered(struct sensor *s, struct locals *t, const struct packet *p, enum witness w, struct local *l, struct bytes name, bool for_itself)
{
	struct claim c = packet_claim(s, p, FACT_LOCAL_NAME, w);

	l->answered = true;
	c.marks = MARK_ANSWERED | (special(l) ? MARK_SPECIAL : 0);
	if (!for_itself && !(c.marks & MARK_SPECIAL))
		return;
	if (owns(l, p->link.src) || moved(s, p, l)) {
		c.marks |= MARK_ANNOUNCED;
	} else {
		const struct mac *owner = living_owner(s, p, l);
		if (owner) {
			c.card = *owner;
			c.marks |= MARK_FRAME_LIES;
		}
		c.number2 = silences(p, l);
		c.marks |= c.number2 >= 2 ? MARK_SILENT : 0;
		c.number = bulk(t, p, l);
		c.marks |= c.number >= BULK_LEAST ? MARK_BULK : 0;
	}
	bool again = mac_equal(l->answerer, p->link.src) && l->said_marks == c.marks && p->when.us - l->said_at.us < SAY_EVERY;
	l->answerer = p->link.src;
	if (again)
		return;
	l->said_at = p->when;
	l->said_marks = c.marks;
	c.subject = l->key.name;
	c.value = key_mac(p->link.src);
	if (addr_group(p->ip.dst))
		c.victim = card_address(s, p->domain, l->asker);
	claim_words(&c, name);
	packet_say(s, &c);
}

/* The name as it was asked by somebody else a moment ago, or NULL. */
static struct local *
pending(struct locals *t, const struct packet *p, struct bytes name)
{
	struct local_key k = key_of(p, name, SIZE_MAX);
	struct local    *l = table_find(t->names, &k);

	return l && l->asked.us && p->when.us - l->asked.us < ANSWERS && !mac_equal(l->asker, p->link.src) ? l : NULL;
}

/* Is this an address of the sender's own? */
static bool
own_address(const struct sensor *s, const struct packet *p, struct addr a)
{
	return addr_equal(a, p->ip.src) || card_holds(s, p->domain, a, p->link.src);
}

/* --- LLMNR ------------------------------------------------------------------------------ */

void
local_llmnr(struct sensor *s, struct locals *t, const struct packet *p, const struct dns *d)
{
	struct bytes  name = bytes_text(d->name);
	struct local *l;

	if (!p->link.cards || d->opcode || !name.len)
		return;
	if (!d->qr) {
		/* RFC 4795 section 4.1: a host asks for ANY of its own name to see that it is alone with it. */
		if (d->type == DNS_ANY)
			local_owned(s, t, p, p->link.src, name);
		else if ((d->type == DNS_A || d->type == DNS_AAAA) && addr_group(p->ip.dst))
			asked(t, p, name);
		return;
	}
	if (d->rcode || !d->count || addr_none(d->record[0].addr))
		return;
	l = pending(t, p, name);
	if (l)
		answered(s, t, p, WITNESS_LLMNR, l, name, true);
}

/* --- mDNS ------------------------------------------------------------------------------- */

static struct bytes
host_name(const char *name)
{
	struct bytes b = bytes_text(name);
	return b.len > 6 && memcmp(b.at + b.len - 6, ".local", 6) == 0 ? bytes_head(b, b.len - 6) : bytes_head(b, 0);
}

static void
name_skip(struct cursor *c)
{
	for (uint8_t n; (n = cursor_u8(c));) {
		if (n >= 0xc0) {
			cursor_skip(c, 1);
			return;
		}
		cursor_skip(c, n);
	}
}

static void
mdns_query(struct sensor *s, struct locals *t, const struct packet *p, const struct dns *d)
{
	struct cursor c = cursor_over(bytes_skip(d->message, DNS_HEADER));
	char          name[DNS_NAME];

	/* RFC 6762 section 8.2: a probe carries the records its sender wants to have. */
	for (unsigned i = 0; d->authorities && i < d->count; i++) {
		const struct dns_record *r = &d->record[i];
		if (r->section == DNS_AUTHORITY && !addr_none(r->addr) && own_address(s, p, r->addr) && dns_name(d->message, r->owner, name) == OK)
			local_owned(s, t, p, p->link.src, host_name(name));
	}
	if (d->authorities)
		return;
	for (unsigned i = 0; i < d->questions && i < QUESTIONS && cursor_ok(&c); i++) {
		size_t at = (size_t)(c.at - d->message.at);
		name_skip(&c);
		uint16_t type = cursor_u16(&c);
		cursor_skip(&c, 2);
		if (!cursor_ok(&c) || (type != DNS_A && type != DNS_AAAA && type != DNS_ANY) || dns_name(d->message, at, name))
			continue;
		struct bytes host = host_name(name);
		if (host.len && host.at[0] != '_' && addr_group(p->ip.dst))
			asked(t, p, host);
	}
}

void
local_mdns(struct sensor *s, struct locals *t, const struct packet *p, const struct dns *d)
{
	char name[DNS_NAME];

	if (!p->link.cards || d->opcode)
		return;
	if (!d->qr) {
		mdns_query(s, t, p, d);
		return;
	}
	for (unsigned i = 0; i < d->count; i++) {
		const struct dns_record *r = &d->record[i];
		if (addr_none(r->addr) || !r->ttl || dns_name(d->message, r->owner, name))
			continue;
		struct bytes host = host_name(name);
		if (!host.len)
			continue;
		bool          mine = own_address(s, p, r->addr);
		struct local *l = pending(t, p, host);
		if (l)
			answered(s, t, p, WITNESS_MDNS, l, host, mine);
		else if (mine)
			local_owned(s, t, p, p->link.src, host);
	}
}

/* --- NetBIOS ----------------------------------------------------------------------------- */

void
local_nbns(struct sensor *s, struct locals *t, const struct packet *p, const struct nbns *n)
{
	struct bytes  name = bytes_text(n->name);
	struct local *l;
	bool          mine = false;

	/* The suffixes of hosts: workstation and server.  Domains and browsers are groups' names. */
	if (!p->link.cards || !name.len || (n->suffix != 0 && n->suffix != 0x20))
		return;
	if (!n->response) {
		bool takes = n->opcode == NBNS_REGISTRATION || n->opcode == NBNS_MULTIHOMED || n->opcode == NBNS_REFRESH;
		if (takes && n->count && !n->address[0].group)
			local_owned(s, t, p, p->link.src, name);
		else if (n->opcode == NBNS_QUERY && n->type == NBNS_NB && mac_group(p->link.dst))
			asked(t, p, name);
		return;
	}
	if (n->opcode != NBNS_QUERY || n->rcode || !n->count || n->address[0].group)
		return;
	for (unsigned i = 0; i < n->count; i++)
		mine |= own_address(s, p, n->address[i].addr);
	l = pending(t, p, name);
	if (l)
		answered(s, t, p, WITNESS_NBNS, l, name, mine);
}
