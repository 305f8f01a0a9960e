/* staple: see staple.h. */
#include "gate/staple.h"

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
