/*
 * doctor: what this host can see and do, in plain words, and which rules
 * cannot fire because of what is missing.  It changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <linux/ethtool.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <unistd.h>

#include "main/command.h"
#include "os/capture.h"

enum verdict { FINE, NOTE, BAD };

struct report {
	json_t *checks; /* NULL: words */
	int     worst;
};

/* One line: what was looked at, how it is, and what to do or what cannot fire. */
static void
say(struct report *r, enum verdict v, const char *what, const char *how, const char *so)
{
	static const char *const mark[] = { "ok  ", "note", "BAD " };
	static const char *const word[] = { "ok", "note", "bad" };

	if ((int)v > r->worst)
		r->worst = (int)v;
	if (r->checks) {
		json_array_append_new(r->checks, json_pack("{s:s, s:s, s:s, s:s*}", "check", what, "verdict", word[v], "found", how, "so", so));
		return;
	}
	printf("%s  %-34s %s\n", mark[v], what, how);
	if (so)
		printf("      %s\n", so);
}

static void
permission(struct report *r, const char *interface)
{
	struct capture        *c;
	struct capture_options o = { .ring = 1 << 20 };
	enum err               e = capture_new(interface, &o, &c);
	char                   what[128];

	snprintf(what, sizeof what, "listening to %.60s", interface);
	if (!e) {
		say(r, FINE, what, "possible (TPACKET_V3, promiscuous)", NULL);
		capture_free(c);
	} else {
		say(r, BAD, what, e == ERR_PERM ? "not permitted" : strerror(errno),
		    e == ERR_PERM ? "run as root, or give the binary CAP_NET_RAW: setcap cap_net_raw+ep paravent" : "no rule can fire on this interface");
	}
}

/* A feature of an interface, by the old ethtool calls that every driver answers. */
static int
offload(int fd, const char *interface, uint32_t command)
{
	struct ethtool_value v = { .cmd = command };
	struct ifreq         q;

	memset(&q, 0, sizeof q);
	snprintf(q.ifr_name, sizeof q.ifr_name, "%s", interface);
	q.ifr_data = (char *)&v;
	return ioctl(fd, SIOCETHTOOL, &q) ? -1 : (int)v.data;
}

static void
offloads(struct report *r, const char *interface)
{
	static const struct { uint32_t command; const char *name, *off, *why; } LIST[] = {
		{ ETHTOOL_GGRO, "generic receive offload", "gro", "frames are joined before they are seen: sizes, hop counts and copies are not what was on the wire (path.relay is blunted)" },
		{ ETHTOOL_GGSO, "generic segmentation offload", "gso", "frames sent by this host are seen before they are cut" },
		{ ETHTOOL_GTSO, "TCP segmentation offload", "tso", "frames sent by this host are seen before they are cut" },
	};
	int  fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char so[400], what[160];

	for (size_t i = 0; fd >= 0 && i < sizeof LIST / sizeof *LIST; i++) {
		int on = offload(fd, interface, LIST[i].command);
		snprintf(what, sizeof what, "%.60s: %s", interface, LIST[i].name);
		snprintf(so, sizeof so, "%s; turn it off: ethtool -K %.60s %s off", LIST[i].why, interface, LIST[i].off);
		if (on > 0)
			say(r, NOTE, what, "on", so);
		else if (!on)
			say(r, FINE, what, "off", NULL);
	}
	if (fd >= 0)
		close(fd);
}

static void
drops(struct report *r, const char *interface)
{
	static const char *const file[] = { "rx_dropped", "rx_missed_errors", "rx_fifo_errors" };
	char                     path[160], what[128], how[80];
	unsigned long long       n, sum = 0;

	for (size_t i = 0; i < sizeof file / sizeof *file; i++) {
		snprintf(path, sizeof path, "/sys/class/net/%.60s/statistics/%s", interface, file[i]);
		FILE *f = fopen(path, "r");
		if (f && fscanf(f, "%llu", &n) == 1)
			sum += n;
		if (f)
			fclose(f);
	}
	snprintf(what, sizeof what, "%.60s: packets dropped since boot", interface);
	snprintf(how, sizeof how, "%llu", sum);
	say(r, sum ? NOTE : FINE, what, how, sum ? "rules that rest on absence are weaker on this interface" : NULL);
}

static void
clock_check(struct report *r)
{
	struct timex t = { 0 };
	int          state = adjtimex(&t);
	char         how[96];

	snprintf(how, sizeof how, "%s, error at most %ld ms", state == TIME_ERROR || t.status & STA_UNSYNC ? "not synchronised" : "synchronised", t.maxerror / 1000);
	say(r, t.status & STA_UNSYNC ? NOTE : FINE, "clock", how,
	    t.status & STA_UNSYNC ? "one sensor judges well by its own clock; comparing two places wants NTP or PTP" : NULL);
}

static void
kernel(struct report *r)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

	say(r, abi > 0 ? FINE : NOTE, "Landlock", abi > 0 ? "there" : "missing", abi > 0 ? NULL : "roles can be kept from files by seccomp only");
	int seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0);
	say(r, seccomp >= 0 ? FINE : BAD, "seccomp", seccomp >= 0 ? "there" : "missing", seccomp >= 0 ? NULL : "roles run without a list of permitted system calls");
	bool wifi = access("/sys/class/ieee80211", F_OK) == 0;
	say(r, wifi ? FINE : NOTE, "wireless (cfg80211)", wifi ? "there" : "missing",
	    wifi ? NULL : "wifi.evil-twin, wifi.rogue-ap and wifi.deauth can fire on captures of a monitor-mode card only, not live on this host");
	say(r, access("/usr/share/ieee-data/oui.txt", R_OK) == 0 ? FINE : NOTE, "makers of cards (ieee-data)",
	    access("/usr/share/ieee-data/oui.txt", R_OK) == 0 ? "there" : "missing", access("/usr/share/ieee-data/oui.txt", R_OK) == 0 ? NULL : "install ieee-data to see who made a card");
}

static void
never(struct report *r)
{
	say(r, NOTE, "inline bridges", "cannot be seen from a mirror", "a passive device in the cable shows only a link flap; compare two taps instead");
	say(r, NOTE, "certificates in TLS 1.3", "encrypted on the wire", "tls.intercept then rests on the server's choices, the two legs and the path; pin the keys of services in the policy");
	say(r, NOTE, "switch ports", "not known without the switch", "mac.spoof fires only where two stacks speak from one card");
}

static void
interfaces(struct report *r, const char *only)
{
	DIR *d = opendir("/sys/class/net");

	for (struct dirent *e; d && (e = readdir(d));) {
		if (e->d_name[0] == '.' || (only ? strcmp(only, e->d_name) : !strcmp(e->d_name, "lo")) || !if_nametoindex(e->d_name))
			continue;
		permission(r, e->d_name);
		offloads(r, e->d_name);
		drops(r, e->d_name);
	}
	if (d)
		closedir(d);
	if (only && !if_nametoindex(only))
		say(r, BAD, only, "is no interface of this host", NULL);
}

int
doctor_run(int argc, char **argv)
{
	static const struct option LONG[] = { { "interface", 1, 0, 'i' }, { "json", 0, 0, 'j' }, { 0, 0, 0, 0 } };
	struct report              r = { NULL, FINE };
	const char                *only = NULL;

	for (int c; (c = getopt_long(argc, argv, "i:", LONG, NULL)) != -1;) {
		if (c == 'i')
			only = optarg;
		else if (c == 'j')
			r.checks = json_array();
		else
			return EXIT_USAGE;
	}
	if (optind < argc) {
		fprintf(stderr, "paravent doctor: what is this: %s; see `paravent help doctor`\n", argv[optind]);
		return EXIT_USAGE;
	}
	interfaces(&r, only);
	clock_check(&r);
	kernel(&r);
	never(&r);
	if (r.checks) {
		json_t *all = json_pack("{s:o}", "checks", r.checks);
		json_dumpf(all, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(all);
	}
	return r.worst == BAD ? EXIT_PART : EXIT_FINE;
}
