/* incident_show: all that is known of an incident: as one JSON object, and in words made from it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "main/command.h"
#include "main/incident.h"
#include "main/oui.h"
#include "main/settings.h"
#include "report/cause.h"
#include "report/harm.h"

static void
set_text(json_t *o, const char *key, const char *v)
{
	if (v && *v)
		json_object_set_new_nocheck(o, key, json_string_nocheck(v));
}

static void
set_buf(json_t *o, const char *key, struct buf *b)
{
	set_text(o, key, buf_string(b));
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));
	return t ? t : "";
}

static void
set_addr(json_t *o, const char *key, struct addr a)
{
	char       room[64];
	struct buf b = buf_over(room, sizeof room);

	if (addr_none(a))
		return;
	addr_print(a, &b);
	set_buf(o, key, &b);
}

/* --- rows of the record as objects ------------------------------------------------- */

static bool
on_row(void *context, int n, const char *const *names, const char *const *values)
{
	json_t *o = json_object();

	for (int i = 0; i < n; i++) {
		if (!values[i])
			continue;
		bool number = strcmp(names[i], "severity") == 0 || strcmp(names[i], "findings") == 0 || strcmp(names[i], "ledger") == 0;
		json_object_set_new_nocheck(o, names[i], number ? json_integer(strtoll(values[i], NULL, 10)) : json_string_nocheck(values[i]));
	}
	json_array_append_new(context, o);
	return true;
}

static json_t *
rows(struct store *s, const char *noun, const char *id, unsigned limit, enum err *e)
{
	json_t *a = json_array();

	*e = store_list(s, noun, id, limit, on_row, a);
	return a;
}

/* Seconds between two times of the object; nothing if one is missing. */
static void
set_since(json_t *o, const char *key, const char *from, const char *to)
{
	struct instant a, b;

	if (instant_parse(bytes_text(text_of(o, from)), &a) == OK && instant_parse(bytes_text(text_of(o, to)), &b) == OK)
		json_object_set_new(o, key, json_real((double)instant_since(a, b) / INSTANT_SECOND));
}

/* --- what is computed ---------------------------------------------------------------- */

static const char *
kind_by_policy(const struct policy *p, const struct device_record *d, const char **name)
{
	for (uint32_t i = 0; p && i < p->devices; i++)
		if (mac_equal(p->device[i].card, d->card) || mac_equal(p->device[i].second_card, d->card) || (!addr_none(d->addr) && addr_equal(p->device[i].address, d->addr))) {
			*name = p->device[i].name;
			return p->device[i].kind;
		}
	return NULL;
}

static json_t *
devices(const struct cause_case *c)
{
	json_t *a = json_array();

	for (uint32_t i = 0; i < c->devices; i++) {
		const struct device_record *d = &c->device[i];
		char        room[128];
		const char *name = d->name, *kind = kind_by_policy(c->policy, d, &name);
		json_t     *o = json_object();
		struct buf  b = buf_over(room, sizeof room);
		mac_print(d->card, &b);
		set_buf(o, "card", &b);
		set_text(o, "maker", oui_maker(room));
		set_addr(o, "address", d->addr);
		set_text(o, "name", name);
		set_text(o, "kind", kind);
		bool attacker = mac_equal(d->card, c->incident->attacker);
		set_text(o, "part", attacker ? "named as attacker" : "victim");
		struct harm_rank rank = harm_rank_of(kind, d->roles);
		if (!attacker) {
			set_text(o, "criticality", rank.level);
			set_text(o, "because", rank.why);
		}
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *
causes(const struct cause_case *c)
{
	struct cause cause[CAUSES];
	uint32_t     n = cause_find(c, cause);
	json_t      *a = json_array();

	for (uint32_t i = 0; i < n; i++) {
		json_t *o = json_object();
		set_text(o, "control", cause[i].control);
		set_text(o, "says", cause[i].says);
		set_text(o, "do", cause[i].act);
		set_text(o, "policy_key", cause[i].key);
		json_object_set_new(o, "declared", json_boolean(cause[i].declared));
		json_array_append_new(a, o);
	}
	return a;
}

json_t *
incident_json(struct incident_work *w, struct casebook *book)
{
	struct policy *policy = NULL;
	enum err       e = OK;
	json_t        *o = NULL, *found = NULL;
	char           room[400];
	struct buf     b = buf_over(room, sizeof room);

	if (w->policy_path && (!(policy = memory_new(1, sizeof *policy)) || settings_read(w->policy_path, policy)))
		goto out;
	e = casebook_load(w->store, w->id, book);
	if (!e)
		found = rows(w->store, "incident", w->id, 1, &e);
	if (e || !(o = json_incref(json_array_get(found, 0)))) {
		fprintf(stderr, "paravent: %s%s%s: %s\n", e == ERR_NOTFOUND ? "there is no incident " : "", e == ERR_NOTFOUND ? w->id : w->db,
		        e == ERR_NOTFOUND ? " here" : "", e == ERR_NOTFOUND ? w->db : store_trouble());
		goto out;
	}
	struct cause_case c = { &book->incident, book->finding, book->device, book->flow, book->findings, book->devices, book->flows, book->places, policy };
	set_since(o, "seconds_to_detect", "first_evidence", "detected");
	/* What people did is on the wall's clock: it counts from when they could know, which for a capture is when it was read. */
	set_since(o, "seconds_to_acknowledge", "told", "acknowledged");
	set_since(o, "seconds_to_contain", "told", "contained");
	harm_phi(&c, &b);
	set_buf(o, "phi_seen", &b);
	json_object_set_new(o, "devices", devices(&c));
	json_object_set_new(o, "causes", causes(&c));
	json_object_set_new(o, "timeline", rows(w->store, "event", w->id, 10000, &e));
	if (book->cut)
		json_object_set_new(o, "incomplete", json_true());
out:
	json_decref(found);
	memory_free(policy);
	return o;
}

/* --- in words -------------------------------------------------------------------------- */

static void
line(const json_t *o, const char *label, const char *key)
{
	if (*text_of(o, key))
		printf("  %-15s %s\n", label, text_of(o, key));
}

static void
moment(const json_t *o, const char *label, const char *key, const char *since, const char *of)
{
	const json_t *s = since ? json_object_get(o, since) : NULL;

	if (!*text_of(o, key))
		return;
	printf("  %-15s %s", label, text_of(o, key));
	if (s)
		printf("   %.1f s after %s", json_real_value(s), of);
	putchar('\n');
}

static void
in_words(const json_t *o)
{
	size_t  i;
	json_t *v;
	bool    capture = strcmp(text_of(o, "clock"), "capture") == 0;

	printf("%s   %s   severity %lld   owner %s\n", text_of(o, "id"), text_of(o, "state"), (long long)json_integer_value(json_object_get(o, "severity")),
	       *text_of(o, "owner") ? text_of(o, "owner") : "nobody yet");
	line(o, "rules", "rules");
	if (*text_of(o, "attacker_card"))
		printf("  %-15s %s%s%s\n", "attacker", text_of(o, "attacker_card"), *text_of(o, "attacker_address") ? " at " : "", text_of(o, "attacker_address"));
	line(o, "victims", "victims");
	line(o, "PHI affected", "phi");
	line(o, "because", "phi_why");
	line(o, "observed", "phi_seen");
	printf("\nTimes\n");
	moment(o, "first evidence", "first_evidence", NULL, NULL);
	moment(o, "detected", "detected", "seconds_to_detect", "the first evidence");
	printf("  %-15s %s\n", "", capture ? "both by the capture's clock; what follows by the wall's, counted from when the capture was read" : "by the wall's clock, like all that follows");
	moment(o, "told", "told", NULL, NULL);
	moment(o, "acknowledged", "acknowledged", "seconds_to_acknowledge", "it was told");
	moment(o, "contained", "contained", "seconds_to_contain", "it was told");
	moment(o, "recovered", "recovered", NULL, NULL);
	moment(o, "closed", "closed", NULL, NULL);
	printf("\nDevices\n");
	json_array_foreach(json_object_get(o, "devices"), i, v) {
		printf("  %-17s %-15s %s%s%s\n", text_of(v, "card"), text_of(v, "address"), text_of(v, "name"), *text_of(v, "name") ? ", " : "", text_of(v, "part"));
		if (*text_of(v, "criticality"))
			printf("  %33s criticality %s: %s\n", "", text_of(v, "criticality"), text_of(v, "because"));
	}
	printf("\nWhat was missing\n");
	json_array_foreach(json_object_get(o, "causes"), i, v) {
		printf("  %zu. %s: %s\n     do: %s\n", i + 1, text_of(v, "control"), text_of(v, "says"), text_of(v, "do"));
		if (*text_of(v, "policy_key"))
			printf("     hospital.yaml: %s\n", text_of(v, "policy_key"));
	}
	printf("\nTimeline\n");
	json_array_foreach(json_object_get(o, "timeline"), i, v) {
		bool person = strcmp(text_of(v, "source"), "person") == 0;
		printf("  %s  %s%s%s: %s", text_of(v, "time"), text_of(v, "kind"), person ? " by " : "", person ? text_of(v, "actor") : "", text_of(v, "says"));
		if (json_object_get(v, "ledger"))
			printf("   [ledger %lld]", (long long)json_integer_value(json_object_get(v, "ledger")));
		putchar('\n');
	}
	if (json_object_get(o, "incomplete"))
		printf("\nThere is more than is held here: `paravent finding list %s`.\n", text_of(o, "id"));
}

int
incident_show(struct incident_work *w)
{
	struct casebook *book = memory_new(1, sizeof *book);
	json_t          *o = NULL;

	if (book && incident_open(w, false))
		o = incident_json(w, book);
	if (o && (w->json || w->lines)) {
		json_dumpf(o, stdout, w->json ? JSON_INDENT(2) : JSON_COMPACT);
		putchar('\n');
	} else if (o) {
		in_words(o);
	}
	int code = o ? EXIT_FINE : EXIT_PART;
	json_decref(o);
	memory_free(book);
	store_free(w->store);
	return code;
}
