/* says: see says.h. */
#include "judge/says.h"

static void
place(char which, const struct says *w, struct buf *out)
{
	const struct claim *c = w->claim;
	char                words[sizeof c->words];

	switch (which) {
	case 's':
		if (w->words) { /* a message by the whole of its own id */
			char key[65];
			bytes_clean(bytes_text(w->words->key), key, sizeof key);
			buf_text(out, key[0] ? key : "(without an id)");
			break;
		}
		claim_print(&c->subject, fact_subject(c->fact), out);
		break;
	case 'a':
		if (w->old_value)
			claim_print(w->old_value, fact_value(c->fact), out);
		break;
	case 'b':
		claim_print(&c->value, fact_value(c->fact), out);
		break;
	case 'k':
		mac_print(mac_zero(w->culprit) ? c->speaker : w->culprit, out);
		break;
	case 'i':
		addr_print(addr_none(w->culprit_ip) ? c->speaker_ip : w->culprit_ip, out);
		break;
	case 'o':
		addr_print(c->speaker_ip, out);
		break;
	case 'v':
		addr_print(c->victim, out);
		break;
	case 'w':
		/* A stranger chose them, and they are on their way to a terminal. */
		bytes_clean(bytes_text(c->words), words, sizeof words);
		buf_text(out, words[0] ? words : "(unnamed)");
		break;
	case 'n':
		buf_decimal(out, c->number);
		break;
	case 'm':
		buf_decimal(out, c->number2);
		break;
	case 't':
	case 'f':
	case 'h':
		if (w->words) {
			const char *text = which == 't' ? w->words->type : which == 'f' ? w->words->fields : w->words->how;
			char        clean[161];
			bytes_clean(bytes_text(text), clean, sizeof clean);
			buf_text(out, clean);
		}
		break;
	default:
		break;
	}
}

void
says_print(const char *sentence, const struct says *with, struct buf *out)
{
	for (; *sentence; sentence++) {
		if (sentence[0] == '{' && sentence[1] && sentence[2] == '}') {
			place(sentence[1], with, out);
			sentence += 2;
		} else {
			buf_u8(out, (uint8_t)*sentence);
		}
	}
}
