/* peer: see peer.h. */
#include "gate/peer.h"

#include <stdio.h>

#include "crypt/hash.h"

#define DEVICE "urn:paravent:device:"

struct table *
peer_table_new(uint64_t seed)
{
	return table_new(PEER_COUNT, sizeof((struct peer *)0)->digest, sizeof(struct peer), seed);
}

static void
text(char *out, size_t cap, struct bytes of)
{
	size_t n = 0;

	for (size_t i = 0; i < of.len && n + 1 < cap; i++)
		if (of.at[i] > 0x20 && of.at[i] < 0x7f)
			out[n++] = (char)of.at[i];
	out[n] = 0;
}

/* Who it says it is: its names, and the device they mean. */
static void
read_names(struct peer *p, const struct x509 *c)
{
	bool  named = false;

	for (unsigned i = 0; i < c->nnames; i++) {
		const struct x509_name *n = &c->names[i];
		if (n->type == X509_NAME_URI && bytes_begin(n->value, DEVICE)) {
			text(p->device, sizeof p->device, bytes_skip(n->value, sizeof DEVICE - 1));
			named = true;
		} else if (n->type == X509_NAME_DNS && p->names < PEER_NAMES) {
			text(p->name[p->names++], PEER_NAME, n->value);
		} else if (n->type == X509_NAME_IP && p->addresses < PEER_NAMES && (n->value.len == 4 || n->value.len == 16)) {
			p->address[p->addresses++] = n->value.len == 4 ? addr_v4(n->value.at) : addr_v6(n->value.at);
		}
	}
	text(p->subject, sizeof p->subject, c->subject_cn);
	if (!named)
		text(p->device, sizeof p->device, p->names ? bytes_text(p->name[0]) : c->subject_cn);
	if (!named && p->names)
		p->device[strcspn(p->device, ".")] = 0;
}

static void
read_chain(struct peer *p, const struct bytes *link, unsigned n)
{
	struct x509 c, above;
	uint8_t     key[32];
	bool        fine = x509_parse(link[0], &c) == OK;

	if (!fine) {
		p->fault = p->fault ? p->fault : ENDPOINT_MALFORMED;
		return;
	}
	hash_sha256(c.spki, p->key);
	p->from = c.not_before;
	p->until = c.not_after;
	read_names(p, &c);
	for (unsigned i = 0; i < n && fine; i++) {
		fine = i + 1 < n && x509_parse(link[i + 1], &above) == OK;
		if (!fine)
			break; /* what is trusted itself is not asked about */
		hash_sha256(above.spki, key);
		p->link[p->links++] = trust_id_of(key, c.serial);
		c = above;
		p->until = c.not_after.us < p->until.us ? c.not_after : p->until;
		p->from = c.not_before.us > p->from.us ? c.not_before : p->from;
	}
}

struct peer *
peer_find(struct table *peers, const uint8_t digest[static 32])
{
	return table_find(peers, digest);
}

/* One that nobody uses may go; those in use are made the newest on the way. */
static bool
room(struct table *peers)
{
	struct peer *oldest;

	if (table_count(peers) < PEER_COUNT)
		return true;
	for (unsigned i = 0; i < PEER_COUNT && (oldest = table_oldest(peers)); i++) {
		if (!oldest->users)
			return true;
		table_find(peers, oldest->digest);
	}
	return false;
}

struct peer *
peer_of(struct table *peers, struct endpoint_chain *c, struct instant now, struct bytes link[static ENDPOINT_LINKS], unsigned *n)
{
	uint8_t digest[32];
	bool    fresh;

	*n = 0;
	hash_sha256(endpoint_chain_leaf(c), digest);
	struct peer *p = table_find(peers, digest);
	/* What was wrong with it may be right by now, and the other way round. */
	if (p && !p->fault && now.us >= p->from.us && now.us < p->until.us)
		return p;
	if (!p) {
		if (!room(peers))
			return NULL;
		p = table_put(peers, digest, &fresh);
	}
	uint32_t users = p->users;
	memset(p, 0, sizeof *p);
	memcpy(p->digest, digest, sizeof digest);
	p->users = users;
	p->fault = endpoint_chain_verify(c, link, n);
	read_chain(p, link, *n);
	return p;
}

enum endpoint_fault
peer_fault(const struct peer *p, const struct trust *t, struct instant now, bool *silent)
{
	*silent = false;
	if (p->fault)
		return p->fault;
	if (now.us >= p->until.us + INSTANT_SECOND)
		return ENDPOINT_EXPIRED;
	for (unsigned i = 0; i < p->links; i++) {
		enum trust_answer a = trust_ask(t, &p->link[i], now);
		if (a == TRUST_REVOKED)
			return ENDPOINT_REVOKED;
		*silent |= a == TRUST_SILENT && i == 0;
	}
	*silent |= p->links == 0;
	return ENDPOINT_FINE;
}

bool
peer_pinned(const struct peer *p, const uint8_t (*pin)[32], unsigned pins)
{
	for (unsigned i = 0; i < pins; i++)
		if (memcmp(p->key, pin[i], 32) == 0)
			return true;
	return false;
}

bool
peer_named(const struct peer *p, const char *name)
{
	for (unsigned i = 0; i < p->names; i++)
		if (strcasecmp(p->name[i], name) == 0)
			return true;
	return strcmp(p->device, name) == 0 || strcmp(p->subject, name) == 0;
}
