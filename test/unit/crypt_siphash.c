#include "test/unit/check.h"
#include "crypt/siphash.h"

/* Of the authors' reference vectors: key 00..0f, message 00 01 02 … of n bytes. */
static const struct {
	size_t      n;
	const char *digest, *wide;
} VECTOR[] = {
	{ 0, "310e0edd47db6f72", "a3817f04ba25a8e66df67214c7550293" },
	{ 1, "fd67dc93c539f874", "da87c1d86b99af44347659119b22fc45" },
	{ 8, "6224939a79f5f593", "3b62a9ba6258f5610f83e264f31497b4" },
	{ 15, "e545be4961ca29a1", "5493e99933b0a8117e08ec0f97cfc3d9" },
};

static struct siphash_key
key(void)
{
	uint8_t raw[16];
	for (uint8_t i = 0; i < 16; i++)
		raw[i] = i;
	return siphash_key(raw);
}

static void
the_published_vectors_come_out(void **state)
{
	struct siphash_key k = key();
	uint8_t            in[64], want[16];

	(void)state;
	for (uint8_t i = 0; i < 64; i++)
		in[i] = i;
	for (size_t i = 0; i < sizeof VECTOR / sizeof *VECTOR; i++) {
		struct siphash s;
		siphash_begin(&s, &k);
		siphash_put(&s, bytes_of(in, VECTOR[i].n));
		uint64_t d = siphash_end(&s);
		assert_int_equal(unhex(VECTOR[i].digest, want, sizeof want), 8);
		assert_memory_equal(&d, want, 8);
		siphash_begin_wide(&s, &k);
		siphash_put(&s, bytes_of(in, VECTOR[i].n));
		struct siphash_wide w = siphash_end_wide(&s);
		assert_int_equal(unhex(VECTOR[i].wide, want, sizeof want), 16);
		assert_memory_equal(&w, want, 16);
	}
}

static void
any_cut_gives_the_same_digest(void **state)
{
	struct siphash_key k = key();
	struct siphash     s;
	uint8_t            in[40];

	(void)state;
	for (uint8_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 7);
	siphash_begin(&s, &k);
	siphash_put(&s, bytes_of(in, sizeof in));
	uint64_t whole = siphash_end(&s);
	for (size_t a = 0; a <= sizeof in; a++)
		for (size_t b = a; b <= sizeof in; b++) {
			siphash_begin(&s, &k);
			siphash_put(&s, bytes_of(in, a));
			siphash_put(&s, bytes_of(in + a, b - a));
			siphash_put(&s, bytes_of(in + b, sizeof in - b));
			assert_int_equal(siphash_end(&s), whole);
		}
}

/* SipHash-1-3 of 00 01 02 … with the same key, as OpenSSL's SIPHASH with c-rounds 1 and d-rounds 3 has it. */
static void
the_quick_form_is_that_of_a_word_and_a_value_in_a_row(void **state)
{
	struct siphash_key k = key();
	uint8_t            in[64], want[8];
	static const struct {
		size_t      n;
		const char *digest;
	} all[] = { { 8, "8e9a298d11959036" }, { 15, "5699512a6dd820d3" }, { 40, "3115e4993236d2c1" } };

	(void)state;
	for (uint8_t i = 0; i < 64; i++)
		in[i] = i;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct bytes   rest = bytes_of(in + 8, all[i].n - 8);
		uint64_t       d = siphash_quick(&k, 0x0706050403020100, rest);
		struct siphash s;
		assert_int_equal(unhex(all[i].digest, want, sizeof want), 8);
		assert_memory_equal(&d, want, 8);
		siphash_begin_quick(&s, &k, 0x0706050403020100);
		siphash_put(&s, bytes_head(rest, 3));
		siphash_put(&s, bytes_skip(rest, 3));
		d = siphash_end(&s);
		assert_memory_equal(&d, want, 8);
	}
}

static void
the_quick_wide_digest_is_the_same_however_its_bytes_are_cut(void **state)
{
	static const struct siphash_key key = { { 1, 2 } };
	uint8_t                         in[67];
	struct siphash                  s;

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 7);
	siphash_begin_wide_quick(&s, &key);
	siphash_put(&s, bytes_of(in, sizeof in));
	struct siphash_wide whole = siphash_end_wide(&s);
	for (size_t cut = 0; cut <= sizeof in; cut++) {
		siphash_begin_wide_quick(&s, &key);
		siphash_put(&s, bytes_of(in, cut));
		siphash_put(&s, bytes_of(in + cut, sizeof in - cut));
		struct siphash_wide two = siphash_end_wide(&s);
		assert_true(two.lo == whole.lo && two.hi == whole.hi);
	}
	siphash_begin_wide(&s, &key);
	siphash_put(&s, bytes_of(in, sizeof in));
	struct siphash_wide full = siphash_end_wide(&s);
	assert_false(full.lo == whole.lo || full.hi == whole.hi || whole.lo == whole.hi);
}

static void
values_digested_together_have_the_digests_they_have_alone(void **state)
{
	struct siphash_key  k = key();
	uint8_t             in[SIPHASH_EACH * 40];
	struct siphash_each e[SIPHASH_EACH];
	size_t              at = 0;

	(void)state;
	for (size_t i = 0; i < sizeof in; i++)
		in[i] = (uint8_t)(i * 131 + i / 256);
	for (unsigned n = 0; n <= SIPHASH_EACH; n++) {
		/* Of every length up to 79, the last at the very end of what may be read. */
		at = 0;
		for (unsigned i = 0; i < n; i++) {
			size_t len = (i * 7 + n) % (i % 5 ? 20 : 80);
			e[i] = (struct siphash_each){ .word = i * 0x9e3779b97f4a7c15 + n, .at = in + at, .len = len };
			at += len;
		}
		assert_true(at <= sizeof in);
		siphash_quick_each(&k, e, n, in + at);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(e[i].digest, siphash_quick(&k, e[i].word, bytes_of(e[i].at, e[i].len)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_digested_together_have_the_digests_they_have_alone),
		cmocka_unit_test(the_quick_wide_digest_is_the_same_however_its_bytes_are_cut),
		cmocka_unit_test(the_published_vectors_come_out),
		cmocka_unit_test(any_cut_gives_the_same_digest),
		cmocka_unit_test(the_quick_form_is_that_of_a_word_and_a_value_in_a_row),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
