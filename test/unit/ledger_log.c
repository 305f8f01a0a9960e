#include "ledger/journal.h"
#include "ledger/view.h"
#include "test/unit/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

static void
a_log_of_every_small_size_verifies_and_gives_its_entries_back(void **state)
{
	struct log  *l = logs_open();
	struct view *v;
	struct bytes entry;

	(void)state;
	for (uint64_t n = 0; n <= 20; n++) {
		logs_add(l, n, 1);
		logs_good(n);
	}
	log_close(l);
	logs_good(20);
	assert_int_equal(view_open(logs_dir, &v), OK);
	for (uint64_t i = 0; i < 20; i++) {
		assert_int_equal(view_entry(v, i, &entry), OK);
		assert_true(bytes_equal(entry, logs_entry(i)));
	}
	assert_int_equal(view_entry(v, 20, &entry), ERR_USAGE);
	view_free(v);
}

static void
a_log_grows_over_tiles_of_two_levels_by_batches_of_any_size(void **state)
{
	static const uint64_t batches[] = { 1, 7, 255, 256, 257, 1000, 65536 };
	struct log           *l = logs_open();
	uint64_t              n = 0;

	(void)state;
	for (int i = 0; i < 7; i++) {
		n += 3 * batches[i] > 3000 ? batches[i] + 99 : 3 * batches[i];
		logs_add(l, n, batches[i]);
		logs_good(n);
	}
	assert_true(n > 65536);
	log_close(l);
	logs_good(n);
}

static void
a_closed_log_has_no_journal_and_no_partial_tile_that_is_full(void **state)
{
	struct log *l = logs_open();
	char        path[128];

	(void)state;
	logs_add(l, 300, 100);
	snprintf(path, sizeof path, "%s/tile/0/000.p", logs_dir);
	assert_int_equal(access(path, F_OK), 0);
	log_close(l);
	assert_int_equal(access(path, F_OK), -1);
	snprintf(path, sizeof path, "%s/journal", logs_dir);
	assert_int_equal(access(path, F_OK), -1);
	l = logs_open();
	assert_int_equal(log_size(l), 300);
	logs_add(l, 301, 1);
	logs_good(301);
	log_close(l);
}

static void
only_one_process_may_write(void **state)
{
	struct log *l = logs_open(), *other;

	(void)state;
	assert_int_equal(log_open(logs_dir, &logs_options, &other), ERR_AGAIN);
	assert_non_null(strstr(log_trouble(), "another process"));
	log_close(l);
}

static void
an_entry_that_is_empty_or_too_large_is_refused_and_a_full_queue_says_so(void **state)
{
	static uint8_t   large[LOG_ENTRY + 1];
	struct log      *l = logs_open();
	struct log_range r;
	enum err         e;

	(void)state;
	assert_int_equal(log_add(l, bytes_of(large, 0)), ERR_LIMIT);
	assert_int_equal(log_add(l, bytes_of(large, sizeof large)), ERR_LIMIT);
	int n = 0;
	while ((e = log_add(l, bytes_of(large, LOG_ENTRY))) == OK)
		n++;
	assert_int_equal(e, ERR_AGAIN);
	assert_int_equal(n, LOG_QUEUE / (LOG_ENTRY + 2));
	assert_int_equal(log_commit(l, &r), OK);
	assert_int_equal(r.count, n);
	assert_int_equal(log_add(l, bytes_of(large, LOG_ENTRY)), OK);
	assert_int_equal(log_commit(l, &r), OK);
	logs_good((uint64_t)n + 1);
	log_close(l);
}

static void
another_key_or_another_name_does_not_open_the_log(void **state)
{
	struct log        *l = logs_open();
	struct log_options o = logs_options;

	(void)state;
	logs_add(l, 3, 3);
	log_close(l);
	assert_int_equal(note_key_make("log.test/two", NOTE_ED25519, o.key.key, &o.key), OK);
	assert_int_equal(log_open(logs_dir, &o, &l), ERR_FORM);
	o = logs_options;
	o.key.key[0] ^= 1;
	assert_int_equal(note_key_make("log.test/one", NOTE_ED25519, o.key.key, &o.key), OK);
	assert_int_equal(log_open(logs_dir, &o, &l), ERR_FORM);
	o = logs_options;
	o.create = false;
	logs_remove(logs_dir);
	assert_int_equal(log_open(logs_dir, &o, &l), ERR_NOTFOUND);
}

static void
the_room_on_the_disk_is_told_with_the_days_it_lasts(void **state)
{
	struct log     *l = logs_open();
	struct log_room room;
	struct instant  now = { 1000 * INSTANT_SECOND };

	(void)state;
	assert_int_equal(log_room(l, now, &room), OK);
	assert_true(room.bytes > 0);
	assert_int_equal(room.days, UINT32_MAX);
	logs_add(l, 1000, 1000);
	now.us += 100 * INSTANT_SECOND;
	assert_int_equal(log_room(l, now, &room), OK);
	assert_true(room.days < UINT32_MAX && room.days > 0);
	log_close(l);
}

/* What test/ledger/verify.py, which shares no code with us, says of the log: its exit code. */
static int
another_verifier(void)
{
	uint8_t    room[256];
	char       command[512];
	struct buf b = buf_over(room, sizeof room);

	note_key_print(&logs_options.key, &b);
	snprintf(command, sizeof command, "/usr/bin/python3 test/ledger/verify.py %s %s >/dev/null 2>&1", logs_dir, buf_string(&b));
	return system(command);
}

static void
a_verifier_written_from_the_specification_alone_takes_our_log(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 2, 255, 256, 257, 70000 };
	struct log           *l = logs_open();
	char                  path[128];
	uint8_t               v;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		logs_add(l, sizes[i], 30000);
		assert_int_equal(another_verifier(), 0);
	}
	log_close(l);
	assert_int_equal(another_verifier(), 0);
	static const char *const files[] = { "checkpoint", "tile/1/000", "tile/0/100", "tile/entries/200" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "%s/%s", logs_dir, files[i]);
		FILE *f = fopen(path, "r+");
		assert_non_null(f);
		for (int turn = 0; turn < 2; turn++) {
			fseek(f, 17, SEEK_SET);
			assert_int_equal(fread(&v, 1, 1, f), 1);
			v ^= 1;
			fseek(f, 17, SEEK_SET);
			fwrite(&v, 1, 1, f);
			fflush(f);
			assert_int_equal(another_verifier() == 0, turn == 1);
		}
		fclose(f);
	}
}

/* --- failing ------------------------------------------------------------------------- */

/* Calls fail from the countdown's end on, in the way that is asked for, until it is lifted. */
static int  countdown = -1, calls;
static bool cut; /* the failing write writes half of it before */

static bool
fails(void)
{
	calls++;
	if (countdown < 0 || countdown-- > 0)
		return false;
	countdown = 0;
	errno = ENOSPC;
	return true;
}

static ssize_t
fail_write(int fd, const void *at, size_t len, off_t offset)
{
	if (!fails())
		return pwrite(fd, at, len, offset);
	if (cut && len > 1)
		assert_true(pwrite(fd, at, len / 2, offset) > 0);
	errno = ENOSPC;
	return -1;
}

static int
fail_sync(int fd)
{
	return fails() ? -1 : fdatasync(fd);
}

static int
fail_sync_all(int fd)
{
	return fails() ? -1 : syncfs(fd);
}

static int
fail_rename(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : renameat(from, old, to, new);
}

static const struct disk_calls failing = { fail_write, fail_sync, fail_sync_all, fail_rename };

/* One commit with a journal so short that it begins anew after every commit, failing at every call there is. */
static void
a_commit_that_fails_at_any_call_acknowledges_nothing_and_succeeds_when_tried_again(void **state)
{
	struct log_range r;
	int              failed = 0;

	(void)state;
	logs_options.calls = &failing;
	logs_options.journal = 4096;
	struct log *l = logs_open();
	for (int at = 0; at < 60; at++) {
		uint64_t before = log_size(l);
		cut = at & 1;
		for (int i = 0; i < 100; i++)
			assert_int_equal(log_add(l, logs_entry(before + (uint64_t)i)), OK);
		countdown = at / 2;
		enum err e = log_commit(l, &r);
		countdown = -1;
		failed += e != OK;
		assert_int_equal(r.count, e ? 0 : 100);
		assert_int_equal(log_size(l), before + r.count);
		if (e) { /* published it may be, if only the last sync failed */
			struct verify_result v;
			assert_int_equal(logs_verify(bytes_of(NULL, 0), &v), 0);
			assert_true(v.size == before || v.size == before + 100);
		}
		assert_int_equal(log_add(l, logs_entry(before + 100)), OK);
		assert_int_equal(log_commit(l, &r), OK);
		assert_int_equal(r.count, e ? 101 : 1);
		logs_good(before + 101);
	}
	assert_true(failed > 10);
	log_close(l);
	logs_good(60 * 101);
}

/* The process dies at every call there is, with half of the write done; power is not cut, so what was written is there. */
static void
a_log_that_is_left_at_any_call_is_repaired_and_keeps_what_was_acknowledged(void **state)
{
	uint64_t acknowledged = 0;

	(void)state;
	logs_options.calls = &failing;
	logs_options.journal = 4096;
	log_close(logs_open());
	for (int at = 0; at < 120; at++) {
		int ends[2], status;
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		if (!child) {
			struct log      *l;
			struct log_range r;
			cut = at & 1;
			countdown = at / 2;
			if (log_open(logs_dir, &logs_options, &l))
				_exit(1);
			for (int batch = 0; batch < 3; batch++) {
				for (int i = 0; i < 100; i++)
					if (log_add(l, logs_entry(log_size(l) + (uint64_t)i)))
						_exit(2);
				if (log_commit(l, &r))
					_exit(3);
				uint64_t size = log_size(l);
				if (write(ends[1], &size, sizeof size) != sizeof size)
					_exit(4);
			}
			_exit(0);
		}
		close(ends[1]);
		uint64_t size;
		while (read(ends[0], &size, sizeof size) == sizeof size)
			acknowledged = size;
		close(ends[0]);
		assert_int_equal(waitpid(child, &status, 0), child);
		countdown = -1;
		struct log *l = logs_open();
		assert_true(log_size(l) >= acknowledged);
		acknowledged = log_size(l);
		logs_good(acknowledged);
		log_close(l);
		logs_good(acknowledged);
	}
	assert_true(acknowledged > 60 * 100);
}

/* Writes entries for ever, in batches of any size, and says after each commit how many are safe. */
static _Noreturn void
write_on(int to, unsigned seed)
{
	struct log      *l;
	struct log_range r;

	srand(seed);
	if (log_open(logs_dir, &logs_options, &l))
		_exit(1);
	for (;;) {
		uint64_t size = log_size(l);
		for (int n = rand() % 300; n >= 0; n--)
			if (log_add(l, logs_entry(size++)))
				_exit(2);
		if (log_commit(l, &r) || write(to, &size, sizeof size) != sizeof size)
			_exit(3);
	}
}

static void
a_writer_killed_two_hundred_times_loses_nothing_it_acknowledged(void **state)
{
	uint64_t     acknowledged = 0, size, got;
	struct view *v;
	struct bytes entry;

	(void)state;
	logs_options.journal = 64 << 10;
	for (unsigned round = 0; round < 200; round++) {
		int ends[2], status;
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		if (!child)
			write_on(ends[1], round);
		close(ends[1]);
		for (unsigned n = round % 7; n && read(ends[0], &got, sizeof got) == sizeof got; n--)
			acknowledged = got;
		usleep(round * 7919 % 5000);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		while (read(ends[0], &got, sizeof got) == sizeof got)
			acknowledged = got;
		close(ends[0]);
		struct log *l = logs_open();
		size = log_size(l);
		assert_true(size >= acknowledged);
		logs_good(size);
		log_close(l);
	}
	assert_true(acknowledged > 10000);
	assert_int_equal(view_open(logs_dir, &v), OK);
	for (uint64_t i = 0; i < size; i++) {
		assert_int_equal(view_entry(v, i, &entry), OK);
		assert_true(bytes_equal(entry, logs_entry(i)));
	}
	view_free(v);
}

/* --- what a loss of power leaves ------------------------------------------------------------- */

static char before[80]; /* a copy of the log as it was synced last */

/* 10 entries, closed and so synced; then 690 more of which only the journal was; the directory is as the disk may have it. */
static void
lose_power(void)
{
	char command[512];
	int  status;

	logs_options.journal = 1 << 20;
	struct log *l = logs_open();
	logs_add(l, 10, 5);
	log_close(l);
	snprintf(before, sizeof before, "%s.before", logs_dir);
	snprintf(command, sizeof command, "cp -r %s %s", logs_dir, before);
	assert_int_equal(system(command), 0);
	pid_t child = fork();
	if (!child) {
		l = logs_open();
		logs_add(l, 700, 23);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	snprintf(command, sizeof command, "mv %s/journal %s/ && rm -r %s && mv %s %s", logs_dir, before, logs_dir, before, logs_dir);
	assert_int_equal(system(command), 0);
}

static void
patch(const char *name, off_t at, uint8_t flip)
{
	char    path[128];
	uint8_t b;

	snprintf(path, sizeof path, "%s/%s", logs_dir, name);
	int fd = open(path, O_RDWR);
	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &b, 1, at), 1);
	b ^= flip;
	assert_int_equal(pwrite(fd, &b, 1, at), 1);
	close(fd);
}

static void
the_journal_alone_brings_back_what_was_acknowledged(void **state)
{
	(void)state;
	lose_power();
	struct log *l = logs_open();
	assert_int_equal(log_size(l), 700);
	log_close(l);
	logs_good(700);
}

static void
an_empty_checkpoint_is_made_again_from_what_the_journal_signed(void **state)
{
	char        path[128];
	struct log *l;

	(void)state;
	lose_power();
	snprintf(path, sizeof path, "%s/checkpoint", logs_dir);
	assert_int_equal(truncate(path, 0), 0);
	l = logs_open();
	assert_int_equal(log_size(l), 700);
	log_close(l);
	logs_good(700);
	/* With no journal nothing signed is left to go by. */
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(log_open(logs_dir, &logs_options, &l), ERR_FORM);
	assert_non_null(strstr(log_trouble(), "checkpoint is empty"));
}

static void
a_journal_that_the_key_did_not_sign_is_not_gone_on_from(void **state)
{
	enum { SIGNATURE = 48 }; /* behind first, count, length and root */
	struct verify_result v;
	struct log          *l;

	(void)state;
	lose_power();
	patch("journal", JOURNAL_BLOCK + SIGNATURE + 5, 1);
	assert_true(logs_verify(bytes_of(NULL, 0), &v) > 0);
	assert_string_equal(logs_problem.file, "journal");
	assert_non_null(strstr(logs_problem.says, "did not sign"));
	assert_int_equal(log_open(logs_dir, &logs_options, &l), ERR_FORM);
	assert_non_null(strstr(log_trouble(), "not signed"));
}

static unsigned syncs;

static int
count_sync(int fd)
{
	syncs++;
	return fdatasync(fd);
}

static void
a_commit_syncs_once(void **state)
{
	static const struct disk_calls counting = { pwrite, count_sync, syncfs, renameat };

	(void)state;
	logs_options.calls = &counting;
	struct log *l = logs_open();
	syncs = 0;
	logs_add(l, 1000, 100);
	assert_int_equal(syncs, 10);
	log_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define LOG_TEST(t) cmocka_unit_test_setup_teardown(t, logs_begin, logs_end)
		LOG_TEST(a_log_of_every_small_size_verifies_and_gives_its_entries_back),
		LOG_TEST(a_log_grows_over_tiles_of_two_levels_by_batches_of_any_size),
		LOG_TEST(a_closed_log_has_no_journal_and_no_partial_tile_that_is_full),
		LOG_TEST(only_one_process_may_write),
		LOG_TEST(an_entry_that_is_empty_or_too_large_is_refused_and_a_full_queue_says_so),
		LOG_TEST(another_key_or_another_name_does_not_open_the_log),
		LOG_TEST(the_room_on_the_disk_is_told_with_the_days_it_lasts),
		LOG_TEST(a_verifier_written_from_the_specification_alone_takes_our_log),
		LOG_TEST(a_commit_that_fails_at_any_call_acknowledges_nothing_and_succeeds_when_tried_again),
		LOG_TEST(a_log_that_is_left_at_any_call_is_repaired_and_keeps_what_was_acknowledged),
		LOG_TEST(the_journal_alone_brings_back_what_was_acknowledged),
		LOG_TEST(an_empty_checkpoint_is_made_again_from_what_the_journal_signed),
		LOG_TEST(a_journal_that_the_key_did_not_sign_is_not_gone_on_from),
		LOG_TEST(a_commit_syncs_once),
		LOG_TEST(a_writer_killed_two_hundred_times_loses_nothing_it_acknowledged),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
