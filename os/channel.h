/*
 * channel: messages between two processes of one machine: whole or not at all.
 *
 *	kind(4) length(4) body      one packet of a sequenced socket
 *
 * Only read(2) and writev(2) are used on an open one, so a jailed role keeps
 * its channels.
 */
#ifndef OS_CHANNEL_H
#define OS_CHANNEL_H

#include "base/bytes.h"
#include "base/err.h"

enum { CHANNEL_BODY = 48 << 10 };

/* Both ends of a new one. */
enum err channel_pair(int fd[static 2]) MUST_USE;

/* A name in the file system that only its owner may speak to.  A dead one's name is taken over. */
enum err channel_listen(const char *path, int *fd) MUST_USE;
enum err channel_connect(const char *path, int *fd) MUST_USE;
/* The next who connected, and as which user.  ERR_AGAIN: nobody now. */
enum err channel_accept(int listening, int *fd, unsigned *user) MUST_USE;

/* Waits for room, unless the descriptor was made not to: ERR_AGAIN then.  ERR_CLOSED: the other end is gone. */
enum err channel_send(int fd, uint32_t kind, struct bytes body) MUST_USE;

/* Waits for a message; the body lies in room, which holds CHANNEL_BODY + 8.  ERR_CLOSED: none will come. */
enum err channel_receive(int fd, uint8_t *room, uint32_t *kind, struct bytes *body) MUST_USE;

#endif
