/*
 * admit: who asks for a certificate, and by what they may: a certificate of
 * ours that is to be renewed, one of the device's maker, or a code that stands
 * for a device once.
 *
 * Bounded: 10 wrong codes in ten minutes from an address, 100 for a device,
 * 100 messages of SCEP from an address that are refused (each costs an RSA key's work),
 * 24 certificates a day for a device; 8192 addresses and devices are counted,
 * the longest silent is forgotten first.
 */
#ifndef MAIN_ADMIT_H
#define MAIN_ADMIT_H

#include "main/grant.h"

struct enrol;

enum admit_by { ADMIT_OLD, ADMIT_FACTORY, ADMIT_CODE };

struct admission {
	enum admit_by by;
	char          device[65];  /* by its name in the policy; of an old certificate: its common name; "": the policy knows none */
	char          profile[32];
	const char   *doubt;       /* why a person must approve whatever it asks; NULL: nothing */
	struct x509   old;         /* of ADMIT_OLD: what is renewed */
	uint8_t       old_room[PKI_CERTIFICATE];
};

/* The counts, before the jail. */
struct admit_counts;
enum err admit_new(struct admit_counts **out) MUST_USE;

/* Each returns NULL, or why not, in words.  wait: whoever asked too often is told to come later. */
const char *admit_certificate(struct enrol *e, struct bytes der, const char *profile, struct admission *out);
const char *admit_code(struct enrol *e, const char *peer, const char *device, const char *code, const char *profile, struct admission *out, bool *wait);

/* One more refused from this address; and were there too many? */
void admit_refused(struct enrol *e, const char *peer);
bool admit_tired(struct enrol *e, const char *peer);

/* Fills in the next of the group from it; NULL, or why it had too many today. */
const char *admit_grant(struct enrol *e, const struct admission *a, struct grants *g);

#endif
