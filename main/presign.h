/*
 * presign: answers on status signed before they are asked for: of every live
 * certificate, for questions without a nonce.
 *
 * What is kept of one is its signature and when it was made: all else of the
 * answer follows from the serial number.  It is signed anew when half of its
 * time is over.  The register is asked each time: what was revoked since is
 * never told from here.
 */
#ifndef MAIN_PRESIGN_H
#define MAIN_PRESIGN_H

#include "base/buf.h"
#include "base/err.h"
#include "store/register.h"
#include "wire/ocsp.h"

struct presign;

enum { PRESIGN_MOST = 1 << 21, PRESIGN_DATA = 1024 };

struct presign_about {
	struct register_file *file;
	unsigned              issuer;     /* its generation */
	int                   keys_fd;    /* the channel to who signs */
	struct bytes          responder;  /* its Name; copied */
	int64_t               holds;      /* how long an answer does, us */
	const uint8_t        *name_sha1, *key_sha1; /* of the issuer, 20 octets each */
};

enum err presign_new(const struct presign_about *a, struct presign **out) MUST_USE;
void     presign_free(struct presign *p);

/* Signs the next few; false: there are none for now.  ERR_CLOSED in *e: nobody signs any more. */
bool presign_step(struct presign *p, struct instant now, enum err *e);

/* The ResponseData that says that this certificate is good, and its signature; false: none is there that holds. */
bool presign_find(struct presign *p, const struct ocsp_id *id, const uint8_t serial[static REGISTER_SERIAL], struct instant now, struct buf *data, struct bytes *signature);

/* How many there are. */
uint32_t presign_count(const struct presign *p);

#endif
