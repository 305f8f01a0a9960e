/* tls: RFC 8446 sections 4 and 5, RFC 5246 sections 6 and 7. */
#include "wire/tls.h"
#include "base/cursor.h"

enum { FRAGMENT_MAX = TLS_RECORD_MAX - 5, RANDOM_LEN = 32, SESSION_ID_MAX = 32 };

/* <v>(n): a vector with its length in one, two or three bytes before it. */
static struct bytes
vector8(struct cursor *c)
{
	return cursor_take(c, cursor_u8(c));
}

static struct bytes
vector16(struct cursor *c)
{
	return cursor_take(c, cursor_u16(c));
}

static struct bytes
vector24(struct cursor *c)
{
	return cursor_take(c, cursor_u24(c));
}

static void
put_vector8(struct buf *out, struct bytes v)
{
	buf_u8(out, (uint8_t)v.len);
	buf_bytes_put(out, v);
}

static void
put_vector16(struct buf *out, struct bytes v)
{
	buf_u16(out, (uint16_t)v.len);
	buf_bytes_put(out, v);
}

/* --- records and messages ------------------------------------------------- */

static bool
stream_version(uint16_t v)
{
	return v >= 0x0300 && v <= 0x0304;
}

enum err
tls_record_parse(struct bytes in, struct tls_record *out)
{
	struct cursor c = cursor_over(in);

	out->type = cursor_u8(&c);
	out->version = cursor_u16(&c);
	out->length = cursor_u16(&c);
	out->size = 0;
	out->fragment = bytes_head(in, 0);
	/* What is there must fit already, so that a stranger is turned away at his first byte. */
	if (in.len >= 1 && (in.at[0] < TLS_CHANGE_CIPHER || in.at[0] > TLS_HEARTBEAT))
		return ERR_FORM;
	if (in.len >= 2 && in.at[1] != 3)
		return ERR_FORM;
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (!stream_version(out->version) || out->length > FRAGMENT_MAX)
		return ERR_FORM;
	if (out->length == 0 && out->type != TLS_DATA) /* RFC 8446 section 5.1 */
		return ERR_FORM;
	out->size = 5u + out->length;
	out->fragment = cursor_take(&c, out->length);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
tls_record_print(const struct tls_record *r, struct buf *out)
{
	buf_u8(out, r->type);
	buf_u16(out, r->version);
	put_vector16(out, r->fragment);
}

static bool
message_type(uint8_t t)
{
	/* One bit each: the types of enum tls_message, 67 (next protocol) and 254 (message hash) apart. */
	static const uint32_t known = 0x03f1f93f;

	return t < 32 ? known >> t & 1 : t == 67;
}

enum err
tls_handshake_parse(struct bytes in, struct tls_handshake *out)
{
	struct cursor c = cursor_over(in);

	out->type = cursor_u8(&c);
	out->length = cursor_u24(&c);
	out->size = 0;
	out->body = bytes_head(in, 0);
	if (in.len && !message_type(in.at[0]))
		return ERR_FORM;
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (out->length > TLS_HANDSHAKE_MAX - 4)
		return ERR_LIMIT;
	out->size = 4u + out->length;
	out->body = cursor_take(&c, out->length);
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

void
tls_handshake_print(const struct tls_handshake *h, struct buf *out)
{
	buf_u8(out, h->type);
	buf_u24(out, (uint32_t)h->body.len);
	buf_bytes_put(out, h->body);
}

/*
 * RFC 5246 appendix E.2:
 *	0x8000|length(2) type=1 version(2) ciphers(2) session(2) challenge(2) | ciphers of three bytes …
 */
bool
tls_two_hello(struct bytes first)
{
	struct cursor c = cursor_over(first);

	uint16_t length = cursor_u16(&c);
	uint8_t  type = cursor_u8(&c);
	uint16_t version = cursor_u16(&c);
	uint16_t ciphers = cursor_u16(&c);
	uint16_t session = cursor_u16(&c);
	uint16_t challenge = cursor_u16(&c);
	if (!cursor_ok(&c) || !(length & 0x8000) || type != TLS_CLIENT_HELLO)
		return false;
	if (version != 0x0002 && !stream_version(version))
		return false;
	if (ciphers == 0 || ciphers % 3 || (session != 0 && session != 16) || challenge < 16 || challenge > 32)
		return false;
	return (length & 0x7fff) == 9 + ciphers + session + challenge;
}

/* The beginning of a hello, after the record's header: type(1) length(3) version(2). */
static enum err
hello_looks(struct cursor *c, uint16_t fragment)
{
	uint8_t  type = cursor_u8(c);
	uint32_t length = cursor_u24(c);
	uint16_t version = cursor_u16(c);

	if (!cursor_ok(c))
		return fragment < 6 ? OK : ERR_SHORT; /* a hello cut into tiny records on purpose */
	if (type != TLS_CLIENT_HELLO && type != TLS_SERVER_HELLO)
		return ERR_FORM;
	return length >= 38 && length <= TLS_HANDSHAKE_MAX && stream_version(version) ? OK : ERR_FORM;
}

enum err
tls_looks(struct bytes first)
{
	struct tls_record r;

	if (first.len && first.at[0] & 0x80)
		return tls_two_hello(first) ? OK : first.len < 11 && (first.len < 3 || first.at[2] == 1) ? ERR_SHORT : ERR_FORM;
	enum err e = tls_record_parse(first, &r);
	if (e == ERR_FORM || (first.len && first.at[0] != TLS_HANDSHAKE && first.at[0] != TLS_ALERT))
		return ERR_FORM;
	if (first.len < 6)
		return ERR_SHORT;
	struct cursor c = cursor_over(bytes_head(bytes_skip(first, 5), r.length));
	if (r.type == TLS_ALERT)
		return r.length == 2 && first.at[5] >= 1 && first.at[5] <= 2 ? OK : ERR_FORM;
	if (first.at[5] != TLS_CLIENT_HELLO && first.at[5] != TLS_SERVER_HELLO)
		return ERR_FORM;
	return hello_looks(&c, r.length);
}

/* --- hellos --------------------------------------------------------------- */

bool
tls_extension_next(struct bytes *list, struct tls_extension *out)
{
	if (list->len == 0)
		return false;
	struct cursor c = cursor_over(*list);
	out->type = cursor_u16(&c);
	out->data = vector16(&c);
	*list = cursor_rest(&c);
	return cursor_ok(&c);
}

/* The extensions at the end of a hello: none at all, or a list of whole ones and nothing after it. */
static enum err
extensions_read(struct cursor *c, struct bytes *list, bool *there)
{
	struct tls_extension x;

	*list = cursor_rest(c);
	*there = list->len > 0;
	if (!*there)
		return OK;
	struct cursor s = cursor_over(*list);
	*list = vector16(&s);
	if (!cursor_ok(&s))
		return ERR_SHORT;
	if (!cursor_end(&s))
		return ERR_FORM;
	struct bytes left = *list;
	while (left.len)
		if (!tls_extension_next(&left, &x))
			return ERR_FORM;
	return OK;
}

/* A list with its own length that fills data, of elements of unit bytes; empty and odd if it is not that. */
static struct bytes
list8(struct bytes data, size_t unit, bool *odd)
{
	struct cursor c = cursor_over(data);
	struct bytes  v = vector8(&c);

	if (cursor_end(&c) && v.len && v.len % unit == 0)
		return v;
	*odd = true;
	return bytes_head(data, 0);
}

static struct bytes
list16(struct bytes data, size_t unit, bool *odd)
{
	struct cursor c = cursor_over(data);
	struct bytes  v = vector16(&c);

	if (cursor_end(&c) && v.len && v.len % unit == 0)
		return v;
	*odd = true;
	return bytes_head(data, 0);
}

/* RFC 6066 section 3: the first name of type host_name. */
static struct bytes
host_name(struct bytes data, bool *odd)
{
	struct bytes  list = list16(data, 1, odd);
	struct cursor c = cursor_over(list);

	while (cursor_left(&c)) {
		uint8_t      type = cursor_u8(&c);
		struct bytes name = vector16(&c);
		if (cursor_ok(&c) && type == 0 && name.len)
			return name;
	}
	*odd = true;
	return bytes_head(data, 0);
}

/* RFC 7301 section 3.1: a list of names of at least one byte. */
static struct bytes
protocol_names(struct bytes data, struct bytes *first, bool *odd)
{
	struct bytes  list = list16(data, 1, odd);
	struct cursor c = cursor_over(list);

	*first = vector8(&c);
	if (first->len == 0)
		*odd = true;
	while (cursor_left(&c))
		if (vector8(&c).len == 0)
			*odd = true;
	if (cursor_ok(&c))
		return list;
	*odd = true;
	*first = bytes_head(list, 0);
	return *first;
}

/* RFC 8446 section 4.2.8: group(2) <key>(2) … */
static void
client_shares(struct bytes data, struct tls_client_hello *out)
{
	struct cursor c = cursor_over(data);
	struct cursor s = cursor_over(vector16(&c)); /* may be empty: a retry is asked for */

	if (!cursor_end(&c))
		out->odd = true;
	while (cursor_left(&s)) {
		uint16_t group = cursor_u16(&s);
		(void)vector16(&s);
		if (!cursor_ok(&s))
			out->odd = true;
		else if (tls_grease(group))
			continue;
		else if (out->nshares < TLS_SHARES)
			out->shares[out->nshares++] = group;
		else
			out->more_shares = true;
	}
}

static bool
newer(uint16_t a, uint16_t b)
{
	return b >> 8 == 0xfe ? a < b : a > b;
}

/* The newest version on offer that we know: drafts and GREASE are none of those. */
static uint16_t
newest(struct bytes versions, uint16_t legacy)
{
	struct cursor c = cursor_over(versions);
	uint16_t      best = 0;

	while (cursor_left(&c)) {
		uint16_t v = cursor_u16(&c);
		bool     known = tls_datagram_version(legacy) ? v == 0xfefc || v == 0xfefd || v == 0xfeff : stream_version(v);
		if (known && (best == 0 || newer(v, best)))
			best = v;
	}
	return best ? best : legacy;
}

static void
client_extension(const struct tls_extension *x, struct tls_client_hello *out)
{
	bool *odd = &out->odd;

	switch (x->type) {
	case TLS_EXT_SERVER_NAME:
		out->has_server_name = true;
		out->server_name = host_name(x->data, odd);
		break;
	case TLS_EXT_STATUS_REQUEST:
		out->has_status_request = true;
		break;
	case TLS_EXT_GROUPS:
		out->groups = list16(x->data, 2, odd);
		break;
	case TLS_EXT_POINT_FORMATS:
		out->point_formats = list8(x->data, 1, odd);
		break;
	case TLS_EXT_SIGNATURES:
		out->signatures = list16(x->data, 2, odd);
		break;
	case TLS_EXT_ALPN:
		out->has_alpn = true;
		out->alpn = protocol_names(x->data, &out->alpn_first, odd);
		break;
	case TLS_EXT_MASTER_SECRET:
		out->has_master_secret = true;
		break;
	case TLS_EXT_TICKET:
		out->has_ticket = true;
		out->ticket = x->data;
		break;
	case TLS_EXT_PSK:
		out->has_psk = true;
		break;
	case TLS_EXT_EARLY_DATA:
		out->has_early_data = true;
		break;
	case TLS_EXT_VERSIONS:
		out->versions = list8(x->data, 2, odd);
		break;
	case TLS_EXT_KEY_SHARE:
		client_shares(x->data, out);
		break;
	case TLS_EXT_QUIC:
		out->quic = x->data;
		break;
	case TLS_EXT_ECH:
		out->has_ech = true;
		break;
	case TLS_EXT_RENEGOTIATION:
		out->has_renegotiation = true;
		break;
	default:
		break;
	}
}

/* Types below 64 are met once each (RFC 8446 section 4.2); true the first time. */
static bool
first_time(uint64_t *seen, uint16_t type, bool *odd)
{
	uint64_t bit = type < 64 ? UINT64_C(1) << type : 0;

	if (*seen & bit) {
		*odd = true;
		return false;
	}
	*seen |= bit;
	return true;
}

static bool
any_grease(struct bytes list)
{
	struct cursor c = cursor_over(list);

	while (cursor_left(&c))
		if (tls_grease(cursor_u16(&c)))
			return true;
	return false;
}

enum err
tls_client_hello_read(struct bytes body, enum tls_carrier carrier, struct tls_client_hello *out)
{
	struct cursor        c = cursor_over(body);
	struct tls_extension x;
	uint64_t             seen = 0;

	/* Views of what is not there are empty, not NULL: they may be given to a cursor. */
	const struct bytes none = bytes_head(body, 0);
	*out = (struct tls_client_hello){
		.carrier = carrier,
		.cookie = none,
		.server_name = none,
		.alpn = none,
		.alpn_first = none,
		.versions = none,
		.groups = none,
		.point_formats = none,
		.signatures = none,
		.ticket = none,
		.quic = none,
	};
	out->version = cursor_u16(&c);
	out->random = cursor_take(&c, RANDOM_LEN);
	out->session_id = vector8(&c);
	if (carrier == TLS_OVER_DATAGRAM)
		out->cookie = vector8(&c);
	out->ciphers = vector16(&c);
	out->compressions = vector8(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (carrier == TLS_OVER_DATAGRAM ? !tls_datagram_version(out->version) : out->version >> 8 != 3)
		return ERR_FORM;
	if (out->session_id.len > SESSION_ID_MAX || out->ciphers.len % 2 || out->compressions.len == 0)
		return ERR_FORM;
	enum err e = extensions_read(&c, &out->extensions, &out->has_extensions);
	if (e)
		return e;
	out->grease = any_grease(out->ciphers);
	for (struct bytes left = out->extensions; tls_extension_next(&left, &x);) {
		if (tls_grease(x.type))
			out->grease = true;
		else if (first_time(&seen, x.type, &out->odd))
			client_extension(&x, out);
	}
	out->version_max = newest(out->versions, out->version);
	return OK;
}

enum err
tls_client_hello_parse(struct bytes body, struct tls_client_hello *out)
{
	return tls_client_hello_read(body, TLS_OVER_STREAM, out);
}

void
tls_client_hello_print(const struct tls_client_hello *h, struct buf *out)
{
	buf_u16(out, h->version);
	buf_bytes_put(out, h->random);
	put_vector8(out, h->session_id);
	if (h->carrier == TLS_OVER_DATAGRAM)
		put_vector8(out, h->cookie);
	put_vector16(out, h->ciphers);
	put_vector8(out, h->compressions);
	if (h->has_extensions)
		put_vector16(out, h->extensions);
}

static void
server_extension(const struct tls_extension *x, struct tls_server_hello *out)
{
	struct cursor c = cursor_over(x->data);
	struct bytes  list;

	switch (x->type) {
	case TLS_EXT_SERVER_NAME:
		out->has_server_name = true;
		return;
	case TLS_EXT_STATUS_REQUEST:
		out->has_status_request = true;
		return;
	case TLS_EXT_MASTER_SECRET:
		out->has_master_secret = true;
		return;
	case TLS_EXT_TICKET:
		out->has_ticket = true;
		return;
	case TLS_EXT_RENEGOTIATION:
		out->has_renegotiation = true;
		return;
	case TLS_EXT_ALPN: /* exactly one name */
		list = protocol_names(x->data, &out->alpn, &out->odd);
		if (list.len != out->alpn.len + 1)
			out->odd = true;
		return;
	case TLS_EXT_VERSIONS:
		out->version_chosen = cursor_u16(&c);
		break;
	case TLS_EXT_PSK:
		out->has_psk = true;
		out->psk_identity = cursor_u16(&c);
		break;
	case TLS_EXT_KEY_SHARE: /* a retry names the group only */
		out->share_group = cursor_u16(&c);
		if (!out->retry)
			(void)vector16(&c);
		break;
	default:
		return;
	}
	if (!cursor_end(&c))
		out->odd = true;
}

/* RFC 8446 section 4.1.3: what ends the random of a server that was talked down. */
static enum tls_downgrade
downgrade(struct bytes random)
{
	struct bytes tail = bytes_skip(random, RANDOM_LEN - 8);

	if (!bytes_begin(tail, "DOWNGRD"))
		return TLS_DOWNGRADE_NONE;
	return tail.at[7] == 0 ? TLS_DOWNGRADE_TO_11 : tail.at[7] == 1 ? TLS_DOWNGRADE_TO_12 : TLS_DOWNGRADE_NONE;
}

/* SHA-256 of "HelloRetryRequest" (RFC 8446 section 4.1.3). */
static const uint8_t retry_random[RANDOM_LEN] = {
	0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
	0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

enum err
tls_server_hello_parse(struct bytes body, struct tls_server_hello *out)
{
	struct cursor        c = cursor_over(body);
	struct tls_extension x;
	uint64_t             seen = 0;

	*out = (struct tls_server_hello){ .alpn = bytes_head(body, 0) };
	out->version = cursor_u16(&c);
	out->random = cursor_take(&c, RANDOM_LEN);
	out->session_id = vector8(&c);
	out->cipher = cursor_u16(&c);
	out->compression = cursor_u8(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (out->version >> 8 != 3 && !tls_datagram_version(out->version))
		return ERR_FORM;
	if (out->session_id.len > SESSION_ID_MAX)
		return ERR_FORM;
	enum err e = extensions_read(&c, &out->extensions, &out->has_extensions);
	if (e)
		return e;
	out->version_chosen = out->version;
	out->retry = bytes_equal(out->random, bytes_of(retry_random, sizeof retry_random));
	out->downgrade = downgrade(out->random);
	for (struct bytes left = out->extensions; tls_extension_next(&left, &x);)
		if (first_time(&seen, x.type, &out->odd))
			server_extension(&x, out);
	return OK;
}

void
tls_server_hello_print(const struct tls_server_hello *h, struct buf *out)
{
	buf_u16(out, h->version);
	buf_bytes_put(out, h->random);
	put_vector8(out, h->session_id);
	buf_u16(out, h->cipher);
	buf_u8(out, h->compression);
	if (h->has_extensions)
		put_vector16(out, h->extensions);
}

/* --- other messages ------------------------------------------------------- */

/* RFC 5246 section 7.4.2: <<DER>(3) …>(3); RFC 8446 section 4.4.2: <context>(1) <<DER>(3) <extensions>(2) …>(3) */
enum err
tls_certificates_parse(struct bytes body, uint16_t version, struct tls_certificates *out)
{
	struct cursor        c = cursor_over(body);
	struct tls_extension x;
	bool                 thirteen = tls_thirteen(version);

	*out = (struct tls_certificates){ .context = bytes_head(body, 0) };
	if (thirteen)
		out->context = vector8(&c);
	struct cursor s = cursor_over(vector24(&c));
	if (!cursor_ok(&c))
		return ERR_SHORT;
	if (!cursor_end(&c))
		return ERR_FORM;
	while (cursor_left(&s)) {
		struct tls_certificate cert = { vector24(&s), bytes_head(body, 0) };
		if (thirteen)
			cert.extensions = vector16(&s);
		if (!cursor_ok(&s) || cert.der.len == 0)
			return ERR_FORM;
		for (struct bytes left = cert.extensions; tls_extension_next(&left, &x);)
			out->staple |= x.type == TLS_EXT_STATUS_REQUEST;
		if (out->n < TLS_CERTIFICATES)
			out->at[out->n++] = cert;
		else
			out->more = true;
	}
	return OK;
}

/* RFC 5246 section 7.4.4: <types>(1) <signatures>(2) <authorities>(2), no signatures before 1.2; RFC 8446 section 4.3.2 */
enum err
tls_certificate_request_parse(struct bytes body, uint16_t version, struct tls_certificate_request *out)
{
	struct cursor        c = cursor_over(body);
	struct tls_extension x;
	bool                 odd = false;

	const struct bytes none = bytes_head(body, 0);
	*out = (struct tls_certificate_request){ none, none, none, none };
	if (tls_thirteen(version)) {
		out->context = vector8(&c);
		struct bytes list = vector16(&c);
		while (tls_extension_next(&list, &x))
			if (x.type == TLS_EXT_SIGNATURES)
				out->signatures = list16(x.data, 2, &odd);
			else if (x.type == 47) /* certificate_authorities */
				out->authorities = list16(x.data, 1, &odd);
	} else {
		out->types = vector8(&c);
		if (version == 0x0303 || version == 0xfefd)
			out->signatures = vector16(&c);
		out->authorities = vector16(&c);
	}
	if (!cursor_ok(&c))
		return ERR_SHORT;
	return cursor_end(&c) && !odd && out->signatures.len % 2 == 0 ? OK : ERR_FORM;
}

/* RFC 5077 section 3.3: lifetime(4) <ticket>(2); RFC 8446 section 4.6.1 */
enum err
tls_ticket_parse(struct bytes body, uint16_t version, struct tls_ticket *out)
{
	struct cursor c = cursor_over(body);

	*out = (struct tls_ticket){ .nonce = bytes_head(body, 0), .extensions = bytes_head(body, 0) };
	out->lifetime = cursor_u32(&c);
	if (tls_thirteen(version)) {
		out->age_add = cursor_u32(&c);
		out->nonce = vector8(&c);
	}
	out->ticket = vector16(&c);
	if (tls_thirteen(version))
		out->extensions = vector16(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	return cursor_end(&c) ? OK : ERR_FORM;
}

enum err
tls_status_parse(struct bytes body, struct bytes *ocsp)
{
	struct cursor c = cursor_over(body);

	uint8_t type = cursor_u8(&c);
	if (cursor_ok(&c) && type != 1)
		return ERR_UNSUPPORTED;
	*ocsp = vector24(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	return cursor_end(&c) && ocsp->len ? OK : ERR_FORM;
}

enum err
tls_alert_parse(struct bytes fragment, struct tls_alert *out)
{
	struct cursor c = cursor_over(fragment);

	out->level = cursor_u8(&c);
	out->description = cursor_u8(&c);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	return cursor_end(&c) && (out->level == 1 || out->level == 2) ? OK : ERR_FORM;
}

void
tls_alert_print(const struct tls_alert *a, struct buf *out)
{
	buf_u8(out, a->level);
	buf_u8(out, a->description);
}
