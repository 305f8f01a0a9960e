/*
 * neighbour: how was it said?
 *
 *	request, broadcast, for another   the sender uses its address   USED
 *	request or reply for itself       announcement                  ANNOUNCED
 *	reply to one who asked            answer                        ANSWERED
 *	reply or request to one, unasked  pushed at a victim            PUSHED
 *
 * Who asked is remembered for three seconds.
 */
#include "sensor/neighbour.h"
#include "sensor/card.h"
#include "sensor/name.h"
#include "sensor/router.h"
#include "sensor/theft.h"
#include "wire/arp.h"
#include "wire/icmp6.h"

static void
say(struct sensor *s, const struct packet *p, enum witness w, struct addr addr, struct mac card, uint32_t marks, struct addr victim)
{
	struct claim c = packet_claim(s, p, addr_is_v4(addr) ? FACT_BINDING : FACT_BINDING6, w);

	if (mac_group(card) || mac_zero(card) || addr_none(addr) || addr_group(addr))
		return;
	card_bound(s, p, addr, card);
	c.subject = key_addr(addr);
	c.value = key_mac(card);
	c.marks = marks | MARK_ON_LINK;
	c.speaker_ip = addr;
	c.victim = victim;
	if (!mac_equal(card, p->link.src))
		c.marks |= MARK_FRAME_LIES;
	packet_say(s, &c);
}

void
neighbour_arp(struct sensor *s, struct packet *p)
{
	struct arp a;
	uint32_t   mark;
	bool       group = mac_group(p->link.dst);

	if (arp_parse(p->link.payload, &a)) {
		s->counts.malformed++;
		return;
	}
	packet_event(s, p, EVENT_ARP, &a, 0);
	theft_see(s, p, &a);
	if (a.op != ARP_REQUEST && a.op != ARP_REPLY)
		return;
	if (a.op == ARP_REQUEST && addr_none(a.spa))
		return; /* an RFC 5227 probe claims nothing yet */
	if (addr_equal(a.spa, a.tpa)) {
		mark = group ? MARK_ANNOUNCED : MARK_PUSHED;
	} else if (a.op == ARP_REQUEST) {
		mark = group ? MARK_USED : MARK_PUSHED;
		card_asked(s, p, a.tpa, p->link.src);
		if (group)
			card_contacts(s, p, a.tpa, 0);
	} else if (group) {
		mark = MARK_ANNOUNCED;
	} else {
		mark = card_was_asked(s, p, a.spa, p->link.dst) ? MARK_ANSWERED : MARK_PUSHED;
	}
	say(s, p, WITNESS_ARP, a.spa, a.sha, mark, a.tpa);
}

static void
advertisement(struct sensor *s, struct packet *p, const struct icmp6 *m)
{
	struct mac card = m->present & ICMP6_HAS_TARGET ? m->target_mac : p->link.src;
	uint32_t   mark = addr_group(p->ip.dst) ? MARK_ANNOUNCED : card_was_asked(s, p, m->target, p->link.dst) ? MARK_ANSWERED : MARK_PUSHED;

	if (m->router)
		card_role(s, p->domain, p->link.src, 0);
	if (!m->override)
		mark |= MARK_SMALL; /* RFC 4861 7.2.4: anycast and proxies do not override */
	say(s, p, WITNESS_NDP, m->target, card, mark, p->ip.dst);
}

static void
solicitation(struct sensor *s, struct packet *p, const struct icmp6 *m)
{
	if (addr_none(p->ip.src))
		return; /* duplicate address detection claims nothing yet */
	card_asked(s, p, m->target, p->link.src);
	if (m->present & ICMP6_HAS_SOURCE)
		say(s, p, WITNESS_NDP, p->ip.src, m->source_mac, addr_group(p->ip.dst) ? MARK_USED : MARK_PUSHED, m->target);
}

void
neighbour_icmp6(struct sensor *s, struct packet *p)
{
	struct icmp6 m;

	/* RFC 4861 6.1, 7.1: a hop limit of 255 proves the sender is on this link. */
	if (icmp6_parse(p->ip.payload, &m)) {
		s->counts.malformed++;
		return;
	}
	if (m.type < ICMP6_RS || m.type > ICMP6_REDIRECT) {
		card_uses(s, p);
		return;
	}
	if (p->ip.ttl != 255)
		return;
	switch (m.type) {
	case ICMP6_NA:
		advertisement(s, p, &m);
		break;
	case ICMP6_NS:
		solicitation(s, p, &m);
		break;
	case ICMP6_RA:
		router_advertisement(s, p, &m);
		break;
	case ICMP6_REDIRECT:
		router_redirect6(s, p, &m);
		break;
	default:
		break;
	}
}
