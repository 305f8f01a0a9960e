/* cause: see cause.h. */
#include "report/cause.h"

enum { NAMED = 4 }; /* names in one sentence */
#define DAY   (24 * 3600 * INSTANT_SECOND)
#define LATER (10 * INSTANT_SECOND) /* a card first seen so long after its neighbours came while we watched */

/* What a row writes with: the next cause, begun with its control and key. */
struct writer {
	const struct cause_case *of;
	struct cause            *out;
	uint32_t                 n;
	struct buf               says, act;
};

static void
begin(struct writer *w, const char *control, const char *key, bool declared)
{
	struct cause *c = &w->out[w->n];

	*c = (struct cause){ .control = control, .key = key, .declared = declared };
	w->says = buf_over(c->says, sizeof c->says);
	w->act = buf_over(c->act, sizeof c->act);
}

static void
end(struct writer *w)
{
	buf_string(&w->says);
	buf_string(&w->act);
	if (w->n < CAUSES - 1) /* the last one is written over: there are fewer rows than that in practice */
		w->n++;
}

/* --- what the case holds --------------------------------------------------------- */

static bool
any(const struct cause_case *c, const char *rule)
{
	size_t n = strlen(rule);
	bool   family = n && rule[n - 1] == '.';

	for (uint32_t i = 0; i < c->findings; i++)
		if (family ? strncmp(c->finding[i].rule, rule, n) == 0 : strcmp(c->finding[i].rule, rule) == 0)
			return true;
	return false;
}

static const struct policy *
policy(const struct cause_case *c)
{
	return c->policy && c->policy->given ? c->policy : NULL;
}

static const struct policy_device *
declared_device(const struct cause_case *c, struct addr a, struct mac m)
{
	const struct policy *p = policy(c);

	for (uint32_t i = 0; p && i < p->devices; i++)
		if ((!addr_none(a) && addr_equal(p->device[i].address, a)) ||
		    (!mac_zero(m) && (mac_equal(p->device[i].card, m) || mac_equal(p->device[i].second_card, m))))
			return &p->device[i];
	return NULL;
}

/* Is there a card by policy for this address? */
static bool
pinned(const struct cause_case *c, struct addr a)
{
	const struct policy        *p = policy(c);
	const struct policy_device *d = declared_device(c, a, (struct mac){ 0 });

	if (d && !mac_zero(d->card))
		return true;
	for (uint32_t i = 0; p && i < p->gateways; i++)
		if (addr_equal(p->gateway[i].address, a) && !mac_zero(p->gateway[i].card))
			return true;
	return false;
}

static const struct device_record *
seen(const struct cause_case *c, struct mac m)
{
	for (uint32_t i = 0; i < c->devices; i++)
		if (!mac_zero(m) && mac_equal(c->device[i].card, m))
			return &c->device[i];
	return NULL;
}

static void
put_addr(struct writer *w, struct addr a)
{
	const struct policy_device *d = declared_device(w->of, a, (struct mac){ 0 });
	const char                 *name = d ? d->name : "";

	for (uint32_t i = 0; !*name && i < w->of->devices; i++)
		if (addr_equal(w->of->device[i].addr, a) && !mac_equal(w->of->device[i].card, w->of->incident->attacker))
			name = w->of->device[i].name;
	addr_print(a, &w->says);
	if (*name)
		buf_format(&w->says, " (%s)", name);
}

static void
put_attacker(struct writer *w)
{
	const struct incident      *i = w->of->incident;
	const struct policy_device *p = declared_device(w->of, (struct addr){ 0 }, i->attacker);
	const struct device_record *d = seen(w->of, i->attacker);

	if (mac_zero(i->attacker)) {
		buf_text(&w->says, "a card that is not named");
		return;
	}
	buf_text(&w->says, "card ");
	mac_print(i->attacker, &w->says);
	if (p || (d && d->name[0]))
		buf_format(&w->says, " (%s)", p ? p->name : d->name);
}

/* Distinct victims of the rules that pass, told as a list; how many. */
struct victims {
	struct addr at[NAMED];
	uint32_t    n, more;
};

static void
add(struct victims *v, struct addr a)
{
	if (addr_none(a))
		return;
	for (uint32_t i = 0; i < v->n; i++)
		if (addr_equal(v->at[i], a))
			return;
	if (v->n < NAMED)
		v->at[v->n++] = a;
	else
		v->more++;
}

static void
put_victims(struct writer *w, const struct victims *v)
{
	for (uint32_t i = 0; i < v->n; i++) {
		if (i)
			buf_text(&w->says, i + 1 == v->n && !v->more ? " and " : ", ");
		put_addr(w, v->at[i]);
	}
	if (v->more)
		buf_text(&w->says, " and others");
}

/* --- rows ---------------------------------------------------------------------------- */

/* Somebody claimed addresses that are not its own: was there a pin, and who enforces it? */
static void
address_pins(struct writer *w)
{
	struct victims bare = { 0 }, kept = { 0 };
	bool           v6 = false;

	for (uint32_t i = 0; i < w->of->findings; i++) {
		const struct finding *f = &w->of->finding[i];
		if (strcmp(f->rule, "arp.spoof") && strcmp(f->rule, "ndp.spoof") && strcmp(f->rule, "gateway.rogue") && strcmp(f->rule, "arp.duplicate-ip"))
			continue;
		v6 |= strcmp(f->rule, "ndp.spoof") == 0;
		add(pinned(w->of, f->victim_ip) ? &kept : &bare, f->victim_ip);
	}
	if (bare.n) {
		begin(w, "address pins", "devices", false);
		buf_text(&w->says, "nothing pins ");
		put_victims(w, &bare);
		buf_text(&w->says, bare.n > 1 ? " to their cards, so " : " to its card, so ");
		put_attacker(w);
		buf_text(&w->says, " could claim what is not its own");
		buf_format(&w->act, "declare them with their cards under devices (gateways for routers), and turn on %s on the access switch",
		           v6 ? "ND inspection and RA guard" : "DHCP snooping with Dynamic ARP Inspection");
		end(w);
	}
	if (kept.n) {
		begin(w, "address inspection", "", true);
		buf_text(&w->says, "the policy pins ");
		put_victims(w, &kept);
		buf_text(&w->says, kept.n > 1 ? " to their cards, and the switch let " : " to its card, and the switch let ");
		put_attacker(w);
		buf_text(&w->says, kept.n > 1 ? " claim them all the same" : " claim it all the same");
		buf_format(&w->act, "turn on %s on the access switch, with the declared cards as its table", v6 ? "ND inspection" : "Dynamic ARP Inspection");
		end(w);
	}
}

/* A role that only one or a few may have: declared or not, the switch let another take it. */
static const struct authority {
	const char *rule, *control, *key, *what, *guard;
	size_t      count; /* of the list in struct policy */
} AUTHORITY[] = {
	{ "dhcp.rogue", "DHCP snooping", "dhcp_servers", "who may give leases", "turn on DHCP snooping: only the server's ports are trusted", offsetof(struct policy, dhcps) },
	{ "dhcp6.rogue", "DHCPv6 guard", "dhcp_servers", "who may answer DHCPv6", "turn on DHCPv6 guard on access ports", offsetof(struct policy, dhcps) },
	{ "ra.rogue", "RA guard", "gateways", "who may advertise itself as router", "turn on RA guard on access ports", offsetof(struct policy, gateways) },
	{ "icmp.redirect", "redirects refused", "gateways", "who may redirect", "let devices refuse ICMP redirects, and filter them on access ports", offsetof(struct policy, gateways) },
	{ "fhrp.takeover", "router redundancy guarded", "gateways", "who may be master of the virtual router", "drop VRRP and HSRP on access ports", offsetof(struct policy, gateways) },
	{ "dns.spoof", "resolver authenticity", "dns_servers", "who may answer as resolver", "let resolvers validate DNSSEC and clients ask by TLS; allow answers from the resolvers' ports only", offsetof(struct policy, dnss) },
	{ "dns.resolver", "resolver authenticity", "dns_servers", "who may be resolver", "fix the resolver in the devices' settings; allow port 53 to the resolvers only", offsetof(struct policy, dnss) },
};

static void
authorities(struct writer *w)
{
	for (size_t i = 0; i < sizeof AUTHORITY / sizeof *AUTHORITY; i++) {
		const struct authority *a = &AUTHORITY[i];
		const struct policy    *p = policy(w->of);
		uint32_t                n = 0;

		if (!any(w->of, a->rule))
			continue;
		if (p)
			memcpy(&n, (const uint8_t *)p + a->count, sizeof n);
		begin(w, a->control, n ? "" : a->key, n > 0);
		if (n)
			buf_format(&w->says, "the policy declares %s, and the network let ", a->what);
		else
			buf_format(&w->says, "nothing declares %s, and nothing on the access port stopped ", a->what);
		put_attacker(w);
		buf_text(&w->says, n ? " do it all the same" : "");
		buf_format(&w->act, "%s%s%s%s", n ? "" : "declare it under ", n ? "" : a->key, n ? "" : "; ", a->guard);
		end(w);
	}
}

/* Controls that a rule alone shows to be missing, whatever the policy says. */
static const struct {
	const char *rule, *control, *key, *says, *act;
} PLAIN[] = {
	{ "stp.takeover", "BPDU guard", "", "an access port accepted spanning tree frames, and with them a new root, from ", "turn on BPDU guard on access ports and root guard towards the wards" },
	{ "mac.flood", "port security", "", "one port could bring hundreds of cards: no limit of cards a port stopped ", "set a limit of cards a port, with an alarm" },
	{ "dhcp.starvation", "DHCP rate limit", "", "nothing limits how many leases one port may ask for: not ", "limit DHCP packets a second on access ports; reserve leases for medical devices" },
	{ "name.poison", "local name lookup", "", "hosts ask everybody on the link for names (LLMNR, NetBIOS, mDNS) and believed ", "turn LLMNR and NetBIOS off by group policy" },
	{ "wpad", "proxy discovery", "", "hosts look for a proxy by themselves and were answered by ", "turn automatic proxy detection off; name the proxy by policy, and wpad in DNS" },
	{ "wifi.evil-twin", "access point authenticity", "ssids", "clients could not tell the network's access points from ", "use 802.1X with a pinned server certificate on every client, and declare the access points under ssids" },
	{ "wifi.rogue-ap", "known networks only", "ssids", "clients join networks nobody declared, here one of ", "remove open networks from the clients' lists; declare yours under ssids" },
	{ "wifi.deauth", "management frames protected", "", "management frames are not protected, so a client could be sent away by ", "require 802.11w (protected management frames)" },
	{ "tls.downgrade", "lowest TLS version", "", "both ends still accept an older TLS than they can, and took it from ", "set TLS 1.2 or 1.3 as the least at the server, after a test with the device's vendor" },
	{ "tls.cipher-downgrade", "strong ciphers only", "", "both ends still accept a cipher without forward secrecy or authentication, offered by ", "leave only ECDHE with AEAD at the server" },
	{ "tls.strip", "HTTPS only", "", "a site that has HTTPS still serves pages in clear, here through ", "close plain HTTP, or redirect with HSTS and preload" },
	{ "tls.starttls-strip", "TLS required", "", "STARTTLS is an offer and no requirement, so it could be taken away by ", "let both sides require TLS, best from the first byte" },
	{ "session.hijack", "sessions bound to a client", "", "a stolen token or certificate was as good as its owner's for ", "bind sessions to the client's certificate or address; end those that are open" },
	{ "credential.exposed", "no credentials in clear", "", "a credential crossed in a form that can be read or cracked by ", "change it; let the service ask for it inside TLS only" },
	{ "ledger.mismatch", "a witness of the ledger", "", "the ledger does not say what it said before: its directory could be written by ", "name a witness on another host, and keep the last checkpoint elsewhere" },
};

static void
single_controls(struct writer *w)
{
	for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++) {
		if (!any(w->of, PLAIN[i].rule))
			continue;
		begin(w, PLAIN[i].control, PLAIN[i].key, false);
		buf_text(&w->says, PLAIN[i].says);
		put_attacker(w);
		buf_text(&w->act, PLAIN[i].act);
		end(w);
	}
}

static const struct policy_service *
service(const struct cause_case *c, struct addr a, uint16_t port)
{
	const struct policy *p = policy(c);

	for (uint32_t i = 0; p && i < p->services; i++)
		if (addr_equal(p->service[i].address, a) && p->service[i].port == port)
			return &p->service[i];
	return NULL;
}

static bool
same_service(const struct flow_record *a, const struct flow_record *b)
{
	return addr_equal(a->server, b->server) && a->port == b->port && strcmp(a->application, b->application) == 0 && a->protection == b->protection;
}

/* What was diverted could be read and changed only where the route itself does not authenticate its ends. */
static void
routes(struct writer *w)
{
	const struct cause_case *c = w->of;

	if (!any(c, "path.relay") && !any(c, "arp.spoof") && !any(c, "ndp.spoof") && !any(c, "gateway.rogue") && !any(c, "message.") && !any(c, "tls.plain"))
		return;
	for (uint32_t i = 0; i < c->flows; i++) {
		const struct flow_record *f = &c->flow[i];
		struct victims            clients = { 0 };
		uint32_t                  k = 0;

		while (k < i && !same_service(&c->flow[k], f))
			k++;
		if (!f->clinical || k < i || (f->protection != PROTECTION_PLAIN && f->protection != PROTECTION_TLS))
			continue;
		for (k = i; k < c->flows; k++)
			if (same_service(&c->flow[k], f) && c->flow[k].clinical)
				add(&clients, c->flow[k].client);
		const struct policy_service *s = service(c, f->server, f->port);
		bool plain = f->protection == PROTECTION_PLAIN, due = plain && s && s->tls;
		begin(w, plain ? "route authentication" : "client authentication", plain && !due ? "services" : "", due);
		buf_text(&w->says, clients.n > 1 ? "the routes " : "the route ");
		put_victims(w, &clients);
		buf_text(&w->says, " → ");
		put_addr(w, f->server);
		buf_format(&w->says, ":%u (%s) %s %s", f->port, f->application, clients.n > 1 ? "are" : "is",
		           !plain ? "TLS of the server alone: nobody asks who the client is" :
		           due ? "plain though the policy requires TLS: neither end proves who it is" :
		                 "plain: neither end proves who it is, and whoever carries it can read and change it");
		buf_text(&w->act, !plain ? "ask for client certificates at the server" :
		         due ? "turn TLS on at both ends, then refuse plain connections at the server" :
		               "use mutual TLS there; declare the service with tls: required");
		end(w);
	}
}

/* Another key was shown for a service: was it pinned? */
static void
service_pins(struct writer *w)
{
	const struct policy *p = policy(w->of);

	if (!any(w->of, "tls.intercept"))
		return;
	for (uint32_t i = 0; i < w->of->findings; i++) {
		const struct finding        *f = &w->of->finding[i];
		const struct policy_service *s = NULL;
		uint32_t                     k = 0;

		while (k < i && (strcmp(w->of->finding[k].rule, f->rule) || !addr_equal(w->of->finding[k].victim_ip, f->victim_ip)))
			k++;
		if (strcmp(f->rule, "tls.intercept") || k < i || addr_none(f->victim_ip))
			continue;
		for (k = 0; p && k < p->services && !s; k++)
			if (addr_equal(p->service[k].address, f->victim_ip) && p->service[k].pins)
				s = &p->service[k];
		begin(w, s ? "clients check the key" : "key pins", s ? "" : "services", s != NULL);
		buf_text(&w->says, s ? "the policy pins the key of " : "nothing pins the key of ");
		put_addr(w, f->victim_ip);
		buf_text(&w->says, s ? ", and its clients do not check: they went on with another, of " : ", and its clients went on with another, of ");
		put_attacker(w);
		buf_text(&w->act, s ? "let the clients refuse what is not the pinned key or its issuer" :
		                      "declare the service with its pins; let its clients trust the hospital's own authority alone");
		end(w);
	}
}

static bool
allowed(const struct policy *p, struct addr from, struct addr to)
{
	for (uint32_t i = 0; i < p->flows; i++)
		if (policy_within(&p->flow[i].from, from) && policy_within(&p->flow[i].to, to))
			return true;
	return false;
}

/* The attacker reached its victims: does anything deny that? */
static void
east_west(struct writer *w)
{
	const struct incident *i = w->of->incident;
	const struct policy   *p = policy(w->of);
	struct victims         reached = { 0 };

	if (addr_none(i->attacker_ip))
		return;
	for (uint32_t k = 0; k < w->of->findings; k++)
		if (strcmp(w->of->finding[k].rule, "path.relay") == 0 || strcmp(w->of->finding[k].rule, "policy.flow") == 0)
			add(&reached, w->of->finding[k].victim_ip);
	for (uint32_t k = 0; k < w->of->flows; k++) {
		if (addr_equal(w->of->flow[k].client, i->attacker_ip))
			add(&reached, w->of->flow[k].server);
		else if (addr_equal(w->of->flow[k].server, i->attacker_ip))
			add(&reached, w->of->flow[k].client);
	}
	struct victims left = { 0 };
	for (uint32_t k = 0; k < reached.n; k++)
		if (!p || !p->flows || !allowed(p, i->attacker_ip, reached.at[k]))
			add(&left, reached.at[k]);
	if (!left.n)
		return;
	bool denied = p && p->flows;
	begin(w, "east-west segmentation", denied ? "" : "flows", denied);
	buf_text(&w->says, denied ? "the policy allows no flow from " : "east-west traffic is not denied: nothing stops ");
	addr_print(i->attacker_ip, &w->says);
	buf_text(&w->says, denied ? " to " : ", ");
	if (!denied) {
		put_attacker(w);
		buf_text(&w->says, ", from reaching ");
	}
	put_victims(w, &left);
	buf_text(&w->says, denied ? ", and the network let it pass" : "");
	buf_text(&w->act, denied ? "enforce the declared flows: access lists at the ward's router, private VLAN or port isolation within it" :
	                           "declare who may talk to whom under flows; isolate ports of one ward from one another (private VLAN)");
	end(w);
}

/* A card nobody declared could join. */
static void
admission(struct writer *w)
{
	const struct incident      *i = w->of->incident;
	const struct device_record *d = seen(w->of, i->attacker);
	const struct policy        *p = policy(w->of);
	struct instant              earliest = { INT64_MAX };

	if (!d || declared_device(w->of, (struct addr){ 0 }, i->attacker))
		return;
	for (uint32_t k = 0; k < w->of->devices; k++)
		if (w->of->device[k].first.us < earliest.us)
			earliest = w->of->device[k].first;
	bool came = instant_since(earliest, d->first) >= LATER && instant_since(d->first, i->first) >= 0 && instant_since(d->first, i->first) < DAY;
	if (!came && !(p && p->devices))
		return;
	begin(w, "port admission", p && p->devices ? "" : "devices", p && p->devices);
	put_attacker(w);
	if (came) {
		buf_text(&w->says, " joined at ");
		instant_print(d->first, &w->says);
		buf_format(&w->says, ", %lld s before the first finding,", (long long)(instant_since(d->first, i->first) / INSTANT_SECOND));
	} else {
		buf_text(&w->says, " is on the network,");
	}
	buf_text(&w->says, p && p->devices ? " is none of the declared devices, and its switch port let it in" : " and its switch port asked nobody whether it may");
	buf_text(&w->act, "turn on 802.1X, or at least port security with known cards, on the port it came from");
	end(w);
}

/* A declared device attacks: what is declared of it did not bound it. */
static void
insider(struct writer *w)
{
	const struct policy_device *d = declared_device(w->of, (struct addr){ 0 }, w->of->incident->attacker);

	if (!d || mac_zero(w->of->incident->attacker))
		return;
	begin(w, "trust in a declared device", "flows", false);
	put_attacker(w);
	buf_format(&w->says, " is the declared device %s: being known was enough to be trusted", d->name);
	buf_text(&w->act, "take it off the network as its owner agrees, examine it, and limit under flows what it may reach");
	end(w);
}

static void
broken_rules(struct writer *w)
{
	for (uint32_t i = 0, told = 0; i < w->of->findings && told < NAMED; i++) {
		if (strcmp(w->of->finding[i].rule, "policy.flow"))
			continue;
		begin(w, "declared flows", "", true);
		buf_format(&w->says, "a declared rule was broken and nothing enforced it: %.320s", w->of->finding[i].says);
		buf_text(&w->act, "enforce it at the router or firewall between the two; or declare the flow if it is wanted");
		end(w);
		told++;
	}
}

static void
second_witness(struct writer *w)
{
	if (w->of->places != 1 || !w->of->findings)
		return;
	begin(w, "second witness", "", false);
	buf_text(&w->says, "all of it was seen from one place alone: what does not pass there is not seen, and nobody confirms what does");
	buf_text(&w->act, "watch from a second place, best at the servers (paravent watch --tap NAME=IFACE)");
	end(w);
}

/* In the order of how much each would have prevented. */
static void (*const ROW[])(struct writer *) = {
	broken_rules, address_pins, authorities, single_controls, service_pins, routes, admission, insider, east_west, second_witness,
};

uint32_t
cause_find(const struct cause_case *c, struct cause out[static CAUSES])
{
	struct writer w = { .of = c, .out = out };

	for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++)
		ROW[i](&w);
	return w.n;
}
