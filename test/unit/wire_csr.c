#include "test/unit/check.h"
#include "wire/csr.h"

/* Made by openssl req: Ed25519, CN=x, no attributes. */
static const char PLAIN[] =
	"30818b303f020100300c310a300806035504030c0178302a300506032b6570032100d6604028e64f53605f01773df3b3"
	"6f7802bfddaddf595f4eea42d6ac7bf81989a000300506032b65700341001658741d6511dc5572478d69da3ceebec20b"
	"93edb26958ed35da760b4f25f4f5b0de4ea78160984be2b7056eb30faddd6c94388a2bb14c4542dc0cc9a921db09";

/* The same tool: P-256, CN=pump1, four names. */
static const char NAMES[] =
	"3082013c3081e20201003010310e300c06035504030c0570756d70313059301306072a8648ce3d020106082a8648ce3d"
	"030107034200048fcffc04d3beb8f3fde96ec0d7ed2fd1dceb8f9f28d4524e9dd81b9ff856fcd2d4460d47dc05e695bf"
	"1e722a118857053f8be08dee071f0b81819e52bd7d2710a070306e06092a864886f70d01090e3161305f305d0603551d"
	"1104563054821670756d70312e686f73706974616c2e6578616d706c6587040a140307861975726e3a7061726176656e"
	"743a6465766963653a70756d7031861975726e3a6d61633a30303a30393a66623a30303a30303a3231300a06082a8648"
	"ce3d0403020349003046022100ac4694adcfeb3e17fa47f1e1ea0dbe4b6322b583e7fd8680419cd23e56cec889022100"
	"e9d1ed811a8f3b70a6c7d9fa123edfac863bc649e3eed05dbf72a124bf9a4a69";

static void
a_request_says_whose_key_it_is(void **state)
{
	uint8_t    raw[512];
	struct csr r;

	(void)state;
	assert_int_equal(csr_parse(bytes_of(raw, unhex(PLAIN, raw, sizeof raw)), &r), OK);
	assert_true(bytes_equal(r.wants.subject_cn, LIT("x")));
	assert_int_equal(r.wants.key, X509_KEY_ED25519);
	assert_int_equal(r.algorithm, X509_ED25519);
	assert_int_equal(r.challenge.len, 0);
}

static void
the_names_asked_for_are_read(void **state)
{
	uint8_t    raw[512];
	struct csr r;

	(void)state;
	assert_int_equal(csr_parse(bytes_of(raw, unhex(NAMES, raw, sizeof raw)), &r), OK);
	assert_int_equal(r.wants.nnames, 4);
	assert_true(bytes_equal(r.wants.names[0].value, LIT("pump1.hospital.example")));
	assert_int_equal(r.wants.key_bits, 256);
}

static void
printing_what_was_parsed_gives_the_same_bytes(void **state)
{
	uint8_t    raw[512], again[512];
	struct csr r;
	size_t     n = unhex(NAMES, raw, sizeof raw);
	struct buf b = buf_over(again, sizeof again);

	(void)state;
	assert_int_equal(csr_parse(bytes_of(raw, n), &r), OK);
	csr_print(&r, &b);
	assert_true(bytes_equal(buf_bytes(&b), bytes_of(raw, n)));
}

static void
a_cut_request_is_refused(void **state)
{
	uint8_t raw[512];
	size_t  n = unhex(NAMES, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(csr_parse, struct csr, bytes_of(raw, n));
}

static void
a_byte_behind_a_request_is_refused(void **state)
{
	uint8_t    raw[512];
	struct csr r;
	size_t     n = unhex(NAMES, raw, sizeof raw);

	(void)state;
	raw[n] = 0;
	assert_int_equal(csr_parse(bytes_of(raw, n + 1), &r), ERR_FORM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_says_whose_key_it_is),
		cmocka_unit_test(the_names_asked_for_are_read),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
		cmocka_unit_test(a_cut_request_is_refused),
		cmocka_unit_test(a_byte_behind_a_request_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
