/*
 * incident: a short list, the oldest gives way.  Two findings belong together
 * within half an hour if they name the same attacker, or if one of them names
 * none and they share a victim.
 */
#include "judge/incident.h"
#include "base/memory.h"

enum { INCIDENTS = 128, VICTIMS = 8 };
#define TOGETHER (30 * 60 * INSTANT_SECOND)

struct incidents {
	struct {
		struct incident what;
		struct instant  steady;
	} at[INCIDENTS];
	uint32_t count, next;
};

struct incidents *
incident_new(void)
{
	return memory_new(1, sizeof(struct incidents));
}

void
incident_free(struct incidents *t)
{
	memory_free(t);
}

static bool
has_victim(const struct incident *i, struct addr a)
{
	for (uint8_t k = 0; k < i->victims_n; k++)
		if (addr_equal(i->victims[k], a))
			return true;
	return false;
}

static bool
belongs(const struct incident *i, const struct finding *f)
{
	bool named_i = !mac_zero(i->attacker), named_f = !mac_zero(f->attacker);

	if (named_i && named_f)
		return mac_equal(i->attacker, f->attacker);
	if (!addr_none(i->attacker_ip) && addr_equal(i->attacker_ip, f->attacker_ip))
		return true;
	return !addr_none(f->victim_ip) && has_victim(i, f->victim_ip);
}

static void
add_rule(struct incident *i, const char *rule)
{
	size_t have = strlen(i->rules), n = strlen(rule);

	for (const char *p = i->rules; (p = strstr(p, rule)); p += n)
		if ((p == i->rules || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return;
	if (have + n + 2 > sizeof i->rules)
		return;
	if (have)
		i->rules[have++] = ' ';
	memcpy(i->rules + have, rule, n + 1);
}

const struct incident *
incident_join(struct incidents *t, struct finding *f, struct instant steady)
{
	uint32_t k, have = t->count < INCIDENTS ? t->count : INCIDENTS;

	for (k = 0; k < have; k++)
		if (steady.us - t->at[k].steady.us < TOGETHER && belongs(&t->at[k].what, f))
			break;
	if (k == have) {
		if (f->severity > 3)
			return NULL;
		k = t->next;
		t->next = (t->next + 1) % INCIDENTS;
		t->count++;
		memset(&t->at[k], 0, sizeof t->at[k]);
		/* Named by the moment it began, so that the same capture gives the same name. */
		struct buf b = buf_over(t->at[k].what.id, sizeof t->at[k].what.id);
		buf_format(&b, "I%lld-%u", (long long)(f->when.us / INSTANT_SECOND), t->count % 1000000);
		buf_string(&b);
		t->at[k].what.first = f->when;
		t->at[k].what.severity = f->severity;
	}
	struct incident *i = &t->at[k].what;
	t->at[k].steady = steady;
	i->last = f->when;
	i->findings++;
	if (f->severity < i->severity)
		i->severity = f->severity;
	if (mac_zero(i->attacker))
		i->attacker = f->attacker;
	if (addr_none(i->attacker_ip))
		i->attacker_ip = f->attacker_ip;
	if (!addr_none(f->victim_ip) && !has_victim(i, f->victim_ip) && i->victims_n < VICTIMS)
		i->victims[i->victims_n++] = f->victim_ip;
	add_rule(i, f->rule);
	memcpy(f->incident, i->id, sizeof f->incident);
	return i;
}
