#include "test/unit/frames.h"

enum { A = 1, B = 2, M = 66 };

static int
begin(void **state)
{
	if (frames_begin(state))
		return -1;
	frames_announce(A, A);
	frames_announce(B, B);
	frames_now += 1000000;
	return 0;
}

/* A's packet to B, from one card to another. */
static struct frames_packet
packet(uint32_t from, uint32_t to)
{
	static uint16_t      id = 1;
	struct frames_packet p = { .from = from, .to = to, .src = A, .dst = B, .protocol = IP_TCP, .id = ++id };

	p.tcp = (struct tcp){ .sport = 50000, .dport = 2575, .seq = 1000 + id, .ack = 7, .flags = TCP_ACK | TCP_PSH, .window = 1000, .payload = LIT("OBX|1|NM|spo2||98") };
	return p;
}

static void
see_again(struct frames_packet *p, uint32_t from, uint32_t to)
{
	p->from = from;
	p->to = to;
	frames_now += 300;
	frames_send(p);
}

static void
a_packet_that_a_third_card_carries_on_is_claimed(void **state)
{
	struct frames_packet p = packet(A, M);
	const struct claim  *c = &frames_claim[FACT_PATH];

	(void)state;
	frames_send(&p);
	p.ttl = 63;
	see_again(&p, M, B);
	assert_int_equal(frames_claims[FACT_PATH], 1);
	struct mac carrier = key_to_mac(&c->value);
	assert_true(mac_equal(carrier, frames_card(M)));
	assert_true(c->marks & MARK_BOTH_LOCAL && c->marks & MARK_TTL);
	assert_int_equal(frames_claims[FACT_BYTES], 0);
	assert_int_equal(c->number2, 1);
	assert_true(c->number == frames_number - 1 && c->frame == frames_number); /* both sightings, for evidence */
	assert_int_equal(sensor_counts(frames_sensor)->relayed, 1);
}

static void
a_relay_that_leaves_the_hop_count_is_claimed_too(void **state)
{
	struct frames_packet p = packet(A, M);

	(void)state;
	frames_send(&p);
	see_again(&p, M, B);
	assert_int_equal(frames_claims[FACT_PATH], 1);
	assert_false(frames_claim[FACT_PATH].marks & MARK_TTL);
}

static void
altered_bytes_are_marked(void **state)
{
	struct frames_packet p = packet(A, M);

	(void)state;
	frames_send(&p);
	p.tcp.payload = LIT("OBX|1|NM|spo2||48");
	see_again(&p, M, B);
	assert_int_equal(frames_claims[FACT_PATH], 1);
	assert_int_equal(frames_claims[FACT_BYTES], 1);
	assert_true(frames_claim[FACT_BYTES].marks & MARK_ALTERED);
	struct mac carrier = key_to_mac(&frames_claim[FACT_BYTES].value);
	assert_true(mac_equal(carrier, frames_card(M)));
}

static void
a_changed_length_is_an_alteration(void **state)
{
	struct frames_packet p = packet(A, M);

	(void)state;
	frames_send(&p);
	p.tcp.payload = LIT("OBX|1|NM|spo2||98|and more");
	see_again(&p, M, B);
	assert_int_equal(frames_claims[FACT_BYTES], 1);
}

static void
the_first_altered_packet_is_told_at_once_though_relays_are_told_five_times_a_second(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		struct frames_packet p = packet(A, M);
		frames_send(&p);
		see_again(&p, M, B);
	}
	assert_int_equal(frames_claims[FACT_PATH], 1);
	struct frames_packet p = packet(A, M);
	frames_send(&p);
	p.tcp.payload = LIT("OBX|1|NM|spo2||48");
	see_again(&p, M, B);
	assert_int_equal(frames_claims[FACT_BYTES], 1);
	assert_int_equal(sensor_counts(frames_sensor)->relayed, 21);
}

static void
a_copy_of_the_mirror_is_counted_and_not_claimed(void **state)
{
	struct frames_packet p = packet(A, B);

	(void)state;
	frames_send(&p);
	see_again(&p, A, B);
	assert_int_equal(frames_claims[FACT_PATH], 0);
	assert_int_equal(sensor_counts(frames_sensor)->copies, 1);
}

static void
a_routed_packet_seen_at_both_faces_of_the_router_accuses_nobody(void **state)
{
	struct frames_packet p = packet(A, 100);

	(void)state;
	frames_send(&p);
	p.ttl = 63;
	see_again(&p, 101, B); /* other cards on the other side */
	assert_int_equal(frames_claims[FACT_PATH], 0);
	assert_int_equal(sensor_counts(frames_sensor)->copies, 1);
}

static void
an_answer_is_no_relay(void **state)
{
	struct frames_packet p = packet(A, B);

	(void)state;
	frames_send(&p);
	p.src = B;
	p.dst = A;
	see_again(&p, B, A);
	assert_int_equal(frames_claims[FACT_PATH], 0);
}

static void
the_same_numbers_again_after_two_seconds_are_another_packet(void **state)
{
	struct frames_packet p = packet(A, M);

	(void)state;
	frames_send(&p);
	frames_now += 3000000;
	see_again(&p, M, B);
	assert_int_equal(frames_claims[FACT_PATH], 0);
}

static void
ends_that_are_not_on_this_link_are_not_called_so(void **state)
{
	struct frames_packet p = packet(A, M);

	(void)state;
	p.dst = 0x20001;
	frames_send(&p);
	see_again(&p, M, 100);
	assert_int_equal(frames_claims[FACT_PATH], 1);
	assert_true(frames_claim[FACT_PATH].marks & MARK_ON_LINK && !(frames_claim[FACT_PATH].marks & MARK_BOTH_LOCAL));
}

static void
a_relayed_datagram_is_claimed(void **state)
{
	struct frames_packet p = { .from = A, .to = M, .src = A, .dst = B, .protocol = IP_UDP, .id = 9, .udp = { 40000, 5683, LIT("\x40\1\x12\x34\xb4spo2") } };

	(void)state;
	frames_send(&p);
	see_again(&p, M, B);
	assert_int_equal(frames_claims[FACT_PATH], 1);
	assert_true(frames_claim[FACT_PATH].marks & MARK_BOTH_LOCAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, frames_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_packet_that_a_third_card_carries_on_is_claimed),
		TEST(a_relay_that_leaves_the_hop_count_is_claimed_too),
		TEST(altered_bytes_are_marked),
		TEST(a_changed_length_is_an_alteration),
		TEST(the_first_altered_packet_is_told_at_once_though_relays_are_told_five_times_a_second),
		TEST(a_copy_of_the_mirror_is_counted_and_not_claimed),
		TEST(a_routed_packet_seen_at_both_faces_of_the_router_accuses_nobody),
		TEST(an_answer_is_no_relay),
		TEST(the_same_numbers_again_after_two_seconds_are_another_packet),
		TEST(ends_that_are_not_on_this_link_are_not_called_so),
		TEST(a_relayed_datagram_is_claimed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
