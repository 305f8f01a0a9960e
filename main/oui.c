/*
 * oui: /usr/share/ieee-data/oui.txt, lines "0009FB     (base 16)\t\tPhilips …",
 * read once into a sorted array.
 */
#include "main/oui.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST = 65536, NAME = 40 };

struct maker {
	uint32_t oui;
	char     name[NAME];
};

static struct maker *list;
static size_t        count;

static int
compare(const void *a, const void *b)
{
	const struct maker *x = a, *y = b;
	return x->oui < y->oui ? -1 : x->oui > y->oui;
}

static void
load(void)
{
	FILE *f = fopen("/usr/share/ieee-data/oui.txt", "r");
	char  line[512];

	if (!f)
		return;
	list = memory_new(MOST, sizeof *list);
	while (list && count < MOST && fgets(line, sizeof line, f)) {
		char *base = strstr(line, "(base 16)");
		if (!base)
			continue;
		char *name = base + 9 + strspn(base + 9, " \t");
		name[strcspn(name, "\r\n")] = 0;
		list[count].oui = (uint32_t)strtoul(line, NULL, 16);
		snprintf(list[count++].name, NAME, "%.*s", NAME - 1, name);
	}
	fclose(f);
	if (list)
		qsort(list, count, sizeof *list, compare);
}

const char *
oui_maker(const char *card)
{
	unsigned     a, b, c;
	struct maker key;

	if (!list)
		load();
	if (!list || sscanf(card, "%x:%x:%x", &a, &b, &c) != 3)
		return NULL;
	if (a & 2)
		return "(private: randomised or virtual)";
	key.oui = a << 16 | b << 8 | c;
	struct maker *m = bsearch(&key, list, count, sizeof *list, compare);
	return m ? m->name : NULL;
}
