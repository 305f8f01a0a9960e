#include "test/unit/check.h"

#include "base/memory.h"
#include "content/message.h"
#include "gate/lane.h"
#include "gate/worker.h"

struct lab {
	struct worker       *w;
	struct policy_route *of;
	struct lane          lane;
};

static int
set_up(void **state)
{
	static struct lab l;

	memset(&l, 0, sizeof l);
	l.w = memory_new(1, sizeof *l.w);
	l.w->config.panel = memory_new(1, sizeof *l.w->config.panel);
	l.of = memory_new(1, sizeof *l.of);
	l.lane = (struct lane){ .of = l.of, .worker = l.w, .count = &l.w->config.panel->count[0][0] };
	for (unsigned i = 0; i < POLICY_BACKENDS; i++) {
		l.of->backend[i].weight = 1;
		l.lane.backend[i] = (struct backend){ .of = &l.of->backend[i], .number = i };
	}
	*state = &l;
	return 0;
}

static int
tear_down(void **state)
{
	struct lab *l = *state;

	memory_free(l->w->config.panel);
	memory_free(l->w);
	memory_free(l->of);
	return 0;
}

static struct addr
v4(uint8_t last)
{
	return addr_v4((const uint8_t[]){ 10, 20, 3, last });
}

static void
a_route_without_clients_admits_whoever_is_trusted(void **state)
{
	struct lab                 *l = *state;
	const struct policy_client *as;

	assert_null(lane_admit(&l->lane, v4(7), NULL, &as));
	assert_null(as);
}

static void
certificate_pin_and_address_must_fit_at_once(void **state)
{
	struct lab                 *l = *state;
	const struct policy_client *as;
	struct peer                 p = { .device = "pump1", .names = 1, .name = { "pump1.hospital.example" } };

	l->of->clients = 1;
	struct policy_client *c = &l->of->client[0];
	strcpy(c->device, "pump1");
	c->has_from = true;
	c->from = (struct policy_prefix){ .addr = v4(7), .bits = 32 };
	assert_null(lane_admit(&l->lane, v4(7), &p, &as));
	assert_ptr_equal(as, c);
	assert_non_null(strstr(lane_admit(&l->lane, v4(8), &p, &as), "another address"));
	assert_ptr_equal(lane_owner(&l->lane, &p), c);
	c->pins = 1;
	c->pin[0][0] = 1;
	assert_non_null(strstr(lane_admit(&l->lane, v4(7), &p, &as), "not the one pinned"));
	p.key[0] = 1;
	assert_null(lane_admit(&l->lane, v4(7), &p, &as));
	strcpy(p.device, "pump2");
	p.names = 0;
	assert_non_null(strstr(lane_admit(&l->lane, v4(7), &p, &as), "no client"));
	assert_non_null(lane_admit(&l->lane, v4(7), NULL, &as));
}

static void
a_title_is_its_clients_alone(void **state)
{
	struct lab *l = *state;

	l->of->clients = 2;
	struct policy_client *c = &l->of->client[0];
	c->titles = 1;
	strcpy(c->title[0], "CT1");
	assert_true(lane_title_fits(&l->lane, c, "CT1"));
	assert_false(lane_title_fits(&l->lane, c, "CT2"));
	assert_true(lane_title_fits(&l->lane, &l->of->client[1], "CT2"));
	assert_false(lane_title_fits(&l->lane, &l->of->client[1], "CT1"));
	assert_false(lane_title_fits(&l->lane, NULL, "CT1"));
}

/* How often each backend is next, of n. */
static void
turns(struct lab *l, bool hardened, unsigned n, int64_t now, unsigned out[POLICY_BACKENDS])
{
	struct lane_wish w = { .hardened = hardened };

	memset(out, 0, POLICY_BACKENDS * sizeof *out);
	for (unsigned i = 0; i < n; i++) {
		struct backend *b = lane_next(&l->lane, &w, now, i);
		if (b)
			out[b->number]++;
	}
}

static void
conversations_are_shared_out_by_weight(void **state)
{
	struct lab *l = *state;
	unsigned    n[POLICY_BACKENDS];

	l->of->backends = 3;
	l->of->backend[0].weight = 3;
	l->of->backend[2].weight = 0;
	turns(l, false, 400, 1, n);
	assert_int_equal(n[0], 300);
	assert_int_equal(n[1], 100);
	assert_int_equal(n[2], 0);
}

static void
a_canary_has_its_percentage_and_no_more(void **state)
{
	struct lab *l = *state;
	unsigned    n[POLICY_BACKENDS];

	l->of->backends = 2;
	l->of->backend[1].canary = true;
	l->lane.canary = 5;
	turns(l, false, 1000, 1, n);
	assert_int_equal(n[1], 50);
	l->lane.canary = 0;
	turns(l, false, 100, 1, n);
	assert_int_equal(n[1], 0);
}

static void
isolated_ill_and_hardened_backends_are_left_out(void **state)
{
	struct lab *l = *state;
	unsigned    n[POLICY_BACKENDS];

	l->of->backends = 4;
	l->of->backend[3].hardened = true;
	atomic_store(&l->w->config.panel->order[0].isolated[0], 1);
	atomic_store(&l->w->config.panel->ill[0][1], 1);
	turns(l, false, 10, 1, n);
	assert_int_equal(n[2], 10);
	turns(l, true, 10, 1, n);
	assert_int_equal(n[3], 10);
	/* Out of health is better than none; isolated by order is not. */
	l->of->backends = 2;
	turns(l, false, 10, 1, n);
	assert_int_equal(n[1], 10);
	atomic_store(&l->w->config.panel->order[0].isolated[1], 1);
	assert_null(lane_next(&l->lane, &(struct lane_wish){ 0 }, 1, 0));
}

static void
a_backend_that_fails_is_left_out_longer_each_time_and_comes_back_slowly(void **state)
{
	struct lab     *l = *state;
	struct backend *b = &l->lane.backend[0];
	unsigned        n[POLICY_BACKENDS];

	l->of->backends = 2;
	for (int i = 0; i < LANE_FAILURES; i++)
		lane_failed(&l->lane, b, 1);
	turns(l, false, 10, 2, n);
	assert_int_equal(n[0], 0);
	int64_t back = 1 + LANE_EJECT_S * INSTANT_SECOND;
	assert_int_equal(b->out_until, back);
	turns(l, false, 100, back + INSTANT_SECOND, n);
	assert_in_range(n[0], 1, 15); /* a tenth of the slow start: a tenth of its share */
	turns(l, false, 100, back + LANE_SLOW_START_S * INSTANT_SECOND, n);
	assert_int_equal(n[0], 50);
	for (int i = 0; i < LANE_FAILURES; i++)
		lane_failed(&l->lane, b, back);
	assert_int_equal(b->out_until, back + 2 * LANE_EJECT_S * INSTANT_SECOND);
	lane_fine(b);
	assert_int_equal(b->ejections, 0);
}

static void
what_is_passed_through_goes_by_the_name_asked_for(void **state)
{
	struct lab *l = *state;

	l->of->backends = 2;
	strcpy(l->of->backend[0].server_name, "a.example");
	strcpy(l->of->backend[1].server_name, "b.example");
	assert_int_equal(lane_next(&l->lane, &(struct lane_wish){ .name = "B.example" }, 1, 0)->number, 1);
	assert_null(lane_next(&l->lane, &(struct lane_wish){ .name = "c.example" }, 1, 0));
}

static void
a_bucket_gives_its_burst_and_then_its_rate(void **state)
{
	struct bucket b = bucket_full(10, 30), none = bucket_full(0, 0);
	int           n = 0;

	(void)state;
	b.at = 5;
	while (bucket_take(&b, 5))
		n++;
	assert_int_equal(n, 30);
	assert_in_range(bucket_wait(&b), 99000, 100001);
	assert_false(bucket_take(&b, 5 + 99000));
	assert_true(bucket_take(&b, 5 + 100001));
	bucket_fill(&b, INT64_MAX / 4);
	assert_int_equal(b.level, 30000000);
	assert_true(bucket_take(&none, 0));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_route_without_clients_admits_whoever_is_trusted),
		T(certificate_pin_and_address_must_fit_at_once),
		T(a_title_is_its_clients_alone),
		T(conversations_are_shared_out_by_weight),
		T(a_canary_has_its_percentage_and_no_more),
		T(isolated_ill_and_hardened_backends_are_left_out),
		T(a_backend_that_fails_is_left_out_longer_each_time_and_comes_back_slowly),
		T(what_is_passed_through_goes_by_the_name_asked_for),
		T(a_bucket_gives_its_burst_and_then_its_rate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
