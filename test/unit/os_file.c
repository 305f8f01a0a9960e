#include "os/file.h"
#include "test/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { SIZE = 700000, WINDOW = 5000 };

static uint8_t plain[SIZE], packed[2 * SIZE + 1000];

/* Text that compresses well and badly by turns. */
static void
fill(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < SIZE; i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = i / 1000 % 2 ? (uint8_t)(x >> 24) : (uint8_t)(i % 7);
	}
}

static int
holding(struct bytes b)
{
	int fd = memfd_create("file", 0);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, b.at, b.len), (ssize_t)b.len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* Reads b through a small window, in bites of one size; the bytes that came, which must be those of plain, and how it ended. */
static enum err
read_all(struct bytes b, size_t bite, size_t *len)
{
	struct file *f;
	enum err     e;

	assert_int_equal(file_new(holding(b), WINDOW, &f), OK);
	*len = 0;
	do {
		e = file_more(f);
		struct bytes w = file_window(f);
		/* Half a bite is left at each turn, as half a record is. */
		size_t n = e || w.len < bite ? w.len : w.len - bite / 2;
		assert_true(*len + n <= SIZE && memcmp(plain + *len, w.at, n) == 0);
		*len += n;
		file_used(f, n);
	} while (!e);
	file_free(f);
	return e;
}

static struct bytes
gzipped(struct bytes in, uint8_t *out)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in.at, .avail_in = (unsigned)in.len, .next_out = out, .avail_out = SIZE + 500 };

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t n = z.total_out;
	deflateEnd(&z);
	return bytes_of(out, n);
}

static struct bytes
zstandard(void)
{
	size_t n = ZSTD_compress(packed, sizeof packed, plain, SIZE, 3);

	assert_false(ZSTD_isError(n));
	return bytes_of(packed, n);
}

static void
a_plain_file_is_shown_as_it_is(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(read_all(bytes_of(plain, SIZE), 100, &n), ERR_CLOSED);
	assert_int_equal(n, SIZE);
}

static void
gzip_is_unpacked_to_its_last_byte(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(read_all(gzipped(bytes_of(plain, SIZE), packed), 100, &n), ERR_CLOSED);
	assert_int_equal(n, SIZE);
}

static void
members_of_gzip_follow_one_another(void **state)
{
	size_t       n;
	struct bytes a = gzipped(bytes_of(plain, 1000), packed), b = gzipped(bytes_of(plain + 1000, SIZE - 1000), packed + a.len);

	(void)state;
	assert_int_equal(read_all(bytes_of(packed, a.len + b.len), 100, &n), ERR_CLOSED);
	assert_int_equal(n, SIZE);
}

static void
zstd_is_unpacked_to_its_last_byte(void **state)
{
	size_t n;

	(void)state;
	assert_int_equal(read_all(zstandard(), 100, &n), ERR_CLOSED);
	assert_int_equal(n, SIZE);
}

static void
what_ends_within_compressed_data_is_short_and_gives_what_came_before(void **state)
{
	size_t       n;
	struct bytes z = zstandard();

	(void)state;
	assert_int_equal(read_all(bytes_head(z, z.len / 2), 100, &n), ERR_SHORT);
	assert_true(n > SIZE / 4 && n < SIZE);
	assert_int_equal(read_all(bytes_head(z, z.len - 1), 100, &n), ERR_SHORT);
	z = gzipped(bytes_of(plain, SIZE), packed);
	assert_int_equal(read_all(bytes_head(z, z.len / 2), 100, &n), ERR_SHORT);
	assert_true(n > SIZE / 4 && n < SIZE);
	assert_int_equal(read_all(bytes_head(z, z.len - 1), 100, &n), ERR_SHORT);
}

static void
damage_in_compressed_data_is_found(void **state)
{
	size_t       n;
	struct bytes z = gzipped(bytes_of(plain, SIZE), packed);

	(void)state;
	packed[z.len - 6] ^= 1; /* its checksum (RFC 1952 2.2) */
	assert_int_equal(read_all(z, 100, &n), ERR_FORM);
	z = zstandard();
	memset(packed + 6, 0xff, 40);
	assert_int_equal(read_all(z, 100, &n), ERR_FORM);
}

static void
a_file_of_a_few_bytes_is_plain(void **state)
{
	size_t n;

	(void)state;
	plain[0] = 0x1f; /* gzip's first byte */
	assert_int_equal(read_all(bytes_of(plain, 1), 100, &n), ERR_CLOSED);
	assert_int_equal(n, 1);
	assert_int_equal(read_all(bytes_of(plain, 0), 100, &n), ERR_CLOSED);
	assert_int_equal(n, 0);
	fill();
}

static void
a_full_window_is_told_until_something_is_used(void **state)
{
	struct file *f;
	enum err     e;

	(void)state;
	assert_int_equal(file_new(holding(bytes_of(plain, SIZE)), WINDOW, &f), OK);
	while (!(e = file_more(f)))
		;
	assert_int_equal(e, ERR_LIMIT);
	assert_int_equal(file_window(f).len, WINDOW);
	file_used(f, 10);
	assert_int_equal(file_more(f), OK);
	assert_memory_equal(file_window(f).at, plain + 10, WINDOW);
	file_free(f);
}

static void
a_pipe_is_read_though_it_has_no_size(void **state)
{
	struct file *f;
	int          ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abcdef", 6), 6);
	close(ends[1]);
	assert_int_equal(file_new(ends[0], WINDOW, &f), OK);
	assert_int_equal(file_more(f), OK);
	assert_true(bytes_equal(file_window(f), LIT("abcdef")));
	assert_int_equal(file_size(f), 0);
	assert_int_equal(file_taken(f), 6);
	assert_int_equal(file_more(f), ERR_CLOSED);
	file_free(f);
}

static void
what_cannot_be_opened_says_why(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(file_open("/nonexistent/capture.pcap", &fd), ERR_NOTFOUND);
	assert_int_equal(file_open("-", &fd), OK);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_file_is_shown_as_it_is),
		cmocka_unit_test(gzip_is_unpacked_to_its_last_byte),
		cmocka_unit_test(members_of_gzip_follow_one_another),
		cmocka_unit_test(zstd_is_unpacked_to_its_last_byte),
		cmocka_unit_test(what_ends_within_compressed_data_is_short_and_gives_what_came_before),
		cmocka_unit_test(damage_in_compressed_data_is_found),
		cmocka_unit_test(a_file_of_a_few_bytes_is_plain),
		cmocka_unit_test(a_full_window_is_told_until_something_is_used),
		cmocka_unit_test(a_pipe_is_read_though_it_has_no_size),
		cmocka_unit_test(what_cannot_be_opened_says_why),
	};
	fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
