#include "base/memory.h"
#include "test/unit/frames.h"
#include "wire/pcap.h"

#include <glob.h>
#include <stdio.h>

enum { A = 1, B = 2 };

/* A datagram of A to B in its own name. */
static void
speaks(void)
{
	static uint16_t      id;
	struct frames_packet p = { .from = A, .to = B, .src = A, .dst = B, .protocol = IP_UDP, .id = ++id, .udp = { 40000, 9999, LIT("alive") } };

	frames_send(&p);
}

static uint8_t capture[8 << 20];

static unsigned
replay(const char *path)
{
	struct pcap        p;
	struct pcap_record r;
	FILE              *f = fopen(path, "rb");
	unsigned           n = 0;

	assert_non_null(f);
	struct bytes left = bytes_of(capture, fread(capture, 1, sizeof capture, f));
	fclose(f);
	memset(&p, 0, sizeof p);
	for (;;) {
		size_t   used;
		enum err e = pcap_parse(&p, left, &used, &r);
		left = bytes_skip(left, used);
		if (e == ERR_AGAIN)
			continue;
		if (e)
			return n;
		sensor_see(frames_sensor, &(struct frame){ .linktype = r.linktype, .length = r.length, .when = r.when, .number = ++n, .data = r.data });
	}
}

static void
no_packet_of_any_golden_capture_takes_memory(void **state)
{
	glob_t   g;
	unsigned packets = 0;
	uint64_t before = memory_taken();

	(void)state;
	if (glob("test/golden/captures/*.pcap", 0, NULL, &g))
		skip(); /* the tests are run from elsewhere */
	for (size_t i = 0; i < g.gl_pathc; i++)
		packets += replay(g.gl_pathv[i]);
	globfree(&g);
	assert_true(packets > 1000);
	sensor_end(frames_sensor);
	assert_int_equal(memory_taken(), before);
}

static void
no_flood_of_flows_takes_memory(void **state)
{
	uint64_t before = memory_taken();

	(void)state;
	for (uint32_t i = 0; i < 100000; i++) {
		struct frames_packet p = { .from = i, .to = i + 1, .src = i, .dst = ~i & 0xffffff, .protocol = IP_TCP, .id = (uint16_t)i };
		p.tcp = (struct tcp){ .sport = (uint16_t)i, .dport = 443, .seq = i, .flags = TCP_ACK, .payload = LIT("\x16\3\1\2\0\1\0\1\xfc\3\3") };
		frames_now += 10;
		frames_send(&p);
	}
	assert_int_equal(memory_taken(), before);
	assert_true(sensor_counts(frames_sensor)->flows_evicted > 50000);
}

static void
a_step_of_the_clock_is_no_time_or_a_minute_at_most(void **state)
{
	int64_t hour = INT64_C(3600) * 1000000;

	(void)state;
	speaks();
	struct instant first = sensor_time(frames_sensor);
	frames_now += 2000000;
	speaks();
	assert_int_equal(instant_since(first, sensor_time(frames_sensor)), 2000000);
	frames_now += hour;
	speaks();
	assert_int_equal(instant_since(first, sensor_time(frames_sensor)), 62000000);
	frames_now -= hour;
	speaks();
	assert_int_equal(instant_since(first, sensor_time(frames_sensor)), 62000000);
	frames_now += 1000000;
	speaks();
	assert_int_equal(instant_since(first, sensor_time(frames_sensor)), 63000000);
	assert_int_equal(sensor_counts(frames_sensor)->clock_steps, 2);
}

static void
claims_carry_the_captures_time_and_the_steady_one(void **state)
{
	(void)state;
	frames_announce(A, A);
	frames_now += INT64_C(3600) * 1000000;
	frames_announce(A, A);
	assert_int_equal(frames_claim[FACT_BINDING].when.us, frames_now);
	assert_int_equal(frames_claim[FACT_BINDING].steady.us, frames_now - INT64_C(3540) * 1000000);
}

static void
packets_a_little_out_of_order_do_not_turn_time_back(void **state)
{
	(void)state;
	speaks();
	struct instant first = sensor_time(frames_sensor);
	frames_now -= 500000;
	speaks();
	assert_int_equal(instant_since(first, sensor_time(frames_sensor)), 0);
	assert_int_equal(sensor_counts(frames_sensor)->clock_steps, 0);
}

static void
a_hundred_thousand_invented_cards_do_not_wash_out_a_known_one(void **state)
{
	(void)state;
	frames_announce(A, A);
	speaks();
	frames_now += 20000000; /* from now on a newcomer would be told */
	for (uint32_t i = 0; i < 100000; i++) {
		/* macof's: invented cards and addresses, each once */
		struct frames_packet p = { .from = 0x1000000 + i, .to = 0x2000000 + i, .src = 0x10000 + i, .dst = 0x30000 + i, .protocol = IP_TCP, .id = (uint16_t)i };
		p.tcp = (struct tcp){ .sport = (uint16_t)i, .dport = 80, .seq = i, .flags = TCP_SYN };
		frames_now += 20;
		frames_send(&p);
	}
	assert_true(frames_claims[FACT_CENSUS] >= 1);
	unsigned newcomers = frames_claims[FACT_NEWCOMER];
	memset(&frames_claim[FACT_BINDING], 0, sizeof frames_claim[FACT_BINDING]);
	for (int i = 0; i < 3; i++) {
		frames_now += 300000;
		speaks();
	}
	assert_int_equal(frames_claims[FACT_NEWCOMER], newcomers);
	/* Its address is still known to be on this link, so its traffic speaks for the binding. */
	struct addr at = key_to_addr(&frames_claim[FACT_BINDING].subject);
	struct mac  card = key_to_mac(&frames_claim[FACT_BINDING].value);
	assert_true(addr_equal(at, frames_host(A)));
	assert_true(mac_equal(card, frames_card(A)));
	assert_true(frames_claim[FACT_BINDING].marks & MARK_USED);
}

static void
damaged_frames_are_counted_and_nothing_more(void **state)
{
	(void)state;
	frames_ethernet(frames_card(A), frames_card(B), ETHERTYPE_IPV4, LIT("\x45\0\0"));
	frames_ethernet(frames_card(A), frames_card(B), ETHERTYPE_ARP, LIT("\0\1"));
	sensor_see(frames_sensor, &(struct frame){ .linktype = 9999, .when = { frames_now }, .number = 3, .data = LIT("x") });
	assert_int_equal(sensor_counts(frames_sensor)->malformed, 2);
	assert_int_equal(sensor_counts(frames_sensor)->unsupported, 1);
}

static void
vlans_and_tunnels_are_domains_of_their_own(void **state)
{
	uint8_t       raw[128];
	struct buf    b = buf_over(raw, sizeof raw);
	struct arp    a = { .op = ARP_REQUEST, .sha = frames_card(A), .spa = frames_host(A), .tpa = frames_host(A) };
	struct mac    all = { { 255, 255, 255, 255, 255, 255 } };
	uint8_t       body[28];
	struct buf    p = buf_over(body, sizeof body);

	(void)state;
	arp_print(&a, &p);
	frames_ethernet(frames_card(A), all, ETHERTYPE_ARP, buf_bytes(&p));
	uint32_t plain = frames_claim[FACT_BINDING].domain;
	link_print(&(struct link){ .src = frames_card(A), .dst = all, .vlans = 1, .vlan = { 30 }, .type = ETHERTYPE_ARP, .payload = buf_bytes(&p) }, &b);
	sensor_see(frames_sensor, &(struct frame){ .linktype = LINK_ETHERNET, .when = { frames_now }, .number = 9, .data = buf_bytes(&b) });
	assert_int_equal(frames_claims[FACT_BINDING], 2);
	assert_int_not_equal(frames_claim[FACT_BINDING].domain, plain);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frames_begin, frames_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_packet_of_any_golden_capture_takes_memory),
		TEST(no_flood_of_flows_takes_memory),
		TEST(a_step_of_the_clock_is_no_time_or_a_minute_at_most),
		TEST(claims_carry_the_captures_time_and_the_steady_one),
		TEST(packets_a_little_out_of_order_do_not_turn_time_back),
		TEST(a_hundred_thousand_invented_cards_do_not_wash_out_a_known_one),
		TEST(damaged_frames_are_counted_and_nothing_more),
		TEST(vlans_and_tunnels_are_domains_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
