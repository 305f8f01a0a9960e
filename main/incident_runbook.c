/*
 * incident_runbook: the CACAO 2.0 playbook for a rule, or for each rule of an
 * incident, as steps for people.  A playbook's labels are the rules it is for.
 */
#include <dirent.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "main/command.h"
#include "main/incident.h"

enum { STEPS = 64 };

/* Installed beside the program, or in the source it was built in, or in the source we stand in. */
static DIR *
folder(char *path, size_t cap)
{
	static const char *const PLACE[] = { "/../share/paravent/runbooks", "/../docs/runbooks", "docs/runbooks" };
	char                     exe[4096];
	ssize_t                  n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	DIR                     *d = NULL;

	exe[n > 0 ? n : 0] = 0;
	const char *beside = dirname(exe);
	for (size_t i = 0; i < sizeof PLACE / sizeof *PLACE && !d; i++) {
		snprintf(path, cap, "%s%s", PLACE[i][0] == '/' ? beside : "", PLACE[i]);
		d = opendir(path);
	}
	return d;
}

static bool
is_for(const json_t *book, const char *rule)
{
	size_t  i;
	json_t *label;

	json_array_foreach(json_object_get(book, "labels"), i, label)
		if (json_is_string(label) && strcmp(json_string_value(label), rule) == 0)
			return true;
	return false;
}

/* The playbook for a rule, NULL if there is none. */
static json_t *
playbook(const char *rule)
{
	char           path[4200], file[4500];
	DIR           *d = folder(path, sizeof path);
	json_t        *found = NULL;
	struct dirent *f;

	while (d && !found && (f = readdir(d))) {
		size_t n = strlen(f->d_name);
		if (n < 6 || strcmp(f->d_name + n - 5, ".json"))
			continue;
		snprintf(file, sizeof file, "%s/%s", path, f->d_name);
		json_t *book = json_load_file(file, JSON_REJECT_DUPLICATES, NULL);
		if (book && is_for(book, rule))
			found = json_incref(book);
		json_decref(book);
	}
	if (d)
		closedir(d);
	return found;
}

/* A member's text, blank where there is none: these files may have been edited. */
static const char *
text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));
	return t ? t : "";
}

/* A command with its variables (CACAO 2.0, 10.18) filled in: __incident__:value by the id if there is one, others by their names. */
static void
print_command(const char *text, const char *incident)
{
	static const char END[] = "__:value";

	while (*text) {
		const char *end = strncmp(text, "__", 2) == 0 ? strstr(text + 2, END) : NULL;
		if (!end || memchr(text, ' ', (size_t)(end - text))) {
			putchar(*text++);
			continue;
		}
		if (incident && strncmp(text, "__incident__", 12) == 0)
			fputs(incident, stdout);
		else
			for (text += 2; text < end; text++)
				putchar(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
		text = end + sizeof END - 1;
	}
	putchar('\n');
}

static void
print_step(const json_t *book, const json_t *step, int number, const char *incident)
{
	const json_t *who = json_object_get(json_object_get(book, "agent_definitions"), text_of(step, "agent"));
	size_t        i;
	json_t       *c;

	printf("\n%d. %s: %s\n", number, text_of(who, "name"), text_of(step, "name"));
	if (*text_of(step, "description"))
		printf("   %s\n", text_of(step, "description"));
	json_array_foreach(json_object_get(step, "commands"), i, c) {
		printf("   %s ", strcmp(text_of(c, "type"), "bash") ? "-" : "$");
		print_command(text_of(c, "command"), incident);
	}
}

/* In the order of the workflow, at most STEPS: a circle ends too. */
static void
print(const json_t *book, const char *incident)
{
	const json_t *flow = json_object_get(book, "workflow");
	const char   *id = text_of(book, "workflow_start");
	int           number = 0;

	printf("%s\n%s\n", text_of(book, "name"), text_of(book, "description"));
	for (int i = 0; i < STEPS && *id; i++) {
		const json_t *step = json_object_get(flow, id);
		if (strcmp(text_of(step, "type"), "action") == 0)
			print_step(book, step, ++number, incident);
		id = text_of(step, "on_completion");
	}
}

/* One rule's; false if there is none.  printed holds the ids of those that were. */
static bool
show(const char *rule, const char *incident, bool json, json_t *printed)
{
	json_t *book = playbook(rule);

	if (!book)
		return false;
	if (!json_object_get(printed, text_of(book, "id"))) {
		if (json_object_size(printed) && !json)
			putchar('\n');
		if (json) {
			json_dumpf(book, stdout, JSON_INDENT(2));
			putchar('\n');
		} else {
			print(book, incident);
		}
		json_object_set_new(printed, text_of(book, "id"), json_true());
	}
	json_decref(book);
	return true;
}

static int
for_incident(struct incident_work *w, json_t *printed)
{
	struct casebook *b = memory_new(1, sizeof *b);
	enum err         e = b && incident_open(w, false) ? casebook_load(w->store, w->id, b) : ERR_IO;
	bool             all = true;

	if (e == ERR_NOTFOUND)
		fprintf(stderr, "paravent: there is no incident and no playbook for %s\n", w->id);
	for (char *save, *rule = e ? NULL : strtok_r(b->incident.rules, " ", &save); rule; rule = strtok_r(NULL, " ", &save))
		if (!show(rule, w->id, w->json, printed)) {
			fprintf(stderr, "paravent: there is no playbook for %s\n", rule);
			all = false;
		}
	memory_free(b);
	store_free(w->store);
	return e || !all ? EXIT_PART : EXIT_FINE;
}

int
incident_runbook(struct incident_work *w)
{
	json_t *printed = json_object();
	int     code = show(w->id, NULL, w->json, printed) ? EXIT_FINE : for_incident(w, printed);

	json_decref(printed);
	return code;
}
