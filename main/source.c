/* source: see source.h. */
#include "main/source.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
source_add(struct board *b, const char *place, const char *name, bool live, uint16_t fanout, bool same_place)
{
	if (b->sources == BOARD_SOURCES || (!same_place && b->sensors == BOARD_SENSORS) || strlen(name) >= BOARD_NAME)
		return false;
	if (!same_place) {
		uint32_t i = b->sensors++;
		snprintf(b->sensor[i].name, sizeof b->sensor[i].name, "%s", place);
		b->sensor[i].place = (uint16_t)i;
		b->sensor[i].first = b->sources;
	}
	b->sensor[b->sensors - 1].count++;
	snprintf(b->source[b->sources].name, BOARD_NAME, "%s", name);
	b->source[b->sources].live = live;
	b->source[b->sources].fanout = fanout;
	b->sources++;
	return true;
}

static bool
is_interface(const char *name)
{
	char path[BOARD_NAME + 32];

	snprintf(path, sizeof path, "/sys/class/net/%.200s", name);
	return !strchr(name, '/') && access(path, F_OK) == 0;
}

bool
source_tap(struct board *b, const char *tap)
{
	char        place[64];
	const char *eq = strchr(tap, '=');

	if (!eq || (size_t)(eq - tap) >= sizeof place || eq == tap)
		return false;
	snprintf(place, sizeof place, "%.*s", (int)(eq - tap), tap);
	return source_add(b, place, eq + 1, is_interface(eq + 1), 0, false);
}

bool
source_interface(struct board *b, const char *name, uint16_t queues)
{
	static uint16_t group;

	if (queues > 1)
		group = (uint16_t)((getpid() & 0x7fff) + 1 + group);
	for (uint16_t q = 0; q < queues; q++) {
		if (!source_add(b, name, name, true, queues > 1 ? group : 0, false))
			return false;
		/* All readers of an interface stand at one place: one wire, one domain. */
		b->sensor[b->sensors - 1].place = (uint16_t)(b->sensors - 1 - q);
	}
	return true;
}
