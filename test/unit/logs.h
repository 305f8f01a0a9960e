/* logs: what tests of the ledger share: a directory, a key, a log of so many entries. */
#ifndef TEST_UNIT_LOGS_H
#define TEST_UNIT_LOGS_H

#include "crypt/sign.h"
#include "ledger/log.h"
#include "ledger/verify.h"
#include "test/unit/check.h"

#include <ftw.h>
#include <stdio.h>
#include <unistd.h>

static char             logs_dir[64];
static struct sign_key *logs_key;
static struct log_options logs_options;

static enum err
logs_sign(void *context, struct bytes text, uint8_t signature[static 64])
{
	return sign_make(context, text, signature);
}

static int
logs_remove_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static inline void
logs_remove(const char *path)
{
	nftw(path, logs_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int
logs_begin(void **state)
{
	uint8_t public[32];

	(void)state;
	strcpy(logs_dir, "/tmp/paravent-ledger-XXXXXX");
	if (!mkdtemp(logs_dir) || sign_new(&logs_key))
		return -1;
	sign_public(logs_key, public);
	logs_options = (struct log_options){ .sign = logs_sign, .context = logs_key, .create = true, .journal = 1 << 20 };
	return note_key_make("log.test/one", NOTE_ED25519, public, &logs_options.key) ? -1 : 0;
}

static int
logs_end(void **state)
{
	(void)state;
	logs_remove(logs_dir);
	sign_free(logs_key);
	logs_key = NULL;
	return 0;
}

static inline struct bytes
logs_entry(uint64_t i)
{
	static char text[64];
	return bytes_of(text, (size_t)snprintf(text, sizeof text, "{\"entry\":%llu}", (unsigned long long)i));
}

static inline struct log *
logs_open(void)
{
	struct log *l = NULL;

	if (log_open(logs_dir, &logs_options, &l))
		fail_msg("%s", log_trouble());
	return l;
}

/* Adds entries up to n of them, in commits of batch. */
static inline void
logs_add(struct log *l, uint64_t n, uint64_t batch)
{
	struct log_range r;

	for (uint64_t i = log_size(l); i < n;) {
		uint64_t first = i;
		for (uint64_t k = 0; k < batch && i < n; k++)
			assert_int_equal(log_add(l, logs_entry(i++)), OK);
		if (log_commit(l, &r))
			fail_msg("%s", log_trouble());
		assert_int_equal(r.first, first);
		assert_int_equal(r.count, i - first);
	}
}

static struct verify_problem logs_problem; /* the first one found */

static void
logs_found(void *context, const struct verify_problem *p)
{
	(void)context;
	if (!logs_problem.says)
		logs_problem = *p;
}

/* How many problems the log has. */
static inline uint64_t
logs_verify(struct bytes remembered, struct verify_result *r)
{
	struct verify_options o = { .keys = &logs_options.key, .count = 1, .remembered = remembered, .found = logs_found };

	memset(&logs_problem, 0, sizeof logs_problem);
	assert_int_equal(verify_log(logs_dir, &o, r), OK);
	return r->problems;
}

static inline void
logs_good(uint64_t size)
{
	struct verify_result r;

	if (logs_verify(bytes_of(NULL, 0), &r))
		fail_msg("%s %llu: %s", logs_problem.file, (unsigned long long)logs_problem.index, logs_problem.says);
	assert_int_equal(r.size, size);
	assert_int_equal(r.entries, size);
}

#endif
