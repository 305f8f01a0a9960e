/* event: names of the kinds, and sets of them. */
#include "model/event.h"

static const char *const NAME[EVENTS] = {
#define X(kind, name) [kind] = name,
	EVENT_TABLE(X)
#undef X
};

const char *
event_name(enum event_kind k)
{
	return NAME[k];
}

bool
event_set(const char *names, unsigned *set)
{
	struct bytes rest = bytes_text(names);

	*set = 0;
	if (strcmp(names, "none") == 0)
		return true;
	if (strcmp(names, "all") == 0) {
		*set = (1u << EVENTS) - 1;
		return true;
	}
	while (rest.len) {
		struct bytes one = bytes_head(rest, bytes_find(rest, ','));
		int          k = 0;
		while (k < EVENTS && !bytes_equal(one, bytes_text(NAME[k])))
			k++;
		if (k == EVENTS)
			return false;
		*set |= 1u << k;
		rest = bytes_skip(rest, one.len + 1);
	}
	return true;
}
