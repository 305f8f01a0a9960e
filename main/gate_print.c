/* gate_print: how a route is, for people's commands and for Prometheus (text format 0.0.4). */
#include <time.h>

#include "base/json.h"
#include "main/gate.h"

static const struct {
	const char *name, *help;
} COUNTER[PANEL_COUNTERS] = {
#define X(counter, name, help) [counter] = { name, help },
	PANEL_TABLE(X)
#undef X
};

/* Of all workers. */
static uint64_t
sum(const struct panel *p, uint32_t route, unsigned counter)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < PANEL_SLOTS; i++)
		n += atomic_load_explicit(&p->count[i][route].of[counter], memory_order_relaxed);
	return n;
}

static uint32_t
open_now(const struct panel *p, uint32_t route)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < PANEL_SLOTS; i++)
		n += atomic_load_explicit(&p->count[i][route].open, memory_order_relaxed);
	return n;
}

static const char *
state_of(const struct panel *p, uint32_t route, unsigned backend)
{
	return atomic_load(&p->order[route].isolated[backend]) ? "isolated" : atomic_load(&p->ill[route][backend]) ? "ill" : "well";
}

/* What is stapled to this of its certificates; NULL: it names nobody to ask. */
static const char *
staple_of(const struct panel *p, uint32_t route, unsigned i, double *left)
{
	static const char *const STATE[] = { NULL, "awaited", "stapled", "REVOKED" };
	int64_t                  until = atomic_load(&p->staple[route][i].until);
	struct timespec          now;

	clock_gettime(CLOCK_REALTIME, &now);
	*left = until ? (double)until / 1e6 - (double)now.tv_sec : 0;
	if (*left < 0)
		*left = 0;
	return STATE[atomic_load(&p->staple[route][i].state) % 4];
}

static void
print_staples(const struct panel *p, uint32_t route, bool metrics, struct buf *out)
{
	static const struct { const char *name, *type, *help; } ROW[] = {
		{ "staple_seconds", "gauge", "Seconds for which the OCSP response stapled to a certificate still holds; 0: none is stapled" },
		{ "certificate_revoked", "gauge", "1: this certificate of ours was revoked" },
		{ "staples_fetched_total", "counter", "OCSP responses on our certificates fetched and believed" },
		{ "staples_failed_total", "counter", "OCSP responses on our certificates that did not come or were not believed" } };
	const struct policy_route *r = &p->plan.route[route];
	double                     left;

	for (unsigned k = 0; metrics && k < 4; k++) {
		if (route == 0)
			buf_format(out, "# HELP paravent_gate_%s %s\n# TYPE paravent_gate_%s %s\n", ROW[k].name, ROW[k].help, ROW[k].name, ROW[k].type);
		for (unsigned i = 0; i < r->certificates; i++) {
			const char *state = staple_of(p, route, i, &left);
			double      value[] = { left, state && state[0] == 'R', (double)atomic_load(&p->staple[route][i].fetched), (double)atomic_load(&p->staple[route][i].failed) };
			if (state)
				buf_format(out, "paravent_gate_%s{route=\"%s\",certificate=\"%s\"} %.0f\n", ROW[k].name, r->name, r->certificate[i], value[k]);
		}
	}
	if (metrics)
		return;
	json_open(out, "staples", '[');
	for (unsigned i = 0; i < r->certificates; i++) {
		const char *state = staple_of(p, route, i, &left);
		if (!state)
			continue;
		json_open(out, NULL, '{');
		json_text(out, "certificate", r->certificate[i]);
		json_text(out, "state", state);
		json_number(out, "seconds", (int64_t)left);
		json_number(out, "fetched", (int64_t)atomic_load(&p->staple[route][i].fetched));
		json_number(out, "failed", (int64_t)atomic_load(&p->staple[route][i].failed));
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
print_metrics(const struct panel *p, uint32_t route, struct buf *out)
{
	const struct policy_route *r = &p->plan.route[route];

	for (unsigned c = 0; c < PANEL_COUNTERS; c++) {
		if (route == 0)
			buf_format(out, "# HELP paravent_gate_%s %s\n# TYPE paravent_gate_%s counter\n", COUNTER[c].name, COUNTER[c].help, COUNTER[c].name);
		buf_format(out, "paravent_gate_%s{route=\"%s\"} %llu\n", COUNTER[c].name, r->name, (unsigned long long)sum(p, route, c));
	}
	print_staples(p, route, true, out);
	buf_format(out, "paravent_gate_open{route=\"%s\"} %u\n", r->name, open_now(p, route));
	for (unsigned i = 0; i < r->backends; i++)
		buf_format(out, "paravent_gate_backend_up{route=\"%s\",backend=\"%s\"} %d\n", r->name, r->backend[i].name, state_of(p, route, i)[0] == 'w');
}

void
gate_print(const struct panel *p, uint32_t route, bool metrics, struct buf *out)
{
	static const char *const   PROTOCOL[] = { "tcp", "mllp", "dicom" }, *const MODE[] = { "terminate", "wrap", "unwrap", "passthrough" };
	const struct policy_route *r = &p->plan.route[route];
	uint8_t                    canary = atomic_load(&p->order[route].canary);

	if (metrics) {
		print_metrics(p, route, out);
		return;
	}
	buf_format(out, "{\"route\":\"%s\",\"listen\":\"", r->name);
	addr_print(r->listen, out);
	buf_format(out, ":%u\",\"protocol\":\"%s\",\"mode\":\"%s\",\"open\":%u,\"hardened\":%s,\"canary\":%u", r->port, PROTOCOL[r->protocol], MODE[r->mode],
	           open_now(p, route), atomic_load(&p->order[route].harden) ? "true" : "false", canary == PANEL_AS_POLICY ? r->canary : canary);
	for (unsigned c = 0; c < PANEL_COUNTERS; c++)
		buf_format(out, ",\"%s\":%llu", COUNTER[c].name, (unsigned long long)sum(p, route, c));
	buf_text(out, ",\"backends\":{");
	for (unsigned i = 0; i < r->backends; i++)
		buf_format(out, "%s\"%s\":\"%s%s%s\"", i ? "," : "", r->backend[i].name, state_of(p, route, i), r->backend[i].hardened ? " hardened" : "", r->backend[i].canary ? " canary" : "");
	buf_u8(out, '}');
	print_staples(p, route, false, out);
	buf_text(out, "}\n");
}
