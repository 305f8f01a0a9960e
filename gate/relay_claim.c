/* relay_claim: what the gateway says of who proved what to it, beside what the policy says: the judge holds them side by side. */
#include "gate/relay.h"
#include "gate/worker.h"

#include <stdio.h>

#include "crypt/hash.h"
#include "wire/ja.h"

static void
tell(const struct relay *r, const struct claim *c)
{
	const struct worker_out *out = &r->worker->config.out;

	if (out->claim && !out->claim(out->context, c))
		panel_add(r->lane->count, PANEL_UNTOLD, 1);
}

static void
claim(const struct relay *r, struct key subject, const struct policy_client *owner, const char *words)
{
	struct claim c = { .fact = FACT_IDENTITY, .place = (uint16_t)r->worker->config.place, .when = worker_wall(), .subject = subject,
		           .victim = r->lane->of->listen, .port = r->lane->of->port, .protocol = 6 };

	c.steady = c.when;
	c.frame = r->number & UINT32_MAX;
	snprintf(c.words, sizeof c.words, "%s", words);
	if (owner) {
		c.witness = WITNESS_POLICY;
		c.value = key_addr(owner->from.addr);
		tell(r, &c);
	}
	c.witness = WITNESS_GATE;
	c.marks = MARK_USED;
	c.value = key_addr(r->client);
	c.speaker_ip = r->client;
	tell(r, &c);
}

void
relay_claim_key(const struct relay *r, const struct peer *p)
{
	const struct policy_client *owner = lane_owner(r->lane, p);
	char                        words[48];

	snprintf(words, sizeof words, "the certificate of %.28s", p->device[0] ? p->device : p->subject);
	claim(r, key_digest(p->key, 32), owner && !policy_within(&owner->from, r->client) ? owner : NULL, words);
}

void
relay_claim_title(const struct relay *r)
{
	const struct policy_client *owner = lane_title_owner(r->lane, r->title);
	char                        words[48];

	snprintf(words, sizeof words, "the name %.38s", r->title);
	claim(r, key_text(bytes_text(r->title)), owner && owner != r->as && owner->has_from && !owner->from.any && !policy_within(&owner->from, r->client) ? owner : NULL, words);
}

static void
four_part(struct buf *out, struct bytes part)
{
	uint8_t digest[32];

	buf_u8(out, '_');
	if (!part.len) {
		buf_text(out, JA_FOUR_EMPTY);
		return;
	}
	hash_sha256(part, digest);
	buf_hex(out, bytes_of(digest, JA_FOUR_HASH_LEN / 2));
}

void
relay_read_hello(struct relay *r, struct bytes hello)
{
	struct tls_handshake     h;
	struct tls_client_hello  of;
	uint8_t                 *room = r->worker->scratch;
	struct buf               a = buf_over(room, JA_TEXT_MAX), b = buf_over(room + JA_TEXT_MAX, JA_TEXT_MAX), c = buf_over(room + 2 * JA_TEXT_MAX, JA_TEXT_MAX),
	                         four = buf_over(r->ja4, sizeof r->ja4);

	if (r->ja4[0] || tls_handshake_parse(hello, &h) || tls_client_hello_parse(h.body, &of) || ja_four(&of, &a, &b, &c))
		return;
	buf_bytes_put(&four, buf_bytes(&a));
	four_part(&four, buf_bytes(&b));
	four_part(&four, buf_bytes(&c));
	(void)buf_string(&four);
}

void
relay_claim_stack(const struct relay *r)
{
	struct claim c = { .fact = FACT_CLIENT_STACK, .witness = WITNESS_GATE, .place = (uint16_t)r->worker->config.place, .when = worker_wall(),
		           .marks = MARK_USED | MARK_CLINICAL, .subject = key_addr(r->client), .value = key_text(bytes_text(r->ja4)),
		           .speaker_ip = r->client, .victim = r->lane->of->listen, .port = r->lane->of->port, .protocol = 6, .words = "JA4" };

	if (!r->peer || !r->ja4[0])
		return;
	/* Of one device at one route: a host may have several, each with a program of its own. */
	memcpy(c.subject.b + 16, r->peer->key, 15);
	c.subject.b[31] = (uint8_t)r->lane->number;
	c.steady = c.when;
	tell(r, &c);
}
