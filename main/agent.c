/* agent: see agent.h; what it asks, when, and what it believes. */
#include "main/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "crypt/encode.h"
#include "crypt/pem.h"
#include "crypt/signer.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/ledger.h"
#include "main/pki.h"
#include "main/post.h"
#include "wire/der.h"
#include "wire/pkcs7.h"

enum { LOOK_S = 30, FIRST_S = 60, LAST_S = 6 * 3600, BARE_S = 900, HOOK_S = 60, CONFIG = 16 << 10, CODE = 128 };

#define LOOK_CA (86400 * INSTANT_SECOND)

struct agent {
	/* the command line, or the file */
	const char    *url, *dir_path, *ca_path, *code_path, *factory_path, *profile_name;
	struct renewal wants;
	char          *hook[AGENT_WORDS + 1];
	unsigned       hooks;
	bool           once, early; /* early: though nothing is due */

	const struct profile *profile;
	int            dir;
	struct post   *post;
	uint8_t        ca_room[AGENT_PEM], root_room[AGENT_PEM];
	struct buf     ca; /* PEM: the root that is trusted, of the server too */
	struct x509    root;
	struct agent_pair old;
	struct instant looked;     /* for another issuing CA */
	bool           has, valid; /* something is live; and in time */
	/* what came */
	uint8_t        pool_room[AGENT_PEM], answer_room[AGENT_PEM], chain_room[AGENT_PEM];
	struct buf     pool, answer;
};

static volatile sig_atomic_t stop;

static void
on_signal(int n)
{
	(void)n;
	stop = 1;
}

static void
date(struct instant t, char out[static 32])
{
	struct buf b = buf_over(out, 32);

	instant_print(t, &b);
	(void)buf_string(&b);
	out[16] = 0;
}

/* --- what is asked ------------------------------------------------------------------- */

/* DER that came in base64, with or without line ends (RFC 8951 section 3). */
static bool
unpack(struct bytes text, struct buf *der)
{
	static uint8_t room[POST_ANSWER];
	struct buf     plain = buf_over(room, sizeof room);

	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] > ' ')
			buf_u8(&plain, text.at[i]);
	return buf_ok(&plain) && encode_base64_parse(buf_bytes(&plain), der) == OK;
}

/* The certificates of an answer, put into out. */
static bool
certificates(struct bytes text, struct buf *out)
{
	static uint8_t room[POST_ANSWER];
	struct buf     der = buf_over(room, sizeof room);
	struct bytes   all;

	buf_reset(out);
	if (!unpack(text, &der) || pkcs7_certificates(buf_bytes(&der), &all))
		return false;
	buf_bytes_put(out, all);
	return buf_ok(out) && all.len;
}

/* One question of EST; HTTP's status, 0 for no answer.  *said: what came. */
static unsigned
ask(struct agent *a, const char *what, struct post_question q, struct bytes *said)
{
	char     url[POST_URL], name[64];
	unsigned status = 0;

	snprintf(name, sizeof name, "%s%s", a->profile_name ? a->profile_name : "", a->profile_name ? "/" : "");
	snprintf(url, sizeof url, "%.300s/.well-known/est/%s%s", a->url, name, what);
	q.url = url;
	q.type = "application/pkcs10";
	q.ca = buf_bytes(&a->ca);
	if (post_put(a->post, &q, &status, said) == OK && status == 200)
		return status;
	char words[200];
	bytes_clean(bytes_head(bytes_trim(*said), sizeof words - 1), words, sizeof words);
	fprintf(stderr, "agent: %s: %s%.0u%s%s\n", what, status ? "answered " : "", status, status ? ": " : "", words);
	return status;
}

/* The request for the key, in base64. */
static bool
print_request(struct agent *a, const struct signer *key, struct buf *out)
{
	uint8_t    spki_room[SIGNER_SPKI], algorithm_room[32], info_room[RENEWAL_CSR], signature_room[SIGNER_SIGNATURE], room[RENEWAL_CSR];
	struct buf spki = buf_over(spki_room, sizeof spki_room), algorithm = buf_over(algorithm_room, sizeof algorithm_room);
	struct buf info = buf_over(info_room, sizeof info_room), signature = buf_over(signature_room, sizeof signature_room), der = buf_over(room, sizeof room);

	if (signer_public(key, &spki))
		return false;
	signer_algorithm(key, &algorithm);
	a->wants.spki = buf_bytes(&spki);
	a->wants.algorithm = buf_bytes(&algorithm);
	renewal_print_info(&a->wants, &info);
	if (!buf_ok(&info) || signer_make(key, buf_bytes(&info), &signature))
		return false;
	renewal_print(&a->wants, buf_bytes(&signature), &der);
	encode_base64(buf_bytes(&der), out);
	return buf_ok(&der) && buf_ok(out);
}

static unsigned
by_code(struct agent *a, struct bytes request, struct bytes *said)
{
	uint8_t    room[CODE];
	char       user[POST_USER];
	struct buf code = buf_over(room, sizeof room);

	if (!a->code_path)
		return 0;
	if (disk_get(AT_FDCWD, a->code_path, &code)) {
		fprintf(stderr, "agent: %s: cannot be read: without a code it cannot enrol\n", a->code_path);
		return 0;
	}
	struct bytes plain = bytes_trim(buf_bytes(&code));
	snprintf(user, sizeof user, "%.64s:%.*s", a->wants.name, (int)plain.len, (const char *)plain.at);
	unsigned status = ask(a, "simpleenroll", (struct post_question){ .user = user, .body = request }, said);
	explicit_bzero(room, sizeof room);
	explicit_bzero(user, sizeof user);
	return status;
}

static unsigned
by_factory(struct agent *a, struct bytes request, struct bytes *said)
{
	static uint8_t room[AGENT_PEM];
	struct buf     both = buf_over(room, sizeof room);

	if (!a->factory_path || disk_get(AT_FDCWD, a->factory_path, &both))
		return 0;
	return ask(a, "simpleenroll", (struct post_question){ .certificate = buf_bytes(&both), .key = buf_bytes(&both), .body = request }, said);
}

/* With whatever it has, the strongest first. */
static unsigned
enrol(struct agent *a, struct bytes request, struct bytes *said)
{
	unsigned status = 0;

	if (a->has && !a->valid)
		fprintf(stderr, "agent: its certificate has expired: it is asked for again with what is still there\n");
	if (a->has)
		status = ask(a, "simplereenroll", (struct post_question){ .certificate = buf_bytes(&a->old.certificate), .key = buf_bytes(&a->old.key), .body = request }, said);
	unsigned (*const other[])(struct agent *, struct bytes, struct bytes *) = { by_code, by_factory };
	for (size_t i = 0; status != 200 && status != 202 && !a->valid && i < sizeof other / sizeof *other; i++) {
		unsigned now = other[i](a, request, said);
		status = now ? now : status;
	}
	if (!status && !a->has && !a->code_path && !a->factory_path)
		fprintf(stderr, "agent: there is nothing to ask with: neither a certificate, nor a code, nor one of its maker\n");
	return status;
}

/* --- what is believed ----------------------------------------------------------------- */

static bool
take(struct agent *a, const struct signer *key)
{
	uint8_t       spki_room[SIGNER_SPKI];
	struct buf    spki = buf_over(spki_room, sizeof spki_room), chain = buf_over(a->chain_room, sizeof a->chain_room);
	struct cursor c = cursor_over(buf_bytes(&a->answer));
	struct x509   leaf;
	char          until[32];
	const char   *fault = "is none";

	if (signer_public(key, &spki))
		return false;
	if (x509_parse(der_whole(&c, DER_SEQUENCE), &leaf) == OK && cursor_ok(&c))
		fault = renewal_fault(&leaf, buf_bytes(&spki), buf_bytes(&a->pool), &a->root, pki_now(), &chain);
	if (fault) {
		fprintf(stderr, "agent: the certificate that came %s: it is not used\n", fault);
		return false;
	}
	if (agent_files_swap(a->dir, &(struct agent_new){ key, &leaf, buf_bytes(&chain), a->root.whole })) {
		fprintf(stderr, "agent: %s: cannot be written: %s\n", a->dir_path, strerror(errno));
		return false;
	}
	date(leaf.not_after, until);
	fprintf(stderr, "agent: %s has a new certificate, until %s\n", a->wants.name, until);
	return true;
}

/* Programs and arguments as given: no shell. */
static bool
run_hook(struct agent *a)
{
	int status = 0, done = 0;

	if (!a->hooks)
		return true;
	int pid = fork();
	if (pid == 0) {
		close_range(STDERR_FILENO + 1, ~0u, 0);
		setenv("PARAVENT_CERTIFICATE", a->dir_path, 1);
		execvp(a->hook[0], a->hook);
		_exit(127);
	}
	for (int i = 0; pid > 0 && i < 10 * HOOK_S && !(done = waitpid(pid, &status, WNOHANG)); i++)
		usleep(100000);
	if (pid > 0 && !done) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	if (done > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	fprintf(stderr, "agent: the hook %s %s: it is tried again\n", a->hook[0], pid > 0 && !done ? "did not end" : "failed");
	return false;
}

static int
settle_hook(struct agent *a)
{
	if (!agent_files_hook_due(a->dir))
		return EXIT_FINE;
	if (!run_hook(a))
		return EXIT_PART;
	agent_files_hook_done(a->dir);
	return EXIT_FINE;
}

static bool
fetch_pool(struct agent *a)
{
	struct bytes said;

	a->pool = buf_over(a->pool_room, sizeof a->pool_room);
	if (ask(a, "cacerts", (struct post_question){ .get = true }, &said) != 200)
		return false;
	if (certificates(said, &a->pool))
		return true;
	fprintf(stderr, "agent: %s: its CA certificates cannot be read\n", a->url);
	return false;
}

/* Once a day: does another issuing CA stand first, below our root?  Then all change to it, each when it looks. */
static bool
superseded(struct agent *a)
{
	uint8_t     room[AGENT_PEM];
	struct buf  none = buf_over(room, sizeof room);
	struct x509 first;

	if (instant_since(a->looked, pki_now()) < LOOK_CA && a->looked.us)
		return false;
	a->looked = pki_now();
	if (!fetch_pool(a))
		return false;
	struct cursor c = cursor_over(buf_bytes(&a->pool));
	return x509_parse(der_whole(&c, DER_SEQUENCE), &first) == OK && first.ca && !bytes_equal(first.subject, a->old.says.issuer) &&
	       !renewal_fault(&first, first.spki, bytes_of("", 0), &a->root, pki_now(), &none);
}

/* The old one stays whatever comes of it. */
static int
renew(struct agent *a)
{
	uint8_t        room[2 * RENEWAL_CSR];
	struct buf     request = buf_over(room, sizeof room);
	struct signer *key = NULL;
	struct bytes   said;
	int            code = EXIT_PART;

	a->answer = buf_over(a->answer_room, sizeof a->answer_room);
	if (agent_files_key(a->dir, &key) || !print_request(a, key, &request)) {
		fprintf(stderr, "agent: %s: no key could be made there\n", a->dir_path);
		goto out;
	}
	/* First what its chain will be checked with: a certificate that cannot be checked need not be asked for. */
	if (!fetch_pool(a))
		goto out;
	unsigned status = enrol(a, buf_bytes(&request), &said);
	code = status == 202 ? EXIT_DENIED : status >= 400 && status < 500 ? EXIT_UNSAFE : EXIT_PART;
	if (status == 200 && certificates(said, &a->answer) && take(a, key))
		code = settle_hook(a);
out:
	signer_free(key);
	return code;
}

static void
look(struct agent *a)
{
	a->has = agent_files_live(a->dir, &a->old) == OK;
	a->valid = a->has && x509_valid_at(&a->old.says, pki_now());
}

/* Once: renews what is due, runs the hook that is owed. */
static int
turn(struct agent *a, struct instant *due)
{
	char until[32];

	agent_files_tidy(a->dir);
	look(a);
	*due = a->has ? renewal_due(a->profile, &a->old.says) : (struct instant){ 0 };
	bool another = a->valid && pki_now().us < due->us && !a->early && superseded(a);
	if (another)
		fprintf(stderr, "agent: another issuing CA issues now: it changes to it\n");
	if (a->valid && pki_now().us < due->us && !a->early && !another) {
		date(*due, until);
		if (a->once)
			fprintf(stderr, "agent: nothing is due before %s\n", until);
		return settle_hook(a);
	}
	int code = renew(a);
	look(a);
	*due = a->has ? renewal_due(a->profile, &a->old.says) : (struct instant){ 0 };
	if (code != EXIT_FINE && a->valid) {
		date(a->old.says.not_after, until);
		fprintf(stderr, "agent: the certificate it has holds until %s\n", until);
	}
	return code;
}

/* Comes sooner and more often the less there is to lose by waiting; nobody comes at one moment. */
static int64_t
pause_after(const struct agent *a, unsigned failures)
{
	uint32_t random = 0;
	int64_t  s = FIRST_S, most = a->valid ? LAST_S : BARE_S;

	for (unsigned i = 1; i < failures && s < most; i++)
		s *= 2;
	s = s < most ? s : most;
	if (getrandom(&random, sizeof random, 0) < 0)
		random = 0;
	return s / 2 + random % (uint32_t)s;
}

static int
loop(struct agent *a)
{
	struct instant   due = { 0 }, next = { 0 };
	unsigned         failures = 0;
	int              code = EXIT_FINE;

	fprintf(stderr, "agent: keeps the certificate of %s in %s\n", a->wants.name, a->dir_path);
	/* Looked at again and again, not slept through: the device may be asleep for months, and its clock set. */
	for (; !stop; sleep(LOOK_S)) {
		struct instant now = pki_now();
		if (now.us < next.us && next.us - now.us < LAST_S * 2 * INSTANT_SECOND)
			continue;
		code = turn(a, &due);
		failures = code == EXIT_FINE ? 0 : failures + 1;
		next.us = pki_now().us + (failures ? pause_after(a, failures) : LOOK_S) * INSTANT_SECOND;
	}
	return EXIT_FINE;
}

/* --- the command ----------------------------------------------------------------------- */

static bool set(struct agent *a, const char *key, char *value);

/* Lines of `option value`; what stands behind # is for people. */
static bool
read_config(struct agent *a, const char *path)
{
	static char text[CONFIG];
	struct buf  b = buf_over(text, sizeof text - 1);
	char       *save;
	bool        good = true;

	if (disk_get(AT_FDCWD, path, &b)) {
		fprintf(stderr, "paravent: %s: cannot be read\n", path);
		return false;
	}
	for (char *line = strtok_r(text, "\n", &save); line && good; line = strtok_r(NULL, "\n", &save)) {
		line[strcspn(line, "#\r")] = 0;
		line += strspn(line, " \t");
		char *value = line + strcspn(line, " \t");
		if (!*line)
			continue;
		if (*value)
			*value++ = 0;
		value += strspn(value, " \t");
		for (size_t n = strlen(value); n && (value[n - 1] == ' ' || value[n - 1] == '\t');)
			value[--n] = 0;
		if (!(good = *value && strcmp(line, "config") && set(a, line, value)))
			fprintf(stderr, "paravent: %s: what is this: %s\n", path, line);
	}
	return good;
}

static bool
set(struct agent *a, const char *key, char *value)
{
	const struct { const char *name; const char **to; } text[] = {
		{ "url", &a->url }, { "dir", &a->dir_path }, { "ca", &a->ca_path }, { "code-file", &a->code_path }, { "factory", &a->factory_path },
		{ "profile", &a->profile_name }, { "device", &a->wants.name },
	};

	for (size_t i = 0; i < sizeof text / sizeof *text; i++)
		if (strcmp(text[i].name, key) == 0) {
			*text[i].to = value;
			return true;
		}
	if (strcmp(key, "config") == 0)
		return read_config(a, value);
	if (strcmp(key, "dns") == 0 && a->wants.dnss < RENEWAL_NAMES) {
		a->wants.dns[a->wants.dnss++] = value;
		return true;
	}
	if (strcmp(key, "address") == 0 && a->wants.addresses < RENEWAL_NAMES)
		return addr_parse(bytes_text(value), &a->wants.address[a->wants.addresses++]) == OK;
	if (strcmp(key, "hook") == 0 && a->hooks < AGENT_WORDS) {
		a->hook[a->hooks++] = value;
		return true;
	}
	return false;
}

static bool
options(struct agent *a, int argc, char **argv)
{
	static const struct option LONG[] = {
		{ "config", 1, 0, 1 }, { "url", 1, 0, 1 }, { "dir", 1, 0, 1 }, { "ca", 1, 0, 1 }, { "code-file", 1, 0, 1 }, { "factory", 1, 0, 1 }, { "profile", 1, 0, 1 },
		{ "device", 1, 0, 1 }, { "dns", 1, 0, 1 }, { "address", 1, 0, 1 }, { "once", 0, 0, 'o' }, { "renew", 0, 0, 'r' }, { 0, 0, 0, 0 },
	};
	int which = 0;

	for (int c; (c = getopt_long(argc, argv, "", LONG, &which)) != -1;) {
		if (c == 'o')
			a->once = true;
		else if (c == 'r')
			a->once = a->early = true;
		else if (c != 1 || !set(a, LONG[which].name, optarg))
			return false;
	}
	for (; optind < argc; optind++)
		if (!set(a, "hook", argv[optind]))
			return false;
	a->profile = profile_find(a->profile_name ? a->profile_name : "device");
	return a->url && a->dir_path && a->ca_path && a->wants.name && a->profile && strlen(a->wants.name) <= 64 && strlen(a->dir_path) < AGENT_PATH;
}

static bool
trusted(struct agent *a)
{
	struct buf   der = buf_over(a->root_room, sizeof a->root_room);
	char         label[32];

	a->ca = buf_over(a->ca_room, sizeof a->ca_room);
	if (!ledger_file(a->ca_path, &a->ca))
		return false;
	struct bytes rest = buf_bytes(&a->ca);
	if (pem_next(&rest, label, &der) == OK && x509_parse(buf_bytes(&der), &a->root) == OK && a->root.ca && x509_self_issued(&a->root))
		return true;
	fprintf(stderr, "paravent: %s: is no root certificate in PEM\n", a->ca_path);
	return false;
}

/* One agent for a directory: two would ask for two certificates with one code. */
static bool
open_directory(struct agent *a)
{
	umask(077);
	if (mkdir(a->dir_path, 0700) && errno != EEXIST)
		goto out;
	a->dir = open(a->dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->dir < 0)
		goto out;
	if (flock(a->dir, LOCK_EX | LOCK_NB) == 0)
		return true;
out:
	fprintf(stderr, "paravent: %s: %s\n", a->dir_path, errno == EWOULDBLOCK ? "another agent keeps it" : strerror(errno));
	return false;
}

int
agent_run(int argc, char **argv)
{
	static char      name[] = "paravent pki agent";
	struct sigaction end = { .sa_handler = on_signal };
	struct agent  *a = memory_new(1, sizeof *a);
	struct instant due;
	int            code = EXIT_PART;

	argv[0] = name;
	if (!a)
		return code;
	sigaction(SIGTERM, &end, NULL); /* what was begun is ended, then it stops */
	sigaction(SIGINT, &end, NULL);
	if (!options(a, argc, argv)) {
		fprintf(stderr, "usage: paravent pki agent --url https://HOST --dir DIR --ca root.pem --device NAME [--dns D]… [--address A]… [--profile P] [--code-file FILE] [--factory FILE]\n"
		                "       [--once | --renew] [-- PROGRAM ARGUMENT…], or --config FILE with the same\n");
		code = EXIT_USAGE;
	} else if (trusted(a) && open_directory(a) && !post_open(&a->post)) {
		code = a->once ? turn(a, &due) : loop(a);
		post_close(a->post);
	}
	explicit_bzero(a, sizeof *a);
	memory_free(a);
	return code;
}
