/* certify: see certify.h. */
#include "main/certify.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "ledger/disk.h"
#include "main/board.h"
#include "main/keys.h"
#include "main/role.h"
#include "os/channel.h"

struct certify {
	int pid, ask, list; /* list: memory that a list to be signed is handed over in, too long for a message */
};

enum err
certify_open(const char *state, struct board *b, enum keys_peer peer, struct certify **out)
{
	struct certify *c = memory_new(1, sizeof *c);
	int             pair[2], other[2] = { -1, -1 };
	bool            more = peer != KEYS_PARENT;

	if (!c || (c->list = memfd_create("paravent-list", 0)) < 0 || channel_pair(pair) || (more && channel_pair(other))) {
		memory_free(c);
		return ERR_MEMORY;
	}
	b->list_fd = c->list;
	snprintf(b->state, sizeof b->state, "%s", state);
	b->certifies = true;
	b->jsonl_fd = -1;
	for (int i = 0; i < KEYS_PEERS; i++)
		b->keys_fd[i] = -1;
	b->keys_fd[peer] = other[1];
	b->ask_fd[peer] = other[0];
	b->keys_fd[KEYS_PARENT] = pair[1];
	c->ask = pair[0];
	c->pid = role_start("keys", 0);
	close(pair[1]);
	if (more)
		close(other[1]);
	if (c->pid > 0) {
		*out = c;
		return OK;
	}
	certify_close(c);
	return ERR_IO;
}

void
certify_close(struct certify *c)
{
	if (!c)
		return;
	close(c->ask);
	close(c->list);
	if (c->pid > 0)
		waitpid(c->pid, NULL, 0);
	memory_free(c);
}

bool
certify_ended(struct certify *c)
{
	if (c->pid > 0 && waitpid(c->pid, NULL, WNOHANG) == c->pid)
		c->pid = 0;
	return c->pid == 0;
}

int
certify_channel(const struct certify *c)
{
	return c->ask;
}

enum err
certify_tbs(struct certify *c, struct bytes of, struct buf *answer)
{
	return keys_ask_for(c->ask, KEYS_TBS, of, answer);
}

enum err
certify_crl(struct certify *c, struct bytes of, struct buf *answer)
{
	uint64_t len = of.len;
	enum err e = ftruncate(c->list, 0) ? ERR_IO : disk_write(&disk_linux, c->list, of, 0);

	return e ? e : keys_ask_for(c->ask, KEYS_CRL, bytes_of(&len, sizeof len), answer);
}
