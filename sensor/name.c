/*
 * name: see name.h.  Here messages are read and handed on: what is asked of a
 * resolver to query, what is asked of everybody to local.
 */
#include "sensor/name.h"
#include "base/memory.h"
#include "base/table.h"
#include "sensor/card.h"
#include "sensor/decoder.h"
#include "sensor/local.h"
#include "sensor/query.h"

enum { PORT_DNS = 53, PORT_NBNS = 137, PORT_MDNS = 5353, PORT_LLMNR = 5355, TYPE_MOST = 260 };
#define NAME_EVERY (10 * INSTANT_SECOND)

/* When a name was last said to have an address. */
struct said {
	struct key     name;
	struct addr    addr;
	uint32_t       domain, pad;
	/* the key ends here */
	struct instant when;
};

struct names {
	struct queries *queries;
	struct locals  *locals;
	struct table   *said;
};

struct names *
name_new(size_t memory, uint64_t seed)
{
	struct names *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->queries = query_new(memory / 16 * 9, seed);
	t->locals = local_new(memory / 16 * 5, seed);
	t->said = table_new((uint32_t)(memory / 16 * 2 / table_cost(1, sizeof(struct said))), offsetof(struct said, when), sizeof(struct said), seed);
	if (!t->queries || !t->locals || !t->said) {
		name_free(t);
		return NULL;
	}
	return t;
}

void
name_free(struct names *t)
{
	if (!t)
		return;
	query_free(t->queries);
	local_free(t->locals);
	table_free(t->said);
	memory_free(t);
}

void
name_owned(struct sensor *s, const struct packet *p, struct mac card, struct bytes name)
{
	local_owned(s, s->names->locals, p, card, name);
}

/* One flow a question: too many for all of them to be kept, so this is not flow_is. */
static void
label(struct flow *f, const char *text)
{
	if (f && !f->label[0])
		memcpy(f->label, text, strlen(text) + 1);
}

/* --- hospital names -------------------------------------------------------------- */

static bool
is_private(struct addr a)
{
	if (!addr_is_v4(a))
		return (a.b[0] & 0xfe) == 0xfc;
	return a.b[12] == 10 || (a.b[12] == 172 && (a.b[13] & 0xf0) == 16) || (a.b[12] == 192 && a.b[13] == 168);
}

static void
say_name(struct sensor *s, const struct packet *p, const struct dns *d, struct addr addr)
{
	struct said k, *at;
	bool        fresh;

	memset(&k, 0, sizeof k);
	k.name = key_text(bytes_text(d->name));
	k.addr = addr;
	k.domain = p->domain;
	at = table_put(s->names->said, &k, &fresh);
	if (!fresh && p->when.us - at->when.us < NAME_EVERY)
		return;
	at->when = p->when;
	struct claim c = packet_claim(s, p, FACT_NAME, WITNESS_DNS);
	c.subject = k.name;
	c.value = key_addr(addr);
	c.card = card_at(s, p->domain, addr);
	c.marks = mac_zero(c.card) ? 0 : MARK_ON_LINK;
	claim_words(&c, bytes_text(d->name));
	packet_say(s, &c);
}

static void
say_names(struct sensor *s, const struct packet *p, const struct dns *d)
{
	if (d->type != DNS_A && d->type != DNS_AAAA)
		return;
	for (unsigned i = 0; i < d->count && i < 4; i++) {
		const struct dns_record *r = &d->record[i];
		if (r->section == DNS_ANSWER && !addr_none(r->addr) && (is_private(r->addr) || card_local(s, p->domain, r->addr)))
			say_name(s, p, d, r->addr);
	}
}

static void
unicast(struct sensor *s, const struct packet *p, const struct dns *d)
{
	if (d->opcode || !d->questions)
		return;
	if (!d->qr)
		query_asked(s, s->names->queries, p, d);
	else if (query_answered(s, s->names->queries, p, d))
		say_names(s, p, d);
}

/* --- DNS, mDNS, LLMNR over UDP ------------------------------------------------------ */

/* On a port of its own anything that can be read; elsewhere one whole, plain question or its answer. */
static bool
plain(const struct dns *d)
{
	if (d->questions != 1 || d->opcode || d->class != 1 || !d->type || d->type > TYPE_MOST)
		return false;
	if (d->qr)
		return d->rcode <= 5 && d->answers < DNS_RECORDS && (d->answers || d->rcode);
	return !d->answers && !d->authorities && d->additionals <= 1 && !d->rcode &&
	       (d->additionals ? d->edns : d->message.len == DNS_HEADER + d->asked.len);
}

bool
name_looks(const struct flow *f, int side, struct bytes in)
{
	uint16_t   port = flow_port(f, FLOW_SERVER);
	struct dns d;

	(void)side;
	if (in.len < DNS_HEADER || dns_parse(in, &d))
		return false;
	return port == PORT_DNS || port == PORT_MDNS || port == PORT_LLMNR || plain(&d);
}

void
name_datagram(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct dns d;

	(void)side;
	if (dns_parse(in, &d)) {
		s->counts.malformed++;
		return;
	}
	if (packet_wants(s, EVENT_DNS))
		packet_event(s, p, EVENT_DNS, &d, d.qr);
	if (p->udp.sport == PORT_MDNS || p->udp.dport == PORT_MDNS) {
		label(p->flow, "mdns");
		local_mdns(s, s->names->locals, p, &d);
	} else if (p->udp.sport == PORT_LLMNR || p->udp.dport == PORT_LLMNR) {
		label(p->flow, "llmnr");
		local_llmnr(s, s->names->locals, p, &d);
	} else {
		label(p->flow, "dns");
		unicast(s, p, &d);
	}
}

/* --- DNS over TCP --------------------------------------------------------------------- */

bool
name_tcp_looks(const struct flow *f, int side, struct bytes in)
{
	struct bytes message;
	struct dns   d;

	(void)side;
	if (dns_tcp_next(&in, &message) || dns_parse(message, &d))
		return false;
	return flow_port(f, FLOW_SERVER) == PORT_DNS || (in.len == 0 && plain(&d));
}

size_t
name_tcp(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct bytes message, left = in;
	struct dns   d;

	(void)side;
	if (dns_tcp_next(&left, &message))
		return 0;
	if (dns_parse(message, &d)) {
		s->counts.malformed++;
		return DECODER_CLOSE;
	}
	if (packet_wants(s, EVENT_DNS))
		packet_event(s, p, EVENT_DNS, &d, d.qr);
	label(p->flow, "dns");
	unicast(s, p, &d);
	return in.len - left.len;
}

/* --- NetBIOS ----------------------------------------------------------------------------- */

bool
name_nbns_looks(const struct flow *f, int side, struct bytes in)
{
	struct nbns n;

	(void)f;
	(void)side;
	return nbns_parse(in, &n) == OK && (n.type == NBNS_NB || n.type == NBNS_NBSTAT);
}

void
name_nbns(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct nbns n;

	(void)side;
	if (nbns_parse(in, &n)) {
		s->counts.malformed++;
		return;
	}
	if (packet_wants(s, EVENT_NBNS))
		packet_event(s, p, EVENT_NBNS, &n, n.response);
	label(p->flow, "nbns");
	local_nbns(s, s->names->locals, p, &n);
}
