/* declared: see declared.h. */
#include "judge/declared.h"

struct speaker {
	void (*say)(void *, const struct claim *);
	void *context;
};

static void
say(const struct speaker *s, enum fact fact, struct key subject, struct key value, uint32_t number, uint32_t marks)
{
	struct claim c;

	memset(&c, 0, sizeof c);
	c.fact = (uint8_t)fact;
	c.witness = WITNESS_POLICY;
	c.domain = DECLARED_DOMAIN;
	c.subject = subject;
	c.value = value;
	c.number = number;
	c.marks = marks;
	s->say(s->context, &c);
}

static void
binding(const struct speaker *s, struct addr a, struct mac card)
{
	if (!mac_zero(card) && !addr_none(a))
		say(s, addr_is_v4(a) ? FACT_BINDING : FACT_BINDING6, key_addr(a), key_mac(card), 0, 0);
}

void
declared_claims(const struct policy *p, void (*fn)(void *, const struct claim *), void *context)
{
	struct speaker s = { fn, context };
	struct key     all = { { 0 } };

	for (uint32_t i = 0; i < p->devices; i++) {
		binding(&s, p->device[i].address, p->device[i].card);
		binding(&s, p->device[i].address, p->device[i].second_card);
	}
	for (uint32_t i = 0; i < p->gateways; i++) {
		binding(&s, p->gateway[i].address, p->gateway[i].card);
		say(&s, FACT_ROUTER, key_addr(p->gateway[i].address), key_mac(p->gateway[i].card), 0, 0);
		if (!mac_zero(p->gateway[i].card) && !addr_is_v4(p->gateway[i].address))
			say(&s, FACT_RA, all, key_mac(p->gateway[i].card), 0, MARK_ROUTE);
	}
	for (uint32_t i = 0; i < p->dhcps; i++) {
		binding(&s, p->dhcp[i].address, p->dhcp[i].card);
		if (!mac_zero(p->dhcp[i].card))
			say(&s, addr_is_v4(p->dhcp[i].address) ? FACT_DHCP : FACT_DHCP6, all, key_mac(p->dhcp[i].card), 0, 0);
	}
	for (uint32_t i = 0; i < p->dnss; i++) {
		binding(&s, p->dns[i].address, p->dns[i].card);
		if (!mac_zero(p->dns[i].card))
			say(&s, FACT_RESOLVER, key_addr(p->dns[i].address), key_mac(p->dns[i].card), 0, 0);
	}
	for (uint32_t i = 0; i < p->ssids; i++)
		for (uint8_t k = 0; k < p->ssid[i].bssids; k++)
			say(&s, FACT_SSID, key_text(bytes_text(p->ssid[i].name)), key_mac(p->ssid[i].bssid[k]), p->ssid[i].security, 0);
}

static bool
rule_for(const struct policy_flow *f, struct addr server, uint16_t port)
{
	return (!f->port || f->port == port) && policy_within(&f->to, server);
}

bool
declared_service(const struct policy *p, struct addr server, uint16_t port)
{
	for (uint32_t i = 0; i < p->flows; i++)
		if (!p->flow[i].to.any && rule_for(&p->flow[i], server, port))
			return true;
	return false;
}

bool
declared_allows(const struct policy *p, struct addr client, struct addr server, uint16_t port, struct instant when)
{
	for (uint32_t i = 0; i < p->flows; i++)
		if (rule_for(&p->flow[i], server, port) && policy_within(&p->flow[i].from, client) && (!p->flow[i].until.us || when.us < p->flow[i].until.us))
			return true;
	return false;
}

bool
declared_access_point(const struct policy *p, const struct key *ssid, struct mac card)
{
	for (uint32_t i = 0; i < p->ssids; i++) {
		struct key name = key_text(bytes_text(p->ssid[i].name));
		for (uint8_t k = 0; key_equal(&name, ssid) && k < p->ssid[i].bssids; k++)
			if (mac_equal(p->ssid[i].bssid[k], card))
				return true;
	}
	return false;
}

const struct policy_service *
declared_pins(const struct policy *p, struct addr server, uint16_t port)
{
	for (uint32_t i = 0; i < p->services; i++)
		if (p->service[i].port == port && addr_equal(p->service[i].address, server))
			return &p->service[i];
	return NULL;
}

const struct policy_issued *
declared_issued(const struct policy *p, const struct key *subject, uint32_t *n)
{
	uint32_t low = 0, high = p->issueds;
	uint64_t name;

	memcpy(&name, subject->b + 18, sizeof name);
	if (!name)
		name = claim_addr_hash(key_to_addr(subject));
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (p->issued[middle].name < name)
			low = middle + 1;
		else
			high = middle;
	}
	for (*n = 0; low + *n < p->issueds && p->issued[low + *n].name == name;)
		++*n;
	return &p->issued[low];
}
