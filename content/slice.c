/* slice: see slice.h. */
#include "content/slice.h"
#include "base/memory.h"
#include "content/framing.h"
#include "wire/coap.h"
#include "wire/dicom.h"
#include "wire/http.h"
#include "wire/ip.h"
#include "wire/link.h"
#include "wire/mqtt.h"
#include "wire/pcap.h"
#include "wire/tcp.h"
#include "wire/udp.h"

#include <stdlib.h>

bool
slice_ends_of(struct bytes frame, uint32_t linktype, struct slice_ends *out)
{
	struct link l;
	struct ip   ip;

	memset(out, 0, sizeof *out);
	if (link_parse(frame, linktype, &l))
		return false;
	out->from = l.src;
	out->to = l.dst;
	if ((l.type != ETHERTYPE_IPV4 && l.type != ETHERTYPE_IPV6) || ip_parse(l.payload, &ip))
		return true;
	out->src = ip.src;
	out->dst = ip.dst;
	out->protocol = ip.protocol;
	struct tcp t;
	struct udp u;
	if (ip.offset)
		return true;
	if (ip.protocol == IP_TCP && tcp_parse(ip.payload, &t) == OK) {
		out->sport = t.sport;
		out->dport = t.dport;
		out->seq = t.seq;
		out->payload = t.payload;
	} else if (ip.protocol == IP_UDP && udp_parse(ip.payload, &u) == OK) {
		out->sport = u.sport;
		out->dport = u.dport;
		out->payload = u.payload;
	}
	return true;
}

bool
slice_together(const struct slice_ends *a, const struct slice_ends *b)
{
	if (a->protocol != b->protocol)
		return false;
	if (a->protocol)
		return (addr_equal(a->src, b->src) && addr_equal(a->dst, b->dst) && a->sport == b->sport && a->dport == b->dport) ||
		       (addr_equal(a->src, b->dst) && addr_equal(a->dst, b->src) && a->sport == b->dport && a->dport == b->sport);
	return mac_equal(a->from, b->from) || mac_equal(a->from, b->to) || mac_equal(a->to, b->from);
}

/* --- one side's bytes, in order ------------------------------------------------------- */

struct segment {
	uint32_t     seq; /* from the first one's */
	struct bytes data;
};

struct side {
	struct segment   *segment;
	uint32_t          segments;
	struct bytes      stream; /* in one piece, without a gap before its end */
	uint32_t          first;  /* sequence number that the stream begins with */
	struct slice_ends last;   /* the packet asked for */
	size_t            from;   /* where the bytes it completed begin in the stream */
};

static int
by_seq(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;
	return x->seq != y->seq ? (x->seq > y->seq) - (x->seq < y->seq) : (x->data.len < y->data.len) - (x->data.len > y->data.len);
}

/* The packet that was asked for, and how many there are before it. */
static bool
find_last(struct bytes capture, uint32_t place, uint32_t nth, struct slice_ends *out, uint32_t *before)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	size_t             used;
	enum err           e;

	for (*before = 0; (e = pcap_parse(&p, capture, &used, &r)) == OK || e == ERR_AGAIN; capture = bytes_skip(capture, used)) {
		if (e)
			continue;
		if (r.interface == place && !nth--)
			return slice_ends_of(r.data, r.linktype, out);
		if (++*before == SLICE_PACKETS)
			break;
	}
	return false;
}

/* What the same sender said on the same leg until then. */
static void
gather(struct side *s, struct bytes capture, uint32_t place, uint32_t packets)
{
	struct pcap        p = { .begun = false };
	struct pcap_record r;
	struct slice_ends  ends;
	size_t             used;
	enum err           e;

	for (; packets && ((e = pcap_parse(&p, capture, &used, &r)) == OK || e == ERR_AGAIN); capture = bytes_skip(capture, used)) {
		if (e)
			continue;
		packets--;
		if (r.interface != place || !slice_ends_of(r.data, r.linktype, &ends) || !ends.payload.len || ends.protocol != s->last.protocol)
			continue;
		if (!addr_equal(ends.src, s->last.src) || !addr_equal(ends.dst, s->last.dst) || ends.sport != s->last.sport || ends.dport != s->last.dport ||
		    !mac_equal(ends.from, s->last.from) || !mac_equal(ends.to, s->last.to))
			continue;
		s->segment[s->segments++] = (struct segment){ ends.seq, ends.payload };
	}
}

/* The run without a gap that holds the packet asked for; of what was sent twice, what came first by number. */
static void
join(struct side *s, struct buf *room)
{
	uint32_t least = s->segment[0].seq;

	for (uint32_t i = 1; i < s->segments; i++)
		if (tcp_before(s->segment[i].seq, least))
			least = s->segment[i].seq;
	for (uint32_t i = 0; i < s->segments; i++)
		s->segment[i].seq -= least;
	qsort(s->segment, s->segments, sizeof *s->segment, by_seq);
	uint32_t next = s->segment[0].seq, wanted = s->last.seq - least;
	s->first = next;
	for (uint32_t i = 0; i < s->segments; i++) {
		struct segment *g = &s->segment[i];
		if (g->seq > next) { /* a gap: what is before it is no use, unless it is what was asked for */
			if (wanted < next)
				break;
			buf_reset(room);
			s->first = next = g->seq;
		}
		struct bytes more = bytes_skip(g->data, next - g->seq);
		buf_bytes_put(room, more);
		next += (uint32_t)more.len;
	}
	s->stream = buf_bytes(room);
	s->from = wanted >= s->first ? wanted - s->first : 0;
}

/* --- where a message ends that ends in the packet asked for ------------------------------ */

/* Is this key in the message?  Without a key, any will do. */
static bool
holds(struct bytes raw, const char *key)
{
	size_t n = strlen(key);

	return !n || memmem(raw.at, raw.len, key, n) != NULL;
}

/* Of a batch file the message that holds the key, as it is told: from one MSH to the next. */
static struct bytes
one_of_batch(struct bytes raw, const char *key)
{
	struct bytes left = raw;

	if (!raw.len || (raw.at[0] != 'F' && raw.at[0] != 'B'))
		return raw;
	for (bool first = true; left.len; first = false) {
		const uint8_t *second = left.at + 1, *end = left.at + left.len;
		unsigned       headers = first ? 0 : 1;
		for (; second + 4 <= end; second++) {
			bool header = (second[-1] == '\r' || second[-1] == '\n') && memcmp(second, "MSH", 3) == 0;
			if (header && headers++)
				break;
		}
		size_t       n = second + 4 <= end ? (size_t)(second - left.at) : left.len;
		struct bytes one = bytes_head(left, n);
		if (holds(one, key))
			return one;
		left = bytes_skip(left, n);
	}
	return raw;
}

static bool
find_hl7(const struct side *s, const char *key, struct buf *room, struct slice_message *out)
{
	struct framing       f = { .offset = 0 };
	struct framing_event e;
	struct bytes         in = s->stream;
	size_t               begin = 0, open = in.len;
	bool                 found = false;

	(void)room;
	while (framing_next(&f, &in, &e)) {
		if (e.kind == FRAMING_BEGIN)
			begin = open = (size_t)e.at;
		if (e.kind == FRAMING_END)
			open = s->stream.len;
		if (e.kind != FRAMING_END || e.at < s->from || e.at > s->stream.len || begin > e.at)
			continue;
		struct bytes raw = bytes_of(s->stream.at + begin, (size_t)e.at - begin);
		if (found && !holds(raw, key))
			continue;
		out->raw = one_of_batch(raw, key);
		if ((found = true) && holds(raw, key))
			return true;
	}
	/* A batch file that goes on behind the message. */
	struct bytes rest = bytes_skip(s->stream, open), one = one_of_batch(rest, key);
	if (!found && one.len < rest.len && holds(one, key)) {
		out->raw = one;
		found = true;
	}
	return found;
}

static bool
find_mqtt(struct bytes in, size_t from, const char *key, struct slice_message *out)
{
	size_t at = 0, size;

	for (struct mqtt m; at < in.len && mqtt_size(bytes_skip(in, at), &size) == OK && size <= in.len - at; at += size) {
		struct bytes one = bytes_of(in.at + at, size);
		if (at + size <= from || mqtt_parse(one, MQTT_LEVEL_311, &m) || m.type != MQTT_PUBLISH || (*key && !bytes_equal(m.topic, bytes_text(key))))
			continue;
		/* Which level it is CONNECT said, which is not here: level 5 puts the length of properties before the payload, a control character or less. */
		struct mqtt five;
		if (m.payload.len && m.payload.at[0] < ' ' && mqtt_parse(one, MQTT_LEVEL_5, &five) == OK)
			m = five;
		out->raw = m.payload;
		out->name = m.topic;
		return m.whole;
	}
	return false;
}

/* The chunks of a body put together (RFC 9112 section 7.1); how long they are as sent, 0 if they do not end. */
static size_t
chunks(struct bytes in, struct buf *out)
{
	struct bytes left = in;

	for (;;) {
		size_t line = bytes_find(left, '\n'), n = 0;
		if (line >= left.len)
			return 0;
		for (size_t i = 0; i < line && i < 7; i++) {
			uint8_t c = left.at[i] | 0x20;
			if (c >= '0' && c <= '9')
				n = n * 16 + (size_t)(c - '0');
			else if (c >= 'a' && c <= 'f')
				n = n * 16 + (size_t)(c - 'a' + 10);
			else
				break;
		}
		left = bytes_skip(left, line + 1);
		if (left.len < n + 2)
			return 0;
		buf_bytes_put(out, bytes_head(left, n));
		left = bytes_skip(left, n + 2);
		if (!n)
			return in.len - left.len;
	}
}

static bool
find_http(struct bytes in, size_t from, struct buf *room, struct slice_message *out)
{
	while (in.len) {
		struct http_request        q;
		struct http_response       r;
		const struct http_fields  *f = &q.fields;
		size_t                     head;
		if (http_request_parse(in, &q) == OK) {
			head = q.head;
		} else if (http_response_parse(in, &r) == OK) {
			head = r.head;
			f = &r.fields;
		} else {
			return false;
		}
		struct bytes body = bytes_skip(in, head);
		size_t       size = 0;
		out->name = bytes_trim(bytes_head(in, bytes_find(in, '\n')));
		if (f->chunked) {
			size_t before = room->len;
			if (!(size = chunks(body, room)) || !buf_ok(room))
				return false;
			out->raw = bytes_of(room->at + before, room->len - before);
		} else {
			size = (size_t)f->length;
			if (f->length > body.len)
				return false;
			out->raw = bytes_head(body, size);
		}
		if (head + size > from && size)
			return true;
		from = head + size < from ? from - head - size : 0;
		in = bytes_skip(body, size);
	}
	return false;
}

/* The data set of the last command whose end is in the packet asked for. */
static bool
find_dicom(struct bytes in, size_t from, struct buf *room, struct slice_message *out)
{
	size_t           at = 0, before = room->len;
	struct dicom_pdu u;

	while (dicom_pdu_parse(bytes_skip(in, at), &u) == OK && u.body.len == u.length) {
		struct bytes     body = u.body;
		struct dicom_pdv v;
		at += DICOM_PDU_HEADER + u.length;
		while (u.type == DICOM_P_DATA && dicom_pdv_next(&body, &v) == OK) {
			if (v.command) {
				room->len = before;
				continue;
			}
			buf_bytes_put(room, v.data);
			if (v.last && at > from && buf_ok(room)) {
				out->raw = bytes_of(room->at + before, room->len - before);
				return true;
			}
		}
	}
	return false;
}

/* A side may begin within a message: it is read from each packet on until it fits. */
static bool
find(const struct side *s, const char *key, struct buf *room, struct slice_message *out)
{
	size_t room_left = room->len;

	if (out->protocol == MESSAGE_HL7)
		return find_hl7(s, key, room, out);
	for (uint32_t i = 0; i < s->segments; i++) {
		size_t at = s->segment[i].seq >= s->first ? s->segment[i].seq - s->first : 0;
		if (at > s->from || at >= s->stream.len)
			continue;
		struct bytes in = bytes_skip(s->stream, at);
		room->len = room_left;
		room->full = false;
		if (out->protocol == MESSAGE_MQTT ? find_mqtt(in, s->from - at, key, out) : out->protocol == MESSAGE_FHIR ? find_http(in, s->from - at, room, out) : find_dicom(in, s->from - at, room, out))
			return true;
	}
	return false;
}

enum err
slice_message(struct bytes capture, uint32_t place, uint32_t nth, enum message_protocol protocol, const char *key, struct buf *room, struct slice_message *out)
{
	struct side s = { .segments = 0 };
	uint32_t    before;
	struct coap c;

	memset(out, 0, sizeof *out);
	out->protocol = protocol;
	if (!find_last(capture, place, nth, &s.last, &before))
		return ERR_NOTFOUND;
	if (protocol == MESSAGE_COAP) {
		if (coap_parse(s.last.payload, &c))
			return ERR_NOTFOUND;
		out->raw = c.payload;
		return OK;
	}
	if (!(s.segment = memory_new(SLICE_PACKETS, sizeof *s.segment)))
		return ERR_MEMORY;
	gather(&s, capture, place, before + 1);
	bool found = false;
	if (s.segments) {
		join(&s, room);
		found = buf_ok(room) && find(&s, key, room, out);
	}
	memory_free(s.segment);
	return found ? OK : ERR_NOTFOUND;
}

enum message_protocol
slice_protocol(const char *name)
{
	int p = 0;

	while (p < MESSAGE_PROTOCOLS && strcmp(message_protocol_name((enum message_protocol)p), name))
		p++;
	return (enum message_protocol)p;
}
