/*
 * trust: the role trust: which certificates are revoked, from lists in files
 * and over HTTP, and by asking a responder about those that workers tell of.
 *
 * A list is believed when the key of its issuer, a CA of the trust it stands
 * under, signed it.  Files are looked at five times a second, addresses asked
 * every 30 s.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/memory.h"
#include "crypt/hash.h"
#include "crypt/pem.h"
#include "gate/inquiry.h"
#include "gate/worker.h"
#include "ledger/disk.h"
#include "main/command.h"
#include "main/role.h"
#include "main/trust_ocsp.h"
#include "main/trust_staple.h"
#include "os/channel.h"
#include "os/jail.h"
#include "os/page.h"
#include "wire/crl.h"
#include "wire/der.h"
#include "wire/x509.h"

enum { LOOK_MS = 200, SHOW_MS = 250, FETCH_S = 30, LIST = 16 << 20, CA = 256 << 10, AUTHORITIES = 64 };

struct authority {
	uint8_t      der[4096], key[32];
	struct x509  certificate;
	uint32_t     trust;
};

struct roll {
	const struct policy_trust *of;
	const char                *path;
	uint32_t                   trust;
	struct timespec            seen;
	off_t                      size;
	uint8_t                   *text; /* as last read and believed */
	size_t                     len;
	unsigned                   by;   /* which authority signed it */
	bool                       told; /* that it cannot be read */
	struct trusting           *role; /* of those over HTTP, whose path is an address: */
	time_t                     made;       /* Last-Modified */
	int64_t                    next;       /* when it is asked for; ms, monotonic */
	bool                       out, once;  /* an answer is awaited; there was one, good or bad */
};

struct trusting {
	struct policy       *policy; /* our copy of the plan */
	struct trust        *page;
	struct panel        *panel;
	struct authority     authority[AUTHORITIES];
	struct roll          roll[POLICY_TRUSTS * POLICY_LISTS];
	unsigned             authorities, rolls;
	uint8_t             *room;
	struct trust_fetch  *fetch;   /* NULL: nothing was to be fetched yet */
	struct trust_ocsp   *ocsp;
	struct trust_staple *staple;
	struct pollfd        worker[PANEL_SLOTS];
	bool                 changed; /* since the page was shown */
	int64_t              shown;   /* ms, monotonic: a page is dear, so many answers share one */
};

static void
read_authorities(struct trusting *t, uint32_t trust)
{
	static uint8_t room[CA];
	struct buf     text = buf_over(room, sizeof room);
	char           label[32];

	if (disk_get(AT_FDCWD, t->policy->trust[trust].ca, &text))
		return;
	for (struct bytes left = buf_bytes(&text); t->authorities < AUTHORITIES;) {
		struct authority *a = &t->authority[t->authorities];
		struct buf        der = buf_over(a->der, sizeof a->der);
		if (pem_next(&left, label, &der))
			return;
		if (x509_parse(buf_bytes(&der), &a->certificate))
			continue;
		hash_sha256(a->certificate.spki, a->key);
		a->trust = trust;
		t->authorities++;
	}
}

/* CertificateList ::= SEQUENCE { tbsCertList, signatureAlgorithm, signatureValue } */
static bool
parts(struct bytes der, struct bytes *tbs, struct bytes *oid, enum x509_algorithm *algorithm, struct bytes *signature)
{
	struct cursor c = cursor_over(der), inside = cursor_over(der_take(&c, DER_SEQUENCE));

	*tbs = der_whole(&inside, DER_SEQUENCE);
	*algorithm = x509_read_algorithm(&inside, oid);
	*signature = der_octets(&inside);
	return cursor_ok(&c) && cursor_end(&inside);
}

/* Who of its trust signed it; -1: nobody. */
static int
signer_of(const struct trusting *t, uint32_t trust, struct bytes der)
{
	struct bytes        tbs, signature, oid;
	struct crl          l;
	enum x509_algorithm a;

	if (!parts(der, &tbs, &oid, &a, &signature) || crl_parse(tbs, &l))
		return -1;
	for (unsigned i = 0; i < t->authorities; i++)
		if (t->authority[i].trust == trust && bytes_equal(t->authority[i].certificate.subject, l.issuer) &&
		    verify_certificate(tbs, signature, inquiry_algorithm(a), t->authority[i].certificate.spki))
			return (int)i;
	return -1;
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* In force from now on, if it is signed as it must be; what is not leaves the one before in force. */
static bool
believe(struct trusting *t, struct roll *r, struct bytes text)
{
	struct buf   der = buf_over(t->room + LIST, LIST);
	struct bytes left = text;
	char         label[32];

	if (left.len && left.at[0] == 0x30)
		buf_bytes_put(&der, left);
	else if (pem_next(&left, label, &der))
		der.len = 0;
	int by = signer_of(t, r->trust, buf_bytes(&der));
	if (by < 0) {
		if (!r->told)
			fprintf(stderr, "paravent: trust: %s is no list of revoked certificates that a CA of trust %s signed; the one before stays in force\n", r->path, r->of->name);
		r->told = true;
		return false;
	}
	r->told = false;
	r->by = (unsigned)by;
	if (r->text && bytes_equal(bytes_of(r->text, r->len), buf_bytes(&der)))
		return false;
	uint8_t *copy = memory_new(1, der.len);
	if (!copy)
		return false;
	memcpy(copy, der.at, der.len);
	memory_free(r->text);
	r->text = copy;
	r->len = der.len;
	return true;
}

static void
cannot(struct roll *r, const char *why)
{
	if (!r->told)
		fprintf(stderr, "paravent: trust: %s: %s; %s\n", r->path, why, r->text ? "the list before stays in force" : "who is revoked is not known");
	r->told = true;
}

/* Has the file changed? */
static bool
look(struct trusting *t, struct roll *r)
{
	struct stat s;
	struct buf  text = buf_over(t->room, LIST);
	char        why[96];

	if (stat(r->path, &s)) {
		snprintf(why, sizeof why, "%s (it is read by user 65534)", strerror(errno));
		cannot(r, why);
		return false;
	}
	if ((s.st_mtim.tv_sec == r->seen.tv_sec && s.st_mtim.tv_nsec == r->seen.tv_nsec && s.st_size == r->size))
		return false;
	r->told = false;
	r->seen = s.st_mtim;
	r->size = s.st_size;
	return disk_get(AT_FDCWD, r->path, &text) == OK && believe(t, r, buf_bytes(&text));
}

static bool
is_address(const char *path)
{
	return strncasecmp(path, "http://", 7) == 0;
}

static void
on_list(void *context, const struct trust_fetched *got)
{
	struct roll *r = context;

	r->role->changed |= !r->once; /* the first show waits for it */
	r->out = false;
	r->once = true;
	if (got->status == 304)
		return;
	if (got->status != 200) {
		cannot(r, got->why);
		return;
	}
	r->role->changed |= believe(r->role, r, got->body);
	r->made = got->made > 0 && !r->told ? got->made : 0;
}

static void
fetch(struct trusting *t, struct roll *r)
{
	struct trust_fetch_order o = { .url = r->path, .since = r->made, .most = LIST, .context = r, .done = on_list };

	if (r->out || now_ms() < r->next || !t->fetch || trust_fetch_ask(t->fetch, &o))
		return;
	r->out = true;
	r->next = now_ms() + FETCH_S * 1000;
}

/* Is a list still to come that was never asked for before? */
static bool
awaited(const struct trusting *t)
{
	for (unsigned i = 0; i < t->rolls; i++)
		if (t->fetch && t->roll[i].role && !t->roll[i].once)
			return true;
	return false;
}

static void
show(struct trusting *t)
{
	struct trust_edition *e = trust_begin(t->page);
	bool                  fits = true;

	for (unsigned i = 0; i < t->rolls; i++) {
		struct roll        *r = &t->roll[i];
		struct bytes        tbs, signature, oid;
		struct crl          l;
		struct crl_entry    c;
		enum x509_algorithm a;
		if (!r->text || !parts(bytes_of(r->text, r->len), &tbs, &oid, &a, &signature) || crl_parse(tbs, &l))
			continue;
		const uint8_t *key = t->authority[r->by].key;
		fits &= trust_issuer(e, key, l.from, l.until) == OK;
		for (struct bytes left = l.revoked; crl_next(&left, &c);) {
			struct trust_id id = trust_id_of(key, c.serial);
			fits &= trust_put(e, &id, TRUST_REVOKED, (struct instant){ 0 }) == OK;
		}
	}
	fits &= trust_ocsp_show(t->ocsp, e) == OK;
	if (!fits)
		fprintf(stderr, "paravent: trust: more certificates are revoked than are kept here (%d); the others are not known as revoked\n", TRUST_IDS / 2);
	t->changed = false;
	t->shown = now_ms();
	trust_show(t->page);
	atomic_fetch_add(&t->panel->trust, 1);
}

/* What was fetched before stays until it is fetched again: who is asked may be away just now. */
static void
keep(struct trusting *t, struct roll *was, unsigned n)
{
	for (unsigned i = 0; i < t->rolls; i++)
		for (unsigned k = 0; k < n; k++)
			if (t->roll[i].role && was[k].text && strcmp(was[k].path, t->roll[i].path) == 0)
				believe(t, &t->roll[i], bytes_of(was[k].text, was[k].len));
}

static void
need_fetch(struct trusting *t)
{
	if (!t->fetch && trust_fetch_new(&t->fetch))
		fprintf(stderr, "paravent: trust: libcurl.so.4 cannot be loaded, so nothing is asked over HTTP: install libcurl4\n");
}

/* What is stapled to the gateway's own certificates. */
static void
plan_staples(struct trusting *t)
{
	const struct x509 *authority[AUTHORITIES];

	for (unsigned i = 0; i < t->authorities; i++)
		authority[i] = &t->authority[i].certificate;
	trust_staple_plan(t->staple, t->policy, authority, t->authorities);
	if (trust_staple_asks(t->staple))
		need_fetch(t);
}

/* The trusts of the newest plan; files that are read again are as new. */
static void
plan(struct trusting *t)
{
	static struct roll   was[POLICY_TRUSTS * POLICY_LISTS];
	static struct policy before; /* its paths are those of was */
	unsigned             n = t->rolls;

	trust_fetch_forget(t->fetch);
	trust_ocsp_forget(t->ocsp);
	memcpy(was, t->roll, n * sizeof *was);
	before = *t->policy;
	for (unsigned i = 0; i < n; i++)
		was[i].path = (const char *)&before + (was[i].path - (const char *)t->policy);
	t->authorities = t->rolls = 0;
	*t->policy = t->panel->plan;
	for (uint32_t i = 0; i < t->policy->trusts; i++) {
		read_authorities(t, i);
		if (t->policy->trust[i].ocsp[0])
			need_fetch(t);
		for (unsigned k = 0; k < t->policy->trust[i].lists; k++) {
			const char *path = t->policy->trust[i].list[k];
			t->roll[t->rolls++] = (struct roll){ .of = &t->policy->trust[i], .path = path, .trust = i, .role = is_address(path) ? t : NULL };
			if (is_address(path))
				need_fetch(t);
		}
	}
	keep(t, was, n);
	for (unsigned i = 0; i < n; i++)
		memory_free(was[i].text);
	plan_staples(t);
	t->changed = true;
}

/* Does a CA of this trust stand at the end of this way? */
static bool
leads_up(const struct trusting *t, uint32_t trust, const struct x509 *link, unsigned n)
{
	uint8_t key[32];

	for (unsigned i = 0; i + 1 < n; i++)
		if (!link[i + 1].ca || !inquiry_signed(&link[i], &link[i + 1]))
			return false;
	hash_sha256(link[n - 1].spki, key);
	for (unsigned i = 0; i < t->authorities; i++)
		if (t->authority[i].trust == trust && memcmp(t->authority[i].key, key, sizeof key) == 0)
			return true;
	return false;
}

/* A worker tells of a certificate: length(1) trust's name, length(2) certificate …; it is not believed without looking. */
static void
heed(struct trusting *t, int fd)
{
	static uint8_t     room[CHANNEL_BODY + 8];
	static struct x509 link[ENDPOINT_LINKS];
	struct bytes       body;
	uint32_t           kind, trust = 0;
	unsigned           n = 0;

	if (channel_receive(fd, room, &kind, &body) || kind != WORKER_TELL)
		return;
	struct cursor c = cursor_over(body);
	struct bytes  name = cursor_take(&c, cursor_u8(&c));
	while (cursor_left(&c) && n < ENDPOINT_LINKS && x509_parse(cursor_take(&c, cursor_u16(&c)), &link[n]) == OK)
		n++;
	while (trust < t->policy->trusts && !bytes_equal(bytes_text(t->policy->trust[trust].name), name))
		trust++;
	if (!cursor_end(&c) || n < 2 || trust == t->policy->trusts || !leads_up(t, trust, link, n))
		return;
	const char *ocsp = t->policy->trust[trust].ocsp;
	bool        each = strcmp(ocsp, "certificate") == 0; /* the CAs between name a responder of their own */
	for (unsigned i = 0; i + 1 < (each ? n : 2); i++) {
		struct bytes url = each ? link[i].ocsp_url : bytes_text(ocsp);
		if (url.len)
			trust_ocsp_tell(t->ocsp, url, &link[i], &link[i + 1]);
	}
}

/* Until there is something to do, or files are to be looked at. */
static void
attend(struct trusting *t)
{
	trust_fetch_wait(t->fetch, t->worker, PANEL_SLOTS, LOOK_MS);
	for (unsigned i = 0; i < PANEL_SLOTS; i++)
		if (t->worker[i].revents & POLLIN)
			heed(t, t->worker[i].fd);
	if (t->fetch)
		t->changed |= trust_ocsp_turn(t->ocsp, t->fetch);
	trust_staple_turn(t->staple, t->fetch);
}

/* Where staples outlive a run: the one directory that this role may write in; -1: in none. */
static int
own_directory(const struct board *b, char path[static BOARD_NAME])
{
	int fd = -1;

	if (b->state[0] && (snprintf(path, BOARD_NAME, "%s/gate-staples", b->state) >= BOARD_NAME || jail_own(path, &fd)))
		fprintf(stderr, "paravent: trust: %s: %s: what is stapled does not outlive this run\n", path, strerror(errno));
	return fd;
}

int
trust_run(struct board *b, uint32_t which)
{
	struct trusting *t = memory_new(1, sizeof *t);
	char             staples[BOARD_NAME];
	unsigned         missing;
	int              dir, keep[PANEL_SLOTS + 2] = { b->gate.panel_fd, b->gate.trust_fd };

	(void)which;
	memcpy(keep + 2, b->gate.heed_fd, sizeof b->gate.heed_fd);
	role_close_but(keep, PANEL_SLOTS + 2);
	if (!t || trust_ocsp_new(&t->ocsp) || !(t->room = memory_new(2, LIST)) || !(t->policy = memory_new(1, sizeof *t->policy)) || hash_init() ||
	    page_open(b->gate.panel_fd, sizeof *t->panel, true, (void **)&t->panel) || page_open(b->gate.trust_fd, sizeof *t->page, true, (void **)&t->page))
		return EXIT_PART;
	dir = own_directory(b, staples);
	if (trust_staple_new(dir, &t->page->staples, t->panel, &t->staple))
		return EXIT_PART;
	if (dir < 0 ? jail_enter(JAIL_ASK, "/", &missing) : jail_enter(JAIL_KEEP, staples, &missing)) {
		fprintf(stderr, "paravent: trust: privileges could not be given up, so no list is read\n");
		return EXIT_PART;
	}
	for (unsigned i = 0; i < PANEL_SLOTS; i++)
		t->worker[i] = (struct pollfd){ b->gate.heed_fd[i], POLLIN, 0 };
	for (uint32_t seen = UINT32_MAX; !atomic_load(&b->stop);) {
		uint32_t planned = atomic_load(&t->panel->planned);
		if (planned != seen)
			plan(t);
		seen = planned;
		for (unsigned i = 0; i < t->rolls; i++) {
			if (t->roll[i].role)
				fetch(t, &t->roll[i]);
			else
				t->changed |= look(t, &t->roll[i]);
		}
		if (t->changed && !awaited(t) && now_ms() - t->shown >= SHOW_MS)
			show(t);
		attend(t);
	}
	return EXIT_FINE;
}
