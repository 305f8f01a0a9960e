/*
 * pki_serve: `paravent pki serve`: starts the role pki, and hands its entries to the ledger.
 *
 * The role has no way to the ledger's socket: should another ledger's process
 * be started, this one connects anew.
 */
#include "main/pki.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/inscribe.h"
#include "main/keys.h"
#include "main/ledger.h"
#include "main/role.h"
#include "os/channel.h"

static struct board *board;

static void
on_signal(int n)
{
	(void)n;
	atomic_store(&board->stop, 1);
}

/* One entry of the role's, durable when it is answered.  false: the role is gone. */
static bool
relay(struct pki_work *w, int fd)
{
	static uint8_t room[CHANNEL_BODY + 8];
	uint32_t       kind;
	struct bytes   body;
	struct entry   e;
	uint64_t       index;

	if (channel_receive(fd, room, &kind, &body))
		return false;
	if (kind != INSCRIBE_ENTRY || body.len != sizeof e)
		return channel_send(fd, INSCRIBE_REFUSED, bytes_text("is no entry")) == OK;
	memcpy(&e, body.at, sizeof e);
	enum err bad = w->ledger ? submit_entry(w->ledger, &e, &index) : ERR_CLOSED;
	if (bad && bad != ERR_PERM) {
		submit_close(w->ledger);
		w->ledger = NULL;
		if (!(bad = submit_open(w->site.ledger, &w->ledger)))
			bad = submit_entry(w->ledger, &e, &index);
	}
	return (bad ? channel_send(fd, INSCRIBE_REFUSED, bytes_text(submit_trouble())) : channel_send(fd, INSCRIBE_DONE, bytes_of(&index, sizeof index))) == OK;
}

/* Which names are looked at from where.  false: said why not. */
static bool
find_places(const struct pki_work *w)
{
	long http = w->validate_http_port ? strtol(w->validate_http_port, NULL, 10) : 80, tls = w->validate_tls_port ? strtol(w->validate_tls_port, NULL, 10) : 443;

	if (!validate_resolver(w->resolver, &board->validate)) {
		fprintf(stderr, "paravent: pki serve: --resolver is ADDRESS or ADDRESS:PORT%s\n", w->resolver ? "" : "; /etc/resolv.conf names none");
		return false;
	}
	if (http < 1 || http > 65535 || tls < 1 || tls > 65535) {
		fprintf(stderr, "paravent: pki serve: a port is a number from 1 to 65535\n");
		return false;
	}
	board->validate.http_port = (uint16_t)http;
	board->validate.tls_port = (uint16_t)tls;
	return true;
}

/* What the role revoked is in the lists within a second; OCSP tells at once. */
static void
publish_revoked(struct pki_work *w, struct certify *keys)
{
	static int64_t begun, version, told;
	int64_t        now, n;

	if (!begun) {
		begun = pki_now().us / INSTANT_SECOND;
		version = -1;
		told = -1;
	}
	if (register_version(w->file, &now) || now == version)
		return;
	version = now;
	if (register_revoked_count(w->file, begun, &n) || n == told)
		return;
	if (told >= 0 && !pki_publish(w, keys))
		fprintf(stderr, "paravent: the lists of revoked certificates could not be made anew\n");
	else
		told = n;
}

/* Sockets, the keys' process, the role: the role's process id, or -1 and said why. */
static int
start(struct pki_work *w, struct certify **keys, int *told)
{
	int pair[2];

	if (!pki_open(w) || board_new(&board) || channel_pair(pair) || channel_pair(board->validate_fd) || !find_places(w))
		return -1;
	*told = pair[0];
	board->tell_fd[0] = pair[1];
	board->listen_fd = board->tls_fd = -1;
	if (w->policy)
		board->policy = *w->policy;
	if (w->http && (board->listen_fd = ledger_listen(w->http)) < 0)
		return -1;
	if (w->https && (board->tls_fd = ledger_listen(w->https)) < 0)
		return -1;
	if (certify_open(w->site.dir, board, KEYS_PKI, keys))
		return -1;
	int pid = role_start("validate", 0) < 0 ? -1 : role_start("pki", 0);
	if (pid < 0)
		fprintf(stderr, "paravent: the role pki could not be started: %s\n", strerror(errno));
	const int theirs[] = { board->listen_fd, board->tls_fd, board->ask_fd[KEYS_PKI], pair[1], board->validate_fd[0], board->validate_fd[1] };
	for (int i = 0; i < 6; i++)
		if (theirs[i] >= 0)
			close(theirs[i]);
	return pid;
}

int
pki_serve(struct pki_work *w)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct certify  *keys = NULL;
	struct pollfd    wait = { .events = POLLIN };
	int              status = 0, done = 0;

	if (!w->http && !w->https) {
		fprintf(stderr, "usage: paravent pki serve [--https ADDRESS:PORT] [--http ADDRESS:PORT] [-p hospital.yaml] [--state DIR]\n");
		return EXIT_USAGE;
	}
	int pid = start(w, &keys, &wait.fd);
	if (pid < 0) {
		certify_close(keys);
		return EXIT_PART;
	}
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	fprintf(stderr, "pki: answering on %s%s%s\n", w->https ? w->https : "", w->https && w->http ? " and " : "", w->http ? w->http : "");
	while (!(done = waitpid(pid, &status, WNOHANG))) {
		publish_revoked(w, keys);
		if (poll(&wait, 1, 1000) <= 0) {
			submit_close(w->ledger); /* a ledger's process of our own ends when it is idle, so that another run can have the ledger */
			w->ledger = NULL;
		} else if (!relay(w, wait.fd)) {
			wait.fd = -1;
		}
	}
	certify_close(keys);
	if (done < 0 || WIFSIGNALED(status))
		fprintf(stderr, "paravent: the role pki died by signal %d\n", done < 0 ? 0 : WTERMSIG(status));
	return done < 0 || WIFSIGNALED(status) ? EXIT_PART : WEXITSTATUS(status);
}
