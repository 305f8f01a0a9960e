/* unseal: see unseal.h. */
#include "main/unseal.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "ledger/disk.h"
#include "main/keys.h"
#include "main/role.h"
#include "os/channel.h"

struct unseal {
	int pid, ask, sealed, plain;
};

enum err
unseal_open(const char *state, struct unseal **out)
{
	struct unseal *u = memory_new(1, sizeof *u);
	struct board  *b;
	int            pair[2];

	if (!u || board_new(&b) || channel_pair(pair)) {
		memory_free(u);
		return ERR_MEMORY;
	}
	snprintf(b->state, sizeof b->state, "%s", state);
	u->sealed = memfd_create("paravent-sealed", 0);
	u->plain = memfd_create("paravent-plain", 0);
	b->unseals = true;
	b->sealed_fd = u->sealed;
	b->plain_fd = u->plain;
	b->keys_fd[KEYS_LEDGER] = b->keys_fd[KEYS_STATUS] = b->keys_fd[KEYS_PKI] = -1;
	b->keys_fd[KEYS_PARENT] = pair[1];
	u->ask = pair[0];
	u->pid = u->sealed < 0 || u->plain < 0 ? -1 : role_start("keys", 0);
	close(pair[1]);
	if (u->pid > 0) {
		*out = u;
		return OK;
	}
	unseal_close(u);
	return ERR_IO;
}

enum err
unseal_take(struct unseal *u, struct bytes sealed, struct buf *plain)
{
	uint64_t len;
	enum err e;

	if (ftruncate(u->sealed, 0) || disk_write(&disk_linux, u->sealed, sealed, 0))
		return ERR_IO;
	if ((e = keys_ask(u->ask, KEYS_UNSEAL, bytes_of("", 0), &len, sizeof len)))
		return e == ERR_CLOSED ? ERR_PERM : e;
	uint8_t *to = buf_room(plain, len);
	if (!to)
		return ERR_LIMIT;
	for (size_t have = 0; have < len;) {
		ssize_t n = pread(u->plain, to + have, len - have, (off_t)have);
		if (n <= 0)
			return ERR_IO;
		have += (size_t)n;
	}
	return OK;
}

void
unseal_close(struct unseal *u)
{
	if (!u)
		return;
	close(u->ask);
	close(u->sealed);
	close(u->plain);
	if (u->pid > 0)
		waitpid(u->pid, NULL, 0);
	memory_free(u);
}
