/* gate_routes: what the routes of hospital.yaml let through, in plain words, before or while a gateway serves by them. */
#include <stdio.h>

#include "base/json.h"
#include "main/gate.h"

/* In the orders of enum policy_protocol, enum policy_mode and enum message_class + 1. */
static const char *const PROTOCOL[] = { "tcp", "mllp", "dicom" }, *const MODE[] = { "terminate", "wrap", "unwrap", "passthrough" },
                  *const CLASS[] = { "", "other", "alarm", "vitals", "result", "order", "image" };
static const char *const DOES[] = {
	"clients' TLS ends here", "clients come without TLS, which is added towards the backend", "clients' TLS ends here, and backends are reached without",
	"TLS is left alone: the name in the ClientHello says where to",
};

static void
put_socket(struct buf *out, struct addr a, uint16_t port)
{
	bool v6 = !addr_is_v4(a);

	buf_text(out, v6 ? "[" : "");
	addr_print(a, out);
	buf_format(out, "%s:%u", v6 ? "]" : "", port);
}

static void
put_prefix(struct buf *out, const struct policy_prefix *p)
{
	addr_print(p->addr, out);
	buf_format(out, "/%u", p->bits);
}

static void
put_client(struct buf *out, const struct policy_route *r, const struct policy_client *c)
{
	buf_format(out, "  client   %s", c->device[0] ? c->device : "whoever is trusted");
	if (c->has_from) {
		buf_text(out, ", from ");
		put_prefix(out, &c->from);
	}
	for (unsigned i = 0; i < c->titles; i++)
		buf_format(out, "%s%s", i ? " or " : ", as ", c->title[i]);
	if (c->pins)
		buf_format(out, ", with %s", c->pins == 1 ? "the key pinned" : "one of the keys pinned");
	if (c->rate || r->rate)
		buf_format(out, ", at most %u a second", c->rate ? c->rate : r->rate);
	buf_u8(out, '\n');
}

static void
put_backend(struct buf *out, const struct policy_backend *b)
{
	buf_format(out, "  backend  %s, ", b->name);
	put_socket(out, b->address, b->port);
	buf_text(out, b->tls ? ", TLS" : ", in clear");
	if (b->server_name[0])
		buf_format(out, " as %s", b->server_name);
	if (b->pins)
		buf_format(out, ", with %s", b->pins == 1 ? "the key pinned" : "one of the keys pinned");
	if (b->weight != 1)
		buf_format(out, ", weight %u", b->weight);
	buf_format(out, "%s%s\n", b->canary ? ", canary" : "", b->hardened ? ", the hardened path" : "");
}

static void
put_words(struct buf *out, const char *what, const char *words, size_t each, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		buf_format(out, "%s%s", i ? ", " : what, words + i * each);
	if (n)
		buf_u8(out, '\n');
}

void
gate_routes_print(const struct policy_route *r, struct buf *out)
{
	buf_format(out, "%s: %s on ", r->name, PROTOCOL[r->protocol]);
	put_socket(out, r->listen, r->port);
	buf_format(out, ", class %s, %s: %s\n", CLASS[r->class], MODE[r->mode], DOES[r->mode]);
	if (r->trust[0])
		buf_format(out, "  trust    %s; clients %s; where nothing is known of revocation: %s\n", r->trust, r->optional ? "may come without a certificate until the route is hardened" : "must show a certificate",
		           r->hard ? "refused" : "let in, and noted");
	for (unsigned i = 0; i < r->clients; i++)
		put_client(out, r, &r->client[i]);
	if (!r->clients)
		buf_format(out, "  client   %s\n", r->trust[0] ? "whoever is trusted" : "anybody who reaches this address");
	put_words(out, "  only     ", r->kind[0], sizeof r->kind[0], r->kinds);
	put_words(out, "  called   ", r->called[0], sizeof r->called[0], r->calleds);
	for (unsigned i = 0; i < r->backends; i++)
		put_backend(out, &r->backend[i]);
	if (r->canary)
		buf_format(out, "  canary   %u percent of new conversations\n", r->canary);
	buf_format(out, "  failing  %s%s", r->closed ? "closed" : "open", r->repeat ? "; a message that nobody acknowledged is sent again to another backend" : "");
	if (r->bypass_port) {
		buf_text(out, "; without a gateway bytes go to ");
		put_socket(out, r->bypass, r->bypass_port);
	}
	buf_u8(out, '\n');
}

static void
json_socket(struct buf *out, const char *key, struct addr a, uint16_t port)
{
	char       text[64];
	struct buf b = buf_over(text, sizeof text);

	put_socket(&b, a, port);
	buf_string(&b);
	json_text(out, key, text);
}

void
gate_routes_json(const struct policy_route *r, struct buf *out)
{
	json_open(out, NULL, '{');
	json_text(out, "route", r->name);
	json_text(out, "protocol", PROTOCOL[r->protocol]);
	json_socket(out, "listen", r->listen, r->port);
	json_text(out, "class", CLASS[r->class]);
	json_text(out, "mode", MODE[r->mode]);
	json_text_if(out, "trust", r->trust);
	json_bool(out, "must_show_certificate", r->trust[0] && !r->optional);
	json_text(out, "revocation", r->hard ? "hard" : "soft");
	json_text(out, "fail", r->closed ? "closed" : "open");
	json_number(out, "clients", r->clients);
	json_open(out, "backends", '[');
	for (unsigned i = 0; i < r->backends; i++) {
		json_open(out, NULL, '{');
		json_text(out, "name", r->backend[i].name);
		json_socket(out, "address", r->backend[i].address, r->backend[i].port);
		json_bool(out, "tls", r->backend[i].tls);
		json_number(out, "weight", r->backend[i].weight);
		json_bool(out, "canary", r->backend[i].canary);
		json_bool(out, "hardened", r->backend[i].hardened);
		json_close(out, '}');
	}
	json_close(out, ']');
	json_close(out, '}');
	buf_u8(out, '\n');
}
