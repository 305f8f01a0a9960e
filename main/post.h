/*
 * post: asks others over HTTP, in a process of its own: it has the network and
 * neither keys nor the site's files; only of `pki agent` it is lent the
 * device's own certificate and key, to show them.
 */
#ifndef MAIN_POST_H
#define MAIN_POST_H

#include "base/buf.h"
#include "base/err.h"

enum { POST_URL = 512, POST_USER = 160, POST_ANSWER = 40 << 10 };

struct post;

/* Starts the process. */
enum err post_open(struct post **out) MUST_USE;
void     post_close(struct post *p);

struct post_question {
	const char  *url, *type, *user;    /* user: NAME:PASSWORD, or NULL */
	struct bytes ca, certificate, key; /* PEM: to trust instead of the system's; our own, to show; or empty */
	struct bytes body;
	bool         get;
};
/* As post_ask. */
enum err post_put(struct post *p, const struct post_question *q, unsigned *status, struct bytes *answer) MUST_USE;

/*
 * POSTs body to url (http or https; ca: PEM certificates to trust instead of
 * the system's, or empty).  status is HTTP's; answer lies in p until the next
 * call.  ERR_IO: nobody answered; answer then says why, in words.
 */
enum err post_ask(struct post *p, const char *url, const char *type, struct bytes ca, struct bytes body, unsigned *status, struct bytes *answer) MUST_USE;

#endif
