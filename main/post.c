/* post: see post.h. */
#include "main/post.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "main/command.h"
#include "main/role.h"
#include "os/channel.h"
#include "os/jail.h"
#include "os/library.h"

#define LIBCURL "libcurl.so.4"
#define CALLS(X) X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_perform) \
	X(curl_easy_setopt) X(curl_easy_strerror) X(curl_global_init) X(curl_slist_append) \
	X(curl_slist_free_all)

static struct {
	CALLS(LIBRARY_MEMBER)
} call;
static const struct library_call CALL[] = { CALLS(LIBRARY_ROW) };

enum { CONNECT_S = 5, WHOLE_S = 20 };

/* What is sent over the channel: this, the certificates to trust, our own and its key, the body.  The answer's kind is HTTP's status, 0 for none. */
struct order {
	uint32_t ca, certificate, key, body;
	bool     get;
	char     url[POST_URL], type[64], user[POST_USER];
};

struct post {
	int     fd, pid;
	uint8_t room[CHANNEL_BODY + 8], order[CHANNEL_BODY];
};

/* --- the role ------------------------------------------------------------------------- */

static size_t
take(char *at, size_t one, size_t n, void *context)
{
	struct buf *b = context;

	(void)one;
	buf_put(b, at, n);
	return buf_ok(b) ? n : 0;
}

static void
set_blob(CURL *c, CURLoption option, struct bytes of)
{
	struct curl_blob b = { (void *)(uintptr_t)of.at, of.len, CURL_BLOB_COPY };

	if (of.len)
		call.curl_easy_setopt(c, option, &b);
}

/* One order, its parts in parts; the status, or 0 and why in words. */
static unsigned
ask(const struct order *o, struct bytes parts, struct buf *answer)
{
	struct bytes       ca = bytes_head(parts, o->ca), certificate = bytes_head(bytes_skip(parts, o->ca), o->certificate);
	struct bytes       key = bytes_head(bytes_skip(parts, o->ca + o->certificate), o->key), body = bytes_skip(parts, o->ca + o->certificate + o->key);
	CURL              *c = call.curl_easy_init();
	char               type[96], trouble[CURL_ERROR_SIZE] = "";
	struct curl_slist *head;
	long               status = 0;

	if (!c)
		return 0;
	snprintf(type, sizeof type, "Content-Type: %.63s", o->type);
	head = call.curl_slist_append(NULL, type);
	head = call.curl_slist_append(head, "Expect:");
	call.curl_easy_setopt(c, CURLOPT_URL, o->url);
	call.curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	call.curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	call.curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	call.curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)WHOLE_S);
	call.curl_easy_setopt(c, CURLOPT_HTTPHEADER, head);
	if (!o->get) {
		call.curl_easy_setopt(c, CURLOPT_POSTFIELDS, body.at);
		call.curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)body.len);
	}
	if (o->user[0]) {
		call.curl_easy_setopt(c, CURLOPT_USERPWD, o->user);
		call.curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	}
	call.curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	call.curl_easy_setopt(c, CURLOPT_WRITEDATA, answer);
	call.curl_easy_setopt(c, CURLOPT_ERRORBUFFER, trouble);
	set_blob(c, CURLOPT_CAINFO_BLOB, ca);
	set_blob(c, CURLOPT_SSLCERT_BLOB, certificate);
	set_blob(c, CURLOPT_SSLKEY_BLOB, key);
	CURLcode bad = call.curl_easy_perform(c);
	if (bad) {
		buf_reset(answer);
		buf_text(answer, trouble[0] ? trouble : call.curl_easy_strerror(bad));
	} else {
		call.curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	}
	call.curl_slist_free_all(head);
	call.curl_easy_cleanup(c);
	return (unsigned)status;
}

int
post_run(struct board *b, uint32_t which)
{
	static uint8_t room[CHANNEL_BODY + 8], said[POST_ANSWER];
	uint32_t       kind;
	struct bytes   m;
	struct order   o;
	unsigned       missing;

	(void)which;
	role_close_but(&b->post_fd, 1);
	if (library_load(LIBCURL, CALL, sizeof CALL / sizeof *CALL)) {
		fprintf(stderr, "paravent: post: %s cannot be loaded: install libcurl4\n", LIBCURL);
		return EXIT_PART;
	}
	if (call.curl_global_init(CURL_GLOBAL_DEFAULT) || jail_enter(JAIL_FETCH, NULL, &missing)) {
		fprintf(stderr, "paravent: post: privileges could not be given up, so nobody is asked\n");
		return EXIT_PART;
	}
	while (channel_receive(b->post_fd, room, &kind, &m) == OK) {
		struct buf answer = buf_over(said, sizeof said);
		if (m.len < sizeof o)
			return EXIT_PART;
		memcpy(&o, m.at, sizeof o);
		m = bytes_skip(m, sizeof o);
		if ((uint64_t)o.ca + o.certificate + o.key + o.body != m.len)
			return EXIT_PART;
		o.url[sizeof o.url - 1] = o.user[sizeof o.user - 1] = 0;
		unsigned status = ask(&o, m, &answer);
		if (channel_send(b->post_fd, status, buf_bytes(&answer)))
			break;
	}
	return EXIT_FINE;
}

/* --- who asks ------------------------------------------------------------------------------ */

enum err
post_open(struct post **out)
{
	struct post  *p = memory_new(1, sizeof *p);
	struct board *b;
	int           fd[2];

	if (!p || board_new(&b) || channel_pair(fd)) {
		memory_free(p);
		return ERR_MEMORY;
	}
	b->post_fd = fd[1];
	b->jsonl_fd = -1;
	signal(SIGPIPE, SIG_IGN);
	p->fd = fd[0];
	p->pid = role_start("post", 0);
	close(fd[1]);
	if (p->pid < 0) {
		close(p->fd);
		memory_free(p);
		return ERR_IO;
	}
	*out = p;
	return OK;
}

void
post_close(struct post *p)
{
	if (!p)
		return;
	close(p->fd);
	waitpid(p->pid, NULL, 0);
	memory_free(p);
}

enum err
post_put(struct post *p, const struct post_question *q, unsigned *status, struct bytes *answer)
{
	struct order o = { .ca = (uint32_t)q->ca.len, .certificate = (uint32_t)q->certificate.len, .key = (uint32_t)q->key.len, .body = (uint32_t)q->body.len, .get = q->get };
	struct buf   b = buf_over(p->order, sizeof p->order);
	uint32_t     kind;
	enum err     e;

	*answer = bytes_text("the process that asks has ended");
	snprintf(o.type, sizeof o.type, "%s", q->type ? q->type : "");
	if (snprintf(o.url, sizeof o.url, "%s", q->url) >= (int)sizeof o.url || snprintf(o.user, sizeof o.user, "%s", q->user ? q->user : "") >= (int)sizeof o.user)
		return ERR_LIMIT;
	buf_bytes_put(&b, bytes_of(&o, sizeof o));
	buf_bytes_put(&b, q->ca);
	buf_bytes_put(&b, q->certificate);
	buf_bytes_put(&b, q->key);
	buf_bytes_put(&b, q->body);
	if (!buf_ok(&b))
		return ERR_LIMIT;
	e = channel_send(p->fd, 0, buf_bytes(&b));
	explicit_bzero(p->order, b.len);
	if (e || (e = channel_receive(p->fd, p->room, &kind, answer)))
		return e == ERR_CLOSED ? ERR_IO : e;
	*status = kind;
	return kind ? OK : ERR_IO;
}

enum err
post_ask(struct post *p, const char *url, const char *type, struct bytes ca, struct bytes body, unsigned *status, struct bytes *answer)
{
	return post_put(p, &(struct post_question){ .url = url, .type = type, .ca = ca, .body = body }, status, answer);
}
