/* http: RFC 9112 sections 2 to 6; cookies RFC 6265. */
#include "wire/http.h"

enum { METHOD = 24 };

/* Fields whose value is kept as it is. */
static const struct row {
	const char *name;
	size_t      len, at;
} rows[] = {
#define ROW(name, member) { name, sizeof name - 1, offsetof(struct http_fields, member) }
	ROW("Host", host),
	ROW("User-Agent", user_agent),
	ROW("Accept", accept),
	ROW("Cookie", cookie),
	ROW("Origin", origin),
	ROW("Referer", referer),
	ROW("Content-Type", content_type),
	ROW("Upgrade", upgrade),
	ROW("Via", via),
	ROW("X-Forwarded-For", forwarded_for),
	ROW("Location", location),
	ROW("Strict-Transport-Security", hsts),
	ROW("Server", server),
#undef ROW
};

static bool
is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110 section 5.6.2. */
static bool
is_token(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.at[i];
		if (!(is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || (c && strchr("!#$%&'*+-.^_`|~", c))))
			return false;
	}
	return b.len > 0;
}

/* Takes the line up to LF off left, without its end; false if there is no LF. */
static bool
line_next(struct bytes *left, struct bytes *line)
{
	size_t n = bytes_find(*left, '\n');

	if (n == left->len)
		return false;
	*line = bytes_head(*left, n);
	if (n && line->at[n - 1] == '\r')
		line->len--;
	*left = bytes_skip(*left, n + 1);
	return true;
}

static void
length_see(struct http_fields *f, struct bytes v)
{
	uint64_t n = 0;
	bool     bad = v.len == 0 || v.len > 18;

	for (size_t i = 0; i < v.len && !bad; i++) {
		bad = !is_digit(v.at[i]);
		n = n * 10 + (uint64_t)(v.at[i] - '0');
	}
	if (bad || (f->has_length && f->length != n)) {
		f->ambiguous = true;
		return;
	}
	f->has_length = true;
	f->length = n;
}

static void
authorization_see(struct http_fields *f, struct bytes v)
{
	size_t n = 0;

	while (n < v.len && v.at[n] > ' ')
		n++;
	f->auth_scheme = bytes_head(v, n);
	f->auth_token = bytes_trim(bytes_skip(v, n));
}

static void
set_cookie_see(struct http_fields *f, struct bytes v)
{
	struct bytes left = v, name, value;

	if (f->set_cookies == HTTP_SET_COOKIES) {
		f->more = true;
		return;
	}
	struct http_set_cookie *c = &f->set_cookie[f->set_cookies++];
	*c = (struct http_set_cookie){ .value = v };
	for (bool first = true; http_cookie_next(&left, &name, &value); first = false) {
		c->secure |= !first && bytes_equal_nocase(name, "Secure");
		c->http_only |= !first && bytes_equal_nocase(name, "HttpOnly");
	}
}

static void
field_see(struct http_fields *f, struct bytes line)
{
	size_t       colon = bytes_find(line, ':');
	struct bytes name = bytes_head(line, colon);
	struct bytes value = bytes_trim(bytes_skip(line, colon + 1));

	if (colon == line.len || !is_token(name)) {
		f->ambiguous = true;
		return;
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		if (name.len != rows[i].len || !bytes_begin_nocase(name, rows[i].name))
			continue;
		struct bytes *at = (struct bytes *)(void *)((char *)f + rows[i].at);
		if (!at->at)
			*at = value;
		else if (at == &f->host)
			f->ambiguous = true;
		return;
	}
	if (bytes_equal_nocase(name, "Content-Length"))
		length_see(f, value);
	else if (bytes_equal_nocase(name, "Transfer-Encoding"))
		f->chunked |= bytes_hold_nocase(value, "chunked");
	else if (bytes_equal_nocase(name, "Authorization") && !f->auth_scheme.at)
		authorization_see(f, value);
	else if (bytes_equal_nocase(name, "Set-Cookie"))
		set_cookie_see(f, value);
}

/* Reads fields up to the empty line. */
static enum err
fields_parse(struct bytes in, struct bytes left, struct http_fields *f, size_t *head)
{
	struct bytes line, more;

	*f = (struct http_fields){ .more = false };
	for (;;) {
		if (!line_next(&left, &line))
			return in.len >= HTTP_HEAD ? ERR_LIMIT : ERR_SHORT;
		if (line.len == 0)
			break;
		/* RFC 9112 section 5.2: a line that begins with a blank goes on with the one before. */
		while (left.len && (left.at[0] == ' ' || left.at[0] == '\t')) {
			if (!line_next(&left, &more))
				return in.len >= HTTP_HEAD ? ERR_LIMIT : ERR_SHORT;
			line.len = (size_t)(more.at + more.len - line.at);
		}
		field_see(f, line);
	}
	f->ambiguous |= f->has_length && f->chunked;
	*head = in.len - left.len;
	return OK;
}

/* Does in begin with s, as far as in goes? */
static bool
could_begin(struct bytes in, const char *s)
{
	return memcmp(in.at, s, in.len < strlen(s) ? in.len : strlen(s)) == 0;
}

/* May in, which has no end of line yet, become a request line? */
static bool
could_request(struct bytes in)
{
	size_t n = bytes_find(in, ' ');

	return n <= METHOD && is_token(bytes_head(in, n)) && memchr(in.at, 0, in.len) == NULL;
}

enum err
http_request_parse(struct bytes in, struct http_request *out)
{
	struct bytes left = in = bytes_head(in, HTTP_HEAD), line;

	if (in.len == 0)
		return ERR_SHORT;
	if (bytes_begin(in, "PRI * HTTP/2.0\r\n"))
		return ERR_UNSUPPORTED;
	/* RFC 9112 section 2.2: one empty line before a request is forgiven. */
	if (bytes_begin(in, "\r\n"))
		left = bytes_skip(in, 2);
	if (!line_next(&left, &line)) {
		if (!could_request(left) && !could_begin(in, "\r\n"))
			return ERR_FORM;
		return in.len >= HTTP_HEAD ? ERR_LIMIT : ERR_SHORT;
	}

	size_t sp = bytes_find(line, ' ');
	if (line.len < sp + 11)
		return ERR_FORM;
	struct bytes version = bytes_skip(line, line.len - 9);
	out->method = bytes_head(line, sp);
	out->target = bytes_head(bytes_skip(line, sp + 1), line.len - 9 - (sp + 1));
	if (sp > METHOD || !is_token(out->method) || !bytes_begin(version, " HTTP/1.") || !is_digit(version.at[8]))
		return ERR_FORM;
	out->minor = (uint8_t)(version.at[8] - '0');
	return fields_parse(in, left, &out->fields, &out->head);
}

enum err
http_response_parse(struct bytes in, struct http_response *out)
{
	struct bytes left = in = bytes_head(in, HTTP_HEAD), line;

	if (in.len == 0)
		return ERR_SHORT;
	if (!could_begin(in, "HTTP/1."))
		return ERR_FORM;
	if (!line_next(&left, &line))
		return in.len >= HTTP_HEAD ? ERR_LIMIT : ERR_SHORT;

	/* HTTP/1.1 200 OK; the reason, and the blank before it, may be missing. */
	const uint8_t *p = line.at;
	if (line.len < 12 || !is_digit(p[7]) || p[8] != ' ' || !is_digit(p[9]) || !is_digit(p[10]) || !is_digit(p[11]))
		return ERR_FORM;
	if (line.len > 12 && p[12] != ' ')
		return ERR_FORM;
	out->minor = (uint8_t)(p[7] - '0');
	out->status = (uint16_t)((p[9] - '0') * 100 + (p[10] - '0') * 10 + (p[11] - '0'));
	out->reason = bytes_skip(line, 13);
	return fields_parse(in, left, &out->fields, &out->head);
}

static void
field_print(const char *name, struct bytes value, struct buf *out)
{
	if (!value.at)
		return;
	buf_text(out, name);
	buf_text(out, ": ");
	buf_bytes_put(out, value);
	buf_text(out, "\r\n");
}

static void
fields_print(const struct http_fields *f, struct buf *out)
{
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		field_print(rows[i].name, *(const struct bytes *)(const void *)((const char *)f + rows[i].at), out);
	if (f->auth_scheme.at) {
		buf_text(out, "Authorization: ");
		buf_bytes_put(out, f->auth_scheme);
		if (f->auth_token.len)
			buf_u8(out, ' ');
		buf_bytes_put(out, f->auth_token);
		buf_text(out, "\r\n");
	}
	for (unsigned i = 0; i < f->set_cookies; i++)
		field_print("Set-Cookie", f->set_cookie[i].value, out);
	if (f->chunked)
		buf_text(out, "Transfer-Encoding: chunked\r\n");
	if (f->has_length) {
		buf_text(out, "Content-Length: ");
		buf_decimal(out, f->length);
		buf_text(out, "\r\n");
	}
	buf_text(out, "\r\n");
}

void
http_request_print(const struct http_request *r, struct buf *out)
{
	buf_bytes_put(out, r->method);
	buf_u8(out, ' ');
	buf_bytes_put(out, r->target);
	buf_format(out, " HTTP/1.%u\r\n", r->minor);
	fields_print(&r->fields, out);
}

void
http_response_print(const struct http_response *r, struct buf *out)
{
	buf_format(out, "HTTP/1.%u %03u ", r->minor, r->status);
	buf_bytes_put(out, r->reason);
	buf_text(out, "\r\n");
	fields_print(&r->fields, out);
}

bool
http_looks_request(struct bytes in)
{
	static const char *const methods[] = {
		"GET ", "POST ", "HEAD ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "CONNECT ", "TRACE ", "PROPFIND ",
		"PROPPATCH ", "MKCOL ", "COPY ", "MOVE ", "LOCK ", "UNLOCK ", "REPORT ", "SEARCH ", "NOTIFY ",
		"SUBSCRIBE ", "UNSUBSCRIBE ", "M-SEARCH ",
	};
	struct bytes left = in = bytes_head(in, HTTP_HEAD), line;

	for (size_t i = 0; in.len && i < sizeof methods / sizeof methods[0]; i++) {
		if (in.at[0] != methods[i][0] || !bytes_begin(in, methods[i]))
			continue;
		if (line_next(&left, &line))
			return line.len > 9 && bytes_begin(bytes_skip(line, line.len - 9), " HTTP/1.");
		struct bytes target = bytes_skip(in, strlen(methods[i]));
		return target.len == 0 || target.at[0] == '/' || target.at[0] == '*' || bytes_begin_nocase(target, "http") ||
		       bytes_begin(in, "CONNECT ");
	}
	return false;
}

bool
http_looks_response(struct bytes in)
{
	return in.len >= 8 && bytes_begin(in, "HTTP/1.") && is_digit(in.at[7]) && (in.len == 8 || in.at[8] == ' ');
}

bool
http_cookie_next(struct bytes *left, struct bytes *name, struct bytes *value)
{
	while (left->len) {
		struct bytes one = bytes_head(*left, bytes_find(*left, ';'));
		*left = bytes_skip(*left, one.len + 1);
		one = bytes_trim(one);
		if (one.len == 0)
			continue;
		size_t eq = bytes_find(one, '=');
		*name = bytes_trim(bytes_head(one, eq));
		*value = bytes_trim(bytes_skip(one, eq + 1));
		return true;
	}
	return false;
}

bool
http_is_fhir(const struct http_fields *f)
{
	static const char *const types[] = { "application/fhir+json", "application/fhir+xml", "application/json+fhir", "application/xml+fhir" };

	if (!bytes_hold_nocase(f->content_type, "fhir") && !bytes_hold_nocase(f->accept, "fhir"))
		return false;
	for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
		if (bytes_hold_nocase(f->content_type, types[i]) || bytes_hold_nocase(f->accept, types[i]))
			return true;
	return false;
}

bool
http_is_websocket(const struct http_fields *f)
{
	return bytes_hold_nocase(f->upgrade, "websocket");
}

bool
http_is_connect(const struct http_request *r, struct bytes *host, uint16_t *port)
{
	struct bytes h = r->target;
	unsigned     n = 0, scale = 1;

	if (!bytes_equal(r->method, bytes_text("CONNECT")))
		return false;
	for (; h.len && is_digit(h.at[h.len - 1]) && scale <= 10000; h.len--, scale *= 10)
		n += scale * (unsigned)(h.at[h.len - 1] - '0');
	if (scale == 1 || n > UINT16_MAX || h.len < 2 || h.at[h.len - 1] != ':')
		return false;
	h.len--;
	if (h.len > 2 && h.at[0] == '[' && h.at[h.len - 1] == ']')
		h = bytes_head(bytes_skip(h, 1), h.len - 2);
	*host = h;
	*port = (uint16_t)n;
	return true;
}
