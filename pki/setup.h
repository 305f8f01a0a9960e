/*
 * setup: what a program is told so that it uses a device's certificate: text for its own configuration.  Extending is adding a row in setup.c.
 *
 * In a text {name}, {dir}, {peer}, {ssid}, {subject} and {key} stand for what is known.
 */
#ifndef PKI_SETUP_H
#define PKI_SETUP_H

#include "base/buf.h"

struct setup_target {
	const char *name;
	const char *does;     /* for people */
	const char *needs;    /* which of what may be unknown: "peer ssid" */
	const char *unproved; /* what no test of ours has shown; NULL: nothing */
	const char *text;
};

struct setup {
	const char *name;    /* of the device */
	const char *dir;     /* where `paravent pki agent` keeps its certificate: DIR/live */
	const char *peer;    /* host it serves or asks */
	const char *ssid;
	const char *subject; /* of the issuing CA */
	const char *key;     /* of a WireGuard peer, in base64 */
};

/* NULL: there is none of this name, or number. */
const struct setup_target *setup_find(const char *name);
const struct setup_target *setup_at(unsigned number);

/* NULL, or the name of what the target needs and is not known, or may not stand in a configuration. */
const char *setup_fault(const struct setup_target *t, const struct setup *s);
void        setup_print(const struct setup_target *t, const struct setup *s, struct buf *out);

#endif
