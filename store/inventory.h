/*
 * inventory: the certificates that the hospital's own CA issued, beside those
 * that the sensors saw: the register (pki.db) and the record (paravent.db),
 * read together.
 *
 * A certificate is the same in both by its serial number and its key.  The
 * sensors see certificates of TLS 1.2 and older: in TLS 1.3 they are
 * encrypted, so "unseen" is no proof of disuse.
 */
#ifndef STORE_INVENTORY_H
#define STORE_INVENTORY_H

#include "base/err.h"

#include <stdbool.h>

struct inventory;

/* A device as the policy has it: whose address is whose. */
struct inventory_device {
	const char *name, *address;
};

/* Both must be there; nothing is written.  store_trouble says why it failed. */
enum err inventory_open(const char *pki, const char *record, struct inventory **out) MUST_USE;
void     inventory_free(struct inventory *v);
enum err inventory_know(struct inventory *v, const struct inventory_device *d) MUST_USE;

/*
 * Rows of a question: "unseen", "foreign" (seen, not issued here), "elsewhere" (than its owner), "expiring" (in 7, 30,
 * 90 days), "weak", "shared" (one key, two devices); "dependents" of id: a serial number, or "ca" for all of this CA.
 * Each row has "what" first.  The callback as store_list's.
 */
enum err inventory_list(struct inventory *v, const char *question, const char *id,
                        bool (*row)(void *context, int n, const char *const *names, const char *const *values), void *context) MUST_USE;
/* The questions that `paravent pki inventory` asks, in their order; NULL behind the last. */
const char *inventory_question(unsigned n);

#endif
