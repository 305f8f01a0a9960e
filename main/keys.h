/*
 * keys: the process that holds private keys and nothing else.
 *
 * It reads no stranger's bytes: only requests of other roles, each over its own
 * channel, and only those that the table in keys.c allows that peer.
 */
#ifndef MAIN_KEYS_H
#define MAIN_KEYS_H

#include "base/buf.h"
#include "base/err.h"

/* What may be asked.  Each is answered by KEYS_DONE with the result, or KEYS_REFUSED with the reason in words. */
enum keys_request {
	KEYS_CHECKPOINT = 1, /* the ledger's signature on the text of its checkpoint: 64 bytes */
	KEYS_MANIFEST,       /* the ledger's signature on the manifest of a bundle of evidence: 64 bytes */
	KEYS_DIGEST,         /* the site's key for digests of content: 32 bytes */
	KEYS_UNSEAL,         /* opens what lies in the board's sealed_fd, into plain_fd: how long that is, 8 bytes */
	KEYS_TBS,            /* certificates to be signed: profile(1) length(4) TBS …: length(2) signature … */
	KEYS_CRL,            /* one TBSCertList that lies in the board's list_fd, its length(8): the issuing CA's signature */
	KEYS_OCSP,           /* answers on status: length(4) ResponseData …: length(2) signature … */
	KEYS_STATEMENT,      /* what is said of a package, as it is signed (pki/statement.h): the release key's signature */
	KEYS_TLS,            /* form(1) text: a signature with the key of the server of enrolment, as crypt/signer lends it */
	KEYS_ENVELOPE,       /* cipher(1) length(2) key length(1) iv content, enciphered for the RA of SCEP: what is in it, if it is a request or names one */
	KEYS_SCEP,           /* the signed attributes of an answer of SCEP, with the header of their SET: the RA's signature */
	KEYS_DONE,
	KEYS_REFUSED,
};

/* The longest list. */
enum { KEYS_LIST = 32 << 20 };

/* Who asks; each has a channel of its own on the board. */
enum keys_peer { KEYS_LEDGER, KEYS_PARENT, KEYS_STATUS, KEYS_PKI, KEYS_PEERS };

/* Asks over a channel; n bytes of answer exactly. */
enum err keys_ask(int fd, enum keys_request what, struct bytes of, void *answer, size_t n) MUST_USE;

/* Any number of bytes, appended to answer.  ERR_PERM: refused, and answer is why, in words. */
enum err keys_ask_for(int fd, enum keys_request what, struct bytes of, struct buf *answer) MUST_USE;

/* The first line of a manifest. */
#define KEYS_MANIFEST_HEAD "paravent evidence v1\n"

#endif
