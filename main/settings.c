/* settings: one shot: reads hospital.yaml, hands the checked policy over on the board, and exits. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "main/command.h"
#include "main/role.h"
#include "main/settings.h"
#include "os/file.h"
#include "os/jail.h"
#include "os/page.h"
#include "policy/read.h"

enum { LARGEST = 4 << 20 };

/* Reads path whole; its window is the text until it is freed. */
static enum err
slurp(const char *path, struct file **out)
{
	int      fd;
	enum err e = file_open(path, &fd);

	if (e || (e = file_new(fd, LARGEST, out)))
		return e;
	while (!(e = file_more(*out)))
		;
	return e == ERR_CLOSED ? OK : e;
}

static enum err
read_it(const char *path, struct policy *out, uint8_t digest[static 32], bool jailed)
{
	struct read_error error;
	struct file      *f = NULL;
	unsigned          missing;
	enum err          e = slurp(path, &f);

	if (e) {
		fprintf(stderr, "paravent: %s: %s\n", path, err_text(e));
		goto out;
	}
	if (jailed && (e = jail_enter(JAIL_PURE, NULL, &missing))) {
		fprintf(stderr, "paravent: settings: privileges could not be given up, so %s is not read\n", path);
		goto out;
	}
	e = read_policy(file_window(f), out, &error);
	hash_sha256(file_window(f), digest);
	if (e)
		fprintf(stderr, "%s:%lu:%lu: %s\n", path, error.line, error.column, error.words);
out:
	file_free(f);
	return e;
}

enum err
settings_read(const char *path, struct policy *out)
{
	uint8_t digest[32];

	return read_it(path, out, digest, false);
}

int
settings_run(struct board *b, uint32_t which)
{
	struct policy *into = &b->policy;
	struct panel  *panel;

	if (which == 2) {
		role_close_but(NULL, 0);
		return settings_issued(b);
	}
	/* 1: the gateway's next generation is planned; whatever runs goes on by what it was told. */
	role_close_but(which ? &b->gate.panel_fd : NULL, which ? 1 : 0);
	if (which) {
		if (page_open(b->gate.panel_fd, sizeof *panel, true, (void **)&panel))
			return EXIT_PART;
		into = &panel->plan;
	}
	return hash_init() || read_it(b->policy_path, into, b->policy_digest, true) ? EXIT_PART : EXIT_FINE;
}

int
policy_run(int argc, char **argv)
{
	if (argc != 3 || (strcmp(argv[1], "check") && strcmp(argv[1], "show"))) {
		fprintf(stderr, "usage: paravent policy check|show FILE\n");
		return EXIT_USAGE;
	}
	struct policy *p = memory_new(1, sizeof *p);
	if (!p || settings_read(argv[2], p))
		return EXIT_PART;
	if (strcmp(argv[1], "show") == 0)
		printf("%s: %u zones, %u devices, %u gateways, %u DHCP servers, %u resolvers, %u networks, %u services, %u flows\n",
		       p->hospital[0] ? p->hospital : "(no name)", p->zones, p->devices, p->gateways, p->dhcps, p->dnss, p->ssids, p->services, p->flows);
	else
		fprintf(stderr, "%s: fine\n", argv[2]);
	memory_free(p);
	return EXIT_FINE;
}
