/* resolve: see resolve.h. */
#include "main/resolve.h"

#include <stdio.h>
#include <sys/random.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cursor.h"
#include "os/socket.h"

enum { TRIES = 3, TRY_S = 2, MESSAGE = 65535, LINKS = 8 };

int
resolve_connect(struct addr at, uint16_t port, int kind, int seconds)
{
	struct timeval     most = { seconds, 0 };
	struct socket_name to = socket_name(at, port);
	int                fd = socket_of(at, kind);

	if (fd < 0)
		return -1;
	/* Linux bounds connect by the time to send, too. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) ||
	    connect(fd, &to.any, to.len)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool
is_answer(struct bytes in, uint16_t id, const char *name, uint16_t type, struct dns *out)
{
	return dns_parse(in, out) == OK && out->qr && out->id == id && out->questions == 1 && out->type == type && strcmp(out->name, name) == 0;
}

/* Over TCP, with its length before it. */
static enum err
ask_stream(const struct resolve *r, struct bytes question, uint8_t room[static MESSAGE + 2], struct bytes *message)
{
	uint8_t    head[2] = { (uint8_t)(question.len >> 8), (uint8_t)question.len };
	int        fd = resolve_connect(r->at, r->port, SOCK_STREAM, TRY_S);
	struct buf in = buf_over(room, MESSAGE + 2);
	enum err   e = ERR_IO;
	ssize_t    n;

	if (fd < 0 || write(fd, head, 2) != 2 || write(fd, question.at, question.len) != (ssize_t)question.len)
		goto out;
	while ((n = read(fd, in.at + in.len, in.cap - in.len)) > 0) {
		in.len += (size_t)n;
		struct bytes stream = buf_bytes(&in);
		if ((e = dns_tcp_next(&stream, message)) != ERR_SHORT)
			break;
	}
out:
	if (fd >= 0)
		close(fd);
	return e;
}

static enum err
ask_once(const struct resolve *r, const char *name, uint16_t type, uint8_t room[static MESSAGE + 2], struct dns *out)
{
	uint8_t      raw[512];
	struct buf   question = buf_over(raw, sizeof raw);
	struct dns   ask = { .rd = true, .questions = 1, .type = type, .class = 1 };
	struct bytes message;
	enum err     e = ERR_IO;
	ssize_t      n;

	if (getrandom(&ask.id, sizeof ask.id, 0) != sizeof ask.id)
		return e;
	snprintf(ask.name, sizeof ask.name, "%s", name);
	dns_print(&ask, &question);
	int fd = resolve_connect(r->at, r->port, SOCK_DGRAM, TRY_S);
	if (fd < 0 || write(fd, question.at, question.len) != (ssize_t)question.len)
		goto out;
	/* What is not the answer is somebody's guess: a few of them are passed over. */
	for (int guesses = 0; e && guesses < 8 && (n = read(fd, room, MESSAGE)) > 0; guesses++)
		if (is_answer(bytes_of(room, (size_t)n), ask.id, name, type, out))
			e = OK;
	if (!e && out->tc) {
		e = ask_stream(r, buf_bytes(&question), room, &message);
		if (!e && !is_answer(message, ask.id, name, type, out))
			e = ERR_FORM;
	}
out:
	if (fd >= 0)
		close(fd);
	return e;
}

static enum err
ask(const struct resolve *r, const char *name, uint16_t type, uint8_t room[static MESSAGE + 2], struct dns *out)
{
	enum err e = ERR_IO;

	if (!*name || strlen(name) >= DNS_NAME)
		return ERR_FORM;
	for (int i = 0; i < TRIES && e == ERR_IO; i++)
		e = ask_once(r, name, type, room, out);
	return e ? e : out->rcode == 3 ? ERR_NOTFOUND : out->rcode ? ERR_IO : OK;
}

/* The records of this type at the end of the chain of aliases that begins with the name asked for. */
static void
follow(const struct dns *d, uint16_t type, void (*each)(const struct dns_record *r, void *context), void *context)
{
	char name[DNS_NAME], owner[DNS_NAME];
	bool found = false;

	snprintf(name, sizeof name, "%s", d->name);
	for (int links = 0; links < LINKS && !found; links++) {
		char next[DNS_NAME] = "";
		for (unsigned i = 0; i < d->count; i++) {
			const struct dns_record *r = &d->record[i];
			if (r->section != DNS_ANSWER || r->class != 1 || dns_name(d->message, r->owner, owner) || strcmp(owner, name))
				continue;
			if (r->type == type) {
				each(r, context);
				found = true;
			} else if (r->type == DNS_CNAME && dns_target(d, r, next)) {
				next[0] = 0;
			}
		}
		if (!*next)
			break;
		memcpy(name, next, sizeof name);
	}
}

struct addresses {
	struct addr *out;
	unsigned     n;
};

static void
take_address(const struct dns_record *r, void *context)
{
	struct addresses *a = context;

	if (a->n < RESOLVE_ANSWERS && !addr_none(r->addr))
		a->out[a->n++] = r->addr;
}

enum err
resolve_addresses(const struct resolve *r, const char *name, struct addr out[static RESOLVE_ANSWERS], unsigned *n)
{
	static uint8_t    room[MESSAGE + 2];
	static struct dns d;
	struct addresses  a = { out, 0 };
	enum err          first = ask(r, name, DNS_A, room, &d);

	if (!first)
		follow(&d, DNS_A, take_address, &a);
	enum err second = ask(r, name, DNS_AAAA, room, &d);
	if (!second)
		follow(&d, DNS_AAAA, take_address, &a);
	*n = a.n;
	return a.n ? OK : first && first != ERR_NOTFOUND ? first : second && second != ERR_NOTFOUND ? second : ERR_NOTFOUND;
}

struct texts {
	char   (*out)[RESOLVE_TEXT];
	unsigned n;
};

static void
take_text(const struct dns_record *r, void *context)
{
	struct texts *t = context;
	struct buf    b = buf_over(t->out[t->n % RESOLVE_ANSWERS], RESOLVE_TEXT - 1);

	if (t->n == RESOLVE_ANSWERS)
		return;
	struct cursor c = cursor_over(r->rdata);
	while (cursor_left(&c))
		buf_bytes_put(&b, cursor_take(&c, cursor_u8(&c)));
	if (!cursor_ok(&c) || !buf_ok(&b) || bytes_find(buf_bytes(&b), 0) < b.len)
		return;
	b.at[b.len] = 0;
	t->n++;
}

enum err
resolve_texts(const struct resolve *r, const char *name, char out[static RESOLVE_ANSWERS][RESOLVE_TEXT], unsigned *n)
{
	static uint8_t    room[MESSAGE + 2];
	static struct dns d;
	struct texts      t = { out, 0 };
	enum err          e = ask(r, name, DNS_TXT, room, &d);

	if (!e)
		follow(&d, DNS_TXT, take_text, &t);
	*n = t.n;
	return e ? e : t.n ? OK : ERR_NOTFOUND;
}
