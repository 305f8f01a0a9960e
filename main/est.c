/*
 * est: Enrolment over Secure Transport (RFC 7030, RFC 8951).
 *
 *	GET /.well-known/est/[LABEL/]cacerts
 */
#include "main/enrol.h"

#include <stdio.h>

#include "crypt/encode.h"
#include "ledger/disk.h"
#include "wire/pkcs7.h"

#include <fcntl.h>

#define PREFIX "/.well-known/est/"

/* Certificates as EST sends them: base64 without headers (RFC 8951 section 3). */
static void
answer_certificates(struct exchange *x, struct bytes der, const char *type)
{
	static uint8_t room[ENROL_ANSWER / 2];
	struct buf     message = buf_over(room, sizeof room);

	pkcs7_print_certificates(der, &message);
	buf_reset(x->answer);
	encode_base64(buf_bytes(&message), x->answer);
	x->answer->full |= !buf_ok(&message);
	x->answer_type = type;
	x->status = 200;
	exchange_line(x, "Content-Transfer-Encoding", "base64");
}

/* The issuing CA's and the root's. */
static void
cacerts(struct enrol *e, struct exchange *x)
{
	uint8_t    room[8192];
	char       path[STATE_PATH + 64];
	struct buf der = buf_over(room, sizeof room);

	buf_bytes_put(&der, e->work.issuer.ca.whole);
	if (disk_get(AT_FDCWD, pki_path(&e->work, "root.cer", path), &der))
		exchange_say(x, 500, "the CA's certificates cannot be read");
	else
		answer_certificates(x, buf_bytes(&der), "application/pkcs7-mime");
}

void
est_answer(struct enrol *e, struct exchange *x)
{
	const char *operation = x->path + strlen(PREFIX), *slash = strchr(operation, '/');

	if (slash)
		operation = slash + 1;
	if (strcmp(operation, "cacerts") == 0 && strcmp(x->method, "POST"))
		cacerts(e, x);
}
