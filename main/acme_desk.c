/* acme_desk: see acme_desk.h. */
#include "main/acme_desk.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>

#include "base/memory.h"
#include "main/board.h"
#include "main/grant.h"
#include "os/channel.h"
#include "pki/acme.h"
#include "store/acme.h"
#include "store/store.h"

struct acme_desk {
	struct enrol     *enrol;
	struct acme_file *file;
	struct acme       acme;
	struct grants     grants;
	int               validate;
	struct event     *looked;
};

/* --- what the protocol asks of its host --------------------------------------------------- */

static enum acme_verdict
issue(void *at, const struct acme_account *a, const struct csr *r, const char *ticket, uint8_t serial[static ACME_SERIAL], const char **why)
{
	struct acme_desk *d = at;
	struct grants    *g = &d->grants;

	grant_begin(g, &d->enrol->work, d->enrol->keys);
	struct grant *o = grant_next(g);
	o->profile = a->profile;
	o->device = a->device;
	o->ticket = ticket;
	if (grant_add(g, r->wants.whole)) {
		*why = "the request is larger than 16 KiB";
		return ACME_REFUSED;
	}
	if (!grant_within(g)) {
		fprintf(stderr, "paravent: pki: nothing was issued: %s\n", g->trouble);
		return ACME_FAILED;
	}
	*why = o->why;
	memcpy(serial, o->issue.serial, ACME_SERIAL);
	return o->doubtful ? ACME_WAITS : o->why ? ACME_REFUSED : ACME_ISSUED;
}

static enum acme_verdict
decided(void *at, const char *ticket, uint8_t serial[static ACME_SERIAL])
{
	struct acme_desk       *d = at;
	struct register_request q;
	enum err                e = register_ticket(d->enrol->work.file, ticket, &q);

	if (e)
		return e == ERR_NOTFOUND ? ACME_REFUSED : ACME_FAILED;
	memcpy(serial, q.serial, ACME_SERIAL);
	return q.state == REGISTER_ISSUED ? ACME_ISSUED : q.state == REGISTER_DENIED ? ACME_REFUSED : ACME_WAITS;
}

static bool
revoke(void *at, const char *by, const uint8_t serial[static ACME_SERIAL], unsigned reason)
{
	struct acme_desk *d = at;

	return pki_revoke_within(&d->enrol->work, by, serial, reason);
}

static enum err
random_token(void *at, uint8_t out[static ACME_TOKEN])
{
	(void)at;
	return getrandom(out, ACME_TOKEN, 0) == ACME_TOKEN ? OK : ERR_IO;
}

static bool
look(void *at, const struct acme_authorization *z, const char *key_authorization)
{
	struct acme_desk     *d = at;
	struct validate_order o = { .authorization = z->id, .kind = (enum acme_kind)z->tried, .ip = z->ip };

	snprintf(o.name, sizeof o.name, "%s", z->name);
	acme_token(z, o.kind, o.token);
	snprintf(o.key_authorization, sizeof o.key_authorization, "%s", key_authorization);
	return channel_send(d->validate, VALIDATE_LOOK, bytes_of(&o, sizeof o)) == OK;
}

/* --- requests and findings ----------------------------------------------------------------- */

void
acme_desk_answer(struct enrol *e, struct exchange *x)
{
	struct register_file *file = e->work.file;
	bool                  writes = strcmp(x->method, "POST") == 0;

	if (!e->acme || (writes && register_begin(file))) {
		exchange_say(x, 503, "there is no ACME here just now");
		exchange_line(x, "Retry-After", "60");
		return;
	}
	bool good = acme_answer(&e->acme->acme, x);
	if (good && writes && register_commit(file)) {
		exchange_say(x, 500, "the CA's records could not be written; ask again later");
		good = false;
	}
	if (!good) {
		fprintf(stderr, "paravent: pki: %s\n", store_trouble());
		register_rollback(file);
	}
}

static void
on_looked(int fd, short what, void *context)
{
	static uint8_t         room[CHANNEL_BODY + 8];
	struct acme_desk      *d = context;
	struct register_file  *file = d->enrol->work.file;
	struct validate_answer a;
	struct bytes           m;
	uint32_t               kind;

	(void)what;
	enum err e = channel_receive(fd, room, &kind, &m);
	if (e == ERR_AGAIN)
		return;
	if (e || kind != VALIDATE_LOOKED || m.len != sizeof a) {
		fprintf(stderr, "paravent: pki: the role validate has ended: no more names are looked at\n");
		event_del(d->looked);
		return;
	}
	memcpy(&a, m.at, sizeof a);
	a.trouble[sizeof a.trouble - 1] = a.says[sizeof a.says - 1] = 0;
	if (register_begin(file) || !acme_looked(&d->acme, a.authorization, a.trouble, a.says, pki_now()) || register_commit(file)) {
		fprintf(stderr, "paravent: pki: what was found of a name could not be kept: %s\n", store_trouble());
		register_rollback(file);
	}
}

enum err
acme_desk_open(struct enrol *e, const struct board *b)
{
	struct acme_desk *d = memory_new(1, sizeof *d);
	enum err          bad;

	if (!d)
		return ERR_MEMORY;
	if ((bad = acme_open(e->work.file, &d->file)))
		goto out;
	bad = ERR_IO;
	d->enrol = e;
	d->validate = b->validate_fd[0];
	d->looked = event_new(e->listen.base, d->validate, EV_READ | EV_PERSIST, on_looked, d);
	/* Who cannot be told now is told when the client asks again: nobody waits for the role validate. */
	if (!d->looked || event_add(d->looked, NULL) || fcntl(d->validate, F_SETFL, O_NONBLOCK) || getrandom(d->acme.nonce.key, 32, 0) != 32)
		goto out;
	d->acme.store = acme_store(d->file);
	d->acme.host = (struct acme_host){ d, issue, decided, revoke, random_token, look };
	d->acme.issuer = &e->work.issuer;
	e->acme = d;
	return OK;
out:
	acme_close(d->file);
	memory_free(d);
	return bad;
}
