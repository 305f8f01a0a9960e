/*
 * jail: giving up what a role does not need, before its first untrusted byte.
 *
 * Every cell: no new privileges, no capabilities, not dumpable, no core file;
 * a pure one that was started as root becomes user and group 65534 (the record
 * stays who owns its directory); then a list of the system calls that may
 * still be made (seccomp).  What the kernel lacks is told, not passed
 * over in silence.
 */
#ifndef OS_JAIL_H
#define OS_JAIL_H

#include "base/err.h"

enum jail {
	JAIL_PURE,   /* reads and writes descriptors it has: sensor, judge */
	JAIL_RECORD, /* files below one directory: the database; no network, no programs */
	JAIL_LEDGER, /* the same for the log, and its listening socket */
	JAIL_READ,   /* reads files below one directory */
	JAIL_SERVE,  /* connections to a socket it has, and files below one directory */
	JAIL_GATE,   /* connections that come in to a socket it has, and connections that go out; no files */
	JAIL_ASK,    /* connects to the world, and reads files that anybody may read; writes none; no programs */
	JAIL_KEEP,   /* the same, and writes files below one directory, its own (jail_own) */
	JAIL_FETCH,  /* connects to the world; of files the system's alone, to read; no programs */
	JAIL_TOKEN,  /* has a token's driver, which reads files and speaks to its device: writes no file, starts no program */
};

enum {
	JAIL_NO_SECCOMP = 1 << 0, /* what is missing, in the set returned */
	JAIL_NO_LANDLOCK = 1 << 1,
	JAIL_SAME_USER = 1 << 2,  /* was not root, so the user stays */
};

/* The directory of a role that changes its user: made if it is not there, that user's alone; its descriptor.  ERR_IO, and errno. */
enum err jail_own(const char *dir, int *fd) MUST_USE;

/* dir is the directory of those that have one.  ERR_PERM if something that should have worked did not. */
enum err jail_enter(enum jail kind, const char *dir, unsigned *missing) MUST_USE;

#endif
