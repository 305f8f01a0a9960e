/* validate: see validate.h; http-01, dns-01: RFC 8555 section 8; tls-alpn-01: RFC 8737; addresses: RFC 8738. */
#include "main/validate.h"

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "crypt/encode.h"
#include "crypt/endpoint.h"
#include "crypt/hash.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/resolve.h"
#include "main/role.h"
#include "os/channel.h"
#include "os/jail.h"
#include "os/library.h"
#include "wire/der.h"
#include "wire/x509.h"

#define LIBCURL "libcurl.so.4"
#define CALLS(X) X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_perform) X(curl_easy_setopt) X(curl_global_init) \
	X(curl_slist_append) X(curl_slist_free_all) X(curl_url) X(curl_url_cleanup) X(curl_url_get) X(curl_url_set) X(curl_free)

static struct {
	CALLS(LIBRARY_MEMBER)
} call;
static const struct library_call CALL[] = { CALLS(LIBRARY_ROW) };

enum { LIFE_S = 30, CONNECT_S = 5, WHOLE_S = 10, REDIRECTS = 3, ADDRESSES = 4, BODY = 8192, URL = 512 };

#define WELL_KNOWN "/.well-known/acme-challenge/"

/* One look, in a process of its own. */
struct look {
	const struct board          *board;
	const struct validate_order *order;
	struct validate_answer      *answer;
	uint8_t                      body[BODY];
	struct buf                   got;
};

/* false, and why the challenge is not met. */
static bool __attribute__((format(printf, 3, 4)))
trouble(struct look *l, const char *type, const char *format, ...)
{
	va_list words;

	snprintf(l->answer->trouble, sizeof l->answer->trouble, "%s", type);
	va_start(words, format);
	vsnprintf(l->answer->says, sizeof l->answer->says, format, words);
	va_end(words);
	return false;
}

/* --- where to -------------------------------------------------------------------------- */

static bool
forbidden(const struct policy *p, struct addr a)
{
	static const uint8_t none[12];
	bool                 never = addr_none(a) || addr_loopback(a) || addr_link_local(a) || addr_group(a);

	/* 0/8 is this host (RFC 1122 section 3.2.1.3); ::/96 and 64:ff9b::/96 hold an IPv4 address that others would connect to. */
	never |= addr_is_v4(a) && a.b[12] == 0;
	never |= memcmp(a.b, none, sizeof none) == 0 || (memcmp(a.b, "\0\x64\xff\x9b", 4) == 0 && memcmp(a.b + 4, none, 8) == 0);
	for (uint32_t i = 0; i < p->nevers; i++)
		never |= policy_within(&p->never[i].subnet, a);
	return never;
}

/* Where a host is: at most ADDRESSES addresses, all of which may be connected to. */
static bool
find(struct look *l, const char *host, struct addr out[static RESOLVE_ANSWERS], unsigned *n)
{
	const struct validate_places *places = &l->board->validate;
	char                          text[64];

	*n = 1;
	if (addr_parse(bytes_text(host), &out[0])) {
		enum err e = resolve_addresses(&(struct resolve){ places->resolver, places->resolver_port }, host, out, n);
		if (e)
			return trouble(l, "dns", "%.100s: %s", host, e == ERR_NOTFOUND ? "has no address" : "the resolver does not answer for it");
	}
	for (unsigned i = 0; i < *n; i++) {
		struct buf b = buf_over(text, sizeof text);
		if (!forbidden(&l->board->policy, out[i]))
			continue;
		addr_print(out[i], &b);
		return trouble(l, "connection", "%.90s leads to %s, which is never connected to from here", host, buf_string(&b));
	}
	*n = *n < ADDRESSES ? *n : ADDRESSES;
	return true;
}

/* --- http-01 ---------------------------------------------------------------------------- */

static size_t
take(char *at, size_t one, size_t n, void *context)
{
	struct look *l = context;

	(void)one;
	buf_put(&l->got, at, n);
	return buf_ok(&l->got) ? n : 0;
}

/* Whatever libcurl made of the name: the address it connects to is looked at once more. */
static curl_socket_t
open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *to)
{
	const struct look         *l = context;
	const struct sockaddr_in  *v4 = (const struct sockaddr_in *)(const void *)&to->addr;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)&to->addr;
	struct addr                a;

	(void)purpose;
	if (to->family != AF_INET && to->family != AF_INET6)
		return CURL_SOCKET_BAD;
	a = to->family == AF_INET ? addr_v4((const uint8_t *)&v4->sin_addr) : addr_v6((const uint8_t *)&v6->sin6_addr);
	return forbidden(&l->board->policy, a) ? CURL_SOCKET_BAD : socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

static void
set_up(CURL *c, struct look *l, const char *url, struct curl_slist *where)
{
	call.curl_easy_setopt(c, CURLOPT_URL, url);
	call.curl_easy_setopt(c, CURLOPT_RESOLVE, where);
	call.curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	call.curl_easy_setopt(c, CURLOPT_PROXY, "");
	call.curl_easy_setopt(c, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	call.curl_easy_setopt(c, CURLOPT_USERAGENT, "paravent-validate");
	call.curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	call.curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_S);
	call.curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)WHOLE_S);
	/* The certificate of a redirect to https is what is being asked for, often enough (RFC 8555 section 8.3). */
	call.curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
	call.curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	call.curl_easy_setopt(c, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	call.curl_easy_setopt(c, CURLOPT_OPENSOCKETDATA, l);
	call.curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	call.curl_easy_setopt(c, CURLOPT_WRITEDATA, l);
}

/* One answer; next: where it redirects to, "" if nowhere. */
static bool
fetch(struct look *l, const char *url, const char *host, uint16_t port, char next[static URL])
{
	struct addr        at[RESOLVE_ANSWERS];
	char               pin[URL + 256];
	struct buf         b = buf_over(pin, sizeof pin);
	unsigned           n;
	long               status = 0;
	const char        *to = NULL;
	CURL              *c;

	if (!find(l, host, at, &n))
		return false;
	/* host:port:address,address: the name is looked up once, and by us. */
	bool v6 = strchr(host, ':') != NULL;
	buf_format(&b, "%s%s%s:%u:", v6 ? "[" : "", host, v6 ? "]" : "", port);
	for (unsigned i = 0; i < n; i++) {
		buf_text(&b, i ? "," : "");
		buf_text(&b, addr_is_v4(at[i]) ? "" : "[");
		addr_print(at[i], &b);
		buf_text(&b, addr_is_v4(at[i]) ? "" : "]");
	}
	struct curl_slist *where = call.curl_slist_append(NULL, buf_string(&b));
	l->got = buf_over(l->body, sizeof l->body);
	if (!where || !(c = call.curl_easy_init())) {
		call.curl_slist_free_all(where);
		return trouble(l, "serverInternal", "no memory");
	}
	set_up(c, l, url, where);
	CURLcode bad = call.curl_easy_perform(c);
	call.curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	call.curl_easy_getinfo(c, CURLINFO_REDIRECT_URL, &to);
	snprintf(next, URL, "%s", !bad && to ? to : "");
	call.curl_easy_cleanup(c);
	call.curl_slist_free_all(where);
	if (bad)
		return trouble(l, "connection", "%.120s: %s", host, bad == CURLE_WRITE_ERROR ? "answers with more than 8 KiB" : bad == CURLE_OPERATION_TIMEDOUT ? "did not answer in time" : "nobody answers there");
	return status == 200 || *next ? true : trouble(l, "unauthorized", "%.120s answers with HTTP status %ld", host, status);
}

/* A URL taken apart, of which all but the host is fixed: the token's path, http or https, their ports, nothing else. */
static bool
dissect(struct look *l, const char *url, char host[static ACME_NAME], uint16_t *port)
{
	static const CURLUPart PART[] = { CURLUPART_SCHEME, CURLUPART_HOST, CURLUPART_PORT, CURLUPART_PATH, CURLUPART_USER, CURLUPART_QUERY };
	char                  *part[6] = { NULL }, path[128];
	CURLU                 *u = call.curl_url();
	bool                   good = u && !call.curl_url_set(u, CURLUPART_URL, url, 0);

	for (int i = 0; good && i < 6; i++)
		if (call.curl_url_get(u, PART[i], &part[i], i == 2 ? CURLU_DEFAULT_PORT : 0))
			part[i] = NULL;
	snprintf(path, sizeof path, WELL_KNOWN "%s", l->order->token);
	bool http = good && part[0] && strcmp(part[0], "http") == 0, https = good && part[0] && strcmp(part[0], "https") == 0;
	*port = part[2] ? (uint16_t)atoi(part[2]) : 0;
	if (!(http || https) || !part[1] || strlen(part[1]) >= ACME_NAME)
		good = trouble(l, "connection", "it redirects to what is neither http nor https");
	else if (*port != l->board->validate.http_port && *port != l->board->validate.tls_port)
		good = trouble(l, "connection", "it redirects to port %u: only to 80 and 443 is followed", *port);
	else if (!part[3] || strcmp(part[3], path) || part[4] || part[5])
		good = trouble(l, "connection", "it redirects to another path than the token's");
	else
		snprintf(host, ACME_NAME, "%.*s", (int)strcspn(part[1] + (*part[1] == '['), "]"), part[1] + (*part[1] == '['));
	for (int i = 0; i < 6; i++)
		call.curl_free(part[i]);
	call.curl_url_cleanup(u);
	return good;
}

static bool
look_http(struct look *l)
{
	const struct validate_order *o = l->order;
	char                         url[URL], next[URL] = "", host[ACME_NAME];
	bool                         v6 = strchr(o->name, ':') != NULL;
	uint16_t                     port;

	snprintf(url, sizeof url, "http://%s%s%s:%u" WELL_KNOWN "%s", v6 ? "[" : "", o->name, v6 ? "]" : "", l->board->validate.http_port, o->token);
	for (int i = 0; i <= REDIRECTS; i++) {
		if (!dissect(l, url, host, &port) || !fetch(l, url, host, port, next))
			return false;
		if (!*next) {
			struct bytes said = bytes_trim(buf_bytes(&l->got));
			return bytes_equal(said, bytes_text(o->key_authorization)) ? true : trouble(l, "unauthorized", "%.120s answers with something else than the key authorization", host);
		}
		memcpy(url, next, sizeof url);
	}
	return trouble(l, "connection", "it redirects more than %d times", REDIRECTS);
}

/* --- dns-01 -------------------------------------------------------------------------------- */

static void
digest_of(const struct validate_order *o, uint8_t out[static 32])
{
	hash_sha256(bytes_text(o->key_authorization), out);
}

static bool
look_dns(struct look *l)
{
	const struct validate_places *places = &l->board->validate;
	char                          name[ACME_NAME + 32], wanted[64], text[RESOLVE_ANSWERS][RESOLVE_TEXT];
	uint8_t                       digest[32];
	struct buf                    b = buf_over(wanted, sizeof wanted);
	unsigned                      n;

	digest_of(l->order, digest);
	encode_base64url(bytes_of(digest, sizeof digest), &b);
	(void)buf_string(&b);
	snprintf(name, sizeof name, "_acme-challenge.%s", l->order->name);
	enum err e = resolve_texts(&(struct resolve){ places->resolver, places->resolver_port }, name, text, &n);
	if (e)
		return trouble(l, "dns", "%.120s: %s", name, e == ERR_NOTFOUND ? "has no TXT record" : "the resolver does not answer for it");
	for (unsigned i = 0; i < n; i++)
		if (strcmp(text[i], wanted) == 0)
			return true;
	return trouble(l, "unauthorized", "no TXT record of %.110s is the digest of the key authorization", name);
}

/* --- tls-alpn-01 ------------------------------------------------------------------------------ */

/* 10.20.3.7 as 7.3.20.10.in-addr.arpa (RFC 8738 section 6). */
static void
reverse(struct addr a, struct buf *out)
{
	bool v4 = addr_is_v4(a);

	for (int i = 15; i >= (v4 ? 12 : 0); i--)
		if (v4)
			buf_format(out, "%u.", a.b[i]);
		else
			buf_format(out, "%x.%x.", a.b[i] & 15u, a.b[i] >> 4);
	buf_text(out, v4 ? "in-addr.arpa" : "ip6.arpa");
}

static const char *
certificate_fault(const struct validate_order *o, struct bytes der)
{
	struct x509  c;
	uint8_t      digest[32];
	struct addr  a;
	unsigned     n = 0;
	uint8_t      tag;

	digest_of(o, digest);
	if (x509_parse(der, &c))
		return "is malformed";
	for (struct cursor names = cursor_over(c.names_der); cursor_left(&names); n++)
		(void)der_any(&names, &tag);
	const struct x509_name *name = &c.names[0];
	bool same = n == 1 && c.nnames == 1 && (o->ip ? name->type == X509_NAME_IP && addr_parse(bytes_text(o->name), &a) == OK &&
	                                                 addr_equal(a, name->value.len == 4 ? addr_v4(name->value.at) : addr_v6(name->value.at)) :
	                                                name->type == X509_NAME_DNS && bytes_equal_nocase(name->value, o->name));
	if (!same)
		return "is not for this name, and for it alone";
	return bytes_equal(c.acme, bytes_of(digest, sizeof digest)) ? NULL : "does not hold the digest of the key authorization as a critical acmeIdentifier";
}

static bool
look_alpn(struct look *l)
{
	const struct validate_order *o = l->order;
	struct endpoint_context     *context = NULL;
	struct endpoint              t = { 0 };
	struct addr                  at[RESOLVE_ANSWERS], own;
	char                         sni[ACME_NAME];
	struct buf                   name = buf_over(sni, sizeof sni), der = buf_over(l->body, sizeof l->body);
	unsigned                     n;
	int                          fd = -1;
	bool                         met = false;

	if (!find(l, o->name, at, &n))
		return false;
	if (o->ip && addr_parse(bytes_text(o->name), &own) == OK)
		reverse(own, &name);
	else
		buf_text(&name, o->name);
	for (unsigned i = 0; i < n && fd < 0; i++)
		fd = resolve_connect(at[i], l->board->validate.tls_port, SOCK_STREAM, CONNECT_S);
	if (fd < 0)
		return trouble(l, "connection", "%.120s: nobody answers on port %u", o->name, l->board->validate.tls_port);
	if (endpoint_context_new(&(struct endpoint_config){ .name = buf_string(&name), .alpn = "acme-tls/1" }, &context) || endpoint_open(&t, context, fd, NULL)) {
		trouble(l, "serverInternal", "no memory");
		goto out;
	}
	if (endpoint_shake(&t) != ENDPOINT_DONE || !endpoint_agreed(&t) || endpoint_leaf(&t, &der)) {
		trouble(l, "tls", "%.120s does not speak acme-tls/1", o->name);
		goto out;
	}
	const char *fault = certificate_fault(o, buf_bytes(&der));
	met = fault ? trouble(l, "unauthorized", "the certificate of %.80s %s", o->name, fault) : true;
out:
	endpoint_close(&t);
	endpoint_context_free(context);
	close(fd);
	return met;
}

/* --- the role ------------------------------------------------------------------------------ */

struct child {
	int     pid;
	int64_t authorization;
};

static void
look(const struct board *b, const struct validate_order *o)
{
	static bool (*const LOOK[ACME_KINDS])(struct look *l) = { [ACME_HTTP] = look_http, [ACME_DNS] = look_dns, [ACME_ALPN] = look_alpn };
	static struct look     l;
	struct validate_answer answer = { .authorization = o->authorization };

	alarm(LIFE_S);
	l.board = b;
	l.order = o;
	l.answer = &answer;
	(void)LOOK[o->kind](&l);
	_exit(channel_send(b->validate_fd[1], VALIDATE_LOOKED, bytes_of(&answer, sizeof answer)) != OK);
}

static void
reap(const struct board *b, struct child *children, unsigned *n)
{
	int status, pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (unsigned i = 0; i < *n; i++)
			if (children[i].pid == pid) {
				struct validate_answer answer = { children[i].authorization, "connection", "it was not answered within 30 s" };
				if (!WIFEXITED(status) && channel_send(b->validate_fd[1], VALIDATE_LOOKED, bytes_of(&answer, sizeof answer)))
					fprintf(stderr, "paravent: validate: nobody hears what was found\n");
				children[i] = children[--*n];
				break;
			}
}

/* One order; false: none will come any more. */
static bool
serve(const struct board *b, struct child *children, unsigned *n)
{
	static uint8_t               room[CHANNEL_BODY + 8];
	static struct validate_order o;
	struct bytes                 m;
	uint32_t                     kind;

	if (channel_receive(b->validate_fd[1], room, &kind, &m) || kind != VALIDATE_LOOK || m.len != sizeof o)
		return false;
	memcpy(&o, m.at, sizeof o);
	o.name[sizeof o.name - 1] = o.token[sizeof o.token - 1] = o.key_authorization[sizeof o.key_authorization - 1] = 0;
	if (o.kind >= ACME_KINDS)
		return false;
	int pid = fork();
	if (pid == 0)
		look(b, &o);
	if (pid > 0)
		children[(*n)++] = (struct child){ pid, o.authorization };
	return true;
}

static void
on_child(int n)
{
	(void)n;
}

int
validate_run(struct board *b, uint32_t which)
{
	struct child     children[VALIDATE_AT_ONCE];
	struct sigaction end = { .sa_handler = on_child };
	unsigned         n = 0, missing;

	(void)which;
	role_close_but(&b->validate_fd[1], 1);
	if (library_load(LIBCURL, CALL, sizeof CALL / sizeof *CALL)) {
		fprintf(stderr, "paravent: validate: %s cannot be loaded: install libcurl4\n", LIBCURL);
		return EXIT_PART;
	}
	if (call.curl_global_init(CURL_GLOBAL_DEFAULT) || hash_init() || endpoint_init() || jail_enter(JAIL_FETCH, NULL, &missing)) {
		fprintf(stderr, "paravent: validate: privileges could not be given up, so no name is looked at\n");
		return EXIT_PART;
	}
	sigaction(SIGCHLD, &end, NULL); /* a child's end interrupts the wait */
	for (;;) {
		struct pollfd p = { n < VALIDATE_AT_ONCE ? b->validate_fd[1] : -1, POLLIN, 0 };
		int           ready = poll(&p, 1, 1000);
		reap(b, children, &n);
		if (ready > 0 && !serve(b, children, &n))
			return EXIT_FINE;
	}
}

bool
validate_resolver(const char *text, struct validate_places *out)
{
	uint8_t     room[4096];
	char        line[64];
	struct buf  conf = buf_over(room, sizeof room - 1);
	const char *end, *port;

	if (!text) {
		if (disk_get(AT_FDCWD, "/etc/resolv.conf", &conf))
			return false;
		const char *at = strstr(buf_string(&conf), "nameserver");
		if (!at || sscanf(at, "nameserver %63s", line) != 1)
			return false;
		text = line;
	}
	bool bracket = *text == '[';
	text += bracket;
	end = bracket ? strchr(text, ']') : strchr(text, '.') ? text + strcspn(text, ":") : text + strlen(text);
	if (!end || addr_parse(bytes_of(text, (size_t)(end - text)), &out->resolver))
		return false;
	port = strchr(end, ':');
	out->resolver_port = port ? (uint16_t)atoi(port + 1) : 53;
	return out->resolver_port != 0;
}
