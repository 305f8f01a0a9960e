/*
 * mail: looks at lines until TLS begins, a login goes by in clear, or a mail
 * does.  What is behind TLS's beginning is left to the decoder of TLS.
 *
 *	server  220 …                250-STARTTLS … 250 OK            220 go   │ ServerHello
 *	client        EHLO …                             STARTTLS              │ ClientHello
 *
 * Two things are known of a service: whether it offers STARTTLS, and whether
 * this client of its takes the offer.
 */
#include "sensor/mail.h"
#include "base/memory.h"
#include "base/table.h"
#include "crypt/hmac.h"
#include "model/record.h"
#include "sensor/decoder.h"
#include "wire/starttls.h"

enum { SEGMENTS_MOST = 200 };
#define SAY_SPAN (INSTANT_SECOND)

struct talk {
	uint64_t        flow; /* its id */
	/* the key ends here */
	struct starttls tls;
	uint16_t        segments;
	bool            listing_offers; /* in the list that is coming */
	bool            offered, asked;
};

/* What was said last of a service, so that it is not said each time. */
struct said {
	struct key     service;
	uint32_t       domain;
	/* the key ends here */
	uint32_t       number;
	struct instant when;
};

struct mails {
	struct table *talks, *said;
};

struct mails *
mail_new(size_t memory, uint64_t seed)
{
	struct mails *t = memory_new(1, sizeof *t);

	if (!t)
		return NULL;
	t->talks = table_new((uint32_t)(memory / 4 * 3 / table_cost(1, sizeof(struct talk)) + 8), 8, sizeof(struct talk), seed);
	t->said = table_new((uint32_t)(memory / 4 / table_cost(1, sizeof(struct said)) + 8), offsetof(struct said, number), sizeof(struct said), seed);
	if (!t->talks || !t->said) {
		mail_free(t);
		return NULL;
	}
	return t;
}

void
mail_free(struct mails *t)
{
	if (!t)
		return;
	table_free(t->talks);
	table_free(t->said);
	memory_free(t);
}

/* --- recognition ------------------------------------------------------------------ */

static bool
has(struct bytes in, const char *word)
{
	return memmem(in.at, in.len, word, strlen(word)) != NULL;
}

/* How a conversation of each protocol begins, on its own port and, with a word that gives it away, on any. */
static bool
begins(enum starttls_protocol p, bool server, struct bytes in, bool own_port)
{
	switch (p) {
	case STARTTLS_SMTP:
		return server ? bytes_begin(in, "220") && (own_port || has(in, "SMTP")) : bytes_begin_nocase(in, "EHLO ") || bytes_begin_nocase(in, "LHLO ");
	case STARTTLS_FTP:
		return server ? bytes_begin(in, "220") && (own_port || has(in, "FTP")) : own_port && (bytes_begin_nocase(in, "AUTH ") || bytes_begin_nocase(in, "USER "));
	case STARTTLS_IMAP:
		return server ? bytes_begin(in, "* OK") && (own_port || has(in, "IMAP")) : own_port && (has(in, " CAPABILITY") || has(in, " LOGIN ") || has(in, " STARTTLS"));
	case STARTTLS_POP3:
		return server ? bytes_begin(in, "+OK") && (own_port || has(in, "POP3")) : own_port && (bytes_begin_nocase(in, "CAPA") || bytes_begin_nocase(in, "USER ") || bytes_begin_nocase(in, "STLS"));
	case STARTTLS_XMPP:
		return has(bytes_head(in, 400), "<stream:stream") && has(bytes_head(in, 400), "jabber:");
	case STARTTLS_LDAP:
		/* A sequence with a message id and an operation of the application class. */
		return own_port && in.len > 7 && in.at[0] == 0x30 && (in.at[1] < 0x80 ? in.at[2] == 2 : in.at[1] == 0x84 && in.at[6] == 2);
	default:
		return false;
	}
}

static enum starttls_protocol
protocol_of(const struct flow *f, int side, struct bytes in)
{
	enum starttls_protocol usual = starttls_of_port(flow_port(f, FLOW_SERVER));

	if (in.len < 4)
		return (enum starttls_protocol)0;
	if (usual)
		return begins(usual, side == FLOW_SERVER, in, true) ? usual : (enum starttls_protocol)0;
	for (enum starttls_protocol p = STARTTLS_SMTP; p <= STARTTLS_XMPP; p++)
		if (begins(p, side == FLOW_SERVER, in, false))
			return p;
	return (enum starttls_protocol)0;
}

bool
mail_looks(const struct flow *f, int side, struct bytes in)
{
	return protocol_of(f, side, in) != 0;
}

static const char *
name_of(enum starttls_protocol p)
{
	static const char *const names[] = {
		[STARTTLS_SMTP] = "smtp", [STARTTLS_IMAP] = "imap", [STARTTLS_POP3] = "pop3",
		[STARTTLS_FTP] = "ftp",   [STARTTLS_XMPP] = "xmpp", [STARTTLS_LDAP] = "ldap",
	};
	return names[p];
}

/* --- claims ------------------------------------------------------------------------- */

/* "smtp 10.1.2.3" */
static void
words(struct claim *c, const struct flow *f, const struct talk *t)
{
	struct buf b = buf_over(c->words, sizeof c->words);

	buf_text(&b, name_of(t->tls.protocol));
	buf_u8(&b, ' ');
	addr_print(flow_addr(f, FLOW_SERVER), &b);
	(void)buf_string(&b);
}

static struct claim
claim_of(const struct sensor *s, const struct packet *p, const struct talk *t, int side, enum fact fact)
{
	const struct flow *f = p->flow;
	struct claim       c = packet_claim(s, p, fact, WITNESS_MAIL);

	c.speaker = f->side[side].card;
	c.speaker_ip = flow_addr(f, side);
	c.victim = flow_addr(f, FLOW_CLIENT);
	c.port = flow_port(f, FLOW_SERVER);
	words(&c, f, t);
	return c;
}

/* who: 0 for the offer, else a hash of the client that takes it or not. */
static void
say_starttls(struct sensor *s, struct packet *p, const struct talk *t, uint64_t who, bool yes)
{
	const struct flow *f = p->flow;
	struct claim       c = claim_of(s, p, t, FLOW_SERVER, FACT_STARTTLS);
	struct said        k = { .domain = p->domain };
	bool               fresh;

	c.subject = key_service(flow_addr(f, FLOW_SERVER), flow_port(f, FLOW_SERVER));
	memcpy(c.subject.b + 18, &who, sizeof who);
	c.number = yes;
	c.value = key_number(c.number);
	c.marks = who ? MARK_USED : MARK_ANNOUNCED;
	k.service = c.subject;
	struct said *said = table_put(s->mails->said, &k, &fresh);
	if (!fresh && said->number == c.number && p->when.us - said->when.us < SAY_SPAN)
		return;
	said->number = c.number;
	said->when = p->when;
	table_keep(s->mails->said, said);
	packet_say(s, &c);
}

static void
say_client(struct sensor *s, struct packet *p, const struct talk *t, bool took)
{
	struct addr a = flow_addr(p->flow, FLOW_CLIENT);

	say_starttls(s, p, t, bytes_hash(a.b, sizeof a.b, 1) | 1, took);
}

static void
say_credential(struct sensor *s, struct packet *p, const struct talk *t, struct bytes line)
{
	struct claim c = claim_of(s, p, t, FLOW_CLIENT, FACT_CREDENTIAL);

	hmac_sha256(s->token_key, line, c.subject.b);
	c.value = key_addr(c.victim);
	c.card = p->flow->side[FLOW_CLIENT].next;
	c.victim = flow_addr(p->flow, FLOW_CLIENT);
	c.marks = MARK_PLAIN;
	packet_say(s, &c);
}

/* --- the conversation ------------------------------------------------------------------ */

static struct talk *
talk_of(struct sensor *s, const struct flow *f, int side, struct bytes in)
{
	bool         fresh;
	struct talk *t = table_find(s->mails->talks, &f->id);

	if (t)
		return t;
	enum starttls_protocol p = protocol_of(f, side, in);
	if (!p)
		return NULL;
	t = table_put(s->mails->talks, &f->id, &fresh);
	starttls_init(&t->tls, p);
	return t;
}

/* No more of it is of interest. */
static size_t
enough(struct sensor *s, struct flow *f, struct talk *t)
{
	if (t)
		table_drop(s->mails->talks, t);
	f->side[FLOW_CLIENT].closed = f->side[FLOW_SERVER].closed = true;
	return DECODER_CLOSE;
}

size_t
mail_stream(struct sensor *s, struct packet *p, int side, struct bytes in)
{
	struct flow *f = p->flow;
	struct talk *t;

	if (f->detail == 'T') { /* TLS was agreed on, and these are its first bytes */
		f->detail = 0;
		return DECODER_AGAIN;
	}
	t = talk_of(s, f, side, in);
	if (!t)
		return enough(s, f, NULL);
	if (!t->segments)
		flow_is(s, f, APP_MAIL, name_of(t->tls.protocol), false);

	bool     content = t->tls.content;
	unsigned seen = starttls_see(&t->tls, side == FLOW_SERVER, in);
	t->listing_offers |= (seen & STARTTLS_OFFERED) != 0;
	if (seen & STARTTLS_OFFERED) {
		t->offered = true;
		say_starttls(s, p, t, 0, true);
	}
	if (seen & STARTTLS_LISTED) {
		/* Only what a server says at first counts: behind a login it has no reason to offer any more. */
		if (!t->listing_offers && !t->offered)
			say_starttls(s, p, t, 0, false);
		t->listing_offers = false;
	}
	t->asked |= (seen & STARTTLS_ASKED) != 0;
	if (seen & STARTTLS_REFUSED)
		say_starttls(s, p, t, 0, false);
	if (seen & STARTTLS_ACCEPTED) {
		say_starttls(s, p, t, 0, true);
		say_client(s, p, t, true);
		table_drop(s->mails->talks, t);
		memset(f->state, 0, sizeof f->state);
		f->detail = 'T';
		return in.len;
	}
	if (seen & STARTTLS_CREDENTIALS)
		say_credential(s, p, t, in);
	if (seen & STARTTLS_CREDENTIALS || t->tls.content > content) {
		f->protection = PROTECTION_PLAIN;
		if (t->offered && !t->asked)
			say_client(s, p, t, false);
		return enough(s, f, t);
	}
	if (++t->segments > SEGMENTS_MOST)
		return enough(s, f, t);
	return in.len;
}
