/* starttls: one reader for each protocol and side, of a line or of a whole segment. */
#include "wire/starttls.h"
#include "base/cursor.h"

/* --- words ---------------------------------------------------------------- */

/* The next word of a line, blanks before it passed over. */
static struct bytes
word(struct bytes *line)
{
	while (line->len && line->at[0] == ' ')
		*line = bytes_skip(*line, 1);
	size_t       n = bytes_find(*line, ' ');
	struct bytes w = bytes_head(*line, n);
	*line = bytes_skip(*line, n);
	return w;
}

static bool
has_word(struct bytes line, const char *text)
{
	while (line.len)
		if (bytes_equal_nocase(word(&line), text))
			return true;
	return false;
}

static bool
contains(struct bytes in, const char *text)
{
	return in.at && memmem(in.at, in.len, text, strlen(text));
}

/* Does a command begin with this word? */
static bool
verb(struct bytes line, const char *text)
{
	return bytes_equal_nocase(word(&line), text);
}

static unsigned
ask(struct starttls *s)
{
	s->asked = true;
	return STARTTLS_ASKED;
}

static unsigned
answer(struct starttls *s, bool yes)
{
	s->asked = false;
	return yes ? STARTTLS_ACCEPTED : STARTTLS_REFUSED;
}

/* EXTERNAL is a client's certificate: no secret goes by. */
static unsigned
mechanism(struct bytes line)
{
	(void)word(&line);
	return verb(line, "EXTERNAL") ? 0 : STARTTLS_CREDENTIALS;
}

/* --- SMTP and FTP: three digits, and '-' if more lines follow -------------- */

static unsigned
code(struct bytes line, bool *last)
{
	unsigned v = 0;

	if (line.len < 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (line.at[i] < '0' || line.at[i] > '9')
			return 0;
		v = v * 10 + line.at[i] - '0';
	}
	*last = line.len == 3 || line.at[3] == ' ';
	return *last || line.at[3] == '-' ? v : 0;
}

static unsigned
smtp_client(struct starttls *s, struct bytes line)
{
	if (s->content) {
		s->content = !bytes_equal(line, bytes_of(".", 1));
		return 0;
	}
	if (verb(line, "STARTTLS"))
		return ask(s);
	if (verb(line, "AUTH"))
		return mechanism(line);
	if (verb(line, "EHLO") || verb(line, "LHLO"))
		s->listing = true;
	return 0;
}

static unsigned
smtp_server(struct starttls *s, struct bytes line)
{
	bool     last = false;
	unsigned c = code(line, &last), seen = 0;

	if (c == 354)
		s->content = true;
	if (c == 0)
		return 0;
	if (s->asked)
		return last ? answer(s, c == 220) : 0;
	if (s->listing && c == 250) {
		if (bytes_equal_nocase(bytes_trim(bytes_skip(line, 4)), "STARTTLS"))
			seen |= STARTTLS_OFFERED;
		if (last)
			seen |= STARTTLS_LISTED;
	}
	if (last && c != 220) /* a greeting that was late */
		s->listing = false;
	return seen;
}

static unsigned
ftp_client(struct starttls *s, struct bytes line)
{
	struct bytes rest = line;

	if (verb(line, "AUTH")) {
		(void)word(&rest);
		return verb(rest, "TLS") || verb(rest, "TLS-C") || verb(rest, "SSL") ? ask(s) : 0;
	}
	if (verb(line, "USER")) {
		(void)word(&rest);
		return verb(rest, "anonymous") || verb(rest, "ftp") ? 0 : STARTTLS_CREDENTIALS;
	}
	if (verb(line, "FEAT"))
		s->listing = true;
	return 0;
}

static unsigned
ftp_server(struct starttls *s, struct bytes line)
{
	bool     last = false;
	unsigned c = code(line, &last), seen = 0;

	if (s->listing && c == 0 && verb(line, "AUTH") && (has_word(line, "TLS") || contains(line, "TLS;") || contains(line, ";TLS")))
		return STARTTLS_OFFERED; /* " AUTH TLS;TLS-C;SSL;" is met too */
	if (c == 0 || !last)
		return 0;
	if (s->asked)
		return answer(s, c == 234 || c == 334);
	if (s->listing && c != 220) {
		seen = STARTTLS_LISTED; /* an unknown FEAT offers nothing either */
		s->listing = false;
	}
	return seen;
}

/* --- IMAP ----------------------------------------------------------------- */

static unsigned
imap_client(struct starttls *s, struct bytes line)
{
	struct bytes tag = word(&line);

	if (verb(line, "STARTTLS")) {
		s->tag_len = (uint8_t)(tag.len < sizeof s->tag ? tag.len : sizeof s->tag);
		memcpy(s->tag, tag.at, s->tag_len);
		return ask(s);
	}
	if (verb(line, "LOGIN"))
		return STARTTLS_CREDENTIALS;
	return verb(line, "AUTHENTICATE") ? mechanism(line) : 0;
}

/* "* CAPABILITY …", or "[CAPABILITY …]" behind any OK. */
static unsigned
imap_capabilities(struct bytes line)
{
	struct bytes rest = line;
	struct bytes status = word(&rest);

	if (bytes_equal_nocase(status, "CAPABILITY"))
		return STARTTLS_LISTED | (has_word(rest, "STARTTLS") ? STARTTLS_OFFERED : 0u);
	if (!bytes_equal_nocase(status, "OK") || !verb(rest, "[CAPABILITY"))
		return 0;
	rest = bytes_head(rest, bytes_find(rest, ']'));
	return STARTTLS_LISTED | (has_word(rest, "STARTTLS") ? STARTTLS_OFFERED : 0u);
}

static unsigned
imap_server(struct starttls *s, struct bytes line)
{
	struct bytes tag = word(&line);

	if (s->asked && bytes_equal(bytes_head(tag, sizeof s->tag), bytes_of(s->tag, s->tag_len)))
		return answer(s, verb(line, "OK"));
	return imap_capabilities(line);
}

/* --- POP3 ----------------------------------------------------------------- */

static unsigned
pop3_client(struct starttls *s, struct bytes line)
{
	if (verb(line, "STLS"))
		return ask(s);
	if (verb(line, "AUTH"))
		return bytes_trim(line).len == 4 ? 0 : mechanism(line); /* alone it asks for a list */
	if (verb(line, "USER") || verb(line, "PASS") || verb(line, "APOP"))
		return STARTTLS_CREDENTIALS;
	if (verb(line, "CAPA"))
		s->listing = true;
	return 0;
}

static unsigned
pop3_server(struct starttls *s, struct bytes line)
{
	bool yes = bytes_begin(line, "+OK"), no = bytes_begin(line, "-ERR");

	if (s->asked && (yes || no))
		return answer(s, yes);
	if (!s->listing)
		return 0;
	if (verb(line, "STLS"))
		return STARTTLS_OFFERED;
	if (no || bytes_equal(line, bytes_of(".", 1))) {
		s->listing = false;
		return STARTTLS_LISTED;
	}
	return 0;
}

/* --- XMPP: by the segment ------------------------------------------------- */

static unsigned
xmpp_client(struct starttls *s, struct bytes in)
{
	if (contains(in, "<starttls"))
		return ask(s);
	return contains(in, "<auth ") && !contains(in, "EXTERNAL") && !contains(in, "ANONYMOUS") ? STARTTLS_CREDENTIALS : 0;
}

static unsigned
xmpp_server(struct starttls *s, struct bytes in)
{
	unsigned seen = 0;

	if (s->asked && contains(in, "<proceed"))
		return answer(s, true);
	if (s->asked && contains(in, "<failure"))
		return answer(s, false);
	if (contains(in, "<starttls"))
		seen |= STARTTLS_OFFERED;
	if (contains(in, "</stream:features>") || contains(in, "<stream:features/>"))
		seen |= STARTTLS_LISTED;
	return seen;
}

/* --- LDAP: BER, of definite length (RFC 4511 section 5.1) ------------------ */

#define LDAP_START_TLS "1.3.6.1.4.1.1466.20037"

enum { BIND_REQUEST = 0x60, SEARCH_ENTRY = 0x64, EXTENDED_REQUEST = 0x77, EXTENDED_RESPONSE = 0x78 };

/* Contents of the next element; up to four length octets, as Active Directory sends four for everything. */
static struct bytes
ber(struct cursor *c, uint8_t *tag)
{
	*tag = cursor_u8(c);
	uint32_t n = cursor_u8(c);
	if (n > 0x84 || n == 0x80)
		cursor_fail(c);
	if (n > 0x80) {
		unsigned more = n & 7;
		for (n = 0; more; more--)
			n = n << 8 | cursor_u8(c);
	}
	return cursor_take(c, n);
}

/* BindRequest: version, name, [0] password or [3] { mechanism, … } */
static unsigned
ldap_bind(struct bytes op)
{
	struct cursor c = cursor_over(op);
	uint8_t       tag;

	(void)ber(&c, &tag);
	(void)ber(&c, &tag);
	struct bytes proof = ber(&c, &tag);
	if (!cursor_ok(&c))
		return 0;
	if (tag == 0x80)
		return proof.len ? STARTTLS_CREDENTIALS : 0;
	struct cursor sasl = cursor_over(proof);
	return tag == 0xa3 && bytes_equal_nocase(ber(&sasl, &tag), "PLAIN") ? STARTTLS_CREDENTIALS : 0;
}

static unsigned
ldap_operation(struct starttls *s, bool from_server, struct bytes id, uint8_t op, struct bytes body)
{
	struct cursor c = cursor_over(body);
	uint8_t       tag;
	struct bytes  first = ber(&c, &tag);

	if (!from_server && op == BIND_REQUEST)
		return ldap_bind(body);
	if (!from_server && op == EXTENDED_REQUEST && tag == 0x80 && bytes_equal(first, bytes_text(LDAP_START_TLS))) {
		s->tag_len = (uint8_t)(id.len < sizeof s->tag ? id.len : sizeof s->tag);
		memcpy(s->tag, id.at, s->tag_len);
		return ask(s);
	}
	if (from_server && op == EXTENDED_RESPONSE && s->asked && bytes_equal(id, bytes_of(s->tag, s->tag_len)))
		return answer(s, tag == 0x0a && bytes_equal(first, bytes_of("", 1)));
	if (from_server && op == SEARCH_ENTRY && contains(body, "supportedExtension"))
		return STARTTLS_LISTED | (contains(body, LDAP_START_TLS) ? STARTTLS_OFFERED : 0u);
	return 0;
}

static unsigned
ldap(struct starttls *s, bool from_server, struct bytes in)
{
	struct cursor c = cursor_over(in);
	unsigned      seen = 0;
	uint8_t       tag;

	while (cursor_left(&c)) {
		struct cursor message = cursor_over(ber(&c, &tag));
		if (!cursor_ok(&c) || tag != 0x30)
			break;
		struct bytes id = ber(&message, &tag);
		struct bytes body = ber(&message, &tag);
		if (cursor_ok(&message))
			seen |= ldap_operation(s, from_server, id, tag, body);
	}
	return seen;
}

/* --- all ------------------------------------------------------------------ */

static const struct {
	unsigned (*client)(struct starttls *s, struct bytes line);
	unsigned (*server)(struct starttls *s, struct bytes line);
} readers[] = {
	[STARTTLS_SMTP] = { smtp_client, smtp_server },
	[STARTTLS_IMAP] = { imap_client, imap_server },
	[STARTTLS_POP3] = { pop3_client, pop3_server },
	[STARTTLS_FTP] = { ftp_client, ftp_server },
	[STARTTLS_XMPP] = { xmpp_client, xmpp_server },
};

static unsigned
lines(struct starttls *s, bool from_server, struct bytes in)
{
	unsigned seen = 0;

	while (in.len) {
		size_t       n = bytes_find(in, '\n');
		struct bytes line = bytes_head(in, n);
		in = bytes_skip(in, n + 1);
		if (line.len && line.at[line.len - 1] == '\r')
			line.len--;
		unsigned now = from_server ? readers[s->protocol].server(s, line) : readers[s->protocol].client(s, line);
		seen |= now;
		if (now & (STARTTLS_ASKED | STARTTLS_ACCEPTED | STARTTLS_CREDENTIALS)) {
			if (in.len && !(now & STARTTLS_CREDENTIALS))
				seen |= STARTTLS_TRAILED;
			break;
		}
	}
	return seen;
}

unsigned
starttls_see(struct starttls *s, bool from_server, struct bytes segment)
{
	unsigned seen;

	if (s->over || segment.len == 0)
		return 0;
	switch (s->protocol) {
	case STARTTLS_LDAP:
		seen = ldap(s, from_server, segment);
		break;
	case STARTTLS_XMPP:
		seen = from_server ? xmpp_server(s, segment) : xmpp_client(s, segment);
		break;
	default:
		seen = lines(s, from_server, segment);
	}
	s->over = seen & (STARTTLS_ACCEPTED | STARTTLS_CREDENTIALS);
	return seen;
}

enum starttls_protocol
starttls_of_port(uint16_t port)
{
	static const struct {
		uint16_t               port;
		enum starttls_protocol protocol;
	} ports[] = {
		{ 21, STARTTLS_FTP },    { 24, STARTTLS_SMTP },    { 25, STARTTLS_SMTP },   { 110, STARTTLS_POP3 },
		{ 143, STARTTLS_IMAP },  { 389, STARTTLS_LDAP },   { 587, STARTTLS_SMTP },  { 2525, STARTTLS_SMTP },
		{ 3268, STARTTLS_LDAP }, { 5222, STARTTLS_XMPP },  { 5269, STARTTLS_XMPP },
	};

	for (size_t i = 0; i < sizeof ports / sizeof ports[0]; i++)
		if (ports[i].port == port)
			return ports[i].protocol;
	return (enum starttls_protocol)0;
}
