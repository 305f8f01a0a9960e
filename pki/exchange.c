/* exchange: see exchange.h. */
#include "pki/exchange.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void
exchange_line(struct exchange *x, const char *name, const char *format, ...)
{
	va_list words;

	assert(x->lines < EXCHANGE_LINES);
	struct exchange_line *l = &x->line[x->lines++];
	l->name = name;
	va_start(words, format);
	vsnprintf(l->value, sizeof l->value, format, words);
	va_end(words);
}

void
exchange_say(struct exchange *x, int status, const char *format, ...)
{
	char    text[512];
	va_list words;

	va_start(words, format);
	vsnprintf(text, sizeof text, format, words);
	va_end(words);
	buf_reset(x->answer);
	buf_text(x->answer, text);
	buf_text(x->answer, "\n");
	x->status = status;
	x->answer_type = "text/plain; charset=utf-8";
}
