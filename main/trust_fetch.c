/* trust_fetch: see trust_fetch.h. */
#include "main/trust_fetch.h"

#define CURL_DISABLE_TYPECHECK /* it wants the functions themselves */
#include <curl/curl.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "os/library.h"

#define LIBCURL "libcurl.so.4"
#define CALLS(X) X(curl_easy_cleanup) X(curl_easy_getinfo) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_strerror) \
	X(curl_global_init) X(curl_multi_add_handle) X(curl_multi_info_read) X(curl_multi_init) X(curl_multi_perform) \
	X(curl_multi_poll) X(curl_multi_remove_handle) X(curl_slist_append)

static struct {
	CALLS(LIBRARY_MEMBER)
} call;
static const struct library_call CALL[] = { CALLS(LIBRARY_ROW) };

enum { FIRST = 4096, FDS = 64 };

struct slot {
	CURL                    *easy; /* NULL: free */
	struct trust_fetch_order of;
	uint8_t                 *at;   /* len of cap bytes */
	size_t                   len, cap;
	char                     trouble[CURL_ERROR_SIZE];
};

struct trust_fetch {
	CURLM             *multi;
	struct curl_slist *type;
	struct slot        slot[TRUST_FETCH_SLOTS];
};

enum err
trust_fetch_new(struct trust_fetch **out)
{
	struct trust_fetch *f;

	if (library_load(LIBCURL, CALL, sizeof CALL / sizeof *CALL))
		return ERR_NOTFOUND;
	f = memory_new(1, sizeof *f);
	if (!f || call.curl_global_init(CURL_GLOBAL_DEFAULT) || !(f->multi = call.curl_multi_init()) ||
	    !(f->type = call.curl_slist_append(NULL, "Content-Type: application/ocsp-request"))) {
		memory_free(f);
		return ERR_MEMORY;
	}
	*out = f;
	return OK;
}

static bool
grow(struct slot *s, size_t wanted)
{
	size_t   cap = s->cap ? s->cap : FIRST;
	uint8_t *at;

	while (cap < wanted)
		cap *= 2;
	if (cap == s->cap)
		return true;
	if (!(at = memory_new(1, cap)))
		return false;
	if (s->len)
		memcpy(at, s->at, s->len);
	memory_free(s->at);
	s->at = at;
	s->cap = cap;
	return true;
}

static size_t
take(char *at, size_t one, size_t n, void *context)
{
	struct slot *s = context;

	(void)one;
	if (n > s->of.most - s->len || !grow(s, s->len + n)) {
		snprintf(s->trouble, sizeof s->trouble, "it is longer than %zu bytes", s->of.most);
		return 0;
	}
	memcpy(s->at + s->len, at, n);
	s->len += n;
	return n;
}

static void
set_up(const struct trust_fetch *f, struct slot *s)
{
	CURL *c = s->easy;

	call.curl_easy_setopt(c, CURLOPT_URL, s->of.url);
	call.curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http");
	call.curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	call.curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)TRUST_FETCH_S);
	call.curl_easy_setopt(c, CURLOPT_PRIVATE, s);
	call.curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take);
	call.curl_easy_setopt(c, CURLOPT_WRITEDATA, s);
	call.curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->trouble);
	call.curl_easy_setopt(c, CURLOPT_FILETIME, 1L);
	if (s->of.since > 0) {
		call.curl_easy_setopt(c, CURLOPT_TIMECONDITION, (long)CURL_TIMECOND_IFMODSINCE);
		call.curl_easy_setopt(c, CURLOPT_TIMEVALUE_LARGE, (curl_off_t)s->of.since);
	}
	if (s->of.body.len) {
		call.curl_easy_setopt(c, CURLOPT_POSTFIELDSIZE, (long)s->of.body.len);
		call.curl_easy_setopt(c, CURLOPT_COPYPOSTFIELDS, s->of.body.at);
		call.curl_easy_setopt(c, CURLOPT_HTTPHEADER, f->type);
	}
}

bool
trust_fetch_fits(struct bytes url)
{
	for (size_t i = 0; i < url.len; i++)
		if (url.at[i] <= ' ' || url.at[i] >= 0x7f)
			return false;
	return url.len > 7 && url.len < TRUST_FETCH_URL && strncasecmp((const char *)url.at, "http://", 7) == 0;
}

enum err
trust_fetch_ask(struct trust_fetch *f, const struct trust_fetch_order *o)
{
	struct slot *s = f->slot;

	if (!trust_fetch_fits(bytes_text(o->url)))
		return ERR_FORM;
	while (s < f->slot + TRUST_FETCH_SLOTS && s->easy)
		s++;
	if (s == f->slot + TRUST_FETCH_SLOTS)
		return ERR_AGAIN;
	*s = (struct slot){ .of = *o, .easy = call.curl_easy_init() };
	if (!s->easy)
		return ERR_MEMORY;
	set_up(f, s);
	if (call.curl_multi_add_handle(f->multi, s->easy) == CURLM_OK)
		return OK;
	call.curl_easy_cleanup(s->easy);
	s->easy = NULL;
	return ERR_MEMORY;
}

static void
put_down(struct trust_fetch *f, struct slot *s)
{
	call.curl_multi_remove_handle(f->multi, s->easy);
	call.curl_easy_cleanup(s->easy);
	memory_free(s->at);
	*s = (struct slot){ .easy = NULL };
}

void
trust_fetch_forget(struct trust_fetch *f)
{
	for (unsigned i = 0; f && i < TRUST_FETCH_SLOTS; i++)
		if (f->slot[i].easy)
			put_down(f, &f->slot[i]);
}

static void
finish(struct trust_fetch *f, CURL *easy, CURLcode bad)
{
	char       *private = NULL;
	curl_off_t  made = -1;
	long        status = 0;
	char        words[32];

	call.curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
	call.curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	call.curl_easy_getinfo(easy, CURLINFO_FILETIME_T, &made);
	struct slot *s = (struct slot *)(void *)private;
	snprintf(words, sizeof words, "HTTP status %ld", status);
	struct trust_fetched got = { bad ? 0 : (unsigned)status, bytes_of(s->at ? (const void *)s->at : "", s->len), (time_t)made,
	                             !bad ? words : s->trouble[0] ? s->trouble : call.curl_easy_strerror(bad) };
	s->of.done(s->of.context, &got);
	put_down(f, s);
}

void
trust_fetch_wait(struct trust_fetch *f, struct pollfd *fd, unsigned n, int ms)
{
	struct curl_waitfd also[FDS];
	CURLMsg           *m;
	int                some;

	if (!f) {
		poll(fd, n, ms);
		return;
	}
	for (unsigned i = 0; i < n && i < FDS; i++)
		also[i] = (struct curl_waitfd){ fd[i].fd, CURL_WAIT_POLLIN, 0 };
	call.curl_multi_perform(f->multi, &some);
	call.curl_multi_poll(f->multi, also, n < FDS ? n : FDS, ms, &some);
	for (unsigned i = 0; i < n && i < FDS; i++)
		fd[i].revents = also[i].revents ? POLLIN : 0;
	call.curl_multi_perform(f->multi, &some);
	while ((m = call.curl_multi_info_read(f->multi, &some)))
		if (m->msg == CURLMSG_DONE)
			finish(f, m->easy_handle, m->data.result);
}
