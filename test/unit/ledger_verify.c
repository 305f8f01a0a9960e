#include "ledger/view.h"
#include "test/unit/logs.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* A command of the shell, in which $D is the log's directory. */
static void
shell(const char *command)
{
	assert_int_equal(setenv("D", logs_dir, 1), 0);
	assert_int_equal(system(command), 0);
}

/* Every file of the log that is looked at, as paths below it. */
static char   paths[64][128];
static size_t paths_n;

static int
list_one(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)f;
	if (kind == FTW_F)
		snprintf(paths[paths_n++], sizeof paths[0], "%s", path + strlen(logs_dir) + 1);
	return paths_n == 64;
}

static void
list(void)
{
	paths_n = 0;
	assert_int_equal(nftw(logs_dir, list_one, 16, FTW_PHYS), 0);
}

static int
open_file(const char *path)
{
	char whole[256];

	snprintf(whole, sizeof whole, "%s/%.120s", logs_dir, path);
	int fd = open(whole, O_RDWR);
	assert_true(fd >= 0);
	return fd;
}

static void
flip(const char *path, off_t at, uint8_t bit)
{
	uint8_t v;
	int     fd = open_file(path);

	assert_int_equal(pread(fd, &v, 1, at), 1);
	v ^= bit;
	assert_int_equal(pwrite(fd, &v, 1, at), 1);
	close(fd);
}

/* Flips bits of every file, one at a time, at its ends and between; earlier partial tiles may differ from it too. */
static void
every_flip_is_found(uint64_t most)
{
	struct verify_result r;
	int                  tried = 0;

	list();
	for (size_t i = 0; i < paths_n; i++) {
		struct stat st;
		int         fd = open_file(paths[i]);
		assert_int_equal(fstat(fd, &st), 0);
		close(fd);
		off_t step = st.st_size / 13 + 1;
		for (off_t at = 0; at < st.st_size; at = at == st.st_size - 1 ? st.st_size : at + step < st.st_size ? at + step : st.st_size - 1) {
			uint8_t bit = (uint8_t)(1 << at % 8);
			flip(paths[i], at, bit);
			logs_verify(bytes_of(NULL, 0), &r);
			if (!r.problems || r.problems > most || strcmp(logs_problem.file, paths[i]))
				fail_msg("bit %u of byte %lld of %s: %llu problems, the first in %s: %s", bit, (long long)at, paths[i],
				         (unsigned long long)r.problems, logs_problem.file, logs_problem.says ? logs_problem.says : "none");
			flip(paths[i], at, bit);
			tried++;
		}
	}
	assert_true(tried >= 100);
	logs_verify(bytes_of(NULL, 0), &r);
	assert_int_equal(r.problems, 0);
}

static void
a_flipped_bit_of_any_file_of_a_closed_log_is_found_in_that_file(void **state)
{
	struct log *l = logs_open();

	(void)state;
	logs_add(l, 256 * 3 + 100, 1000);
	log_close(l);
	every_flip_is_found(1);
}

static void
a_flipped_bit_of_any_file_of_a_log_that_was_left_is_found_in_that_file(void **state)
{

	(void)state;
	struct log *l = logs_open();
	logs_add(l, 256 + 50, 100);
	/* As a crash leaves it: a copy, made while the journal is there. */
	shell("cp -r $D $D.copy && cp $D/journal $D.copy/");
	log_close(l);
	logs_remove(logs_dir);
	shell("mv $D.copy $D && truncate -s 80K $D/journal");
	every_flip_is_found(4);
}

static void
a_flipped_bit_above_the_first_level_is_found(void **state)
{
	struct verify_result r;
	struct log          *l;

	(void)state;
	logs_options.journal = 64 << 20;
	l = logs_open();
	logs_add(l, 65536 + 256 + 3, 30000);
	log_close(l);
	static const char *const files[] = { "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1", "tile/0/000", "tile/0/257.p/3", "tile/entries/256", "tile/entries/257.p/3" };
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		flip(files[i], 7, 4);
		logs_verify(bytes_of(NULL, 0), &r);
		if (r.problems != 1 || strcmp(logs_problem.file, files[i]))
			fail_msg("%s: %llu problems, the first in %s", files[i], (unsigned long long)r.problems, logs_problem.file);
		flip(files[i], 7, 4);
	}
	logs_good(65536 + 256 + 3);
}

static void
the_entry_that_was_changed_is_named_by_its_index(void **state)
{
	struct verify_result r;
	struct log          *l = logs_open();

	(void)state;
	logs_add(l, 600, 600);
	log_close(l);
	flip("tile/entries/001", 2 + 3, 1); /* in the first entry of the second bundle */
	assert_int_equal(logs_verify(bytes_of(NULL, 0), &r), 1);
	assert_true(logs_problem.located);
	assert_int_equal(logs_problem.index, 256);
	assert_non_null(strstr(logs_problem.says, "another entry"));
}

static void
an_entry_replaced_together_with_its_tile_is_found(void **state)
{
	struct verify_result r;
	struct log          *l = logs_open();
	struct digest        d;

	(void)state;
	logs_add(l, 600, 600);
	log_close(l);
	flip("tile/entries/000", 5, 1);
	struct bytes first = logs_entry(0);
	uint8_t      other[64];
	memcpy(other, first.at, first.len);
	other[3] ^= 1;
	d = merkle_leaf(bytes_of(other, first.len));
	int fd = open_file("tile/0/000");
	assert_int_equal(pwrite(fd, d.b, 32, 0), 32);
	close(fd);
	assert_int_equal(logs_verify(bytes_of(NULL, 0), &r), 1);
	assert_string_equal(logs_problem.file, "tile/0/000");
	assert_non_null(strstr(logs_problem.says, "replaced"));
}

static void
a_missing_file_a_cut_one_and_one_too_many_are_found(void **state)
{
	struct verify_result r;
	struct log          *l = logs_open();
	char                 path[256], other[256];

	(void)state;
	logs_add(l, 600, 600);
	log_close(l);
	list();
	for (size_t i = 0; i < paths_n; i++) {
		snprintf(path, sizeof path, "%s/%.120s", logs_dir, paths[i]);
		snprintf(other, sizeof other, "%s.away", logs_dir);
		assert_int_equal(rename(path, other), 0);
		assert_int_equal(logs_verify(bytes_of(NULL, 0), &r), 1);
		assert_string_equal(logs_problem.file, paths[i]);
		assert_int_equal(rename(other, path), 0);
		struct stat st;
		assert_int_equal(stat(path, &st), 0);
		uint8_t last;
		int     fd = open_file(paths[i]);
		assert_int_equal(pread(fd, &last, 1, st.st_size - 1), 1);
		assert_int_equal(ftruncate(fd, st.st_size - 1), 0);
		assert_int_equal(logs_verify(bytes_of(NULL, 0), &r), 1);
		assert_string_equal(logs_problem.file, paths[i]);
		assert_int_equal(pwrite(fd, &last, 1, st.st_size - 1), 1);
		assert_int_equal(pwrite(fd, &last, 1, st.st_size), 1);
		assert_int_equal(logs_verify(bytes_of(NULL, 0), &r), 1);
		assert_string_equal(logs_problem.file, paths[i]);
		assert_int_equal(ftruncate(fd, st.st_size), 0);
		close(fd);
	}
	static const char *const strange[] = { "tile/0/003", "tile/entries/002.p/200", "tile/9", "tile/0/x000", "note", "tile/3/000.p/1" };
	for (size_t i = 0; i < sizeof strange / sizeof *strange; i++) {
		snprintf(path, sizeof path, "%s/%s", logs_dir, strange[i]);
		assert_int_equal(setenv("F", path, 1), 0);
		shell("mkdir -p $(dirname $F)");
		int fd = open(path, O_WRONLY | O_CREAT, 0600);
		assert_true(fd >= 0);
		close(fd);
		assert_int_equal(logs_verify(bytes_of(NULL, 0), &r), 1);
		assert_string_equal(logs_problem.file, strange[i]);
		assert_int_equal(unlink(path), 0);
	}
	logs_good(600);
}

/* --- against a remembered checkpoint ------------------------------------------------------- */

static uint8_t room[NOTE_SIZE];

static struct bytes
remember(const struct log *l)
{
	struct bytes note = log_checkpoint(l);
	memcpy(room, note.at, note.len);
	return bytes_of(room, note.len);
}

static void
a_log_that_went_on_from_the_remembered_checkpoint_is_good(void **state)
{
	struct verify_result r;
	struct log          *l = logs_open();

	(void)state;
	for (uint64_t n = 0; n < 700; n += 69) {
		logs_add(l, n, 50);
		struct bytes then = remember(l);
		logs_add(l, n + 30, 7);
		assert_int_equal(logs_verify(then, &r), 0);
	}
	log_close(l);
}

static void
a_log_that_was_rolled_back_is_named_so(void **state)
{
	struct verify_result r;
	struct log          *l = logs_open();

	(void)state;
	logs_add(l, 400, 400);
	log_close(l);
	shell("cp -r $D $D.old");
	l = logs_open();
	logs_add(l, 500, 100);
	struct bytes then = remember(l);
	log_close(l);
	assert_int_equal(logs_verify(then, &r), 0);
	logs_remove(logs_dir);
	shell("mv $D.old $D");
	logs_good(400); /* by itself nobody can tell */
	assert_int_equal(logs_verify(then, &r), 1);
	assert_string_equal(logs_problem.file, "checkpoint");
	assert_int_equal(logs_problem.index, 400);
	assert_non_null(strstr(logs_problem.says, "rolled back"));
}

static void
a_log_whose_past_was_rewritten_with_its_key_is_named_forked(void **state)
{
	struct verify_result r;
	struct log_range     range;
	struct log          *l = logs_open();

	(void)state;
	logs_add(l, 300, 300);
	struct bytes then = remember(l);
	log_close(l);
	logs_remove(logs_dir);
	l = logs_open();
	assert_int_equal(log_add(l, bytes_text("{\"entry\":\"another\"}")), OK);
	assert_int_equal(log_commit(l, &range), OK);
	logs_add(l, 400, 100);
	log_close(l);
	logs_good(400);
	assert_int_equal(logs_verify(then, &r), 1);
	assert_non_null(strstr(logs_problem.says, "forked"));
}

static void
a_checkpoint_older_than_the_journal_is_not_gone_on_from(void **state)
{
	struct verify_result r;
	struct log          *l = logs_open();

	(void)state;
	logs_options.journal = 4096;
	logs_add(l, 100, 100);
	shell("cp $D/checkpoint $D.old");
	log_close(l);
	l = logs_open();
	logs_add(l, 200, 50);
	shell("cp -r $D $D.copy && mv $D.old $D.copy/checkpoint");
	log_close(l);
	logs_remove(logs_dir);
	shell("mv $D.copy $D");
	assert_true(logs_verify(bytes_of(NULL, 0), &r) > 0);
	assert_string_equal(logs_problem.file, "checkpoint");
	assert_int_equal(log_open(logs_dir, &logs_options, &l), ERR_FORM);
	assert_non_null(strstr(log_trouble(), "rolled back"));
}

static void
a_log_that_is_being_written_to_gives_no_false_alarm(void **state)
{
	struct verify_result r;
	uint64_t             checks = 0;
	int                  status;

	(void)state;
	logs_options.journal = 64 << 10; /* begun anew, and partial tiles removed, every few commits */
	log_close(logs_open());
	pid_t child = fork();
	if (!child) {
		struct log *l = logs_open();
		for (uint64_t n = 17;; n += 17)
			logs_add(l, n, 17);
	}
	for (uint64_t size = 0; size < 20000 && checks < 10000; checks++) {
		if (logs_verify(bytes_of(NULL, 0), &r)) {
			kill(child, SIGKILL);
			fail_msg("%s %llu: %s", logs_problem.file, (unsigned long long)logs_problem.index, logs_problem.says);
		}
		size = r.size;
	}
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && checks > 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define LOG_TEST(t) cmocka_unit_test_setup_teardown(t, logs_begin, logs_end)
		LOG_TEST(a_flipped_bit_of_any_file_of_a_closed_log_is_found_in_that_file),
		LOG_TEST(a_flipped_bit_of_any_file_of_a_log_that_was_left_is_found_in_that_file),
		LOG_TEST(a_flipped_bit_above_the_first_level_is_found),
		LOG_TEST(the_entry_that_was_changed_is_named_by_its_index),
		LOG_TEST(an_entry_replaced_together_with_its_tile_is_found),
		LOG_TEST(a_missing_file_a_cut_one_and_one_too_many_are_found),
		LOG_TEST(a_log_that_went_on_from_the_remembered_checkpoint_is_good),
		LOG_TEST(a_log_that_was_rolled_back_is_named_so),
		LOG_TEST(a_log_whose_past_was_rewritten_with_its_key_is_named_forked),
		LOG_TEST(a_log_that_is_being_written_to_gives_no_false_alarm),
		LOG_TEST(a_checkpoint_older_than_the_journal_is_not_gone_on_from),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
