/* role: the table of roles. */
#include "main/role.h"
#include "main/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

static const struct role KIND[] = {
	{ "settings", "the network, keys; it ends before a packet is read", settings_run },
	{ "sensor", "files, network, keys", sense_run },
	{ "judge", "files, network, keys", deem_run },
	{ "record", "network, keys, files elsewhere", record_run },
	{ "spool", "network, private keys, files elsewhere", spool_run },
	{ "unfold", "files, network, keys; it ends with one finding", unfold_run },
	{ "keys", "files, network; it answers a table of requests", keys_run },
	{ "ledger", "network, keys, files elsewhere", inscribe_run },
	{ "verify", "network, keys, writing, files elsewhere", recheck_run },
	{ "witness", "the ledger, other keys than its own, connections that go out", serve_run },
	{ "status", "keys, connections that go out, files elsewhere, programs", status_run },
	{ "pki", "private keys, connections that go out, files elsewhere, programs", enrol_run },
	{ "gate", "files, private keys, programs", gate_run },
	{ "lend", "files, network; it signs TLS handshakes of the gateway", lend_run },
	{ "validate", "keys, the site's files, addresses that are never to be asked, programs", validate_run },
	{ "trust", "keys, programs, writing", trust_run },
	{ "probe", "files, keys, programs", probe_run },
	{ "post", "keys, the site's files, programs", post_run },
};
enum { COUNT = sizeof KIND / sizeof *KIND };

int
role_start(const char *name, uint32_t which)
{
	char number[16];
	int  pid = fork();

	if (pid)
		return pid;
	/* The role dies with its parent. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(number, sizeof number, "%u", which);
	execl("/proc/self/exe", "paravent", "role", name, number, (char *)NULL);
	_exit(127);
}

int
role_main(const char *name, const char *which)
{
	struct board *b;
	int           code = EXIT_USAGE;

	signal(SIGINT, SIG_IGN); /* the parent says when to stop */
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (board_open(&b))
		return EXIT_PART;
	for (int i = 0; i < COUNT; i++)
		if (strcmp(KIND[i].name, name) == 0)
			code = KIND[i].run(b, (uint32_t)strtoul(which, NULL, 10));
	/* What a role took goes with its process: there is nothing to hand back first. */
	fflush(NULL);
	_exit(code);
}

void
role_close_but(const int *keep, uint32_t count)
{
	for (int fd = STDERR_FILENO + 1; fd < 256; fd++) {
		bool wanted = fd == BOARD_FD;
		for (uint32_t i = 0; i < count; i++)
			wanted |= keep[i] == fd;
		if (!wanted)
			close(fd);
	}
	close_range(256, ~0u, 0);
}
