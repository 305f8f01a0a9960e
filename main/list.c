/* list: the nouns of the record: list and show, as a table, as lines, or as JSON. */
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "main/command.h"
#include "main/oui.h"
#include "main/state.h"
#include "store/store.h"

enum { CELLS_MOST = 32 };

/* The columns of the table, by noun; `show` and JSON have all. */
static const struct {
	const char *noun, *columns;
} BRIEF[] = {
	{ "device", "card address name maker roles last" },
	{ "service", "server port application protection name clients last" },
	{ "flow", "client server port application protection clinical name last" },
	{ "cert", "digest subject issuer valid_until holder port" },
	{ "finding", "id time severity rule says" },
	{ "incident", "id state severity owner rules attacker_card victims findings last" },
};

struct list {
	const char *noun, *columns;
	bool        show, json, lines;
	json_t     *array; /* of the rows, for JSON and for the table */
	uint64_t    rows;
};

static bool
wanted(const char *columns, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = columns; (p = strstr(p, name)); p += n)
		if ((p == columns || p[-1] == ' ') && (p[n] == ' ' || !p[n]))
			return true;
	return false;
}

static bool
is_number(const char *name)
{
	return wanted("port severity confidence count findings packets bytes times clients bits", name);
}

static void
as_json(struct list *l, int n, const char *const *names, const char *const *values)
{
	json_t *o = json_object();

	for (int i = 0; i < n; i++) {
		if (!values[i])
			continue;
		json_t *v = is_number(names[i]) ? json_integer(strtoll(values[i], NULL, 10)) : json_string_nocheck(values[i]);
		json_object_set_new_nocheck(o, names[i], v);
	}
	if (l->lines || l->show) {
		json_dumpf(o, stdout, l->lines ? JSON_COMPACT : JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	} else {
		json_array_append_new(l->array, o);
	}
}

static bool
on_row(void *context, int n, const char *const *names, const char *const *values)
{
	struct list *l = context;
	const char  *name[CELLS_MOST], *value[CELLS_MOST];
	int          k = 0;

	for (int i = 0; i < n && k < CELLS_MOST - 1; i++) {
		name[k] = names[i];
		value[k++] = values[i];
		/* The maker stands beside the card: from the IEEE's list, not from the database. */
		if (strcmp(names[i], "card") == 0 && values[i]) {
			name[k] = "maker";
			value[k++] = oui_maker(values[i]);
		}
	}
	if (l->json || l->lines) {
		as_json(l, k, name, value);
	} else if (l->show) {
		for (int i = 0; i < k; i++)
			if (value[i])
				printf("%-18s %s\n", name[i], value[i]);
		putchar('\n');
	} else {
		for (int i = 0; i < k; i++)
			if (!wanted(l->columns, name[i]))
				value[i] = NULL;
		as_json(l, k, name, value);
	}
	l->rows++;
	return true;
}

/* A cell of the table: its text, cut; a digest by its beginning. */
static const char *
cell(const json_t *row, const char *column, char *room, size_t size)
{
	json_t *v = json_object_get(row, column);

	if (json_is_integer(v))
		snprintf(room, size, "%lld", (long long)json_integer_value(v));
	else
		snprintf(room, size, "%.*s", strcmp(column, "digest") ? (int)size : 16, v ? json_string_value(v) : "-");
	return room;
}

/* The rows under their names, each column as wide as its widest cell. */
static void
as_table(const struct list *l)
{
	char   columns[256], room[200];
	size_t n = 0, i;
	struct { const char *name; int width; } column[CELLS_MOST];
	json_t *row;

	snprintf(columns, sizeof columns, "%s", l->columns);
	for (char *save, *c = strtok_r(columns, " ", &save); c && n < CELLS_MOST; c = strtok_r(NULL, " ", &save), n++) {
		column[n].name = c;
		column[n].width = (int)strlen(c);
		json_array_foreach(l->array, i, row) {
			int w = (int)strlen(cell(row, c, room, sizeof room));
			column[n].width = w > column[n].width ? w : column[n].width;
		}
	}
	for (size_t k = 0; k < n; k++)
		printf("%-*s%s", k + 1 < n ? column[k].width + 2 : 0, column[k].name, k + 1 < n ? "" : "\n");
	json_array_foreach(l->array, i, row)
		for (size_t k = 0; k < n; k++)
			printf("%-*s%s", k + 1 < n ? column[k].width + 2 : 0, cell(row, column[k].name, room, sizeof room), k + 1 < n ? "" : "\n");
}

int
list_run(int argc, char **argv)
{
	static const struct option LONG[] = { { "store", 1, 0, 's' }, { "state", 1, 0, 'S' }, { "json", 0, 0, 'j' }, { "jsonl", 0, 0, 'l' }, { "limit", 1, 0, 'n' }, { 0, 0, 0, 0 } };
	struct list   l = { .noun = argv[0], .columns = "" };
	const char   *db = "paravent.db";
	struct state  site;
	unsigned long limit = 1000;
	char         *end;
	struct store *s;
	enum err      e;

	for (int c; (c = getopt_long(argc, argv, "", LONG, NULL)) != -1;) {
		switch (c) {
		case 's':
			db = optarg;
			break;
		case 'S':
			if (state_of(optarg, &site)) {
				fprintf(stderr, "paravent %s: --state: the path is too long\n", argv[0]);
				return EXIT_USAGE;
			}
			db = site.store;
			break;
		case 'j':
			l.json = true;
			break;
		case 'l':
			l.lines = true;
			break;
		case 'n':
			limit = strtoul(optarg, &end, 10);
			if (*optarg < '0' || *optarg > '9' || *end || !limit || limit > UINT32_MAX) {
				fprintf(stderr, "paravent %s: --limit wants a number from 1: %s\n", argv[0], optarg);
				return EXIT_USAGE;
			}
			break;
		default:
			return EXIT_USAGE;
		}
	}
	const char *verb = optind < argc ? argv[optind++] : "list";
	const char *id = optind < argc ? argv[optind++] : NULL;
	l.show = strcmp(verb, "show") == 0;
	if ((!l.show && strcmp(verb, "list") != 0) || optind < argc || (l.show && !id)) {
		fprintf(stderr, "usage: paravent %s list [WHAT] | show ID   [--state DIR | --store DB] [--json|--jsonl] [--limit N]\n", argv[0]);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < sizeof BRIEF / sizeof *BRIEF; i++)
		if (strcmp(BRIEF[i].noun, argv[0]) == 0)
			l.columns = BRIEF[i].columns;
	if (store_open(db, false, &s)) {
		if (access(db, F_OK))
			fprintf(stderr, "paravent: %s does not exist; `paravent watch --store %s …` makes it\n", db, db);
		else
			fprintf(stderr, "paravent: %s: %s\n", db, store_trouble());
		return EXIT_PART;
	}
	l.array = json_array();
	e = store_list(s, argv[0], id, (unsigned)limit, on_row, &l);
	if (e)
		fprintf(stderr, "paravent: %s: %s\n", db, store_trouble());
	else if (l.json && !l.show) {
		json_dumpf(l.array, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!l.show && !l.lines) {
		as_table(&l);
	}
	if (!e && l.show && !l.rows)
		fprintf(stderr, "paravent: there is no %s %s in %s\n", argv[0], id, db);
	json_decref(l.array);
	store_free(s);
	return e || (l.show && !l.rows) ? EXIT_PART : EXIT_FINE;
}
