/*
 * bundle: a zip file whose members are listed with their SHA-256 in
 * manifest.sha256, and that list signed by the ledger's key in manifest.note
 * (C2SP signed-note): what `paravent evidence verify` checks.
 */
#ifndef MAIN_BUNDLE_H
#define MAIN_BUNDLE_H

#include "main/submit.h"
#include "os/zip.h"

struct bundle {
	struct zip    *zip;
	struct instant when; /* the time that members bear */
	struct buf     manifest;
	enum err       e;    /* the first failure stays: asked once, at the end */
	uint32_t       members;
};

/* ERR_USAGE: path with .part behind it is there from one that did not end. */
enum err bundle_new(const char *path, struct instant when, struct bundle *out) MUST_USE;
void     bundle_put(struct bundle *b, const char *name, struct bytes content);
/* Signed if to is not NULL.  After a failure nothing of it is left. */
enum err bundle_finish(struct bundle *b, struct submit *to) MUST_USE;
/* Given up. */
void     bundle_free(struct bundle *b);

#endif
