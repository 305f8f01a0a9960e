/* radio: radiotap.org, "Introduction" and the table of defined fields. */
#include "wire/radio.h"
#include "base/cursor.h"

enum { FLAGS = 1, CHANNEL = 3, SIGNAL = 5, KNOWN_FIELDS = 28, RADIOTAP_AGAIN = 29, VENDOR = 30 };
enum { FLAG_FCS_THERE = 0x10, FLAG_FCS_BAD = 0x40, FCS_LENGTH = 4 };
enum { FIXED = 8, WORDS_MAX = 32 };
#define MORE_WORDS (1u << 31)

/* One row a bit of the present word. */
static const struct {
	uint8_t align, size;
} fields[KNOWN_FIELDS] = {
	{ 8, 8 },  /* 0 TSFT */
	{ 1, 1 },  /* flags */
	{ 1, 1 },  /* rate */
	{ 2, 4 },  /* channel */
	{ 2, 2 },  /* FHSS */
	{ 1, 1 },  /* 5 antenna signal, dBm */
	{ 1, 1 },  /* antenna noise, dBm */
	{ 2, 2 },  /* lock quality */
	{ 2, 2 },  /* TX attenuation */
	{ 2, 2 },  /* TX attenuation, dB */
	{ 1, 1 },  /* 10 TX power, dBm */
	{ 1, 1 },  /* antenna */
	{ 1, 1 },  /* antenna signal, dB */
	{ 1, 1 },  /* antenna noise, dB */
	{ 2, 2 },  /* RX flags */
	{ 2, 2 },  /* 15 TX flags */
	{ 1, 1 },  /* RTS retries */
	{ 1, 1 },  /* data retries */
	{ 4, 8 },  /* XChannel */
	{ 1, 3 },  /* MCS */
	{ 4, 8 },  /* 20 A-MPDU */
	{ 2, 12 }, /* VHT */
	{ 8, 12 }, /* timestamp */
	{ 2, 12 }, /* HE */
	{ 2, 12 }, /* HE-MU */
	{ 2, 6 },  /* 25 HE-MU of another user */
	{ 1, 1 },  /* zero-length PSDU */
	{ 2, 4 },  /* L-SIG */
};

static void
read_field(unsigned bit, struct cursor *c, uint8_t *flags, struct radio *out)
{
	struct cursor v = cursor_sub(c, fields[bit].size);

	if (bit == FLAGS) {
		*flags |= cursor_u8(&v);
	} else if (bit == CHANNEL && !(out->present & RADIO_HAS_CHANNEL)) {
		out->mhz = cursor_u16le(&v);
		out->channel_flags = cursor_u16le(&v);
		out->present |= RADIO_HAS_CHANNEL;
	} else if (bit == SIGNAL && !(out->present & RADIO_HAS_SIGNAL)) {
		out->dbm = (int8_t)cursor_u8(&v);
		out->present |= RADIO_HAS_SIGNAL;
	}
}

/* The fields of one present word; false if what follows them cannot be understood. */
static bool
read_word(uint32_t word, struct cursor *c, size_t header, uint8_t *flags, struct radio *out)
{
	for (unsigned bit = 0; bit < KNOWN_FIELDS; bit++) {
		if (!(word >> bit & 1))
			continue;
		size_t at = header - cursor_left(c);
		cursor_skip(c, (fields[bit].align - at % fields[bit].align) % fields[bit].align);
		read_field(bit, c, flags, out);
	}
	return (word & MORE_WORDS) && (word >> RADIOTAP_AGAIN & 1) && !(word >> VENDOR & 1) && !(word >> KNOWN_FIELDS & 1);
}

enum err
radio_parse(struct bytes in, struct radio *out)
{
	struct cursor c = cursor_over(in);
	uint32_t      words[WORDS_MAX];
	unsigned      words_n = 0, i = 0;
	uint8_t       flags = 0;

	*out = (struct radio){ 0 };
	uint8_t version = cursor_u8(&c);
	cursor_skip(&c, 1);
	uint16_t length = cursor_u16le(&c);
	if (!cursor_ok(&c) || in.len < length)
		return ERR_SHORT;
	if (version != 0)
		return ERR_UNSUPPORTED;
	if (length < FIXED)
		return ERR_FORM;
	struct cursor head = cursor_sub(&c, length - 4u);
	do {
		if (words_n == WORDS_MAX)
			return ERR_FORM;
		words[words_n++] = cursor_u32le(&head);
	} while (cursor_ok(&head) && words[words_n - 1] & MORE_WORDS);
	while (read_word(words[i], &head, length, &flags, out) && i + 1 < words_n)
		i++;
	if (!cursor_ok(&head))
		return ERR_FORM;
	out->bad_fcs = flags & FLAG_FCS_BAD;
	size_t fcs = flags & FLAG_FCS_THERE ? FCS_LENGTH : 0;
	if (cursor_left(&c) < fcs)
		return ERR_SHORT;
	out->frame = cursor_take(&c, cursor_left(&c) - fcs);
	return OK;
}

void
radio_print(const struct radio *r, struct buf *out)
{
	size_t   start = out->len;
	uint32_t word = 1u << FLAGS;

	if (r->present & RADIO_HAS_CHANNEL)
		word |= 1u << CHANNEL;
	if (r->present & RADIO_HAS_SIGNAL)
		word |= 1u << SIGNAL;
	buf_u16(out, 0);
	buf_u16(out, 0);
	buf_u32le(out, word);
	buf_u8(out, r->bad_fcs ? FLAG_FCS_BAD : 0);
	if (r->present & RADIO_HAS_CHANNEL) {
		buf_zero(out, 1); /* aligned to 2 */
		buf_u16le(out, r->mhz);
		buf_u16le(out, r->channel_flags);
	}
	if (r->present & RADIO_HAS_SIGNAL)
		buf_u8(out, (uint8_t)r->dbm);
	buf_patch16(out, start + 2, __builtin_bswap16((uint16_t)(out->len - start)));
	buf_bytes_put(out, r->frame);
}
