#include "test/unit/frames.h"

enum { VICTIM = 1, OTHER = 2, THIEF = 9 };

static const struct mac ALL = { { 255, 255, 255, 255, 255, 255 } };

/* n frames, ms apart, from one card to another, each with this ARP packet. */
static void
send(unsigned n, int ms, struct mac from, struct mac to, const struct arp *a)
{
	uint8_t    raw[64];
	struct buf b = buf_over(raw, sizeof raw);

	arp_print(a, &b);
	for (unsigned i = 0; i < n; i++) {
		frames_now += ms * 1000;
		frames_ethernet(from, to, ETHERTYPE_ARP, buf_bytes(&b));
	}
}

static struct arp
nothing(void)
{
	static const uint8_t none[4];

	return (struct arp){ .op = ARP_REQUEST, .spa = addr_v4(none), .tpa = addr_v4(none) };
}

static unsigned
told(void)
{
	return frames_claims[FACT_CARD_PLACE];
}

static void
frames_that_say_nothing_take_the_port(void **state)
{
	const struct claim *c = &frames_claim[FACT_CARD_PLACE];
	struct arp          a = nothing();

	(void)state;
	frames_announce(VICTIM, VICTIM);
	frames_announce(THIEF, THIEF);
	send(60, 2, frames_card(VICTIM), frames_card(THIEF), &a);
	assert_int_equal(told(), 1);
	assert_true(mac_equal(key_to_mac(&c->subject), frames_card(VICTIM)) && mac_equal(c->speaker, frames_card(THIEF)));
	assert_true(addr_equal(c->victim, frames_host(VICTIM)));
	assert_true(c->marks & MARK_FRAME_LIES && !(c->marks & MARK_RELEASE));
}

static void
who_gives_the_port_back_again_and_again_is_named(void **state)
{
	struct arp a = nothing();

	(void)state;
	frames_announce(VICTIM, VICTIM);
	frames_announce(THIEF, THIEF);
	for (int i = 0; i < 4; i++) {
		send(200, 2, frames_card(VICTIM), frames_card(THIEF), &a);
		frames_arp(ARP_REQUEST, THIEF, THIEF, ALL, VICTIM);
		frames_arp(ARP_REPLY, VICTIM, VICTIM, frames_card(THIEF), THIEF);
	}
	send(600, 2, frames_card(VICTIM), frames_card(THIEF), &a);
	assert_true(told() >= 2);
	assert_true(frames_claim[FACT_CARD_PLACE].marks & MARK_RELEASE);
}

static void
another_tool_lets_the_thief_speak_to_itself_or_announces_to_one(void **state)
{
	struct arp own = { .op = ARP_REQUEST, .sha = frames_card(THIEF), .spa = frames_host(THIEF) };
	struct arp one = { .op = ARP_REPLY, .sha = frames_card(VICTIM), .spa = frames_host(VICTIM), .tpa = frames_host(VICTIM) };

	(void)state;
	send(60, 10, frames_card(VICTIM), frames_card(THIEF), &own);
	assert_int_equal(told(), 1);
	frames_now += 5000000;
	send(60, 10, frames_card(OTHER), frames_card(THIEF), &one);
	assert_int_equal(told(), 2);
}

static void
one_a_second_takes_nothing(void **state)
{
	struct arp a = nothing();
	struct arp announced = { .op = ARP_REPLY, .sha = frames_card(VICTIM), .spa = frames_host(VICTIM), .tpa = frames_host(VICTIM) };

	(void)state;
	send(100, 1000, frames_card(VICTIM), frames_card(THIEF), &a);
	send(100, 1000, frames_card(VICTIM), frames_card(OTHER), &announced);
	assert_int_equal(told(), 0);
}

/* What a switch's loop or a flood multiplies means something, or is for all. */
static void
questions_answers_and_what_is_for_all_take_nothing(void **state)
{
	struct arp ask = { .op = ARP_REQUEST, .sha = frames_card(VICTIM), .spa = frames_host(VICTIM), .tpa = frames_host(OTHER) };
	struct arp answer = { .op = ARP_REPLY, .sha = frames_card(VICTIM), .spa = frames_host(VICTIM), .tha = frames_card(OTHER), .tpa = frames_host(OTHER) };
	struct arp announced = { .op = ARP_REQUEST, .sha = frames_card(VICTIM), .spa = frames_host(VICTIM), .tpa = frames_host(VICTIM) };
	struct arp probe = { .op = ARP_REQUEST, .sha = frames_card(VICTIM), .spa = nothing().spa, .tpa = frames_host(OTHER) };

	(void)state;
	frames_announce(OTHER, OTHER);
	send(500, 1, frames_card(VICTIM), frames_card(OTHER), &ask);
	send(500, 1, frames_card(VICTIM), frames_card(OTHER), &answer);
	send(500, 1, frames_card(VICTIM), frames_card(OTHER), &probe); /* a switch that asks whether OTHER is still there */
	send(500, 1, frames_card(VICTIM), ALL, &announced);
	assert_int_equal(told(), 0);
}

static void
probes_of_many_hosts_take_nothing(void **state)
{
	struct arp probe = nothing();

	(void)state;
	for (uint32_t i = 0; i < 500; i++) {
		probe.tpa = frames_host(100 + i);
		send(1, 1, frames_card(VICTIM), frames_card(100 + i), &probe);
	}
	assert_int_equal(told(), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frames_begin, frames_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(frames_that_say_nothing_take_the_port),
		TEST(who_gives_the_port_back_again_and_again_is_named),
		TEST(another_tool_lets_the_thief_speak_to_itself_or_announces_to_one),
		TEST(one_a_second_takes_nothing),
		TEST(questions_answers_and_what_is_for_all_take_nothing),
		TEST(probes_of_many_hosts_take_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
