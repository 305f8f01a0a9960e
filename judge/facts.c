/*
 * facts: the table at the heart.  One row a kind of fact; each cell names the
 * circumstances under which a contradiction is called what it is called, or is
 * ordinary life.  A new benign case is a cell here or a witness, never an if
 * elsewhere.
 *
 * Cells are tried in order and the first that fits decides.
 */
#include "judge/facts.h"
#include "model/claim.h"

#define DAY 65000 /* seconds: as long as a life can be stated */

#define MITM "man-in-the-middle"

static const struct fact_row ROWS[FACTS] = {
	/*
	 * Which card has this address?  Overlap: the owner goes on speaking after
	 * another card has claimed its address.  Asserted, it is spoofing; used by
	 * two hosts, it is a duplicate.
	 */
	[FACT_BINDING] = { OP_OVERLAP, .life_s = 120, .known_s = 2, .known_n = 4, .category = MITM, .cells = {
		{ .need = C_NEW_ROUTER, .never = C_ROUTER | C_POLICY | C_CONVICTED | C_CONTESTS, .ordinary = true }, /* proxy ARP by a learnt router */
		{ .need = C_POLICY, .any = C_PENDING | C_OVERLAP | C_MOVED, .rule = "arp.spoof", .severity = 1, .confidence = 85, .culprit = CULPRIT_NEW, .technique = "T1557.002",
		  .says = "{s} belongs to {a} by policy, and {b} claims it" },
		{ .need = C_ROUTER, .any = C_OVERLAP, .never = C_ONE_DEVICE, .rule = "gateway.rogue", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557.002", .more = true,
		  .says = "{b} poses as the router {s}, whose card is {a}" },
		{ .need = C_ROUTER | C_PENDING | C_KNOWN, .any = C_NEW_HOST | C_CONVICTED | C_MANY, .never = C_ONE_DEVICE | C_NEW_ROUTER, .rule = "gateway.rogue", .severity = 1, .confidence = 75, .culprit = CULPRIT_NEW, .technique = "T1557.002", .more = true,
		  .says = "{b} announces itself as the router {s}, whose card is {a}" },
		{ .need = C_ROUTER | C_PENDING | C_KNOWN | C_WAITED | C_LIVES, .never = C_ONE_DEVICE | C_NEW_ROUTER, .rule = "gateway.rogue", .severity = 1, .confidence = 70, .culprit = CULPRIT_NEW, .technique = "T1557.002", .more = true,
		  .says = "{b} announces itself as the router {s}, whose card {a} goes on routing" },
		{ .need = C_OVERLAP | C_ONE_DEVICE, .never = C_CONVICTED | C_ROUTER | C_POLICY, .rule = "arp.duplicate-ip", .severity = 4, .culprit = CULPRIT_NONE, .technique = "",
		  .says = "{s} is used from two cards, {a} and {b}, that look like one device (teaming or two cards): name them in the policy to be sure" },
		{ .need = C_OVERLAP, .any = C_MANY | C_CONVICTED | C_ROUTER | C_WAITED, .rule = "arp.spoof", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557.002",
		  .says = "{s} is claimed by two cards: {a} had it and still speaks, {b} now says it is there" },
		{ .need = C_OVERLAP, .mark_any = MARK_PUSHED | MARK_FRAME_LIES, .rule = "arp.spoof", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557.002",
		  .says = "{s} is claimed by two cards: {a} had it and still speaks, {b} tells {v} it is there" },
		{ .need = C_OVERLAP, .mark_any = MARK_USED, .rule = "arp.duplicate-ip", .severity = 2, .confidence = 60, .culprit = CULPRIT_NEW, .technique = "T1557.002",
		  .says = "{s} is used by two hosts at once: {a} had it, {b} uses it too" },
		{ .need = C_PENDING, .any = C_CONVICTED | C_MANY, .rule = "arp.spoof", .severity = 1, .confidence = 85, .culprit = CULPRIT_NEW, .technique = "T1557.002",
		  .says = "{b}, which speaks for others or carries their packets, claims {s} of {a}" },
		{ .need = C_PENDING | C_ROUTER | C_KNOWN | C_WAITED | C_LIVES, .never = C_ONE_DEVICE | C_NEW_ROUTER, .rule = "arp.spoof", .severity = 1, .confidence = 70, .culprit = CULPRIT_NEW, .technique = "T1557.002",
		  .says = "{b} claims the router's address {s}; the router's card {a} goes on routing" },
		{ .need = C_PENDING | C_ROUTER | C_KNOWN, .any = C_NEW_HOST, .never = C_ONE_DEVICE | C_NEW_ROUTER, .rule = "arp.spoof", .severity = 1, .confidence = 75, .culprit = CULPRIT_NEW, .technique = "T1557.002",
		  .says = "{b}, a host of its own, claims the router's address {s} of {a}" },
		{ .need = C_TOO_MANY, .never = C_EXPLAINED | C_NEW_ROUTER | C_ONE_DEVICE | C_POLICY, .rule = "arp.churn", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1557.002",
		  .says = "{s} went from card to card again and again within ten minutes, last from {a} to {b}, and no lease explains it" },
	} },
	[FACT_BINDING6] = { OP_OVERLAP, .life_s = 120, .known_s = 2, .known_n = 4, .category = MITM, .cells = {
		{ .need = C_NEW_ROUTER, .never = C_ROUTER | C_POLICY | C_CONVICTED | C_CONTESTS, .ordinary = true },
		{ .need = C_POLICY, .any = C_PENDING | C_OVERLAP | C_MOVED, .rule = "ndp.spoof", .severity = 1, .confidence = 85, .culprit = CULPRIT_NEW, .technique = "T1557",
		  .says = "{s} belongs to {a} by policy, and {b} claims it" },
		{ .need = C_ROUTER, .any = C_OVERLAP, .never = C_ONE_DEVICE, .rule = "gateway.rogue", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557", .more = true,
		  .says = "{b} poses as the router {s}, whose card is {a}" },
		{ .need = C_OVERLAP | C_ONE_DEVICE, .never = C_CONVICTED | C_ROUTER | C_POLICY, .rule = "arp.duplicate-ip", .severity = 4, .culprit = CULPRIT_NONE, .technique = "",
		  .says = "{s} is used from two cards, {a} and {b}, that look like one device: name them in the policy to be sure" },
		{ .need = C_OVERLAP, .any = C_MANY | C_CONVICTED | C_ROUTER | C_WAITED, .rule = "ndp.spoof", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557",
		  .says = "{s} is claimed by two cards: {a} had it and still speaks, {b} now says it is there" },
		{ .need = C_OVERLAP, .mark_any = MARK_PUSHED | MARK_FRAME_LIES, .rule = "ndp.spoof", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557",
		  .says = "{s} is claimed by two cards: {a} had it and still speaks, {b} tells {v} it is there" },
		{ .need = C_OVERLAP, .mark_any = MARK_USED, .rule = "arp.duplicate-ip", .severity = 2, .confidence = 60, .culprit = CULPRIT_NEW, .technique = "T1557",
		  .says = "{s} is used by two hosts at once: {a} had it, {b} uses it too" },
		{ .need = C_PENDING, .any = C_CONVICTED | C_MANY, .rule = "ndp.spoof", .severity = 1, .confidence = 85, .culprit = CULPRIT_NEW, .technique = "T1557",
		  .says = "{b}, which speaks for others or carries their packets, claims {s} of {a}" },
	} },
	/*
	 * One card, two stacks by turns: two machines.  Or frames in its name that say nothing, so that the switch sends what
	 * is for it elsewhere (MARK_FRAME_LIES): to whom, is proved by who gives the port back (MARK_RELEASE), and may be later.
	 */
	[FACT_CARD_PLACE] = { OP_COUNT, .life_s = 600, .known_s = 1, .known_n = 1, .threshold = 3, .category = MITM, .cells = {
		{ .need = C_TOO_MANY, .mark_need = MARK_FRAME_LIES | MARK_RELEASE, .rule = "mac.spoof", .severity = 2, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} steals the switch port of card {s}: frames in its name that say nothing come to {k}, which asks for the card again when it hands a packet on" },
		{ .need = C_TOO_MANY, .mark_need = MARK_FRAME_LIES, .rule = "mac.spoof", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557", .more = true,
		  .says = "frames in the name of card {s} that say nothing go to {k} again and again: they take its switch port" },
		{ .need = C_TOO_MANY, .mark_never = MARK_FRAME_LIES, .rule = "mac.spoof", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "two different machines speak from card {s} by turns" },
	} },
	[FACT_CENSUS] = { OP_COUNT, .life_s = 60, .known_s = 1, .known_n = 1, .category = "denial-of-service", .cells = {
		{ .need = C_TOO_MANY, .rule = "mac.flood", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{n} cards never seen before in two seconds (at most {m} in such a time before): a switch that learns them all floods every port" },
	} },
	/*
	 * Who gives leases here?  Options that agree with the authority's are a failover pair; what differs is marked
	 * ALTERED by the witness, which knows what was asked for.  A part-time server (PXE) gives no address.
	 */
	[FACT_DHCP] = { OP_SET, .life_s = DAY, .known_s = 1, .known_n = 2, .category = MITM, .cells = {
		{ .mark_need = MARK_SMALL, .ordinary = true },
		{ .never = C_NEW_ROUTER | C_POLICY, .mark_need = MARK_SELF | MARK_HIGH | MARK_PROXY, .rule = "wpad", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003", .more = true,
		  .says = "{k} ({i}) hands out a web proxy configuration (DHCP option 252) and names itself as router or resolver" },
		{ .never = C_NEW_ROUTER | C_POLICY, .mark_need = MARK_SELF | MARK_HIGH, .rule = "dhcp.rogue", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "{k} ({i}) gives out leases that name itself, and another router serves this network" },
		{ .need = C_MEMBER, .mark_never = MARK_ALTERED, .ordinary = true },
		{ .need = C_FRESH, .ordinary = true },
		{ .need = C_NEW_ROUTER, .never = C_POLICY, .mark_never = MARK_HIGH, .ordinary = true }, /* the router itself, and an attacker was first */
		{ .need = C_POLICY, .rule = "dhcp.rogue", .severity = 1, .confidence = 90, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "{k} ({i}) gives out leases; the policy names {a}" },
		{ .mark_never = MARK_ALTERED, .ordinary = true },
		{ .mark_need = MARK_PROXY, .rule = "wpad", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003", .more = true,
		  .says = "{k} ({i}) hands out a web proxy configuration (DHCP option 252)" },
		{ .mark_any = MARK_SELF | MARK_ROUTE | MARK_RESOLVER | MARK_PROXY, .rule = "dhcp.rogue", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "a second DHCP server, {k} ({i}), offers other routers or resolvers than {a}" },
		{ .any = C_KNOWN, .rule = "dhcp.rogue", .severity = 2, .confidence = 60, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "a second DHCP server, {k} ({i}), answers beside {a}" },
	} },
	[FACT_DHCP6] = { OP_SET, .life_s = DAY, .known_s = 1, .known_n = 2, .category = MITM, .cells = {
		{ .need = C_MEMBER, .mark_never = MARK_ALTERED, .ordinary = true },
		{ .need = C_NEW_ROUTER, .never = C_POLICY, .ordinary = true },
		{ .need = C_FRESH, .mark_need = MARK_SPECIAL, .mark_never = MARK_SELF, .ordinary = true }, /* the RA says there is one */
		{ .need = C_FRESH, .mark_any = MARK_SELF | MARK_RESOLVER, .rule = "dhcp6.rogue", .severity = 2, .confidence = 70, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "{k} ({i}) answers DHCPv6 and names resolvers; it is no router and no router announced such a server" },
		{ .need = C_FRESH, .ordinary = true },
		{ .never = C_POLICY, .mark_never = MARK_ALTERED, .ordinary = true },
		{ .mark_any = MARK_SELF | MARK_RESOLVER, .rule = "dhcp6.rogue", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "a second DHCPv6 server, {k} ({i}), names other resolvers than {a}" },
	} },
	[FACT_LEASES] = { OP_COUNT, .life_s = 120, .known_s = 1, .known_n = 1, .category = "denial-of-service", .cells = {
		{ .need = C_TOO_MANY, .mark_need = MARK_FRAME_LIES, .rule = "dhcp.starvation", .severity = 2, .confidence = 70, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "{k} asks for leases in the name of {n} clients" },
		{ .need = C_TOO_MANY, .rule = "dhcp.starvation", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557.003",
		  .says = "{n} clients never seen before ask for leases and none uses one" },
	} },
	[FACT_ROUTER] = { OP_SET, .life_s = DAY, .known_s = 1, .known_n = 1, .category = MITM },
	/* Who advertises itself as router? */
	[FACT_RA] = { OP_SET, .life_s = 1800, .known_s = 1, .known_n = 2, .category = MITM, .cells = {
		{ .mark_need = MARK_FRAME_LIES, .rule = "ra.rogue", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} advertises in the name of the router {w}, whose card is another" },
		{ .mark_need = MARK_BULK, .rule = "ra.rogue", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "the IPv6 router {w} is taken back and given again by turns: two speak in its name" },
		{ .mark_never = MARK_ROUTE | MARK_RESOLVER | MARK_ON_LINK, .ordinary = true }, /* lifetime 0, no prefix, no resolver */
		{ .never = C_NEW_ROUTER | C_POLICY, .mark_need = MARK_SILENT, .mark_any = MARK_HIGH | MARK_SELF, .rule = "ra.rogue", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} ({i}), an ordinary host until now, advertises itself as the preferred IPv6 router or as resolver" },
		{ .need = C_MEMBER, .never = C_POLICY, .mark_never = MARK_ALTERED, .ordinary = true },
		{ .need = C_FRESH, .mark_need = MARK_SILENT | MARK_ROUTE, .never = C_NEW_ROUTER, .rule = "ra.rogue", .severity = 2, .confidence = 60, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} ({i}), an ordinary host until now, advertises itself as IPv6 router" },
		{ .need = C_FRESH, .ordinary = true },
		{ .need = C_NEW_ROUTER, .never = C_POLICY, .ordinary = true },
		{ .never = C_POLICY, .mark_never = MARK_ALTERED | MARK_HIGH | MARK_NO_ANSWER, .rule = "ra.rogue", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "a second router, {k}, advertises the same as {a}: name it in the policy" },
		{ .rule = "ra.rogue", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} ({i}) advertises itself as IPv6 router with other prefixes, resolvers or rank than {a}" },
	} },
	[FACT_REDIRECT] = { OP_PAIR, .life_s = 600, .known_s = 1, .known_n = 1, .category = MITM, .cells = {
		{ .mark_need = MARK_FRAME_LIES, .rule = "icmp.redirect", .severity = 1, .confidence = 85, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} tells {v} in the router's name to send what is for {s} to {b}" },
		{ .need = C_NEW_ROUTER, .mark_never = MARK_SELF, .ordinary = true },
		{ .mark_need = MARK_SELF, .rule = "icmp.redirect", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} tells {v} to send what is for {s} through itself" },
		{ .need = C_NEW_HOST, .rule = "icmp.redirect", .severity = 2, .confidence = 70, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k}, no router, tells {v} to send what is for {s} to {b}" },
	} },
	/* A backup is silent until it takes over, so a first takeover after silence is information. */
	[FACT_FHRP] = { OP_RANK, .life_s = 4, .known_s = 2, .known_n = 3, .category = MITM, .cells = {
		{ .need = C_SAME_CARD, .ordinary = true },
		{ .need = C_MEMBER, .never = C_ACCUSED, .ordinary = true },
		{ .any = C_KNOWN, .mark_need = MARK_NO_ANSWER, .rule = "fhrp.takeover", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{k} took over {s} after {a} fell silent or gave it up" },
		{ .need = C_ALIVE | C_KNOWN, .never = C_NEW_ROUTER, .rule = "fhrp.takeover", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} ({i}) took {s} from {a}, which was alive" },
		{ .need = C_ALIVE, .rule = "fhrp.takeover", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "router {k} took {s} from {a}, which was alive" },
		{ .any = C_KNOWN, .rule = "fhrp.takeover", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{k} took over {s} after {a} fell silent" },
	} },
	[FACT_STP] = { OP_RANK, .life_s = 20, .known_s = 5, .known_n = UINT16_MAX, .category = MITM, .cells = {
		{ .need = C_MEMBER, .never = C_ACCUSED | C_POLICY, .ordinary = true },
		{ .need = C_HIGHER | C_POLICY, .rule = "stp.takeover", .severity = 1, .confidence = 85, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} claims to be the root of the spanning tree ({b}); the policy names {a}" },
		{ .need = C_HIGHER, .mark_need = MARK_ON_LINK, .rule = "stp.takeover", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "the root of the spanning tree is now {b}, a switch that was here before; it was {a}" },
		{ .need = C_HIGHER | C_ALIVE | C_KNOWN | C_NEW_HOST, .rule = "stp.takeover", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k}, a host, announces a better root of the spanning tree, {b}, while {a} is alive" },
		{ .need = C_HIGHER | C_ALIVE | C_KNOWN, .rule = "stp.takeover", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "a better root of the spanning tree, {b}, is announced while {a} is alive, from card {k}, which does nothing else here: its address may be forged" },
		{ .need = C_HIGHER | C_KNOWN, .rule = "stp.takeover", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "the root of the spanning tree is now {b}; {a} had fallen silent" },
	} },
	/* Two different answers to one query. */
	[FACT_ANSWER] = { OP_PAIR, .life_s = 60, .known_s = 1, .known_n = 1, .category = MITM, .cells = {
		{ .mark_need = MARK_FRAME_LIES, .rule = "dns.spoof", .severity = 1, .confidence = 85, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "one question for {w} got two different answers; the one from {k} does not come from the resolver's card" },
		{ .rule = "dns.spoof", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "one question for {w} got two different answers" },
	} },
	[FACT_GUESS] = { OP_COUNT, .life_s = 60, .known_s = 1, .known_n = 1, .threshold = 16, .category = MITM, .cells = {
		{ .need = C_TOO_MANY, .mark_need = MARK_FRAME_LIES, .rule = "dns.spoof", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{k} sends {v} {n} DNS answers that nobody asked for, in the resolver's name" },
		{ .need = C_TOO_MANY, .rule = "dns.spoof", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{n} DNS answers to {v} in the name of {s} that nobody asked for: somebody guesses identifiers" },
	} },
	[FACT_RESOLVER] = { OP_OVERLAP, .life_s = 300, .known_s = 3, .known_n = 2, .category = MITM, .cells = {
		{ .need = C_NEW_ROUTER, .never = C_CONVICTED | C_ACCUSED, .ordinary = true },
		{ .need = C_OVERLAP | C_ONE_DEVICE, .ordinary = true },
		/* FRAME_LIES: the question went to another card than the answer came from; an address that moved takes both along. */
		{ .need = C_OVERLAP | C_KNOWN, .mark_need = MARK_FRAME_LIES, .rule = "dns.spoof", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557",
		  .says = "answers in the name of resolver {s} come from card {b}; its own card {a} is alive" },
		{ .any = C_CONVICTED | C_ACCUSED, .never = C_FRESH | C_MOVED, .rule = "dns.spoof", .severity = 1, .confidence = 85, .culprit = CULPRIT_NEW, .technique = "T1557",
		  .says = "card {b}, which speaks for others, answers in the name of resolver {s} of {a}" },
	} },
	[FACT_RESOLVER_USE] = { OP_SET, .life_s = DAY, .known_s = 1, .known_n = 1, .category = MITM, .cells = {
		{ .need = C_ACCUSED, .mark_need = MARK_RESOLVER, .rule = "dns.resolver", .severity = 2, .confidence = 70, .culprit = CULPRIT_SPEAKER, .technique = "T1557.003",
		  .says = "{s} is sent to resolver {b} by {k}, which stands accused" },
	} },
	[FACT_NAME] = { OP_SET, .life_s = DAY, .known_s = 5, .known_n = 3, .category = MITM, .cells = {
		{ .need = C_ACCUSED | C_KNOWN, .never = C_FRESH | C_MEMBER, .rule = "dns.spoof", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{w} moved from {a} to {b}, whose card stands accused" },
	} },
	/* Who answers for a local name?  Its owner; whoever was here and silent before is not. */
	[FACT_LOCAL_NAME] = { OP_SET, .life_s = DAY, .known_s = 5, .known_n = 2, .category = MITM, .cells = {
		{ .mark_need = MARK_SPECIAL, .rule = "wpad", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557.001",
		  .says = "{b} answers for {w}, a name that decides where browsers send everything" },
		{ .mark_need = MARK_FRAME_LIES, .rule = "name.poison", .severity = 1, .confidence = 80, .culprit = CULPRIT_NEW, .technique = "T1557.001",
		  .says = "{b} answers for {w}, a name that another device calls its own" },
		{ .mark_need = MARK_SILENT, .rule = "name.poison", .severity = 1, .confidence = 75, .culprit = CULPRIT_NEW, .technique = "T1557.001",
		  .says = "{b} answers for {w}; it was here and silent when the same was asked before" },
		{ .mark_need = MARK_BULK, .rule = "name.poison", .severity = 1, .confidence = 75, .culprit = CULPRIT_NEW, .technique = "T1557.001",
		  .says = "{b} answers for {w} and {n} names in all" },
		/* ANNOUNCED: the answerer called itself so before, or the one before it has left. */
		{ .need = C_KNOWN, .never = C_FRESH | C_MEMBER | C_ONE_DEVICE, .mark_never = MARK_ANNOUNCED, .rule = "name.poison", .severity = 2, .confidence = 60, .culprit = CULPRIT_NEW, .technique = "T1557.001",
		  .says = "{b} answers for {w}, for which {a} answered before" },
	} },
	[FACT_OWN_NAME] = { .op = OP_NONE },
	/* The same packet on other cards. */
	[FACT_PATH] = { OP_PAIR, .life_s = 600, .known_s = 1, .known_n = 1, .category = MITM, .cells = {
		{ .need = C_NEW_ROUTER, .never = C_CONVICTED | C_CONTESTS, .ordinary = true },
		{ .never = C_CONVICTED | C_ACCUSED, .mark_need = MARK_RELEASE, .ordinary = true }, /* a former master passes on */
		{ .mark_need = MARK_BOTH_LOCAL, .rule = "path.relay", .severity = 1, .confidence = 95, .culprit = CULPRIT_VALUE, .technique = "T1557",
		  .says = "{k} carries the packets between {s}, which share a link and need nobody between them" },
		{ .any = C_CONTESTS | C_ACCUSED, .mark_need = MARK_ON_LINK, .rule = "path.relay", .severity = 1, .confidence = 95, .culprit = CULPRIT_VALUE, .technique = "T1557",
		  .says = "{k} carries the packets between {s}, on their way to the router" },
	} },
	/* The same packet with other bytes behind it: told beside the relay, however long that was known. */
	[FACT_BYTES] = { OP_PAIR, .life_s = 600, .known_s = 1, .known_n = 1, .category = MITM, .cells = {
		{ .need = C_NEW_ROUTER, .never = C_CONVICTED | C_CONTESTS, .ordinary = true }, /* a router that rewrites what it must */
		{ .mark_any = MARK_BOTH_LOCAL | MARK_ON_LINK, .rule = "path.relay", .severity = 1, .confidence = 95, .culprit = CULPRIT_VALUE, .technique = "T1565.002",
		  .says = "{k} changes the bytes of packets between {s} on their way" },
	} },
	/* One conversation, two connections: in at a card with the server's address, out of the same card to the server. */
	[FACT_MIDDLE] = { OP_PAIR, .life_s = 600, .known_s = 1, .known_n = 1, .category = MITM, .cells = {
		{ .mark_need = MARK_SMALL, .never = C_CONTESTS | C_CONVICTED | C_ACCUSED, .ordinary = true }, /* a reverse proxy at its own address */
		{ .need = C_NEW_ROUTER, .never = C_CONTESTS | C_CONVICTED, .rule = "tls.proxy", .severity = 3, .confidence = 60, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "the router {b} opens connections of its own to {w} ({s}) for its clients: an inspection that no policy names" },
		{ .rule = "tls.intercept", .severity = 1, .confidence = 95, .culprit = CULPRIT_VALUE, .technique = "T1557",
		  .says = "{b} ends the connection of {v} to {w} ({s}) and opens one of its own" },
	} },
	/* Which key serves this name?  The same verified issuer is a renewal or a farm. */
	[FACT_KEY] = { OP_OVERLAP, .life_s = DAY, .known_s = 10, .known_n = 2, .category = MITM, .cells = {
		{ .need = C_POLICY | C_MEMBER, .ordinary = true }, /* pinned, or of the hospital's own CA */
		{ .need = C_ISSUED, .rule = "tls.intercept", .severity = 1, .confidence = 90, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{w} ({s}) shows key {b}, which the hospital's own CA did not certify; for this name it certified {a}" },
		{ .need = C_POLICY, .rule = "tls.intercept", .severity = 1, .confidence = 85, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{w} ({s}) shows key {b}, which is none of those the policy pins" },
		{ .never = C_OTHER, .ordinary = true },
		/* From far away, behind one router, one name is served by farms under several intermediates of a public authority. */
		{ .need = C_SAME_CARD, .any = C_PENDING | C_OVERLAP | C_MOVED, .never = C_CONVICTED | C_CONTESTS | C_ACCUSED | C_FRESH, .mark_need = MARK_ISSUED, .mark_never = MARK_WRONG_NAME, .rule = "tls.certificate", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{w} ({s}) shows key {b}, verified under another authority than {a} was" },
		{ .need = C_KNOWN, .never = C_OLD_SELF | C_MOVED | C_FRESH, .mark_need = MARK_SELF_SIGNED, .rule = "tls.intercept", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{w} ({s}) shows a self-signed key {b}; an authority had signed its key {a}" },
		{ .need = C_KNOWN, .any = C_CONVICTED | C_CONTESTS | C_ACCUSED, .never = C_FRESH, .rule = "tls.intercept", .severity = 1, .confidence = 85, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{w} ({s}) shows key {b} of another issuer through {k}, which speaks for others; its key was {a}" },
		{ .need = C_OVERLAP, .rule = "tls.intercept", .severity = 1, .confidence = 70, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{w} ({s}) is served under two keys of different issuers at once: {a} and {b}" },
		{ .need = C_PENDING | C_KNOWN, .never = C_SAME_CARD | C_OLD_SELF, .rule = "tls.intercept", .severity = 2, .confidence = 60, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{w} ({s}) shows key {b} of another issuer from another card; its key was {a}" },
		{ .need = C_KNOWN, .any = C_PENDING | C_MOVED, .rule = "tls.certificate", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{w} ({s}) has a new key of another issuer, {b}; it was {a}" },
	} },
	[FACT_STACK] = { OP_RANK, .life_s = DAY, .known_s = 30, .known_n = 2, .category = MITM, .cells = {
		{ .need = C_LOWER | C_KNOWN, .never = C_MEMBER, .rule = "tls.downgrade", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1562.010",
		  .says = "{v} and {w} agreed on a better TLS version before and both still offer it; now {k} picks a lower one" },
	} },
	[FACT_CIPHER] = { OP_RANK, .life_s = DAY, .known_s = 30, .known_n = 2, .category = MITM, .cells = {
		{ .need = C_LOWER | C_KNOWN, .never = C_MEMBER, .rule = "tls.cipher-downgrade", .severity = 2, .confidence = 70, .culprit = CULPRIT_SPEAKER, .technique = "T1562.010",
		  .says = "{v} and {w} agreed on a cipher with forward secrecy and authentication before; now {k} picks a weaker one" },
	} },
	[FACT_ALPN] = { OP_RANK, .life_s = DAY, .known_s = 30, .known_n = 2, .category = MITM, .cells = {
		{ .need = C_LOWER | C_KNOWN, .never = C_MEMBER, .rule = "tls.alpn-strip", .severity = 2, .confidence = 70, .culprit = CULPRIT_SPEAKER, .technique = "T1562.010",
		  .says = "{w} answered {v} with an application protocol before and offers none now" },
	} },
	[FACT_SENTINEL] = { OP_PAIR, .life_s = 600, .known_s = 1, .known_n = 1, .category = MITM, .cells = {
		{ .rule = "tls.downgrade", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1562.010",
		  .says = "{w} ({s}) says in its random number that it can do better than what {v} seems to offer: the offer was changed on the way (RFC 8446 4.1.3)" },
	} },
	[FACT_CLIENT_STACK] = { OP_ORDER, .life_s = DAY, .known_s = 30, .known_n = 3, .category = MITM, .cells = {
		{ .need = C_MEMBER | C_KNOWN, .rule = "tls.fingerprint", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{s}, a device of one purpose, speaks with two TLS stacks by turns ({w}): somebody else speaks in its name" },
	} },
	[FACT_PROTECTION] = { OP_RANK, .life_s = DAY, .known_s = 5, .known_n = 2, .category = MITM, .cells = {
		{ .need = C_LOWER | C_KNOWN, .rule = "tls.strip", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{w} sent its visitors to HTTPS before; now {v} gets its pages in clear" },
	} },
	[FACT_STARTTLS] = { OP_RANK, .life_s = DAY, .known_s = 30, .known_n = 1, .category = MITM, .cells = {
		{ .need = C_LOWER | C_KNOWN, .mark_need = MARK_USED, .rule = "tls.starttls-strip", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{v} asked {s} for TLS before; now it goes on in clear though TLS was offered: was the offer taken out on its way?" },
		{ .need = C_LOWER | C_KNOWN, .mark_never = MARK_USED, .rule = "tls.starttls-strip", .severity = 1, .confidence = 75, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{s} offered STARTTLS before; {v} is not offered it now" },
	} },
	[FACT_HANDSHAKES] = { OP_COUNT, .life_s = 300, .known_s = 1, .known_n = 1, .threshold = 3, .category = "availability", .cells = {
		{ .need = C_TOO_MANY, .rule = "tls.failing", .severity = 2, .culprit = CULPRIT_NONE, .technique = "",
		  .says = "TLS handshakes of {v} with {w} ({s}) keep failing ({n}): care is at risk, whoever causes it" },
	} },
	[FACT_PROXY] = { OP_COUNT, .life_s = 3600, .known_s = 1, .known_n = 1, .threshold = 3, .category = MITM, .cells = {
		{ .need = C_TOO_MANY, .rule = "tls.proxy", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{n} unrelated names, {w} among them, are served under one key: an intercepting proxy that no policy names" },
	} },
	/* Who holds this certificate, this token? */
	[FACT_IDENTITY] = { OP_OVERLAP, .life_s = 3600, .known_s = 5, .known_n = 2, .category = "session", .cells = {
		{ .need = C_POLICY, .rule = "session.identity", .severity = 1, .confidence = 85, .culprit = CULPRIT_VALUE, .technique = "T1550",
		  .says = "{w} belongs to {a}, and {b} shows it as its own" },
		{ .need = C_SAME_CARD, .ordinary = true },
		{ .mark_any = MARK_BULK | MARK_SMALL, .rule = "session.identity", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1550",
		  .says = "the certificate of {w} is used by several devices, of one maker and program or at least three (a fleet certificate)" },
		{ .need = C_OLD_MANY, .rule = "session.identity", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1550",
		  .says = "the certificate of {w} is used by several devices (a fleet certificate): {a}, {b} …" },
		{ .need = C_KNOWN, .any = C_LIVES | C_OVERLAP, .rule = "session.hijack", .severity = 1, .confidence = 75, .culprit = CULPRIT_NEW, .technique = "T1550",
		  .says = "the certificate of {w}, held by {a}, is used from {b} while its holder is alive" },
	} },
	[FACT_TOKEN] = { OP_OVERLAP, .life_s = 3600, .known_s = 5, .known_n = 2, .category = "session", .cells = {
		{ .need = C_SAME_CARD, .ordinary = true },
		{ .need = C_OLD_MANY, .ordinary = true },
		{ .need = C_KNOWN, .any = C_LIVES | C_OVERLAP, .rule = "session.hijack", .severity = 1, .confidence = 70, .culprit = CULPRIT_NEW, .technique = "T1550.004",
		  .says = "a session of {a} with {w} is used from {b} while {a} is alive" },
	} },
	[FACT_SIGN_IN] = { OP_COUNT, .life_s = 600, .known_s = 1, .known_n = 1, .threshold = 2, .category = "session", .cells = {
		{ .need = C_TOO_MANY, .rule = "session.reauth", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{w} asks {b} to sign in again though its session was good a moment ago" },
	} },
	[FACT_CREDENTIAL] = { OP_PAIR, .life_s = 3600, .known_s = 1, .known_n = 1, .category = "credential", .cells = {
		{ .any = C_CONVICTED | C_ACCUSED | C_CONTESTS, .rule = "credential.exposed", .severity = 2, .confidence = 80, .culprit = CULPRIT_NONE, .technique = "T1040",
		  .says = "a credential for {w} went in clear through a card that stands accused: change it" },
	} },
	/* Who may beacon this name?  A new access point of the same network has its security, maker and plan. */
	[FACT_SSID] = { OP_SET, .life_s = DAY, .known_s = 1, .known_n = 3, .category = "wireless", .cells = {
		{ .need = C_FRESH, .ordinary = true },
		{ .need = C_MEMBER, .ordinary = true },
		{ .need = C_LOWER, .any = C_KNOWN | C_POLICY, .rule = "wifi.evil-twin", .severity = 1, .confidence = 80, .culprit = CULPRIT_VALUE, .technique = "T1557.004",
		  .says = "{b} offers network {w} with weaker security than {a}" },
		{ .need = C_LOWER, .rule = "wifi.evil-twin", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557.004",
		  .says = "network {w} is offered by {a} and, with weaker security, by {b}" },
		{ .need = C_OTHER | C_KNOWN, .rule = "wifi.evil-twin", .severity = 2, .confidence = 60, .culprit = CULPRIT_VALUE, .technique = "T1557.004",
		  .says = "{b} offers network {w} and is of another make than the network's access points ({a})" },
	} },
	[FACT_BEACON] = { OP_PAIR, .life_s = 600, .known_s = 1, .known_n = 1, .category = "wireless", .cells = {
		{ .rule = "wifi.evil-twin", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1557.004",
		  .says = "two access points beacon as {s} ({w}) at once: their clocks run apart" },
	} },
	[FACT_LURE] = { OP_PAIR, .life_s = 600, .known_s = 1, .known_n = 1, .category = "wireless", .cells = {
		{ .rule = "wifi.rogue-ap", .severity = 2, .confidence = 70, .culprit = CULPRIT_VALUE, .technique = "T1557.004",
		  .says = "{b} draws clients of this hospital into network {w}" },
	} },
	[FACT_DEAUTH] = { OP_COUNT, .life_s = 60, .known_s = 1, .known_n = 1, .category = "wireless", .cells = {
		{ .need = C_TOO_MANY, .rule = "wifi.deauth", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1499",
		  .says = "{n} deauthentications in the name of {s} that its own frames do not fit" },
	} },
	[FACT_SCAN] = { OP_COUNT, .life_s = 600, .known_s = 1, .known_n = 1, .category = "reconnaissance", .cells = {
		{ .need = C_TOO_MANY, .rule = "recon.scan", .severity = 4, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1046",
		  .says = "{k} ({i}) asks for {n} different hosts and ports in ten seconds" },
	} },
	[FACT_NEWCOMER] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .category = "inventory", .cells = {
		{ .rule = "device.new", .severity = 4, .culprit = CULPRIT_NONE, .technique = "T1200",
		  .says = "card {s} is new on this network" },
	} },
	[FACT_FLOW] = { OP_PAIR, .life_s = 3600, .known_s = 1, .known_n = 1, .category = "policy", .cells = {
		{ .need = C_MEMBER, .ordinary = true },
		{ .need = C_POLICY, .rule = "policy.flow", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1570",
		  .says = "{b} talks to {s} ({w}), which no rule of the policy allows" },
	} },
	[FACT_TLS_DUE] = { OP_PAIR, .life_s = 3600, .known_s = 1, .known_n = 1, .category = "policy", .cells = {
		{ .need = C_POLICY, .rule = "tls.plain", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1040",
		  .says = "{b} sends {w} to {s} in clear; the policy wants TLS there" },
		{ .mark_any = MARK_SPECIAL | MARK_HIGH, .rule = "tls.plain", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1040",
		  .says = "{b} sends {w} to {s} in clear where TLS is due" },
	} },
	[FACT_CERTIFICATE] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .category = "certificate", .cells = {
		{ .mark_need = MARK_EXPIRED, .rule = "tls.certificate", .severity = 4, .culprit = CULPRIT_NONE, .technique = "",
		  .says = "the certificate of {w} ({s}) is not valid now" },
		{ .mark_need = MARK_WEAK, .rule = "tls.certificate", .severity = 4, .culprit = CULPRIT_NONE, .technique = "",
		  .says = "the certificate of {w} ({s}) has a weak key or signature" },
		{ .mark_need = MARK_WRONG_NAME, .rule = "tls.certificate", .severity = 4, .culprit = CULPRIT_NONE, .technique = "",
		  .says = "the certificate at {s} is not for {w}" },
	} },
	/*
	 * What does this message say?  Two sightings of one message, nearer its
	 * sender and further on (judge/pairing).  Between two legs of one
	 * conversation (BOTH_LOCAL) the card that carried it is named.
	 */
	[FACT_MESSAGE] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .burst = FACTS_BURST_MESSAGES, .category = "message-integrity", .cells = {
		{ .mark_need = MARK_BOTH_LOCAL, .rule = "message.altered", .severity = 1, .confidence = 90, .culprit = CULPRIT_SPEAKER, .technique = "T1565.002",
		  .says = "{t} {s} from {o} was changed on its way by {k}: {f} differs ({h})" },
		{ .rule = "message.altered", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{t} {s} to {v} is not what its sender said: {f} differs ({h})" },
	} },
	[FACT_MESSAGE_HABIT] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .burst = FACTS_BURST_MESSAGES, .category = "message-integrity", .cells = {
		{ .rule = "message.rewritten", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{o} writes {f} anew in nearly all {t} it forwards to {v}: approve it under messages in the policy, or find out why" },
	} },
	[FACT_MESSAGE_ARRIVAL] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .burst = FACTS_BURST_MESSAGES, .category = "message-integrity", .cells = {
		{ .mark_need = MARK_NO_ANSWER | MARK_BOTH_LOCAL | MARK_ANSWERED, .rule = "message.dropped", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1565.002",
		  .says = "{t} {s} from {o} was given to {k}, acknowledged, and never went on to {v}" },
		{ .mark_need = MARK_NO_ANSWER | MARK_ANSWERED, .rule = "message.dropped", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{t} {s} from {o} to {v} was acknowledged to its sender and never seen further on, where its like are" },
		{ .mark_need = MARK_NO_ANSWER, .rule = "message.dropped", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{t} {s} from {o} to {v} was never seen further on, where its like are" },
		{ .mark_need = MARK_HIGH, .rule = "message.delayed", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{t} {s} to {v} came {n} ms after it was sent, far beyond what is usual on its way" },
		{ .rule = "message.delayed", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{t} {s} to {v} came {n} ms after it was sent, far beyond what is usual on its way" },
	} },
	[FACT_MESSAGE_SOURCE] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .burst = FACTS_BURST_MESSAGES, .category = "message-integrity", .cells = {
		{ .mark_need = MARK_ANSWERED | MARK_BOTH_LOCAL, .rule = "message.replayed", .severity = 1, .confidence = 85, .culprit = CULPRIT_SPEAKER, .technique = "T1557",
		  .says = "{t} {s} came to {v} once more, from {i} ({k}), who is not its sender" },
		{ .mark_need = MARK_ANSWERED, .rule = "message.replayed", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1557",
		  .says = "{t} {s} came to {v} once more though it had been acknowledged, and its sender did not repeat it" },
		{ .mark_need = MARK_BOTH_LOCAL, .rule = "message.injected", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1565.002",
		  .says = "{t} {s} came to {v} from {i} ({k}) in the name of a device that speaks from elsewhere and did not send it" },
		{ .rule = "message.injected", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{t} {s} came to {v} and was never sent: nearer its sender nothing like it was seen" },
	} },
	[FACT_MESSAGE_ANSWER] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .burst = FACTS_BURST_MESSAGES, .category = "message-integrity", .cells = {
		{ .mark_need = MARK_BOTH_LOCAL, .rule = "message.ack-forged", .severity = 1, .confidence = 80, .culprit = CULPRIT_SPEAKER, .technique = "T1565.002",
		  .says = "the answer that {o} got to {t} {s} is not the one {v} gave; {k} stands between them" },
		{ .rule = "message.ack-forged", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "the answer that {o} got to {t} {s} is not the one {v} gave" },
	} },
	[FACT_MESSAGE_ORDER] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .burst = FACTS_BURST_MESSAGES, .category = "message-integrity", .cells = {
		{ .rule = "message.reordered", .severity = 2, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "{t} {s} came to {v} behind messages that were sent after it" },
	} },
	[FACT_MESSAGE_END] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .burst = FACTS_BURST_MESSAGES, .category = "message-integrity", .cells = {
		{ .rule = "message.ambiguous", .severity = 3, .culprit = CULPRIT_NONE, .technique = "T1565.002",
		  .says = "receivers may disagree where {t} {s} to {v} begins or ends: {h}" },
	} },
	/* Is this file of the ledger what was signed?  One that is not was changed by somebody with access, or by a disk. */
	[FACT_LEDGER] = { OP_PAIR, .life_s = DAY, .known_s = 1, .known_n = 1, .category = "audit-integrity", .cells = {
		{ .mark_need = MARK_SPECIAL, .rule = "ledger.mismatch", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1565.001",
		  .says = "the ledger does not say what was signed: {s}, number {b}: {w}" },
		{ .rule = "ledger.mismatch", .severity = 1, .culprit = CULPRIT_NONE, .technique = "T1565.001",
		  .says = "the ledger does not say what was signed: {s}: {w}" },
	} },
};

const struct fact_row *
facts_row(enum fact f)
{
	return &ROWS[f];
}
