#include "test/unit/check.h"
#include "wire/dns.h"

/* mail.example.com A?  in mixed case; a CNAME, an A, an NS, and OPT, all but the first with compression (RFC 1035 section 4.1.4). */
static const char ANSWER[] =
	"1a2b 8580 0001 0002 0001 0001"
	"04 4d61496c 07 6578616d706c65 03 636f6d 00 0001 0001"
	"c00c 0005 0001 00000e10 0005 02 6d78 c011"
	"c02e 0001 0001 0000003c 0004 0a4d0019"
	"c011 0002 0001 00000e10 0006 03 6e7331 c011"
	"00 0029 04d0 00000000 0000";

/* _hl7._tcp.local SRV, PTR question with the unicast bit, cache-flush in the answer (RFC 6762). */
static const char MDNS[] =
	"0000 8400 0001 0002 0000 0000"
	"04 5f686c37 04 5f746370 05 6c6f63616c 00 000c 8001"
	"04 4472 2e42 c00c 0021 8001 00000078 000e 0000 0000 0a0d 05 676174653 1 c016"
	"c00c 000c 0001 00001194 0002 c021";

static void
an_answer_is_read(void **state)
{
	uint8_t    raw[256];
	struct dns d;
	char       name[DNS_NAME];

	(void)state;
	assert_int_equal(dns_parse(bytes_of(raw, unhex(ANSWER, raw, sizeof raw)), &d), OK);
	assert_int_equal(d.id, 0x1a2b);
	assert_true(d.qr && d.aa && d.rd && d.ra && !d.tc && !d.ad && !d.more);
	assert_string_equal(d.name, "mail.example.com");
	assert_int_equal(d.type, DNS_A);
	assert_int_equal(d.asked.len, 22);
	assert_int_equal(d.count, 4);
	assert_int_equal(d.record[0].type, DNS_CNAME);
	assert_int_equal(dns_target(&d, &d.record[0], name), OK);
	assert_string_equal(name, "mx.example.com");
	assert_int_equal(dns_name(d.message, d.record[1].owner, name), OK);
	assert_string_equal(name, "mx.example.com");
	assert_int_equal(d.record[1].ttl, 60);
	assert_int_equal(d.record[1].addr.b[15], 25);
	assert_int_equal(d.record[2].section, DNS_AUTHORITY);
	assert_true(d.edns);
	assert_int_equal(d.udp_size, 1232);
	assert_int_equal(dns_target(&d, &d.record[1], name), ERR_UNSUPPORTED);
}

static void
multicast_bits_and_a_dot_inside_a_label_are_kept_apart(void **state)
{
	uint8_t    raw[256];
	struct dns d;
	char       name[DNS_NAME];

	(void)state;
	assert_int_equal(dns_parse(bytes_of(raw, unhex(MDNS, raw, sizeof raw)), &d), OK);
	assert_true(d.unicast);
	assert_int_equal(d.class, 1);
	assert_true(d.record[0].flush);
	assert_int_equal(d.record[0].class, 1);
	assert_false(d.record[1].flush);
	assert_int_equal(dns_name(d.message, d.record[0].owner, name), OK);
	assert_string_equal(name, "dr\\.b._hl7._tcp.local");
	assert_int_equal(dns_target(&d, &d.record[0], name), OK);
	assert_string_equal(name, "gate1.local");
	assert_int_equal(dns_target(&d, &d.record[1], name), OK);
	assert_string_equal(name, "dr\\.b._hl7._tcp.local");
}

static void
printing_what_was_parsed_gives_the_same_message(void **state)
{
	uint8_t       raw[256], again[512], third[512];
	static const char *const all[] = { ANSWER, MDNS };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct dns d, e;
		struct buf b = buf_over(again, sizeof again), c = buf_over(third, sizeof third);
		char       one[DNS_NAME], two[DNS_NAME];
		assert_int_equal(dns_parse(bytes_of(raw, unhex(all[i], raw, sizeof raw)), &d), OK);
		dns_print(&d, &b);
		assert_int_equal(dns_parse(buf_bytes(&b), &e), OK);
		assert_string_equal(d.name, e.name);
		assert_int_equal(d.count, e.count);
		for (unsigned k = 0; k < d.count; k++) {
			assert_int_equal(dns_name(d.message, d.record[k].owner, one), OK);
			assert_int_equal(dns_name(e.message, e.record[k].owner, two), OK);
			assert_string_equal(one, two);
			assert_int_equal(dns_target(&d, &d.record[k], one), dns_target(&e, &e.record[k], two));
			assert_string_equal(one, two);
		}
		dns_print(&e, &c);
		assert_true(bytes_equal(buf_bytes(&b), buf_bytes(&c)));
	}
}

static void
a_cut_message_is_refused(void **state)
{
	uint8_t raw[256];
	size_t  n = unhex(ANSWER, raw, sizeof raw);

	(void)state;
	EVERY_TRUNCATION_REFUSED(dns_parse, struct dns, bytes_of(raw, n));
	n = unhex(MDNS, raw, sizeof raw);
	EVERY_TRUNCATION_REFUSED(dns_parse, struct dns, bytes_of(raw, n));
}

static void
a_pointer_that_does_not_lead_backwards_is_refused(void **state)
{
	static const char *const bad[] = {
		"0001 0100 0001 0000 0000 0000 c00c 0001 0001",             /* to itself */
		"0001 0100 0001 0000 0000 0000 c00e 0001 0001",             /* forwards */
		"0001 0100 0001 0000 0000 0000 01 61 c00c 0001 0001",       /* to its own start */
		"0001 0100 0001 0000 0000 0000 c000 0001 0001",             /* into the header */
		"0001 0100 0001 0000 0000 0000 40 61 00 0001 0001",         /* label type 01 */
	};
	uint8_t    raw[64];
	struct dns d;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(dns_parse(bytes_of(raw, unhex(bad[i], raw, sizeof raw)), &d), ERR_FORM);
}

static void
a_name_over_255_bytes_is_refused(void **state)
{
	uint8_t    raw[512];
	struct buf b = buf_over(raw, sizeof raw);
	struct dns d;

	(void)state;
	buf_put(&b, "\0\1\1\0\0\1\0\0\0\0\0\0", 12);
	for (int i = 0; i < 5; i++) {
		buf_u8(&b, 63);
		memset(buf_room(&b, 63), 'a', 63);
	}
	buf_zero(&b, 5);
	assert_int_equal(dns_parse(buf_bytes(&b), &d), ERR_FORM);
	/* Control characters take four characters each: a legal name whose text does not fit is no name, but a message. */
	b.len = 12;
	for (int i = 0; i < 2; i++) {
		buf_u8(&b, 63);
		buf_zero(&b, 63);
	}
	buf_put(&b, "\0\0\1\0\1", 5);
	assert_int_equal(dns_parse(buf_bytes(&b), &d), OK);
	assert_string_equal(d.name, "");
	assert_int_equal(d.type, 1);
}

static void
records_past_the_ceiling_are_told_of(void **state)
{
	uint8_t    raw[1024];
	struct buf b = buf_over(raw, sizeof raw);
	struct dns d;

	(void)state;
	buf_put(&b, "\0\1\200\0\0\0\0\31\0\0\0\0", 12);
	for (int i = 0; i < 25; i++)
		buf_put(&b, "\0\0\1\0\1\0\0\0\1\0\4\12\0\0\1", 15);
	assert_int_equal(dns_parse(buf_bytes(&b), &d), OK);
	assert_int_equal(d.count, DNS_RECORDS);
	assert_true(d.more);
}

static void
a_tcp_stream_yields_its_messages(void **state)
{
	struct bytes s = LIT("\0\3abc\0\1d\0\5e"), m;

	(void)state;
	assert_int_equal(dns_tcp_next(&s, &m), OK);
	assert_true(bytes_equal(m, bytes_text("abc")));
	assert_int_equal(dns_tcp_next(&s, &m), OK);
	assert_true(bytes_equal(m, bytes_text("d")));
	assert_int_equal(dns_tcp_next(&s, &m), ERR_SHORT);
	assert_int_equal(s.len, 3);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_read),
		cmocka_unit_test(multicast_bits_and_a_dot_inside_a_label_are_kept_apart),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_message),
		cmocka_unit_test(a_cut_message_is_refused),
		cmocka_unit_test(a_pointer_that_does_not_lead_backwards_is_refused),
		cmocka_unit_test(a_name_over_255_bytes_is_refused),
		cmocka_unit_test(records_past_the_ceiling_are_told_of),
		cmocka_unit_test(a_tcp_stream_yields_its_messages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
