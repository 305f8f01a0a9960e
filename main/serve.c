/*
 * serve: the role witness: others' checkpoints over HTTP (C2SP tlog-witness), answered by ledger/witness.
 *
 *	POST /add-checkpoint          GET /SHA-256-OF-ORIGIN/checkpoint
 *
 * Bounded: as main/listen.h has it, 64 descriptors, one request's body.
 */
#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "crypt/sign.h"
#include "ledger/quorum.h"
#include "ledger/witness.h"
#include "main/command.h"
#include "main/ledger.h"
#include "main/listen.h"
#include "main/role.h"

enum { CONNECTIONS = 64 };

struct serve {
	struct listen          listen;
	struct witness_server *witness;
	struct sign_key       *key;
	struct note_key        logs[QUORUM_LOGS];
	uint8_t                request[WITNESS_REQUEST], reply[NOTE_SIZE];
};

static enum err
sign(void *context, struct bytes text, uint8_t signature[static 64])
{
	return sign_make(((struct serve *)context)->key, text, signature);
}

static void
on_add(struct evhttp_request *q, struct serve *s)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(q);
	struct buf       reply = buf_over(s->reply, sizeof s->reply);
	struct timeval   t;
	int              status = 500;
	size_t           n = evbuffer_get_length(in);

	if (evhttp_request_get_command(q) != EVHTTP_REQ_POST || n > sizeof s->request) {
		listen_answer(q, n > sizeof s->request ? 413 : 405, "text/plain; charset=utf-8", bytes_text("POST add-checkpoint, as c2sp.org/tlog-witness has it\n"));
		return;
	}
	evbuffer_copyout(in, s->request, n);
	gettimeofday(&t, NULL);
	witness_answer(s->witness, bytes_of(s->request, n), (struct instant){ t.tv_sec * INSTANT_SECOND + t.tv_usec }, &reply, &status);
	listen_answer(q, status, status == 409 ? "text/x.tlog.size" : "text/plain; charset=utf-8", buf_bytes(&reply));
}

static void
on_request(struct evhttp_request *q, void *context)
{
	static const char CHECKPOINT[] = "/checkpoint";
	struct serve *s = context;
	const char   *path = evhttp_uri_get_path(evhttp_request_get_evhttp_uri(q));
	struct buf    reply = buf_over(s->reply, sizeof s->reply);
	size_t        n = path ? strlen(path) : 0;
	int           status = 404;

	if (path && strcmp(path, "/add-checkpoint") == 0) {
		on_add(q, s);
		return;
	}
	if (evhttp_request_get_command(q) == EVHTTP_REQ_GET && n == 1 + 64 + strlen(CHECKPOINT) && strcmp(path + 65, CHECKPOINT) == 0)
		witness_latest(s->witness, bytes_of(path + 1, 64), &reply, &status);
	listen_answer(q, status, "text/plain; charset=utf-8", status == 200 ? buf_bytes(&reply) : bytes_text("no such checkpoint\n"));
}

/* Its own key, and the logs it cosigns: read before the jail closes. */
static bool
load(struct serve *s, const char *dir, const char *policy, struct witness_options *o)
{
	static struct quorum q;
	uint8_t             *room = memory_new(1, QUORUM_SIZE), pem[2048];
	struct buf           text = buf_over(room, room ? QUORUM_SIZE : 0), key = buf_over(pem, sizeof pem);
	char                 path[STATE_PATH + 16];
	bool                 good = false;

	snprintf(path, sizeof path, "%s/key.pem", dir);
	if (!ledger_file(path, &key) || sign_load(buf_bytes(&key), &s->key))
		goto out;
	snprintf(path, sizeof path, "%s/vkey", dir);
	if (!ledger_key(path, &o->key) || !ledger_file(policy, &text))
		goto out;
	if (quorum_parse(buf_bytes(&text), &q) || !q.logs) {
		fprintf(stderr, "%s:%u: a witness's policy names logs (log VKEY) and ends with a quorum (quorum none)\n", policy, q.line);
		goto out;
	}
	for (size_t i = 0; i < q.logs; i++)
		s->logs[i] = q.log[i].key;
	o->logs = s->logs;
	o->count = q.logs;
	good = true;
out:
	explicit_bzero(pem, sizeof pem);
	memory_free(room);
	return good;
}

int
serve_run(struct board *b, uint32_t which)
{
	static struct serve    s;
	struct witness_options o = { .sign = sign, .context = &s };
	struct listen_door     door = { b->listen_fd, WITNESS_REQUEST, EVHTTP_REQ_GET | EVHTTP_REQ_POST, on_request, NULL, &s };
	char                   kept[BOARD_NAME + 8];

	(void)which;
	role_close_but(&b->listen_fd, 1);
	if (!load(&s, b->state, b->policy_path, &o))
		return EXIT_PART;
	snprintf(kept, sizeof kept, "%s/logs", b->state);
	enum err e = witness_open(kept, &o, &s.witness);
	if (e) {
		fprintf(stderr, "paravent: %s: %s\n", kept, e == ERR_AGAIN ? "another process answers with it" : err_text(e));
		return EXIT_PART;
	}
	if (hash_init() || listen_new(b, &s.listen) || listen_open(&s.listen, &door)) {
		fprintf(stderr, "paravent: witness: no memory for its connections\n");
		return EXIT_PART;
	}
	if (listen_jail(CONNECTIONS, kept)) {
		fprintf(stderr, "paravent: witness: privileges could not be given up, so nobody is answered\n");
		return EXIT_PART;
	}
	listen_serve(&s.listen);
	witness_close(s.witness);
	return EXIT_FINE;
}
