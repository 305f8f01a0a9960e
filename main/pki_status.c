/* pki_status: `paravent pki status`: starts the role status, and keeps the lists and its signer's certificate fresh. */
#include "main/pki.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ledger/disk.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/keys.h"
#include "main/ledger.h"
#include "main/role.h"

enum { FRESH_S = 86400 }; /* a list lives seven days: six may pass in which nobody can sign */

static struct board *board;

static void
on_signal(int n)
{
	(void)n;
	atomic_store(&board->stop, 1);
}

/* Once a second: nothing of what is served may run out. */
static void
keep_fresh(struct pki_work *w, struct certify *keys, int64_t *tried)
{
	char        path[STATE_PATH + 64], name[ISSUE_FILE];
	uint8_t     room[4096];
	struct buf  der = buf_over(room, sizeof room);
	struct stat s;
	struct x509 signer;
	int64_t     now = pki_now().us / INSTANT_SECOND;

	if (now - *tried < 60)
		return;
	*tried = now;
	issue_list(w->issuer.generation, 0, name);
	if ((stat(pki_path(w, name, path), &s) || now - s.st_mtime > FRESH_S) && !pki_publish(w, keys))
		fprintf(stderr, "paravent: the lists of revoked certificates could not be made anew\n");
	issue_file("ocsp", w->issuer.generation, ".cer", name);
	if (!disk_get(AT_FDCWD, pki_path(w, name, path), &der) && !x509_parse(buf_bytes(&der), &signer) &&
	    signer.not_after.us / INSTANT_SECOND - now < profile_find("ocsp")->renew * 86400 && !pki_renew_status(w, keys))
		fprintf(stderr, "paravent: the certificate of the signer of answers could not be renewed\n");
}

int
pki_status(struct pki_work *w)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct certify  *keys;
	int64_t          tried = 0;
	int              status = 0, pid, done = 0;

	if (!w->listen) {
		fprintf(stderr, "usage: paravent pki status --listen ADDRESS:PORT [--presign] [--state DIR]\n");
		return EXIT_USAGE;
	}
	if (!pki_open(w) || board_new(&board))
		return EXIT_PART;
	if ((board->listen_fd = ledger_listen(w->listen)) < 0)
		return EXIT_PART;
	board->presign = w->presign;
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	if (certify_open(w->site.dir, board, KEYS_STATUS, &keys))
		return EXIT_PART;
	if ((pid = role_start("status", 0)) < 0) {
		fprintf(stderr, "paravent: the role status could not be started: %s\n", strerror(errno));
		certify_close(keys);
		return EXIT_PART;
	}
	close(board->listen_fd);
	close(board->ask_fd[KEYS_STATUS]);
	fprintf(stderr, "status: answering on %s\n", w->listen);
	while (!(done = waitpid(pid, &status, WNOHANG))) {
		keep_fresh(w, keys, &tried);
		sleep(1);
	}
	certify_close(keys);
	if (done < 0 || WIFSIGNALED(status))
		fprintf(stderr, "paravent: the role status died by signal %d\n", done < 0 ? 0 : WTERMSIG(status));
	return done < 0 || WIFSIGNALED(status) ? EXIT_PART : WEXITSTATUS(status);
}
