/* dns: RFC 1035 section 4, with the class bits of RFC 6762 sections 5.4 and 10.2. */
#include "wire/dns.h"
#include "base/cursor.h"

enum { WIRE_NAME = 255, LABEL = 63, POINTER = 0xc0, TOP = 0x8000 };

/* Appends one label as text; false if it does not fit before the NUL. */
static bool
label_text(struct bytes label, char *out, size_t *o)
{
	size_t n = *o;

	for (size_t i = 0; i < label.len; i++) {
		uint8_t c = label.at[i];
		if (n + 4 >= DNS_NAME && n + (c < 0x20 || c == 0x7f ? 4 : c == '.' || c == '\\' ? 2 : 1) >= DNS_NAME)
			return false;
		if (c >= 'A' && c <= 'Z') {
			c |= 0x20;
		} else if (c == '.' || c == '\\') {
			out[n++] = '\\';
		} else if (c < 0x20 || c == 0x7f) {
			out[n++] = '\\';
			out[n++] = (char)('0' + c / 100);
			out[n++] = (char)('0' + c / 10 % 10);
			c = (uint8_t)('0' + c % 10);
		}
		out[n++] = (char)c;
	}
	*o = n;
	return true;
}

/*
 * A pointer must lead before the run of labels it ends, so each jump lowers
 * the start and the walk ends without counting jumps.
 */
static enum err
name_text(struct bytes message, size_t start, char *out)
{
	struct cursor c = cursor_over(bytes_skip(message, start));
	size_t        o = 0, wire = 1;

	for (;;) {
		uint8_t n = cursor_u8(&c);
		if (!cursor_ok(&c))
			return ERR_SHORT;
		if (n == 0)
			break;
		if (n >= POINTER) {
			size_t to = (size_t)(n & 0x3f) << 8 | cursor_u8(&c);
			if (!cursor_ok(&c))
				return ERR_SHORT;
			if (to >= start || to < DNS_HEADER)
				return ERR_FORM;
			start = to;
			c = cursor_over(bytes_skip(message, to));
			continue;
		}
		struct bytes label = cursor_take(&c, n);
		wire += 1u + n;
		if (n > LABEL || wire > WIRE_NAME)
			return ERR_FORM;
		if (!cursor_ok(&c))
			return ERR_SHORT;
		if (o && o < DNS_NAME - 1)
			out[o++] = '.';
		if (!label_text(label, out, &o))
			return ERR_LIMIT;
	}
	out[o] = 0;
	return OK;
}

enum err
dns_name(struct bytes message, size_t offset, char out[static DNS_NAME])
{
	enum err e = name_text(message, offset, out);
	if (e)
		out[0] = 0;
	return e;
}

void
dns_name_print(const char *name, struct buf *out)
{
	while (*name) {
		uint8_t label[LABEL], n = 0;
		for (; *name && *name != '.'; name++) {
			uint8_t c = (uint8_t)*name;
			if (c == '\\' && name[1]) {
				c = (uint8_t)*++name;
				if (c >= '0' && c <= '9' && name[1] && name[2]) {
					c = (uint8_t)((c - '0') * 100 + (name[1] - '0') * 10 + (name[2] - '0'));
					name += 2;
				}
			}
			if (n < LABEL)
				label[n++] = c;
		}
		if (n) { /* an empty label would end the name */
			buf_u8(out, n);
			buf_put(out, label, n);
		}
		name += *name == '.';
	}
	buf_u8(out, 0);
}

static void
name_skip(struct cursor *c)
{
	for (;;) {
		uint8_t n = cursor_u8(c);
		if (n == 0)
			return;
		if (n >= POINTER) {
			cursor_skip(c, 1);
			return;
		}
		if (n > LABEL)
			cursor_fail(c);
		cursor_skip(c, n);
	}
}

/* Bytes of rdata before the name to which the record leads; -1 if it leads to none. */
static int
before_target(uint16_t type)
{
	switch (type) {
	case DNS_NS: case DNS_CNAME: case DNS_PTR: case DNS_DNAME:
		return 0;
	case DNS_MX:
		return 2;
	case DNS_SRV:
		return 6;
	default:
		return -1;
	}
}

enum err
dns_target(const struct dns *d, const struct dns_record *r, char out[static DNS_NAME])
{
	int before = before_target(r->type);

	out[0] = 0;
	if (before < 0)
		return ERR_UNSUPPORTED;
	if (r->rdata.len <= (size_t)before)
		return ERR_SHORT;
	/* Nothing of the name's own labels may lie past the record. */
	size_t end = (size_t)r->data + r->rdata.len;
	return dns_name(bytes_head(d->message, end), (size_t)(r->data + before), out);
}

static void
record_parse(struct cursor *c, const uint8_t *base, struct dns_record *r)
{
	r->owner = (uint16_t)(c->at - base);
	name_skip(c);
	r->type = cursor_u16(c);
	r->class = cursor_u16(c);
	r->ttl = cursor_u32(c);
	r->rdata = cursor_take(c, cursor_u16(c));
	r->data = (uint16_t)(r->rdata.at - base);
	r->flush = r->type != DNS_OPT && r->class & TOP;
	if (r->flush)
		r->class &= TOP - 1;
	if (r->type == DNS_A && r->rdata.len == 4)
		r->addr = addr_v4(r->rdata.at);
	else if (r->type == DNS_AAAA && r->rdata.len == 16)
		r->addr = addr_v6(r->rdata.at);
	else
		r->addr = (struct addr){ { 0 } };
}

static void
header_parse(struct cursor *c, struct dns *d)
{
	d->id = cursor_u16(c);
	uint16_t f = cursor_u16(c);
	d->qr = f >> 15 & 1;
	d->opcode = f >> 11 & 15;
	d->aa = f >> 10 & 1;
	d->tc = f >> 9 & 1;
	d->rd = f >> 8 & 1;
	d->ra = f >> 7 & 1;
	d->ad = f >> 5 & 1;
	d->cd = f >> 4 & 1;
	d->rcode = f & 15;
	d->questions = cursor_u16(c);
	d->answers = cursor_u16(c);
	d->authorities = cursor_u16(c);
	d->additionals = cursor_u16(c);
}

static enum err
question_parse(struct cursor *c, struct dns *d)
{
	const uint8_t *from = c->at;
	enum err       e = dns_name(d->message, DNS_HEADER, d->name);

	if (e && e != ERR_LIMIT)
		return e;
	name_skip(c);
	d->type = cursor_u16(c);
	d->class = cursor_u16(c);
	d->unicast = d->class & TOP;
	d->class &= TOP - 1;
	d->asked = bytes_of(from, (size_t)(c->at - from));
	for (unsigned i = 1; i < d->questions && cursor_ok(c); i++) {
		name_skip(c);
		cursor_skip(c, 4);
	}
	d->more = d->questions > 1;
	return OK;
}

enum err
dns_parse(struct bytes in, struct dns *out)
{
	struct cursor c = cursor_over(in);

	if (in.len > UINT16_MAX)
		return ERR_LIMIT;
	out->message = in;
	header_parse(&c, out);
	if (!cursor_ok(&c))
		return ERR_SHORT;
	out->name[0] = 0;
	out->type = out->class = out->udp_size = 0;
	out->asked = bytes_of(c.at, 0);
	out->unicast = out->edns = out->more = false;
	out->count = 0;
	if (out->questions) {
		enum err e = question_parse(&c, out);
		if (e)
			return e;
	}

	const uint16_t stated[] = { out->answers, out->authorities, out->additionals };
	for (unsigned s = DNS_ANSWER; s <= DNS_ADDITIONAL; s++)
		for (unsigned upto = stated[s]; upto && cursor_ok(&c); upto--) {
			if (out->count == DNS_RECORDS) {
				out->more = true;
				return OK;
			}
			struct dns_record *r = &out->record[out->count++];
			r->section = (enum dns_section)s;
			record_parse(&c, in.at, r);
			if (r->type == DNS_OPT && !out->edns) {
				out->edns = true;
				out->udp_size = r->class;
				out->rcode |= (uint16_t)(r->ttl >> 24 << 4);
			}
		}
	return cursor_ok(&c) ? OK : ERR_SHORT;
}

static void
record_print(const struct dns *d, const struct dns_record *r, struct buf *out)
{
	char   name[DNS_NAME];
	int    before = before_target(r->type);
	size_t at;

	(void)!dns_name(d->message, r->owner, name);
	dns_name_print(name, out);
	buf_u16(out, r->type);
	buf_u16(out, (uint16_t)(r->class | (r->flush ? TOP : 0)));
	buf_u32(out, r->ttl);
	at = out->len;
	buf_u16(out, 0);
	if (before < 0) {
		buf_bytes_put(out, r->rdata);
	} else if (dns_target(d, r, name) == OK) {
		buf_bytes_put(out, bytes_head(r->rdata, (size_t)before));
		dns_name_print(name, out);
	}
	if (buf_ok(out))
		buf_patch16(out, at, (uint16_t)(out->len - at - 2));
}

void
dns_print(const struct dns *d, struct buf *out)
{
	uint16_t n[3] = { 0, 0, 0 };

	for (unsigned i = 0; i < d->count; i++)
		n[d->record[i].section]++;
	buf_u16(out, d->id);
	buf_u16(out, (uint16_t)(d->qr << 15 | d->opcode << 11 | d->aa << 10 | d->tc << 9 | d->rd << 8 | d->ra << 7 |
	                        d->ad << 5 | d->cd << 4 | (d->rcode & 15)));
	buf_u16(out, d->questions > 0);
	buf_u16(out, n[DNS_ANSWER]);
	buf_u16(out, n[DNS_AUTHORITY]);
	buf_u16(out, n[DNS_ADDITIONAL]);
	if (d->questions) {
		dns_name_print(d->name, out);
		buf_u16(out, d->type);
		buf_u16(out, (uint16_t)(d->class | (d->unicast ? TOP : 0)));
	}
	for (unsigned i = 0; i < d->count; i++)
		record_print(d, &d->record[i], out);
}

enum err
dns_tcp_next(struct bytes *stream, struct bytes *message)
{
	struct cursor c = cursor_over(*stream);
	struct bytes  m = cursor_take(&c, cursor_u16(&c));

	if (!cursor_ok(&c))
		return ERR_SHORT;
	*message = m;
	*stream = cursor_rest(&c);
	return OK;
}
