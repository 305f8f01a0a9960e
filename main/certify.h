/* certify: a keys' process of our own that has the CA's keys, for as long as it is open. */
#ifndef MAIN_CERTIFY_H
#define MAIN_CERTIFY_H

#include "base/buf.h"
#include "base/err.h"
#include "main/keys.h"

struct board;
struct certify;

/* peer: KEYS_STATUS or KEYS_PKI: that role gets a channel too, in b->ask_fd[peer]; KEYS_PARENT: none does. */
enum err certify_open(const char *state, struct board *b, enum keys_peer peer, struct certify **out) MUST_USE;
void     certify_close(struct certify *c);
/* Has it died? */
bool     certify_ended(struct certify *c);
/* The channel itself. */
int      certify_channel(const struct certify *c);

enum { CERTIFY_LIST = KEYS_LIST };

/* Requests and answers as main/keys.h has them; ERR_PERM: refused, answer says why. */
enum err certify_tbs(struct certify *c, struct bytes of, struct buf *answer) MUST_USE;
/* A TBSCertList of at most CERTIFY_LIST octets. */
enum err certify_crl(struct certify *c, struct bytes of, struct buf *answer) MUST_USE;

#endif
