#include "ledger/recent.h"
#include "test/unit/logs.h"

#include <fcntl.h>
#include <glob.h>

static uint8_t    seen_room[NOTE_SIZE], note_room[NOTE_SIZE];
static struct buf seen;

static int
begin(void **state)
{
	seen = buf_over(seen_room, sizeof seen_room);
	return logs_begin(state);
}

/* Looks at what was added since the last time. */
static enum err
look(void)
{
	struct buf note = buf_over(note_room, sizeof note_room);
	enum err   e = recent_verify(logs_dir, &logs_options.key, buf_bytes(&seen), &note);

	if (!e) {
		buf_reset(&seen);
		buf_bytes_put(&seen, buf_bytes(&note));
	}
	return e;
}

static void
flip(const char *name, off_t at)
{
	char    path[256];
	glob_t  g;
	uint8_t v;

	snprintf(path, sizeof path, "%s/%s", logs_dir, name);
	assert_int_equal(glob(path, 0, NULL, &g), 0);
	int fd = open(g.gl_pathv[0], O_RDWR);
	assert_int_equal(pread(fd, &v, 1, at), 1);
	v ^= 1;
	assert_int_equal(pwrite(fd, &v, 1, at), 1);
	close(fd);
	globfree(&g);
}

static void
a_log_that_grows_is_found_right_at_every_step(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 255, 256, 257, 511, 512, 700, 65535, 65536, 65537, 66000 };
	struct log           *l = logs_open();

	(void)state;
	assert_int_equal(look(), OK);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		logs_add(l, sizes[i], 1000);
		assert_int_equal(look(), OK);
		assert_int_equal(look(), OK); /* nothing new is right too */
	}
	log_close(l);
}

static void
a_changed_entry_hash_or_checkpoint_among_what_was_added_is_found(void **state)
{
	struct log *l = logs_open();

	(void)state;
	logs_add(l, 300, 100);
	assert_int_equal(look(), OK);
	logs_add(l, 600, 100);
	flip("tile/entries/001", 20);
	assert_int_equal(look(), ERR_FORM);
	flip("tile/entries/001", 20);
	flip("tile/0/001", 32 * 50);
	assert_int_equal(look(), ERR_FORM);
	flip("tile/0/001", 32 * 50);
	flip("tile/1/000.p/2", 40);
	assert_int_equal(look(), ERR_FORM);
	flip("tile/1/000.p/2", 40);
	flip("checkpoint", 30);
	assert_int_equal(look(), ERR_FORM);
	flip("checkpoint", 30);
	assert_int_equal(look(), OK);
	log_close(l);
}

static void
a_log_that_was_rolled_back_or_forked_is_found(void **state)
{
	struct log_range range;
	struct log      *l = logs_open();

	(void)state;
	logs_add(l, 300, 100);
	assert_int_equal(look(), OK);
	log_close(l);
	logs_remove(logs_dir);
	l = logs_open();
	logs_add(l, 299, 100);
	assert_int_equal(look(), ERR_FORM);
	assert_int_equal(log_add(l, bytes_text("another")), OK);
	assert_int_equal(log_commit(l, &range), OK);
	assert_int_equal(look(), ERR_FORM); /* the same size, another root */
	logs_add(l, 700, 100);
	assert_int_equal(look(), ERR_FORM);
	log_close(l);
}

static void
another_key_and_a_missing_log_are_told_apart(void **state)
{
	struct note_key own = logs_options.key;
	struct log     *l = logs_open();

	(void)state;
	logs_add(l, 3, 3);
	logs_options.key.key[0] ^= 1;
	assert_int_equal(look(), ERR_FORM);
	logs_options.key = own;
	log_close(l);
	logs_remove(logs_dir);
	assert_int_equal(look(), ERR_NOTFOUND);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_log_that_grows_is_found_right_at_every_step, begin, logs_end),
		cmocka_unit_test_setup_teardown(a_changed_entry_hash_or_checkpoint_among_what_was_added_is_found, begin, logs_end),
		cmocka_unit_test_setup_teardown(a_log_that_was_rolled_back_or_forked_is_found, begin, logs_end),
		cmocka_unit_test_setup_teardown(another_key_and_a_missing_log_are_told_apart, begin, logs_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
