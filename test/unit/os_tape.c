#include "test/unit/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "os/tape.h"

enum { MIB = 1 << 20 };
static uint8_t room[TAPE_FRAME];

static struct tape *
pair(struct tape **reads)
{
	struct tape *writes;
	int          w, r;

	assert_int_equal(tape_new(MIB, &w, &r), OK);
	assert_int_equal(tape_open(w, true, &writes), OK);
	assert_int_equal(tape_open(r, false, reads), OK);
	return writes;
}

/* A frame whose every byte says which it is. */
static void
put(struct tape *t, uint64_t number, size_t len)
{
	static uint8_t data[TAPE_FRAME + 64];

	memset(data, (int)(number & 0xff), len);
	tape_put(t, &(struct tape_frame){ number, { (int64_t)number * 10 }, 1, (uint32_t)len, { data, len } });
}

static bool
is(const struct tape_frame *f, uint64_t number, size_t len)
{
	bool good = f->number == number && f->when.us == (int64_t)number * 10 && f->linktype == 1 && f->data.len == len;

	for (size_t i = 0; good && i < len; i++)
		good = f->data.at[i] == (number & 0xff);
	return good;
}

static void
gives_each_frame_by_its_number(void **state)
{
	struct tape      *r, *w = pair(&r);
	struct tape_frame f;

	(void)state;
	assert_int_equal(tape_newest(r), 0);
	assert_int_equal(tape_get(r, 0, room, &f), ERR_NOTFOUND);
	assert_int_equal(tape_get(r, 1, room, &f), ERR_NOTFOUND);
	for (uint64_t n = 1; n <= 100; n++)
		put(w, n, 60 + n);
	for (uint64_t n = 1; n <= 100; n++)
		assert_true(tape_get(r, n, room, &f) == OK && is(&f, n, 60 + n));
	assert_int_equal(tape_newest(r), 100);
	assert_int_equal(tape_get(r, 101, room, &f), ERR_NOTFOUND);
	tape_free(w);
	tape_free(r);
}

static void
keeps_the_newest_frames_when_it_wraps(void **state)
{
	struct tape      *r, *w = pair(&r);
	struct tape_frame f;
	uint64_t          oldest = 0;

	(void)state;
	for (uint64_t n = 1; n <= 5000; n++)
		put(w, n, 100 + n * 37 % 1400);
	for (uint64_t n = 1; n <= 5000; n++) {
		enum err e = tape_get(r, n, room, &f);
		if (e == OK && !oldest)
			oldest = n;
		assert_true(oldest ? e == OK && is(&f, n, 100 + n * 37 % 1400) : e == ERR_NOTFOUND);
	}
	assert_in_range(5000 - oldest, MIB / 1600, MIB / 100);
	tape_free(w);
	tape_free(r);
}

static void
keeps_a_frame_that_is_too_long_cut(void **state)
{
	struct tape      *r, *w = pair(&r);
	struct tape_frame f;

	(void)state;
	put(w, 1, TAPE_FRAME + 1);
	assert_int_equal(tape_get(r, 1, room, &f), OK);
	assert_int_equal(f.data.len, TAPE_FRAME);
	assert_int_equal(f.length, TAPE_FRAME + 1);
	tape_free(w);
	tape_free(r);
}

static void
never_gives_a_frame_that_was_overwritten_meanwhile(void **state)
{
	struct tape      *r, *w = pair(&r);
	struct tape_frame f;
	unsigned          whole = 0, gone = 0;

	(void)state;
	pid_t writer = fork();
	if (!writer) {
		for (uint64_t n = 1; n <= 400000; n++)
			put(w, n, 64 + n * 131 % 1500);
		_exit(0);
	}
	int status;
	while (!waitpid(writer, &status, WNOHANG) || whole < 100) {
		/* The oldest are those that the writer is about to reach. */
		uint64_t newest = tape_newest(r), n = newest > 1400 ? newest - 1000 - whole % 400 : newest;
		if (tape_get(r, n, room, &f) != OK) {
			gone++;
			continue;
		}
		assert_true(is(&f, n, 64 + n * 131 % 1500));
		whole++;
	}
	assert_int_equal(status, 0);
	assert_true(whole >= 100);
	tape_free(w);
	tape_free(r);
}

static void
a_tape_that_was_cleared_holds_what_came_after(void **state)
{
	struct tape      *r, *w = pair(&r);
	struct tape_frame f;

	(void)state;
	for (uint64_t n = 1; n <= 3000; n++)
		put(w, n, 500);
	tape_clear(w);
	for (uint64_t n = 1; n <= 3000; n++)
		assert_int_equal(tape_get(r, n, room, &f), ERR_NOTFOUND);
	put(w, 1, 70);
	put(w, 2, 80);
	assert_true(tape_get(r, 1, room, &f) == OK && is(&f, 1, 70));
	assert_true(tape_get(r, 2, room, &f) == OK && is(&f, 2, 80));
	assert_int_equal(tape_get(r, 3, room, &f), ERR_NOTFOUND);
	tape_free(w);
	tape_free(r);
}

static void
a_reader_cannot_write(void **state)
{
	int w, r;

	(void)state;
	assert_int_equal(tape_new(MIB, &w, &r), OK);
	assert_true(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r, 0) == MAP_FAILED);
	assert_int_equal(write(r, "x", 1), -1);
	close(w);
	close(r);
}

static void
what_does_not_fit_is_not_there(void **state)
{
	int               w, r;
	struct tape      *t;
	struct tape_frame f;

	(void)state;
	assert_int_equal(tape_new(MIB, &w, &r), OK);
	uint8_t *at = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, w, 0);
	assert_true(at != MAP_FAILED);
	memset(at, 0xff, 1 << 20); /* header, index and most of the records */
	assert_int_equal(tape_open(r, false, &t), OK);
	for (uint64_t n = 1; n < 10000; n++)
		assert_int_equal(tape_get(t, n, room, &f), ERR_NOTFOUND);
	tape_free(t);
	munmap(at, 1 << 20);
	close(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_each_frame_by_its_number),
		cmocka_unit_test(keeps_the_newest_frames_when_it_wraps),
		cmocka_unit_test(keeps_a_frame_that_is_too_long_cut),
		cmocka_unit_test(never_gives_a_frame_that_was_overwritten_meanwhile),
		cmocka_unit_test(a_tape_that_was_cleared_holds_what_came_after),
		cmocka_unit_test(a_reader_cannot_write),
		cmocka_unit_test(what_does_not_fit_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
