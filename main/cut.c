/* cut: see cut.h. */
#include "main/cut.h"

#include <stdio.h>

#include "base/memory.h"
#include "wire/pcap.h"

struct cut {
	struct {
		struct buf packets;
		uint32_t   count, linktype;
		int        nth;
	} side[2];
	uint8_t *frame; /* TAPE_FRAME: what is copied from a tape */
};

enum err
cut_new(struct cut **out)
{
	struct cut *c = memory_new(1, sizeof *c);

	if (!c)
		return ERR_MEMORY;
	c->frame = memory_new(1, TAPE_FRAME);
	for (int i = 0; i < 2; i++)
		c->side[i].packets = buf_over(memory_new(1, SLICE_MOST), SLICE_MOST);
	if (!c->frame || !c->side[0].packets.at || !c->side[1].packets.at) {
		cut_free(c);
		return ERR_MEMORY;
	}
	cut_begin(c);
	*out = c;
	return OK;
}

void
cut_free(struct cut *c)
{
	if (!c)
		return;
	memory_free(c->frame);
	memory_free(c->side[0].packets.at);
	memory_free(c->side[1].packets.at);
	memory_free(c);
}

void
cut_begin(struct cut *c)
{
	for (int i = 0; i < 2; i++) {
		buf_reset(&c->side[i].packets);
		c->side[i].count = 0;
		c->side[i].nth = -1;
	}
}

/* Where to begin: as far before as the message reaches and there is room, and a few of the conversation before that. */
static uint64_t
start(struct cut *c, const struct tape *t, const struct slice_ends *ends, uint64_t first, uint64_t frame)
{
	struct tape_frame f;
	struct slice_ends other;
	uint64_t          from = frame, least = first && first < frame ? first : frame;
	uint32_t          around = 0, all = 0, most = first ? CUT_AROUND : 4 * CUT_AROUND;
	size_t            size = 0;

	for (uint64_t n = frame; n && n + CUT_NEAR > least && around < most; n--) {
		if (tape_get(t, n, c->frame, &f))
			break;
		if (!slice_ends_of(f.data, f.linktype, &other) || !slice_together(ends, &other))
			continue;
		/* Room for what follows the frame stays. */
		if ((size += f.data.len + 64) > SLICE_MOST - (CUT_AROUND + 1) * (TAPE_FRAME / 4) || ++all == SLICE_PACKETS / 2 - 2 * CUT_AROUND)
			break;
		around += n < least;
		from = n;
	}
	return from;
}

enum err
cut_side(struct cut *c, unsigned side, const struct tape *t, uint64_t first, uint64_t frame)
{
	struct tape_frame f;
	struct slice_ends ends, other;
	struct buf       *out = &c->side[side].packets;
	uint32_t          around = 0;

	if (tape_get(t, frame, c->frame, &f))
		return ERR_NOTFOUND;
	c->side[side].linktype = f.linktype;
	bool known = slice_ends_of(f.data, f.linktype, &ends);
	for (uint64_t n = known ? start(c, t, &ends, first, frame) : frame; n <= frame + CUT_NEAR && around < CUT_AROUND; n++) {
		/* What the conversation's ends point into is the copy: the frame's own ends were copied out of it. */
		if (n > frame && (!known || tape_newest(t) < n))
			break;
		if (tape_get(t, n, c->frame, &f) || f.linktype != c->side[side].linktype)
			continue;
		if (n != frame && (!slice_ends_of(f.data, f.linktype, &other) || !slice_together(&ends, &other)))
			continue;
		if (out->cap - out->len < f.data.len + 64)
			break;
		if (n == frame)
			c->side[side].nth = (int)c->side[side].count;
		around += n > frame;
		struct pcap_record r = { .when = f.when, .interface = side, .linktype = f.linktype, .length = f.length, .data = f.data };
		pcap_print_packet(&r, out);
		c->side[side].count++;
	}
	return c->side[side].nth >= 0 ? OK : ERR_NOTFOUND;
}

uint32_t
cut_packets(const struct cut *c)
{
	return c->side[0].count + c->side[1].count;
}

void
cut_print(const struct cut *c, const char *const name[static 2], struct bytes eve, struct buf *out)
{
	static uint8_t room[24 << 10];
	struct buf     comment = buf_over(room, sizeof room);

	buf_format(&comment, "paravent slice %d %d\n", c->side[0].nth, c->side[1].nth);
	if (eve.len < sizeof room - 64)
		buf_bytes_put(&comment, eve);
	pcap_print_section(buf_bytes(&comment), out);
	for (int i = 0; i < 2; i++)
		pcap_print_interface(name[i], c->side[i].count ? c->side[i].linktype : 1, out);
	for (int i = 0; i < 2; i++)
		buf_bytes_put(out, buf_bytes(&c->side[i].packets));
}

bool
cut_parse(struct bytes slice, int nth[static 2], struct bytes *eve)
{
	struct bytes comment = pcap_comment(slice);
	size_t       end = bytes_find(comment, '\n');
	char         line[64];

	bytes_clean(bytes_head(comment, end), line, sizeof line);
	*eve = bytes_skip(comment, end + 1);
	return sscanf(line, "paravent slice %d %d", &nth[0], &nth[1]) == 2;
}

void
cut_name(const struct finding *f, char out[static CUT_NAME])
{
	snprintf(out, CUT_NAME, "%.23s-%.23s-%llu-%llu", f->incident[0] ? f->incident : "none", f->rule, (unsigned long long)f->frame, (unsigned long long)f->frame_before);
}
