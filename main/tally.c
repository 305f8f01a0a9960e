/* tally: see tally.h. */
#include "main/tally.h"
#include "base/json.h"

static const struct {
	const char *name, *words;
	size_t      at;
} COUNT[] = {
#define X(member, words) { #member, words, offsetof(struct route_counts, member) }
	X(pairs, "paired"), X(identical, "identical"), X(same_meaning, "same meaning, other bytes"), X(rewritten, "rewritten as usual"),
	X(altered, "altered"), X(delayed, "delayed"), X(dropped, "dropped"), X(replayed, "replayed"), X(injected, "injected"),
	X(originated, "made by the engine itself"),
	X(reordered, "reordered"), X(forged, "acknowledgement forged"), X(unclear, "differ, too few to judge"), X(unseen, "unseen by one place"),
#undef X
};
enum { COUNTS = sizeof COUNT / sizeof *COUNT };

static uint64_t
count(const struct route_counts *c, int i)
{
	uint64_t n;

	memcpy(&n, (const char *)c + COUNT[i].at, sizeof n);
	return n;
}

static const char *
place_name(const struct board *b, uint16_t place)
{
	return place < b->sensors ? b->sensor[place].name : "?";
}

static void
hop_text(const struct board *b, const struct hop *h, struct buf *out)
{
	addr_print(h->sender, out);
	buf_text(out, " to ");
	addr_print(h->receiver, out);
	buf_format(out, ":%u at %s", h->port, place_name(b, h->place));
}

static void
hop_json(const struct board *b, const char *key, const struct hop *h, struct buf *out)
{
	json_open(out, key, '{');
	json_text(out, "place", place_name(b, h->place));
	json_addr(out, "sender", h->sender);
	json_addr(out, "receiver", h->receiver);
	json_number(out, "port", h->port);
	json_mac(out, "sender_mac", h->card_from);
	json_mac(out, "receiver_mac", h->card_to);
	json_number(out, "messages", (int64_t)h->messages);
	json_close(out, '}');
}

static void
counts_json(const struct route_counts *c, struct buf *out)
{
	for (int i = 0; i < COUNTS; i++)
		json_number(out, COUNT[i].name, (int64_t)count(c, i));
}

static void
route_json(const struct board *b, const struct routes *t, const struct route *r, struct buf *out)
{
	const struct hop *from = routes_hop_at(t, r->from), *to = routes_hop_at(t, r->to);

	if (!from || !to)
		return;
	json_open(out, NULL, '{');
	json_text(out, "kind", route_kind(t, r));
	json_text(out, "protocol", message_protocol_name(from->protocol));
	hop_json(b, "from", from, out);
	hop_json(b, "to", to, out);
	counts_json(&r->counts, out);
	json_number(out, "latency_us", r->mean);
	json_number(out, "latency_longest_us", r->longest);
	json_open(out, "rewrites", '[');
	for (uint8_t i = 0; i < r->rewrites; i++)
		if (route_habitual(r, i))
			json_text(out, NULL, r->rewrite[i].field);
	json_close(out, ']');
	json_open(out, "originates", '[');
	for (uint8_t i = 0; i < r->types; i++)
		if (route_originates(r, i))
			json_text(out, NULL, r->type[i].type);
	json_close(out, ']');
	json_close(out, '}');
}

/* A list of the names that nth gives, those it does not are passed over. */
static bool
list_text(const struct route *r, uint8_t n, const char *(*nth)(const struct route *, uint8_t), const char *before, const char *quote, const char *between, struct buf *out)
{
	bool any = false;

	for (uint8_t i = 0; i < n; i++) {
		const char *name = nth(r, i);
		if (!name)
			continue;
		buf_format(out, "%s%s%s%s", any ? between : before, quote, name, quote);
		any = true;
	}
	return any;
}

static const char *
rewritten(const struct route *r, uint8_t i)
{
	return route_habitual(r, i) ? r->rewrite[i].field : NULL;
}

static const char *
made(const struct route *r, uint8_t i)
{
	return route_originates(r, i) ? r->type[i].type : NULL;
}

/* The rule that would approve what this route does, as hospital.yaml has it. */
static void
approval(const struct route *r, const struct hop *to, struct buf *out)
{
	buf_text(out, "    to approve it, under messages in hospital.yaml:\n        - from: ");
	addr_print(to->sender, out);
	buf_text(out, "\n          to: ");
	addr_print(to->receiver, out);
	buf_format(out, "\n          port: %u\n          rewrites: [", to->port);
	list_text(r, r->rewrites, rewritten, "", "\"", ", ", out);
	buf_text(out, "]\n");
	if (list_text(r, r->types, made, "          originates: [", "\"", ", ", out))
		buf_text(out, "]\n");
}

static void
route_text(const struct board *b, const struct routes *t, const struct route *r, struct buf *out)
{
	const struct hop *from = routes_hop_at(t, r->from), *to = routes_hop_at(t, r->to);

	if (!from || !to)
		return;
	buf_format(out, "%s  ", message_protocol_name(from->protocol));
	hop_text(b, from, out);
	buf_text(out, ", again ");
	hop_text(b, to, out);
	buf_format(out, " (%s)\n    seen %llu and %llu times;", route_kind(t, r), (unsigned long long)from->messages, (unsigned long long)to->messages);
	for (int i = 0; i < COUNTS; i++)
		if (count(&r->counts, i) || i == 0)
			buf_format(out, " %llu %s%s", (unsigned long long)count(&r->counts, i), COUNT[i].words, i < COUNTS - 1 ? "," : "");
	if (out->len && out->at[out->len - 1] == ',')
		out->len--;
	buf_format(out, "; %lld us on the way, at most %lld\n", (long long)r->mean, (long long)r->longest);
	bool writes = list_text(r, r->rewrites, rewritten, "    rewritten on this route in nearly all messages: ", "", " ", out);
	if (writes)
		buf_text(out, "\n");
	bool makes = list_text(r, r->types, made, "    made by the engine itself, of no message that came to it: ", "", " ", out);
	if (makes)
		buf_text(out, "\n");
	if ((writes || makes) && !r->rule)
		approval(r, to, out);
}

void
tally_print(struct board *b, const struct pairing *p, struct board_lines *lines)
{
	const struct pairing_counts *c = pairing_counts(p);
	const struct routes         *t = pairing_routes(p);
	const struct route          *r;
	uint32_t                     at = 0;
	struct buf                  *out = board_line(lines);

	if (b->routes_json) {
		json_open(out, NULL, '{');
		json_number(out, "messages", (int64_t)c->messages);
		json_number(out, "answers", (int64_t)c->answers);
		json_number(out, "ambiguous", (int64_t)c->ambiguous);
		json_number(out, "cut", (int64_t)c->cut);
		json_number(out, "in_flight", (int64_t)c->in_flight);
		json_number(out, "evicted", (int64_t)c->evicted);
		json_number(out, "clock_offset_us", b->offset[1]);
		counts_json(&c->all, out);
		json_open(out, "routes", '[');
		while ((r = routes_each(t, &at))) {
			out = board_line(lines);
			route_json(b, t, r, out);
		}
		json_close(out, ']');
		json_close(out, '}');
		buf_u8(out, '\n');
		return;
	}
	while ((r = routes_each(t, &at)))
		route_text(b, t, r, board_line(lines));
	out = board_line(lines);
	buf_format(out, "%llu messages, %llu answers", (unsigned long long)c->messages, (unsigned long long)c->answers);
	for (int i = 0; i < COUNTS; i++)
		if (count(&c->all, i))
			buf_format(out, ", %llu %s", (unsigned long long)count(&c->all, i), COUNT[i].words);
	if (c->in_flight)
		buf_format(out, ", %llu under way at the end", (unsigned long long)c->in_flight);
	if (c->cut)
		buf_format(out, ", %llu not seen whole", (unsigned long long)c->cut);
	if (c->evicted)
		buf_format(out, ", %llu gave way to newer ones before they were settled", (unsigned long long)c->evicted);
	buf_u8(out, '\n');
}
