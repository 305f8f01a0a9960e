/*
 * lend: the role that has the gateway's private keys, and nothing else: a
 * worker asks for a signature, all of one turn of its loop in one message.
 *
 * What it signs are transcripts of TLS handshakes (RFC 8446 section 4.4.3): a
 * digest with ECDSA, a block with PSS or PKCS #1 padding with RSA.  It opens
 * nothing that was encrypted: a block that has no such padding is refused.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#include "base/cursor.h"
#include "crypt/signer.h"
#include "gate/worker.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/role.h"
#include "os/channel.h"
#include "os/jail.h"
#include "os/page.h"

struct lend {
	struct signer *key[WORKER_KEYS];
	uint8_t        room[CHANNEL_BODY + 8], answer[CHANNEL_BODY];
};

static enum err
load(struct lend *l, const struct policy *p)
{
	uint8_t    pem[SIGNER_PEM], try[SIGNER_SIGNATURE];
	struct buf text = buf_over(pem, sizeof pem), first = buf_over(try, sizeof try);
	enum err   e = OK;

	for (uint32_t i = 0; !e && i < p->routes; i++)
		for (unsigned k = 0; !e && k < p->route[i].keys; k++) {
			buf_reset(&text);
			buf_reset(&first);
			struct signer **s = &l->key[worker_key(i, k)];
			if ((e = disk_get(AT_FDCWD, p->route[i].key[k], &text)) || (e = signer_load(buf_bytes(&text), NULL, s)))
				fprintf(stderr, "paravent: gate: route %s: the key %s %s\n", p->route[i].name, p->route[i].key[k], err_text(e));
			else if (signer_lend(*s, SIGNER_DIGEST, bytes_of(pem, 32), &first) == ERR_MEMORY) /* set up before the jail closes */
				e = ERR_MEMORY;
		}
	explicit_bzero(pem, sizeof pem);
	return e;
}

/* Signatures in the order they were asked for; an empty one is a refusal. */
static bool
serve(struct lend *l, int fd)
{
	uint32_t     kind;
	struct bytes body;
	struct buf   out = buf_over(l->answer, sizeof l->answer);

	if (channel_receive(fd, l->room, &kind, &body))
		return false;
	struct cursor c = cursor_over(body);
	buf_u32(&out, cursor_u32(&c));
	while (kind == WORKER_LEND && cursor_left(&c)) {
		unsigned         key = cursor_u8(&c);
		enum signer_form form = cursor_u8(&c);
		struct bytes     text = cursor_take(&c, cursor_u16(&c));
		uint8_t          room[SIGNER_SIGNATURE];
		struct buf       signature = buf_over(room, sizeof room);
		if (!cursor_ok(&c) || key >= WORKER_KEYS || !l->key[key] || signer_lend(l->key[key], form, text, &signature))
			signature.len = 0;
		buf_u16(&out, (uint16_t)signature.len);
		buf_bytes_put(&out, buf_bytes(&signature));
	}
	return buf_ok(&out) && channel_send(fd, WORKER_LENT, buf_bytes(&out)) == OK;
}

/* Has every worker of the generation drained? */
static bool
over(const struct panel *p, uint32_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (atomic_load(&p->slot[first + i].state) != PANEL_ENDED)
			return false;
	return true;
}

int
lend_run(struct board *b, uint32_t which)
{
	static struct lend l;
	struct pollfd      peer[PANEL_SLOTS];
	struct panel      *panel;
	unsigned           missing;
	int                keep[PANEL_SLOTS + 1];
	unsigned           n = b->gate.workers;

	/* Of one generation, whose first slot is which. */
	for (unsigned i = 0; i < n; i++) {
		keep[i] = b->gate.lend_fd[which + i];
		peer[i] = (struct pollfd){ keep[i], POLLIN, 0 };
	}
	keep[n] = b->gate.panel_fd;
	role_close_but(keep, n + 1);
	if (page_open(b->gate.panel_fd, sizeof *panel, false, (void **)&panel) || load(&l, &panel->plan))
		return EXIT_PART;
	if (jail_enter(JAIL_PURE, NULL, &missing)) {
		fprintf(stderr, "paravent: lend: privileges could not be given up, so nothing is signed\n");
		return EXIT_PART;
	}
	for (;;) {
		int some = poll(peer, n, 1000);
		if (some <= 0 && (atomic_load(&b->stop) || over(panel, which, n)))
			return EXIT_FINE;
		for (unsigned i = 0; some > 0 && i < n; i++)
			if (peer[i].revents && !serve(&l, peer[i].fd))
				peer[i].fd = -1;
	}
}
