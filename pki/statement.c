/* statement: see statement.h. */
#include "pki/statement.h"

#include <stdlib.h>

#include "base/json.h"
#include "crypt/encode.h"

#define HEAD "DSSEv1 28 " STATEMENT_TYPE " "
_Static_assert(sizeof STATEMENT_TYPE - 1 == 28, "the length stands in HEAD");

void
statement_print(const struct statement *s, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "_type", STATEMENT_IS);
	json_open(out, "subject", '[');
	json_open(out, NULL, '{');
	json_text(out, "name", s->name);
	json_open(out, "digest", '{');
	json_hex(out, "sha256", bytes_of(s->digest, sizeof s->digest));
	json_close(out, '}');
	json_close(out, '}');
	json_close(out, ']');
	json_text(out, "predicateType", STATEMENT_PREDICATE);
	json_open(out, "predicate", '{');
	json_text(out, "deviceKind", s->kind);
	json_text(out, "version", s->version);
	json_instant(out, "signed", s->when);
	json_close(out, '}');
	json_close(out, '}');
}

void
statement_pae(struct bytes payload, struct buf *out)
{
	buf_text(out, HEAD);
	buf_decimal(out, payload.len);
	buf_u8(out, ' ');
	buf_bytes_put(out, payload);
}

const char *
statement_pae_fault(struct bytes pae)
{
	uint8_t      room[STATEMENT_MOST + 64];
	struct buf   again = buf_over(room, sizeof room);
	struct bytes rest = bytes_skip(pae, strlen(HEAD));

	if (!bytes_begin(pae, HEAD))
		return "is no statement of a package";
	struct bytes payload = bytes_skip(rest, bytes_find(rest, ' ') + 1);
	statement_pae(payload, &again);
	if (!buf_ok(&again) || !bytes_equal(buf_bytes(&again), pae) || !bytes_begin(payload, "{\"_type\":\"" STATEMENT_IS "\""))
		return "is no statement of a package";
	return NULL;
}

static void
put_base64(struct buf *out, const char *key, struct bytes in)
{
	json_key(out, key);
	buf_u8(out, '"');
	encode_base64(in, out);
	buf_u8(out, '"');
}

void
statement_envelope(struct bytes payload, const char *keyid, struct bytes signature, struct buf *out)
{
	json_open(out, NULL, '{');
	put_base64(out, "payload", payload);
	json_text(out, "payloadType", STATEMENT_TYPE);
	json_open(out, "signatures", '[');
	json_open(out, NULL, '{');
	json_text(out, "keyid", keyid);
	put_base64(out, "sig", signature);
	json_close(out, '}');
	json_close(out, ']');
	json_close(out, '}');
	buf_u8(out, '\n');
}

bool
statement_version_good(const char *version)
{
	unsigned parts = 0;

	for (;; version++) {
		size_t n = strspn(version, "0123456789");
		if (!n || n > 9 || ++parts > STATEMENT_PARTS)
			return false;
		version += n;
		if (!*version)
			return true;
		if (*version != '.')
			return false;
	}
}

int
statement_version_compare(const char *a, const char *b)
{
	while (*a || *b) {
		char *next_a, *next_b;
		long  x = strtol(a, &next_a, 10), y = strtol(b, &next_b, 10);
		if (x != y)
			return x < y ? -1 : 1;
		a = *next_a ? next_a + 1 : next_a;
		b = *next_b ? next_b + 1 : next_b;
	}
	return 0;
}
