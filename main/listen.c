/* listen: see listen.h. */
#include "main/listen.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/listener.h>
#include <sys/resource.h>

#include "main/board.h"
#include "os/jail.h"

enum { IDLE_S = 10, HEAD = 8192 };

/* No descriptor is left: those who come wait in the backlog until a second has passed. */
static void
on_full(struct evconnlistener *l, void *context)
{
	(void)context;
	evconnlistener_disable(l);
}

static void
on_second(int fd, short what, void *context)
{
	struct listen *l = context;

	(void)fd;
	(void)what;
	if (atomic_load(&l->board->stop))
		event_base_loopbreak(l->base);
	for (unsigned i = 0; i < l->sockets; i++)
		evconnlistener_enable(l->socket[i]);
}

enum err
listen_new(struct board *b, struct listen *out)
{
	struct event_config *quick = event_config_new();

	if (quick)
		event_config_set_flag(quick, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST | EVENT_BASE_FLAG_NOLOCK);
	*out = (struct listen){ .board = b, .base = quick ? event_base_new_with_config(quick) : NULL };
	struct event *second = out->base ? event_new(out->base, -1, EV_PERSIST, on_second, out) : NULL;

	return second && event_add(second, &(struct timeval){ 1, 0 }) == 0 ? OK : ERR_MEMORY;
}

enum err
listen_open(struct listen *l, const struct listen_door *d)
{
	struct evhttp         *http = evhttp_new(l->base);
	struct evconnlistener *s = l->sockets < LISTEN_DOORS ? evconnlistener_new(l->base, NULL, NULL, 0, 0, d->fd) : NULL;

	if (!http || !s || !evhttp_bind_listener(http, s))
		return ERR_MEMORY;
	l->socket[l->sockets++] = s;
	evconnlistener_set_error_cb(s, on_full);
	evhttp_set_max_body_size(http, (ev_ssize_t)d->body);
	evhttp_set_max_headers_size(http, HEAD);
	evhttp_set_timeout(http, IDLE_S);
	evhttp_set_allowed_methods(http, (ev_uint16_t)d->methods);
	evhttp_set_gencb(http, d->on_request, d->context);
	if (d->wrap)
		evhttp_set_bevcb(http, d->wrap, d->context);
	return OK;
}

enum err
listen_jail(unsigned descriptors, const char *dir)
{
	struct rlimit few = { descriptors, descriptors };
	unsigned      missing;

	return setrlimit(RLIMIT_NOFILE, &few) ? ERR_PERM : jail_enter(JAIL_SERVE, dir, &missing);
}

void
listen_serve(struct listen *l)
{
	event_base_dispatch(l->base);
}

void
listen_answer(struct evhttp_request *q, int status, const char *type, struct bytes body)
{
	struct evbuffer *b = evhttp_request_get_output_buffer(q);

	if (type)
		evhttp_add_header(evhttp_request_get_output_headers(q), "Content-Type", type);
	evbuffer_add(b, body.at, body.len);
	evhttp_send_reply(q, status, NULL, NULL);
}
