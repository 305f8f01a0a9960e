/* relay_peek: for whom a connection is that is passed through, by its ClientHello (RFC 6066 section 3); nothing is taken off. */
#include <stdio.h>

#include "gate/relay.h"
#include "gate/worker.h"
#include "wire/tls.h"

/* The handshake message of the first records, without their headers. */
static enum err
gather(struct bytes in, struct buf *out)
{
	struct tls_record    r;
	struct tls_handshake h;

	while (in.len) {
		enum err e = tls_record_parse(in, &r);
		if (e)
			return e;
		if (r.type != TLS_HANDSHAKE)
			return ERR_FORM;
		if (r.fragment.len < r.length)
			return ERR_SHORT;
		buf_bytes_put(out, r.fragment);
		if (!buf_ok(out))
			return ERR_LIMIT;
		if (tls_handshake_parse(buf_bytes(out), &h) == OK)
			return OK;
		in = bytes_skip(in, r.size);
	}
	return ERR_SHORT;
}

enum err
relay_peek(struct relay *r)
{
	const struct block     *b = &r->end[RELAY_CLIENT].in;
	struct buf              message = buf_over(r->worker->scratch, sizeof r->worker->scratch);
	struct tls_handshake    h;
	struct tls_client_hello hello;
	enum err                e = gather(bytes_of(b->at, b->tail), &message);

	if (e)
		return e == ERR_SHORT ? e : ERR_PERM;
	if (tls_handshake_parse(buf_bytes(&message), &h) || h.type != TLS_CLIENT_HELLO || tls_client_hello_parse(h.body, &hello))
		return ERR_PERM;
	snprintf(r->title, sizeof r->title, "%.*s", (int)hello.server_name.len, (const char *)hello.server_name.at);
	return lane_lets(r->lane, hello.server_name) && hello.server_name.len < sizeof r->title ? OK : ERR_PERM;
}
