/* instant: RFC 3339 text of a moment. */
#include "base/instant.h"
#include "base/cursor.h"

/* Days since 1970-01-01 of a civil date, and back: years run from March so that the leap day is last. */
static int64_t
days_of(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void
date_of(int64_t days, int64_t *y, int64_t *m, int64_t *d)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097, doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = yoe + era * 400 + (*m <= 2);
}

void
instant_print(struct instant t, struct buf *out)
{
	static const char shape[] = "0000-00-00T00:00:00.000000+00:00";
	int64_t           us = t.us % INSTANT_SECOND, s = t.us / INSTANT_SECOND, y, m, d;
	uint8_t          *p = buf_room(out, sizeof shape - 1);

	if (!p)
		return;
	if (us < 0) {
		us += INSTANT_SECOND;
		s--;
	}
	int64_t day = s / 86400, sec = s % 86400;
	if (sec < 0) {
		sec += 86400;
		day--;
	}
	date_of(day, &y, &m, &d);
	memcpy(p, shape, sizeof shape - 1);
	unsigned year = y < 0 || y > 9999 ? 0 : (unsigned)y, rest = (unsigned)us, time = (unsigned)sec;
	buf_two(p, year / 100);
	buf_two(p + 2, year % 100);
	buf_two(p + 5, (unsigned)m);
	buf_two(p + 8, (unsigned)d);
	buf_two(p + 11, time / 3600);
	buf_two(p + 14, time / 60 % 60);
	buf_two(p + 17, time % 60);
	buf_two(p + 20, rest / 10000);
	buf_two(p + 22, rest / 100 % 100);
	buf_two(p + 24, rest % 100);
}

static int64_t
number(struct cursor *c, int digits)
{
	int64_t v = 0;

	while (digits--) {
		uint8_t d = cursor_u8(c);
		if (d < '0' || d > '9')
			cursor_fail(c);
		v = v * 10 + (d - '0');
	}
	return v;
}

static void
literal(struct cursor *c, const char *one_of)
{
	uint8_t b = cursor_u8(c);
	if (!b || !strchr(one_of, b))
		cursor_fail(c);
}

enum err
instant_parse(struct bytes in, struct instant *out)
{
	struct cursor c = cursor_over(in);
	int64_t       us = 0, offset = 0;

	int64_t y = number(&c, 4);
	literal(&c, "-");
	int64_t mo = number(&c, 2);
	literal(&c, "-");
	int64_t d = number(&c, 2);
	literal(&c, "Tt ");
	int64_t h = number(&c, 2);
	literal(&c, ":");
	int64_t mi = number(&c, 2);
	literal(&c, ":");
	int64_t s = number(&c, 2);
	if (cursor_left(&c) && *c.at == '.') {
		cursor_skip(&c, 1);
		for (int64_t unit = 100000; cursor_left(&c) && *c.at >= '0' && *c.at <= '9'; unit /= 10)
			us += (*c.at++ - '0') * unit;
	}
	uint8_t zone = cursor_u8(&c);
	if (zone == '+' || zone == '-') {
		offset = number(&c, 2) * 3600;
		literal(&c, ":");
		offset += number(&c, 2) * 60;
		if (zone == '-')
			offset = -offset;
	} else if (zone != 'Z' && zone != 'z') {
		return ERR_FORM;
	}
	if (!cursor_end(&c))
		return ERR_FORM;
	if (mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60)
		return ERR_FORM;
	out->us = (days_of(y, mo, d) * 86400 + h * 3600 + mi * 60 + s - offset) * INSTANT_SECOND + us;
	return OK;
}
