#include "os/zip.h"
#include "test/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], path[128];

static int
begin(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/paravent-zip-XXXXXX");
	snprintf(path, sizeof path, "%s/x.zip", mkdtemp(dir) ? dir : ".");
	return 0;
}

static int
end(void **state)
{
	(void)state;
	unlink(path);
	rmdir(dir);
	return 0;
}

static struct seen {
	int  count, unsound;
	char name[8][32], content[8][256];
} seen;

static bool
on_member(void *context, const char *name, bool sound, struct bytes content)
{
	(void)context;
	if (seen.count < 8) {
		snprintf(seen.name[seen.count], sizeof seen.name[0], "%.31s", name);
		snprintf(seen.content[seen.count], sizeof seen.content[0], "%.*s", (int)(content.len < 255 ? content.len : 255), (const char *)content.at);
	}
	seen.count++;
	seen.unsound += !sound;
	return true;
}

static void
make(void)
{
	static const char text[] = "The quick brown fox jumps over the lazy dog, again and again and again and again and again and again.";
	struct zip       *z;

	assert_int_equal(zip_new(path, &z), OK);
	assert_int_equal(zip_add(z, "a.txt", bytes_text(text), (struct instant){ 0 }), OK);
	assert_int_equal(zip_add(z, "empty", (struct bytes){ 0 }, (struct instant){ 0 }), OK);
	assert_int_equal(zip_add(z, "b/c.txt", bytes_text("short"), (struct instant){ 0 }), OK);
	assert_int_equal(zip_finish(z), OK);
}

static void
what_is_written_is_read_back(void **state)
{
	struct stat st;

	(void)state;
	make();
	memset(&seen, 0, sizeof seen);
	assert_int_equal(zip_read(path, on_member, NULL), OK);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.unsound, 0);
	assert_string_equal(seen.name[2], "b/c.txt");
	assert_string_equal(seen.content[2], "short");
	assert_string_equal(seen.content[1], "");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
what_is_given_up_leaves_nothing(void **state)
{
	struct zip *z, *second;
	char        part[160];

	(void)state;
	snprintf(part, sizeof part, "%s.part", path);
	assert_int_equal(zip_new(path, &z), OK);
	assert_int_equal(zip_new(path, &second), ERR_USAGE);
	assert_int_equal(zip_add(z, "a", bytes_text("b"), (struct instant){ 0 }), OK);
	zip_free(z);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_not_equal(access(part, F_OK), 0);
	assert_int_equal(zip_new("/nowhere/at/all.zip", &z), ERR_NOTFOUND);
}

/* A flip may hit what nobody reads (a time); it never gives other content as sound, and never a crash. */
static void
a_flipped_bit_never_passes_as_sound_with_other_content(void **state)
{
	uint8_t     whole[4096];
	struct seen right;
	unsigned    found = 0;

	(void)state;
	make();
	memset(&seen, 0, sizeof seen);
	assert_int_equal(zip_read(path, on_member, NULL), OK);
	right = seen;
	int     fd = open(path, O_RDWR);
	ssize_t n = read(fd, whole, sizeof whole);
	assert_true(n > 200 && n < (ssize_t)sizeof whole);
	for (ssize_t i = 0; i < n; i++) {
		uint8_t flipped = whole[i] ^ 0x10;
		assert_int_equal(pwrite(fd, &flipped, 1, i), 1);
		memset(&seen, 0, sizeof seen);
		enum err e = zip_read(path, on_member, NULL);
		assert_int_equal(pwrite(fd, &whole[i], 1, i), 1);
		if (e || seen.unsound || seen.count != right.count || memcmp(seen.name, right.name, sizeof seen.name))
			found++;
		else
			assert_memory_equal(seen.content, right.content, sizeof seen.content);
	}
	close(fd);
	assert_true(found > 80);
}

static void
a_cut_file_or_no_zip_is_refused(void **state)
{
	(void)state;
	make();
	assert_int_equal(truncate(path, 100), 0);
	assert_int_not_equal(zip_read(path, on_member, NULL), OK);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_not_equal(zip_read(path, on_member, NULL), OK);
	assert_int_equal(zip_read("/nowhere", on_member, NULL), ERR_NOTFOUND);
}

int
main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
	const struct CMUnitTest tests[] = {
		T(what_is_written_is_read_back),
		T(what_is_given_up_leaves_nothing),
		T(a_flipped_bit_never_passes_as_sound_with_other_content),
		T(a_cut_file_or_no_zip_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
