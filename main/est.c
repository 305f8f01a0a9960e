/*
 * est: Enrolment over Secure Transport (RFC 7030, RFC 8951).
 *
 *	GET  /.well-known/est/[PROFILE/]cacerts            the CA's certificates
 *	GET  /.well-known/est/[PROFILE/]csrattrs           what to ask for
 *	POST /.well-known/est/[PROFILE/]simpleenroll       by a maker's certificate, a code (Basic), or a certificate of ours
 *	POST /.well-known/est/[PROFILE/]simplereenroll     by the certificate that is renewed
 *
 * Who must wait for a person is told 202, sends the same bytes again, and
 * then is known by them: what comes back is no secret.
 */
#include "main/enrol.h"

#include <fcntl.h>
#include <stdio.h>

#include "crypt/encode.h"
#include "ledger/disk.h"
#include "main/admit.h"
#include "pki/enrolment.h"
#include "wire/pkcs7.h"

enum { LATER_S = 300 };

#define PREFIX "/.well-known/est/"

/* DER as EST sends it: base64 without headers (RFC 8951 section 3). */
static void
answer_der(struct exchange *x, struct bytes der, const char *type)
{
	buf_reset(x->answer);
	encode_base64(der, x->answer);
	x->answer_type = type;
	x->status = 200;
	exchange_line(x, "Content-Transfer-Encoding", "base64");
}

static void
answer_certificates(struct exchange *x, struct bytes der, const char *type)
{
	static uint8_t room[ENROL_ANSWER / 2];
	struct buf     message = buf_over(room, sizeof room);

	pkcs7_print_certificates(der, &message);
	answer_der(x, buf_bytes(&message), type);
	x->answer->full |= !buf_ok(&message);
}

static void
cacerts(struct enrol *e, struct exchange *x)
{
	uint8_t    room[8192];
	char       path[STATE_PATH + 64];
	struct buf der = buf_over(room, sizeof room);

	buf_bytes_put(&der, e->work.issuer.ca.whole);
	if (e->work.before.generation)
		buf_bytes_put(&der, e->work.before.ca.whole);
	if (disk_get(AT_FDCWD, pki_path(&e->work, "root.cer", path), &der))
		exchange_say(x, 500, "the CA's certificates cannot be read");
	else
		answer_certificates(x, buf_bytes(&der), "application/pkcs7-mime");
}

static void
csrattrs(struct exchange *x)
{
	uint8_t    room[64];
	struct buf der = buf_over(room, sizeof room);

	enrolment_attributes(&der);
	answer_der(x, buf_bytes(&der), "application/csrattrs");
}

/* --- enrolment ---------------------------------------------------------------------- */

static void
later(struct exchange *x, int status, const char *why)
{
	exchange_say(x, status, "%s", why);
	exchange_line(x, "Retry-After", "%d", LATER_S);
}

static void
issued(struct exchange *x, struct bytes certificate)
{
	answer_certificates(x, certificate, "application/pkcs7-mime; smime-type=certs-only");
}

/* Was a person asked about these very bytes before?  Then that is the answer. */
static bool
answered(struct enrol *e, struct exchange *x, struct bytes der)
{
	struct register_request q;
	struct register_row     c;
	char                    ticket[GRANT_TICKET];

	grant_ticket(der, ticket);
	if (register_ticket(e->work.file, ticket, &q))
		return false;
	if (q.state == REGISTER_WAITS)
		later(x, 202, "this waits for a person to approve of it");
	else if (q.state == REGISTER_DENIED)
		exchange_say(x, 403, "a person denied this");
	else if (register_get(e->work.file, q.serial, &c) || c.revoked)
		exchange_say(x, 403, "the certificate that was issued for this is revoked");
	else
		issued(x, c.der);
	register_done(e->work.file);
	return true;
}

/* NULL: admitted; else it was answered why not. */
static const char *
admitted(struct enrol *e, struct exchange *x, const char *profile, bool again, struct admission *out)
{
	char        user[ENROLMENT_NAME + 1], secret[ENROLMENT_SECRET + 1];
	const char *why;
	bool        wait = false;

	if (x->certificate.len) {
		if ((why = admit_certificate(e, x->certificate, profile, out)) || !again || out->by == ADMIT_OLD) {
			if (why)
				exchange_say(x, 403, "%s", why);
			return why;
		}
		exchange_say(x, 403, "%s", why = "a certificate is renewed by itself: show the one that is to be renewed");
		return why;
	}
	if (again) {
		exchange_say(x, 403, "%s", why = "a certificate is renewed by itself: show it as the client's certificate");
		return why;
	}
	enum err bad = enrolment_basic(x->authorization, user, secret);
	why = bad ? "who asks must show a certificate, or a device's name and its code" : admit_code(e, x->peer, user, secret, profile, out, &wait);
	explicit_bzero(secret, sizeof secret);
	if (wait) {
		later(x, 429, why);
	} else if (why) {
		exchange_say(x, 401, "%s", why);
		exchange_line(x, "WWW-Authenticate", "Basic realm=\"enrolment\"");
	}
	return why;
}

/* A request bound to the connection it comes over (RFC 7030 section 3.5) must be bound to this one. */
static const char *
binding_fault(const struct exchange *x, const struct csr *r)
{
	uint8_t    room[256];
	struct buf own = buf_over(room, sizeof room);

	if (!r->challenge.len)
		return NULL;
	encode_base64(x->binding, &own);
	return x->binding.len && bytes_equal(buf_bytes(&own), r->challenge) ? NULL : "its challengePassword binds it to another connection than this";
}

static const char *
request_fault(const struct exchange *x, const struct admission *a, const struct csr *r)
{
	if (a->by == ADMIT_OLD && !(bytes_equal(r->wants.subject_cn, a->old.subject_cn) && bytes_equal(r->wants.names_der, a->old.names_der)))
		return "a renewed certificate has the same subject and names as the old one";
	return binding_fault(x, r);
}

static void
enroll(struct enrol *e, struct exchange *x, const char *profile, bool again)
{
	static struct admission a;
	uint8_t                 room[GRANT_REQUEST];
	struct buf              der = buf_over(room, sizeof room);
	struct csr              r;
	const char             *why;

	if (!bytes_begin_nocase(x->type, "application/pkcs10")) {
		exchange_say(x, 415, "a request is sent as application/pkcs10");
		return;
	}
	enum err bad = enrolment_body(x->body, &der);
	if (!bad && !again && answered(e, x, buf_bytes(&der)))
		return;
	if ((why = admitted(e, x, profile, again, &a))) {
		if (x->authorization.len || x->certificate.len) /* who shows nothing asks what to show */
			enrol_refused(e, x->peer, bytes_of("", 0), "EST", why);
		return;
	}
	if (bad || csr_parse(buf_bytes(&der), &r))
		why = bad == ERR_LIMIT ? "is larger than a request may be" : "is no PKCS #10 request in base64";
	else
		why = request_fault(x, &a, &r);
	struct grant *o = NULL;
	if (!why)
		o = enrol_ask(e, &a, buf_bytes(&der), NULL, &why);
	if (o && o->doubtful)
		later(x, 202, o->why);
	else if (o)
		issued(x, o->says.whole);
	else if (why) {
		exchange_say(x, 400, "%s", why);
		enrol_refused(e, *a.device ? a.device : x->peer, buf_bytes(&der), "EST", why);
	} else {
		later(x, 503, "nothing can be issued now");
	}
}

void
est_answer(struct enrol *e, struct exchange *x)
{
	const char *operation = x->path + strlen(PREFIX), *slash = strchr(operation, '/');
	char        profile[32] = "";
	bool        post = strcmp(x->method, "POST") == 0;

	if (slash) {
		snprintf(profile, sizeof profile, "%.*s", (int)(slash - operation), operation);
		operation = slash + 1;
	}
	if (*profile && !profile_find(profile))
		exchange_say(x, 404, "there is no such profile");
	else if (strcmp(operation, "cacerts") == 0 && !post)
		cacerts(e, x);
	else if (strcmp(operation, "csrattrs") == 0 && !post)
		csrattrs(x);
	else if (strcmp(operation, "simpleenroll") == 0 && post)
		enroll(e, x, profile, false);
	else if (strcmp(operation, "simplereenroll") == 0 && post)
		enroll(e, x, profile, true);
	else if (strncmp(operation, "simple", 6) == 0 && !post)
		exchange_say(x, 405, "a request for a certificate is POSTed");
}
