/* claim: keys from text, and keys as text. */
#include "model/claim.h"

struct key
key_text(struct bytes text)
{
	struct key k = { { 0 } };
	uint64_t   h;

	if (text.len <= sizeof k.b) {
		memcpy(k.b, text.at, text.len);
		return k;
	}
	memcpy(k.b, text.at, 24);
	h = bytes_hash(text.at, text.len, 0); /* equality only: a collision needs 24 equal bytes too */
	memcpy(k.b + 24, &h, 8);
	return k;
}

void
claim_words(struct claim *c, struct bytes text)
{
	size_t n = text.len < sizeof c->words - 1 ? text.len : sizeof c->words - 1;

	memcpy(c->words, text.at, n);
	c->words[n] = 0;
}

static void
print_text(const struct key *k, struct buf *out)
{
	size_t n = 0;

	while (n < sizeof k->b && k->b[n] >= 0x20 && k->b[n] < 0x7f)
		n++;
	buf_put(out, k->b, n);
	if (n < sizeof k->b && k->b[n])
		buf_text(out, "…");
}

void
claim_print(const struct key *k, enum shape shape, struct buf *out)
{
	switch (shape) {
	case SHAPE_NONE:
		break;
	case SHAPE_ADDR:
		addr_print(key_to_addr(k), out);
		break;
	case SHAPE_MAC:
		mac_print(key_to_mac(k), out);
		break;
	case SHAPE_SERVICE: {
		struct addr a = key_to_addr(k);
		if (!addr_is_v4(a))
			buf_u8(out, '[');
		addr_print(a, out);
		if (!addr_is_v4(a))
			buf_u8(out, ']');
		buf_u8(out, ':');
		buf_decimal(out, (uint64_t)(k->b[16] << 8 | k->b[17]));
		break;
	}
	case SHAPE_PAIR:
		addr_print(key_to_addr(k), out);
		buf_text(out, " and ");
		addr_print(addr_v6(k->b + 16), out);
		break;
	case SHAPE_DIGEST:
		buf_hex(out, bytes_of(k->b, 8));
		break;
	case SHAPE_NUMBER:
		buf_decimal(out, (uint64_t)k->b[0] << 24 | (uint64_t)k->b[1] << 16 | (uint64_t)k->b[2] << 8 | k->b[3]);
		break;
	case SHAPE_BRIDGE:
		buf_decimal(out, (uint64_t)(k->b[0] << 8 | k->b[1]));
		buf_u8(out, '.');
		mac_print(mac_of(k->b + 2), out);
		break;
	case SHAPE_GROUP:
		buf_text(out, k->b[0] == 1 ? "VRRP group " : k->b[0] == 2 ? "HSRP group " : "group ");
		buf_decimal(out, (uint64_t)(k->b[1] << 8 | k->b[2]));
		break;
	case SHAPE_TEXT:
		print_text(k, out);
		break;
	}
}

uint64_t
claim_name_hash(struct bytes name)
{
	char   low[256];
	size_t n = name.len < sizeof low ? name.len : sizeof low;

	if (!n)
		return 0;
	for (size_t i = 0; i < n; i++)
		low[i] = (char)(name.at[i] >= 'A' && name.at[i] <= 'Z' ? name.at[i] | 0x20 : name.at[i]);
	return bytes_hash(low, n, 1) | 1;
}
