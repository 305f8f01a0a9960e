/*
 * ledger: durable entries a second, as a ratio to a bare probe on the same disk; verifying; proving.
 *
 * The probe appends the same bytes to a file, syncs it, and durably publishes
 * a checkpoint of the same length: what no log can do without.  Both take
 * turns, so that a noisy disk is noisy for both.
 * usage: ledger DIR [ROUNDS [ENTRIES]]
 */
#include "crypt/sign.h"
#include "ledger/log.h"
#include "ledger/verify.h"
#include "ledger/view.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ENTRY = 512, BATCH = 256, COMMITS = 400 };

static uint8_t          entry[ENTRY];
static struct log_options options;

static void
fail(const char *what)
{
	fprintf(stderr, "ledger bench: %s: %s\n", what, log_trouble());
	exit(1);
}

static double
now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return x < y ? -1 : x > y;
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof *v, by_size);
	return v[n / 2];
}

static enum err
sign(void *context, struct bytes text, uint8_t signature[static 64])
{
	return sign_make(context, text, signature);
}

static void
next_entry(uint64_t i)
{
	for (int k = 0; k < 8; k++)
		entry[k * 64] = (uint8_t)(i >> 8 * k);
}

/* A file that is appended to and synced, a checkpoint that is replaced: batch after batch. */
static double
probe(int dir)
{
	static uint8_t batch[BATCH * (ENTRY + 2)], note[200];
	double         begin = now(CLOCK_MONOTONIC);
	int            fd = openat(dir, "probe", O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0)
		fail("the probe's file");
	for (int i = 0; i < COMMITS; i++) {
		if (disk_write(&disk_linux, fd, bytes_of(batch, sizeof batch), (uint64_t)i * sizeof batch) || fdatasync(fd) ||
		    disk_publish(&disk_linux, dir, "probe.checkpoint", bytes_of(note, sizeof note)))
			fail("the probe");
	}
	close(fd);
	double took = now(CLOCK_MONOTONIC) - begin;
	unlinkat(dir, "probe", 0);
	unlinkat(dir, "probe.checkpoint", 0);
	return took;
}

static double
commits(struct log *l, double *slowest)
{
	struct log_range r;
	double           begin = now(CLOCK_MONOTONIC);

	*slowest = 0;
	for (int i = 0; i < COMMITS; i++) {
		double one = now(CLOCK_MONOTONIC);
		for (int k = 0; k < BATCH; k++) {
			next_entry(log_size(l) + (uint64_t)k);
			if (log_add(l, bytes_of(entry, ENTRY)))
				fail("adding");
		}
		if (log_commit(l, &r))
			fail("committing");
		one = now(CLOCK_MONOTONIC) - one;
		*slowest = one > *slowest ? one : *slowest;
	}
	return now(CLOCK_MONOTONIC) - begin;
}

static int
no_sync(int fd)
{
	(void)fd;
	return 0;
}

/* Nothing is synced: only the layout matters. */
static void
fill(const char *path, uint64_t n)
{
	const struct disk_calls lazy = { pwrite, no_sync, no_sync, renameat };
	struct log_range        r;
	struct log             *l;

	options.calls = &lazy;
	options.journal = 1 << 20;
	if (log_open(path, &options, &l))
		fail("opening");
	while (log_size(l) < n) {
		for (int k = 0; k < 16384 && log_size(l) + (uint64_t)k < n; k++) {
			next_entry(log_size(l) + (uint64_t)k);
			if (log_add(l, bytes_of(entry, ENTRY)))
				fail("adding");
		}
		if (log_commit(l, &r))
			fail("committing");
	}
	log_close(l);
	options.calls = NULL;
	options.journal = 0;
}

static void
verify(const char *path)
{
	struct verify_options o = { .keys = &options.key, .count = 1 };
	struct verify_result  r;
	double                rate[5];

	for (int i = 0; i < 5; i++) {
		double begin = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
		if (verify_log(path, &o, &r) || r.problems)
			fail("verifying");
		rate[i] = (double)r.entries / (now(CLOCK_PROCESS_CPUTIME_ID) - begin);
		if (!i)
			printf("verify   first pass, from the disk perhaps: %.2f M entries/s by the clock\n", (double)r.entries / (now(CLOCK_MONOTONIC) - wall) / 1e6);
	}
	printf("verify   %.2f M entries/s a core (%d B, log of %.1f M; target 1)\n", median(rate, 5) / 1e6, ENTRY, (double)r.entries / 1e6);
}

static void
prove(const char *path, uint64_t n)
{
	enum { PROOFS = 1001 };
	static double took[PROOFS];
	struct proof  p;
	struct view  *v;

	for (int i = 0; i < PROOFS; i++) {
		double begin = now(CLOCK_MONOTONIC);
		if (view_open(path, &v) || view_prove(v, ((uint64_t)i * 7919 * 104729) % n, &p))
			fail("proving");
		view_free(v);
		took[i] = now(CLOCK_MONOTONIC) - begin;
	}
	median(took, PROOFS);
	printf("prove    %.3f ms median, %.3f ms p99 with opening the log (%.1f M entries, %zu hashes; target 1)\n", took[PROOFS / 2] * 1e3, took[PROOFS * 99 / 100] * 1e3, (double)n / 1e6, p.path.n);
}

int
main(int argc, char **argv)
{
	enum { MOST = 99 };
	struct sign_key *key;
	uint8_t          public[32];
	char             path[512];
	double           ours[MOST], bare[MOST], ratio[MOST], slowest[MOST];
	struct log      *l;

	if (argc < 2) {
		fprintf(stderr, "usage: ledger DIR [ROUNDS [ENTRIES]]\n");
		return 2;
	}
	int      rounds = argc > 2 ? atoi(argv[2]) : 9;
	uint64_t entries = argc > 3 ? strtoull(argv[3], NULL, 10) : 2000000;
	rounds = rounds < 1 ? 1 : rounds > MOST ? MOST : rounds;
	if (sign_new(&key))
		fail("making a key");
	sign_public(key, public);
	options = (struct log_options){ .sign = sign, .context = key, .create = true };
	if (note_key_make("bench.test/log", NOTE_ED25519, public, &options.key))
		fail("naming the key");
	if (mkdir(argv[1], 0755))
		fail("making the directory: it must not be there");
	int dir = open(argv[1], O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof path, "%.400s/log", argv[1]);
	if (log_open(path, &options, &l))
		fail("opening");
	for (int i = 0; i < rounds; i++) {
		bare[i] = probe(dir);
		ours[i] = commits(l, &slowest[i]);
		ratio[i] = bare[i] / ours[i];
	}
	log_close(l);
	double middle = median(ratio, rounds);
	printf("durable  ratio %.2f to the probe (%.2f to %.2f; target 0.60): %.0f entries/s, probe %.0f (%d B, batches of %d, medians of %d turns; slowest commit of a turn %.1f ms)\n", middle, ratio[0], ratio[rounds - 1],
	       COMMITS * BATCH / median(ours, rounds), COMMITS * BATCH / median(bare, rounds), ENTRY, BATCH, rounds, median(slowest, rounds) * 1e3);
	snprintf(path, sizeof path, "%.400s/large", argv[1]);
	fill(path, entries);
	verify(path);
	prove(path, entries);
	sign_free(key);
	return 0;
}
