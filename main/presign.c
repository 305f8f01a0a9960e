/* presign: see presign.h. */
#include "main/presign.h"

#include <sys/random.h>

#include "base/memory.h"
#include "base/table.h"
#include "main/keys.h"
#include "os/channel.h"
#include "wire/der.h"

/* A step blocks who asks meanwhile: some 3 ms. */
enum { STEP = 64, SIGNATURE = 72, ID = 128, LEAST = 4096 };

struct signed_answer {
	uint8_t serial[REGISTER_SERIAL];
	int64_t made; /* us */
	uint8_t len, signature[SIGNATURE];
};

struct presign {
	struct presign_about about;
	struct table        *table;
	uint8_t              name[256];
	int64_t              after; /* the last one of the register that was signed in this round */
	struct instant       round;
};

enum err
presign_new(const struct presign_about *a, struct presign **out)
{
	struct presign *p = memory_new(1, sizeof *p);
	int64_t         live;
	uint64_t        seed;
	enum err        e = p ? register_live_count(a->file, &live) : ERR_MEMORY;

	if (e || getrandom(&seed, sizeof seed, 0) != sizeof seed) {
		e = e ? e : ERR_IO;
		goto out;
	}
	p->about = *a;
	e = a->responder.len > sizeof p->name ? ERR_LIMIT : OK;
	if (e)
		goto out;
	memcpy(p->name, a->responder.at, a->responder.len);
	p->about.responder.at = p->name;
	live = 2 * live + LEAST;
	p->table = table_new((uint32_t)(live < PRESIGN_MOST ? live : PRESIGN_MOST), REGISTER_SERIAL, sizeof(struct signed_answer), seed);
	e = p->table ? OK : ERR_MEMORY;
	if (e)
		goto out;
	*out = p;
	return OK;
out:
	presign_free(p);
	return e;
}

void
presign_free(struct presign *p)
{
	if (!p)
		return;
	table_free(p->table);
	memory_free(p);
}

/* CertID as nearly all ask (RFC 5019 section 2.1.1): SHA-1, with the NULL that stands for no parameters. */
static void
print_id(const struct presign *p, const uint8_t serial[static REGISTER_SERIAL], struct buf *out)
{
	size_t id = der_begin(out, DER_SEQUENCE);

	buf_put(out, "\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00", 11);
	der_put(out, DER_OCTET_STRING, bytes_of(p->about.name_sha1, 20));
	der_put(out, DER_OCTET_STRING, bytes_of(p->about.key_sha1, 20));
	der_put_integer(out, bytes_of(serial, REGISTER_SERIAL));
	der_end(out, id);
}

static void
print_data(const struct presign *p, const uint8_t serial[static REGISTER_SERIAL], struct instant made, struct buf *out)
{
	uint8_t    room[ID];
	struct buf id = buf_over(room, sizeof room);

	print_id(p, serial, &id);
	ocsp_print_data(p->about.responder, made, &(struct ocsp_single){ .id = buf_bytes(&id), .status = OCSP_GOOD, .from = made, .until = { made.us + p->about.holds } }, 1,
	                bytes_of("", 0), out);
}

bool
presign_step(struct presign *p, struct instant now, enum err *e)
{
	static uint8_t ask[STEP * (PRESIGN_DATA / 2)], said[STEP * (SIGNATURE + 2)];
	uint8_t        serial[STEP][REGISTER_SERIAL];
	unsigned       n = STEP;
	struct buf     of = buf_over(ask, sizeof ask < CHANNEL_BODY ? sizeof ask : CHANNEL_BODY), signatures = buf_over(said, sizeof said);
	bool           fresh;

	*e = register_live(p->about.file, p->about.issuer, now.us / INSTANT_SECOND, &p->after, serial, &n);
	if (*e || !n) {
		if (!*e && instant_since(p->round, now) > p->about.holds / 2) {
			p->after = 0;
			p->round = now;
			return true;
		}
		return false;
	}
	for (unsigned i = 0; i < n; i++) {
		uint8_t    room[PRESIGN_DATA];
		struct buf data = buf_over(room, sizeof room);
		print_data(p, serial[i], now, &data);
		buf_u32(&of, (uint32_t)data.len);
		buf_bytes_put(&of, buf_bytes(&data));
	}
	*e = buf_ok(&of) ? keys_ask_for(p->about.keys_fd, KEYS_OCSP, buf_bytes(&of), &signatures) : ERR_LIMIT;
	struct cursor c = cursor_over(buf_bytes(&signatures));
	for (unsigned i = 0; !*e && i < n; i++) {
		struct bytes s = cursor_take(&c, cursor_u16(&c));
		if (!s.len || s.len > SIGNATURE)
			continue;
		struct signed_answer *a = table_put(p->table, serial[i], &fresh);
		a->made = now.us;
		a->len = (uint8_t)s.len;
		memcpy(a->signature, s.at, s.len);
	}
	return !*e;
}

bool
presign_find(struct presign *p, const struct ocsp_id *id, const uint8_t serial[static REGISTER_SERIAL], struct instant now, struct buf *data, struct bytes *signature)
{
	uint8_t                     room[ID];
	struct buf                  ours = buf_over(room, sizeof room);
	const struct signed_answer *a = table_find(p->table, serial);

	if (!a || a->made > now.us || now.us - a->made > p->about.holds * 3 / 4)
		return false;
	print_id(p, serial, &ours);
	if (!bytes_equal(id->whole, buf_bytes(&ours)))
		return false;
	print_data(p, serial, (struct instant){ a->made }, data);
	*signature = bytes_of(a->signature, a->len);
	return buf_ok(data);
}

uint32_t
presign_count(const struct presign *p)
{
	return table_count(p->table);
}
