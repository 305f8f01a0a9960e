/* staple: see staple.h. */
#include "gate/staple.h"

#include "base/cursor.h"

void
staple_print(const struct staple *s, struct buf *out)
{
	buf_put(out, s->of, sizeof s->of);
	buf_u16(out, s->len);
	buf_put(out, s->der, s->len);
}

bool
staple_next(struct bytes *left, struct staple *out)
{
	struct cursor c = cursor_over(*left);
	struct bytes  of = cursor_take(&c, sizeof out->of), der = cursor_take(&c, cursor_u16(&c));

	if (!cursor_ok(&c) || !der.len || der.len > sizeof out->der)
		return false;
	memcpy(out->of, of.at, of.len);
	memcpy(out->der, der.at, der.len);
	out->len = (uint16_t)der.len;
	out->until = 0;
	*left = cursor_rest(&c);
	return true;
}

void
staple_show(struct staple_page *p, const struct staple *const *s, unsigned n)
{
	atomic_fetch_add(&p->edition, 1);
	for (unsigned i = 0; i < n; i++)
		p->at[i] = *s[i];
	p->staples = n;
	atomic_fetch_add(&p->edition, 1);
}

uint32_t
staple_edition(const struct staple_page *p)
{
	return atomic_load(&p->edition);
}

enum err
staple_find(const struct staple_page *p, const uint8_t of[static 32], struct instant now, struct buf *der, struct instant *until)
{
	uint32_t before = staple_edition(p);
	size_t   start = der->len;
	enum err e = ERR_NOTFOUND;

	for (uint32_t i = 0; e && i < p->staples && i < STAPLE_PLACES; i++) {
		const struct staple *s = &p->at[i];
		if (memcmp(s->of, of, sizeof s->of) || !s->len || s->len > STAPLE_MOST || s->until <= now.us)
			continue;
		buf_put(der, s->der, s->len);
		until->us = s->until;
		e = OK;
	}
	if (before % 2 == 0 && staple_edition(p) == before)
		return e;
	der->len = start;
	return ERR_AGAIN;
}
