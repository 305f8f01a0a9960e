/* blocks: RFC 7959 section 2.2 to 2.4. */
#include "content/blocks.h"

enum { MORE = 8, EXPONENT = 7, RESERVED = 7 };

enum blocks_state
blocks_put(struct blocks *b, uint32_t option, struct bytes payload, struct bytes *fresh)
{
	uint64_t size = UINT64_C(16) << (option & EXPONENT), at = (option >> 4) * size;
	bool     more = option & MORE;

	*fresh = (struct bytes){ payload.at, 0 };
	if ((option & EXPONENT) == RESERVED || option >> 24 || payload.len > size || (more && payload.len < size))
		return BLOCKS_FORM;
	if (at == 0) {
		uint64_t first = bytes_hash(payload.at, payload.len, payload.len);
		if (!b->open || first != b->first)
			*b = (struct blocks){ .open = true, .first = first };
	}
	/* The size may become smaller on the way (section 2.4), so it is the offset that counts. */
	if (!b->open || at > b->have || at + payload.len > BLOCKS_SIZE) {
		b->open = false;
		return BLOCKS_GAP;
	}
	if (at + payload.len <= b->have && more)
		return BLOCKS_AGAIN;
	*fresh = bytes_skip(payload, (size_t)(b->have - at));
	b->have = at + payload.len;
	b->open = more;
	return more ? BLOCKS_NEXT : BLOCKS_LAST;
}
