/*
 * pki_serve: `paravent pki serve`: starts the role pki, hands its entries to
 * the ledger, and keeps its own certificates fresh.
 *
 * The role has no way to the ledger's socket: should another ledger's process
 * be started, this one connects anew.  SIGHUP, or a certificate renewed,
 * starts the role anew on the same sockets.
 */
#include "main/pki.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "main/board.h"
#include "main/certify.h"
#include "main/command.h"
#include "main/inscribe.h"
#include "main/keys.h"
#include "main/ledger.h"
#include "main/own.h"
#include "main/role.h"
#include "main/settings.h"
#include "os/channel.h"
#include "wire/der.h"

enum { LOOK_S = 3600 };

static struct board *board;
static volatile sig_atomic_t anew; /* the role is to end, and to be started again */

static void
on_signal(int n)
{
	anew = n == SIGHUP;
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

/* --- the server's certificate ----------------------------------------------------------- */

static void
put_name(const char *host, struct buf *names)
{
	struct addr a;

	if (addr_parse(bytes_text(host), &a) == OK)
		der_put(names, DER_CONTEXT | X509_NAME_IP, addr_is_v4(a) ? bytes_of(a.b + 12, 4) : bytes_of(a.b, 16));
	else
		der_put(names, DER_CONTEXT | X509_NAME_DNS, bytes_text(host));
}

/* The host of http://HOST[:PORT]/… or of HOST:PORT; "" if there is none. */
static void
host_of(const char *place, char out[static 256])
{
	const char *at = strstr(place, "://") ? strstr(place, "://") + 3 : place;
	size_t      n = *at == '[' ? strcspn(++at, "]") : strcspn(at, ":/");

	snprintf(out, 256, "%.*s", (int)(n < 255 ? n : 255), at);
}

/* For the name given, or the host of the CA's URL, and for the address it listens on. */
static bool
server_certificate(struct pki_work *w, struct certify *keys, bool *renewed)
{
	char         host[256], address[256];
	uint8_t      room[600];
	struct buf   names = buf_over(room, sizeof room);
	struct own   o = { .key = "enrol", .profile = "gateway-server", .name = "enrolment" };
	struct x509  says = x509_blank(bytes_of("", 0));

	host_of(w->name ? w->name : w->issuer.url, host);
	host_of(w->https, address);
	if (*host)
		put_name(host, &names);
	size_t before = names.len;
	if (strcmp(address, host) && *address && strcmp(address, "0.0.0.0") && strcmp(address, "::"))
		put_name(address, &names);
	says.names_der = buf_bytes(&names);
	if (before && issue_names_fault(&w->issuer.ca, profile_find(o.profile), &says))
		says.names_der.len = before; /* the address is none of the hospital's: the name must do */
	const char *fault = issue_names_fault(&w->issuer.ca, profile_find(o.profile), &says);
	if (fault) {
		fprintf(stderr, "paravent: pki serve: a certificate for %s: %s: say --name HOST\n", *host ? host : address, fault);
		return false;
	}
	o.names = says.names_der;
	return own_keep(w, &o, keys, renewed);
}

/* --- names that are looked at ------------------------------------------------------------ */

static bool
is_port(const char *text, uint16_t otherwise, uint16_t *out)
{
	char *end = NULL;
	long  v = text ? strtol(text, &end, 10) : otherwise;

	*out = (uint16_t)v;
	return v > 0 && v < 65536 && !(end && *end);
}

/* From whom the role validate asks names, and at which ports it looks.  false: said why not. */
static bool
find_places(const struct pki_work *w)
{
	struct validate_places *p = &board->validate;

	/* A machine without a resolver can serve all but names; which is told who asks for one. */
	if (!validate_resolver(w->resolver, p) && w->resolver) {
		fprintf(stderr, "paravent: pki serve: --resolver is ADDRESS or ADDRESS:PORT\n");
		return false;
	}
	if (is_port(w->validate_http_port, 80, &p->http_port) && is_port(w->validate_tls_port, 443, &p->tls_port))
		return true;
	fprintf(stderr, "paravent: pki serve: a port is a number from 1 to 65535\n");
	return false;
}

/* What the role revoked is in the lists within two seconds; OCSP tells at once. */
static void
publish_revoked(struct pki_work *w, struct certify *keys)
{
	static int64_t begun, version, told = -1;
	int64_t        now, n;

	if (!begun)
		begun = pki_now().us / INSTANT_SECOND;
	if (register_version(w->file, &now) || (now == version && told >= 0))
		return;
	version = now;
	/* Of those that had not expired when this began: it grows with each that is revoked, and never shrinks. */
	if (register_revoked_count(w->file, begun, &n) || n == told)
		return;
	if (told >= 0 && !pki_publish(w, keys))
		fprintf(stderr, "paravent: the lists of revoked certificates could not be made anew\n");
	else
		told = n;
}

static bool
certificates(struct pki_work *w, struct certify *keys, bool *renewed)
{
	static const struct own SCEP = { .key = "scep", .profile = "scep", .name = "SCEP" };

	return (!w->https || server_certificate(w, keys, renewed)) && own_keep(w, &SCEP, keys, renewed);
}

/* --- the role ----------------------------------------------------------------------------- */

struct serving {
	struct pki_work *w;
	struct certify  *keys;
	int              pid, told, validator; /* validator -1: there is none any more */
	struct instant   begun;
};

/* A policy that is wrong changes nothing. */
static void
read_policy_anew(struct pki_work *w)
{
	struct policy *next = w->policy ? memory_new(1, sizeof *next) : NULL;

	if (next && !settings_read(w->policy_path, next))
		*w->policy = *next;
	else if (w->policy)
		fprintf(stderr, "paravent: %s: the policy that was read before stays\n", w->policy_path);
	memory_free(next);
}

/* The keys' process, and the role beside it.  false: said why not. */
static bool
start(struct serving *s)
{
	int  pair[2];
	bool renewed;

	if (s->w->policy)
		board->policy = *s->w->policy;
	atomic_store(&board->stop, 0);
	if (channel_pair(pair) || channel_pair(board->validate_fd))
		return false;
	s->begun = pki_now();
	s->told = pair[0];
	board->tell_fd[0] = pair[1];
	if (board_show(board) || certify_open(s->w->site.dir, board, KEYS_PKI, &s->keys))
		return false;
	/* Telling the ledger may have started its process, with a board of its own. */
	bool ready = certificates(s->w, s->keys, &renewed);
	s->validator = ready && !board_show(board) ? role_start("validate", 0) : -1;
	s->pid = s->validator > 0 ? role_start("pki", 0) : -1;
	close(board->validate_fd[0]);
	close(board->validate_fd[1]);
	close(board->ask_fd[KEYS_PKI]);
	close(pair[1]);
	return s->pid > 0;
}

/* Without the role validate all is served but ACME: it is started again, with the role pki, unless it dies at once. */
static void
watch_validator(struct serving *s)
{
	enum { AT_ONCE_S = 10 };

	if (s->validator < 0 || waitpid(s->validator, NULL, WNOHANG) != s->validator)
		return;
	s->validator = -1;
	bool again = instant_since(s->begun, pki_now()) > AT_ONCE_S * INSTANT_SECOND;
	fprintf(stderr, "paravent: the role validate has ended: %s\n", again ? "it is started again" : "no name is looked at");
	if (again)
		on_signal(SIGHUP);
}

/* Until the role has ended; its exit code. */
static int
tend(struct serving *s)
{
	struct pollfd wait = { s->told, POLLIN, 0 };
	int64_t       looked = pki_now().us;
	int           status = 0, done;
	bool          renewed = false, lost = false;

	while (!(done = waitpid(s->pid, &status, WNOHANG))) {
		if (!lost && certify_ended(s->keys)) {
			fprintf(stderr, "paravent: pki: the keys' process has ended\n");
			lost = true;
			anew = 0;
			atomic_store(&board->stop, 1);
		}
		if (!lost) {
			publish_revoked(s->w, s->keys);
			watch_validator(s);
		}
		if (poll(&wait, 1, 1000) > 0) {
			if (!relay(s->w, wait.fd))
				wait.fd = -1;
			continue;
		}
		submit_close(s->w->ledger); /* a ledger's process of our own ends when it is idle, so that another run can have the ledger */
		s->w->ledger = NULL;
		if (!lost && llabs(pki_now().us - looked) > LOOK_S * INSTANT_SECOND) {
			looked = pki_now().us;
			if (certificates(s->w, s->keys, &renewed) && renewed)
				on_signal(SIGHUP);
		}
	}
	certify_close(s->keys);
	close(s->told);
	if (s->validator > 0)
		waitpid(s->validator, NULL, 0); /* it ends when nobody can ask it any more */
	if (done > 0 && !WIFSIGNALED(status))
		return lost ? EXIT_PART : WEXITSTATUS(status);
	fprintf(stderr, "paravent: the role pki died by signal %d\n", done < 0 ? 0 : WTERMSIG(status));
	return EXIT_PART;
}

int
pki_serve(struct pki_work *w)
{
	struct sigaction stop = { .sa_handler = on_signal };
	struct serving   s = { .w = w };
	int              code;

	if (!w->http && !w->https) {
		fprintf(stderr, "usage: paravent pki serve [--https ADDRESS:PORT] [--http ADDRESS:PORT] [--name HOST] [--scep-legacy] [--resolver ADDRESS] [-p hospital.yaml] [--state DIR]\n");
		return EXIT_USAGE;
	}
	if (!pki_open(w) || board_new(&board) || !find_places(w) || (w->https && !own_key(w, "enrol", SIGNER_P256)) || !own_key(w, "scep", SIGNER_RSA))
		return EXIT_PART;
	board->scep_legacy = w->legacy;
	board->listen_fd = w->http ? ledger_listen(w->http) : -1;
	board->tls_fd = w->https ? ledger_listen(w->https) : -1;
	if ((w->http && board->listen_fd < 0) || (w->https && board->tls_fd < 0))
		return EXIT_PART;
	do {
		anew = 0;
		if (!start(&s)) {
			fprintf(stderr, "paravent: the role pki could not be started\n");
			certify_close(s.keys);
			return EXIT_PART;
		}
		sigaction(SIGINT, &stop, NULL);
		sigaction(SIGTERM, &stop, NULL);
		sigaction(SIGHUP, &stop, NULL);
		fprintf(stderr, "pki: answering on %s%s%s\n", w->https ? w->https : "", w->https && w->http ? " and " : "", w->http ? w->http : "");
		code = tend(&s);
		if (anew)
			read_policy_anew(w);
	} while (anew && code == EXIT_FINE);
	return code;
}
