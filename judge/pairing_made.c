/* pairing_made: what an engine says of its own, of types that do not come to it: summaries, answers, what timers send. */
#include "judge/pairing_inside.h"

bool
pairing_made(struct pairing *p, struct route *r, const struct sighting *s)
{
	enum route_habit habit = route_makes(r, s->head.type);

	if (habit == ROUTE_ODD)
		return false;
	if (habit == ROUTE_HABIT) {
		r->counts.originated++;
		p->counts.all.originated++;
		return true;
	}
	for (int i = 0; i < PAIRING_MADE; i++)
		if (!p->made[i].route) {
			p->made[i].route = routes_number(p->routes, r);
			p->made[i].s = *s;
			return true;
		}
	return false;
}

void
pairing_made_end(struct pairing *p, const struct route *r)
{
	for (int i = 0; i < PAIRING_MADE; i++) {
		struct route *of = routes_at(p->routes, p->made[i].route);
		bool          makes = false;
		if (!p->made[i].route || (r && of != r))
			continue;
		for (uint8_t n = 0; of && n < of->types; n++)
			makes |= route_originates(of, n) && strcmp(of->type[n].type, p->made[i].s.head.type) == 0;
		p->made[i].route = 0;
		if (makes) {
			of->counts.originated++;
			p->counts.all.originated++;
		} else {
			pairing_injected(p, &p->made[i].s);
		}
	}
}
