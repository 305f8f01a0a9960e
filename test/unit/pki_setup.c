#include "test/unit/check.h"

#include "pki/setup.h"

static struct setup
known(void)
{
	return (struct setup){ .name = "pump1", .dir = "/var/lib/x", .peer = "radius.hospital.example", .ssid = "Ward", .key = "YWJj" };
}

static void
every_target_says_what_is_known_and_nothing_is_left_open(void **state)
{
	const struct setup         s = known();
	const struct setup_target *t;
	char                       room[8192];

	(void)state;
	for (unsigned i = 0; (t = setup_at(i)); i++) {
		struct buf out = buf_over(room, sizeof room);
		assert_ptr_equal(setup_find(t->name), t);
		assert_null(setup_fault(t, &s));
		setup_print(t, &s, &out);
		const char *text = buf_string(&out);
		assert_non_null(strstr(text, "pump1"));
		for (const char *word = "{name}\0{dir}\0{peer}\0{ssid}\0{key}\0"; *word; word += strlen(word) + 1)
			assert_null(strstr(text, word));
	}
	assert_null(setup_find("telnet"));
}

static void
what_a_target_needs_is_named_if_it_is_missing(void **state)
{
	struct setup s = known();

	(void)state;
	s.peer = NULL;
	assert_string_equal(setup_fault(setup_find("nginx"), &s), "peer");
	assert_null(setup_fault(setup_find("mosquitto"), &s));
	s = known();
	s.ssid = "";
	assert_string_equal(setup_fault(setup_find("wpa_supplicant"), &s), "ssid");
	s = known();
	s.key = NULL;
	assert_string_equal(setup_fault(setup_find("wireguard"), &s), "wireguard-key");
}

static void
nobodys_name_ends_a_line_or_a_word(void **state)
{
	static const char *const BAD[] = { "a\nb", "a\"b", "a'b", "a;b", "a{b", "a}b", "a#b", "a$b", "a`b", "a\\b", "a|b", "a\tb" };

	(void)state;
	for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
		struct setup s = known();
		s.name = BAD[i];
		assert_string_equal(setup_fault(setup_find("mosquitto"), &s), "name");
		s = known();
		s.dir = BAD[i];
		assert_string_equal(setup_fault(setup_find("mosquitto"), &s), "dir");
		s = known();
		s.peer = BAD[i];
		assert_string_equal(setup_fault(setup_find("nginx"), &s), "peer");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_target_says_what_is_known_and_nothing_is_left_open),
		cmocka_unit_test(what_a_target_needs_is_named_if_it_is_missing),
		cmocka_unit_test(nobodys_name_ends_a_line_or_a_word),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
