/* casebook: see casebook.h. */
#include "store/casebook.h"
#include "store/inside.h"

#include <stdio.h>
#include <stdlib.h>

enum state { NEW, ACKNOWLEDGED, CONTAINED, RECOVERED, CLOSED, FALSE_ALARM, STATES };
static const char *const STATE[STATES] = { "new", "acknowledged", "contained", "recovered", "closed", "false-alarm" };

#define FROM(s) (1u << (s))
#define ANY     (FROM(STATES) - 1)

/*
 * One row a verb: its name, the states it is legal in, the state it leads to
 * (STATES: stays), and the times it writes (?2).  A time once written stays:
 * the first acknowledgement counts; but opening again forgets the end.
 */
static const struct {
	const char *name;
	unsigned    from;
	enum state  to;
	const char *times;
} VERB[] = {
	[CASEBOOK_ACK] = { "ack", FROM(NEW) | FROM(CLOSED) | FROM(FALSE_ALARM), ACKNOWLEDGED, "acknowledged=coalesce(acknowledged,?2), contained=NULL, recovered=NULL, closed=NULL" },
	[CASEBOOK_ASSIGN] = { "assign", ANY, STATES, "owner=?3" },
	[CASEBOOK_NOTE] = { "note", ANY, STATES, "owner=owner" },
	[CASEBOOK_CONTAINED] = { "contained", FROM(NEW) | FROM(ACKNOWLEDGED), CONTAINED, "acknowledged=coalesce(acknowledged,?2), contained=?2" },
	[CASEBOOK_RECOVERED] = { "recovered", FROM(ACKNOWLEDGED) | FROM(CONTAINED), RECOVERED, "recovered=?2" },
	[CASEBOOK_CLOSE] = { "close", FROM(CONTAINED) | FROM(RECOVERED), CLOSED, "closed=?2" },
	[CASEBOOK_FALSE_ALARM] = { "false-alarm", FROM(NEW) | FROM(ACKNOWLEDGED) | FROM(CONTAINED), FALSE_ALARM, "acknowledged=coalesce(acknowledged,?2), closed=?2" },
};

const char *
casebook_verb_name(enum casebook_verb v)
{
	return VERB[v].name;
}

static void
text(sqlite3_stmt *q, int n, const char *v)
{
	if (v)
		sqlite3_bind_text(q, n, v, -1, SQLITE_TRANSIENT);
}

static enum err
finish(struct store *s, sqlite3_stmt *q)
{
	enum err e = sqlite3_step(q) == SQLITE_DONE ? OK : inside_failed(s->db);
	sqlite3_finalize(q);
	return e;
}

static enum err
state_now(struct store *s, const char *id, enum state *out)
{
	sqlite3_stmt *q;
	enum err      e = ERR_NOTFOUND;

	if (sqlite3_prepare_v2(s->db, "SELECT state FROM incident WHERE id=?1", -1, &q, NULL))
		return inside_failed(s->db);
	text(q, 1, id);
	if (sqlite3_step(q) == SQLITE_ROW) {
		const char *have = (const char *)sqlite3_column_text(q, 0);
		e = ERR_FORM;
		for (*out = NEW; have && *out < STATES; (*out)++)
			if (strcmp(have, STATE[*out]) == 0) {
				e = OK;
				break;
			}
	}
	sqlite3_finalize(q);
	return e;
}

static enum err
update(struct store *s, const struct casebook_change *c, const char *to, const char *when)
{
	sqlite3_stmt *q;
	char          sql[320];

	snprintf(sql, sizeof sql, "UPDATE incident SET state=?4, graded=coalesce(?5,graded), phi=coalesce(?6,phi), phi_why=iif(?6 IS NULL,phi_why,?7), %s WHERE id=?1",
	         VERB[c->verb].times);
	if (sqlite3_prepare_v2(s->db, sql, -1, &q, NULL))
		return inside_failed(s->db);
	text(q, 1, c->incident);
	text(q, 2, when);
	text(q, 3, c->owner);
	text(q, 4, to);
	if (c->severity)
		sqlite3_bind_int(q, 5, c->severity);
	text(q, 6, c->phi);
	text(q, 7, c->text);
	return finish(s, q);
}

static enum err
event(struct store *s, const struct casebook_change *c, const char *says, const char *when, int64_t *out)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(s->db, "INSERT INTO incident_event(incident,time,source,kind,actor,target,says) VALUES(?1,?2,'person',?3,?4,?5,?6)", -1, &q, NULL))
		return inside_failed(s->db);
	text(q, 1, c->incident);
	text(q, 2, when);
	text(q, 3, VERB[c->verb].name);
	text(q, 4, c->by);
	text(q, 5, c->owner);
	text(q, 6, says);
	enum err e = finish(s, q);
	*out = sqlite3_last_insert_rowid(s->db);
	return e;
}

/* What changed, in words: state, owner, severity, PHI, then the reason. */
static void
words(const struct casebook_change *c, struct casebook_changed *out)
{
	struct buf b = buf_over(out->says, sizeof out->says);

	if (strcmp(out->from, out->to))
		buf_format(&b, "%s to %s. ", out->from, out->to);
	if (c->owner)
		buf_format(&b, "owner %.60s. ", c->owner);
	if (c->severity)
		buf_format(&b, "severity set to %d. ", c->severity);
	if (c->phi)
		buf_format(&b, "PHI affected: %s. ", c->phi);
	if (c->text)
		buf_format(&b, "%.*s", (int)(b.cap - b.len - 1), c->text);
	buf_string(&b);
}

enum err
casebook_change(struct store *s, const struct casebook_change *c, struct casebook_changed *out)
{
	char       when[40];
	struct buf b = buf_over(when, sizeof when);
	enum state from = NEW;

	memset(out, 0, sizeof *out);
	instant_print(c->when, &b);
	buf_string(&b);
	enum err e = store_begin(s);
	if (e)
		return e;
	if ((e = state_now(s, c->incident, &from)))
		goto out;
	enum state to = VERB[c->verb].to == STATES ? from : VERB[c->verb].to;
	snprintf(out->from, sizeof out->from, "%s", STATE[from]);
	snprintf(out->to, sizeof out->to, "%s", STATE[to]);
	if (!(VERB[c->verb].from & FROM(from))) {
		e = ERR_PERM;
		goto out;
	}
	words(c, out);
	if (!(e = update(s, c, STATE[to], when)))
		e = event(s, c, out->says, when, &out->event);
out:
	if (e)
		store_rollback(s);
	return e;
}

enum err
casebook_entered(struct store *s, int64_t row, uint64_t index)
{
	sqlite3_stmt *q;

	if (sqlite3_prepare_v2(s->db, "UPDATE incident_event SET ledger=?2 WHERE id=?1", -1, &q, NULL))
		return inside_failed(s->db);
	sqlite3_bind_int64(q, 1, row);
	sqlite3_bind_int64(q, 2, (sqlite3_int64)index);
	return finish(s, q);
}

/* --- reading one whole ------------------------------------------------------------- */

struct row {
	int                n;
	const char *const *names, *const *values;
};

/* The value of a column, "" if there is none. */
static const char *
at(const struct row *r, const char *name)
{
	for (int i = 0; i < r->n; i++)
		if (strcmp(r->names[i], name) == 0)
			return r->values[i] ? r->values[i] : "";
	return "";
}

static void
copy(char *out, size_t cap, const struct row *r, const char *name)
{
	snprintf(out, cap, "%s", at(r, name));
}

/* The database may be damaged, or another's: what cannot be read is as if it were not there. */
static struct addr
addr_at(const struct row *r, const char *name)
{
	struct addr a = { 0 };
	return addr_parse(bytes_text(at(r, name)), &a) ? (struct addr){ 0 } : a;
}

static struct mac
mac_at(const struct row *r, const char *name)
{
	struct mac m = { 0 };
	return mac_parse(bytes_text(at(r, name)), &m) ? (struct mac){ 0 } : m;
}

static struct instant
instant_at(const struct row *r, const char *name)
{
	struct instant t = { 0 };
	return instant_parse(bytes_text(at(r, name)), &t) ? (struct instant){ 0 } : t;
}

static uint64_t
number_at(const struct row *r, const char *name)
{
	return strtoull(at(r, name), NULL, 10);
}

static bool
on_incident(void *context, int n, const char *const *names, const char *const *values)
{
	struct casebook *b = context;
	struct incident *i = &b->incident;
	struct row       r = { n, names, values };
	char             victims[600];

	copy(i->id, sizeof i->id, &r, "id");
	copy(i->rules, sizeof i->rules, &r, "rules");
	copy(victims, sizeof victims, &r, "victims");
	i->attacker = mac_at(&r, "attacker_card");
	i->attacker_ip = addr_at(&r, "attacker_address");
	i->severity = (uint8_t)number_at(&r, "severity");
	i->findings = (uint32_t)number_at(&r, "findings");
	i->first = instant_at(&r, "first");
	i->last = instant_at(&r, "last");
	for (char *save, *v = strtok_r(victims, ", ", &save); v && i->victims_n < 8; v = strtok_r(NULL, ", ", &save))
		if (addr_parse(bytes_text(v), &i->victims[i->victims_n]) == OK)
			i->victims_n++;
	return false;
}

static void
count_place(struct casebook *b, const char *place)
{
	for (uint32_t k = 0; k < b->findings; k++)
		if (strcmp(b->place[k], place) == 0)
			return;
	b->places++;
}

/* Newest first as they come; turned afterwards. */
static bool
on_finding(void *context, int n, const char *const *names, const char *const *values)
{
	struct casebook *b = context;
	struct row       r = { n, names, values };

	if (b->findings == CASEBOOK_FINDINGS) {
		b->cut = true;
		return false;
	}
	struct finding *f = &b->finding[b->findings];
	copy(f->rule, sizeof f->rule, &r, "rule");
	copy(f->technique, sizeof f->technique, &r, "technique");
	copy(f->witness_a, sizeof f->witness_a, &r, "witness_a");
	copy(f->witness_b, sizeof f->witness_b, &r, "witness_b");
	copy(f->value_a, sizeof f->value_a, &r, "value_a");
	copy(f->value_b, sizeof f->value_b, &r, "value_b");
	copy(f->says, sizeof f->says, &r, "says");
	copy(f->incident, sizeof f->incident, &r, "incident");
	copy(b->evidence[b->findings][0], sizeof b->evidence[0][0], &r, "evidence");
	copy(b->evidence[b->findings][1], sizeof b->evidence[0][1], &r, "evidence_a");
	copy(f->category, sizeof f->category, &r, "category");
	copy(f->clinical, sizeof f->clinical, &r, "clinical");
	copy(f->message, sizeof f->message, &r, "message");
	copy(f->type, sizeof f->type, &r, "message_type");
	copy(f->fields, sizeof f->fields, &r, "fields");
	f->src = addr_at(&r, "src");
	f->dst = addr_at(&r, "dst");
	f->port = (uint16_t)number_at(&r, "port");
	f->arp = strcmp(at(&r, "protocol"), "-1") == 0;
	f->protocol = f->arp ? 0 : (uint8_t)number_at(&r, "protocol");
	f->severity = (uint8_t)number_at(&r, "severity");
	f->confidence = (uint8_t)number_at(&r, "confidence");
	f->count = (uint32_t)number_at(&r, "count");
	f->when = instant_at(&r, "time");
	f->attacker = mac_at(&r, "attacker_card");
	f->attacker_ip = addr_at(&r, "attacker_address");
	f->victim_ip = addr_at(&r, "victim");
	const char *frame = strrchr(at(&r, "evidence"), '#');
	f->frame = frame ? strtoull(frame + 1, NULL, 10) : 0;
	frame = strrchr(at(&r, "evidence_a"), '#');
	f->frame_before = frame ? strtoull(frame + 1, NULL, 10) : 0;
	count_place(b, at(&r, "place"));
	copy(b->place[b->findings], sizeof b->place[0], &r, "place");
	b->findings++;
	return true;
}

static bool
on_device(void *context, int n, const char *const *names, const char *const *values)
{
	struct casebook *b = context;
	struct row       r = { n, names, values };
	struct mac       card = mac_at(&r, "card");

	for (uint32_t k = 0; k < b->devices; k++)
		if (mac_equal(b->device[k].card, card))
			return true;
	if (b->devices == CASEBOOK_DEVICES) {
		b->cut = true;
		return false;
	}
	struct device_record *d = &b->device[b->devices++];
	d->card = card;
	d->addr = addr_at(&r, "address");
	copy(d->name, sizeof d->name, &r, "name");
	copy(d->vendor, sizeof d->vendor, &r, "vendor");
	for (int k = 0; k < ROLES; k++)
		if (strstr(at(&r, "roles"), role_name((enum role_bit)k)))
			d->roles |= 1u << k;
	d->first = instant_at(&r, "first");
	d->last = instant_at(&r, "last");
	return true;
}

static bool
on_flow(void *context, int n, const char *const *names, const char *const *values)
{
	struct casebook   *b = context;
	struct row         r = { n, names, values };
	struct flow_record f = { .client = addr_at(&r, "client"), .server = addr_at(&r, "server"), .port = (uint16_t)number_at(&r, "port") };

	for (uint32_t k = 0; k < b->flows; k++)
		if (addr_equal(b->flow[k].client, f.client) && addr_equal(b->flow[k].server, f.server) && b->flow[k].port == f.port &&
		    strcmp(b->flow[k].application, at(&r, "application")) == 0)
			return true;
	if (b->flows == CASEBOOK_FLOWS) {
		b->cut = true;
		return false;
	}
	copy(f.application, sizeof f.application, &r, "application");
	copy(f.name, sizeof f.name, &r, "name");
	f.clinical = number_at(&r, "clinical") != 0;
	for (int p = 0; p < PROTECTIONS; p++)
		if (strcmp(protection_name((enum protection)p), at(&r, "protection")) == 0)
			f.protection = (uint8_t)p;
	f.first = instant_at(&r, "first");
	f.last = instant_at(&r, "last");
	b->flow[b->flows++] = f;
	return true;
}

static void
turn(struct casebook *b)
{
	for (uint32_t i = 0, k = b->findings; i + 1 < k; i++) {
		k--;
		struct finding f = b->finding[i];
		char           e[sizeof b->evidence[0]], p[sizeof b->place[0]];
		b->finding[i] = b->finding[k];
		b->finding[k] = f;
		memcpy(e, b->evidence[i], sizeof e);
		memcpy(b->evidence[i], b->evidence[k], sizeof e);
		memcpy(b->evidence[k], e, sizeof e);
		memcpy(p, b->place[i], sizeof p);
		memcpy(b->place[i], b->place[k], sizeof p);
		memcpy(b->place[k], p, sizeof p);
	}
}

enum err
casebook_finding(struct store *s, const char *number, struct casebook *out)
{
	memset(out, 0, sizeof *out);
	if (!*number || number[strspn(number, "0123456789")])
		return ERR_NOTFOUND;
	enum err e = store_list(s, "finding", number, 1, on_finding, out);
	return e ? e : out->findings ? OK : ERR_NOTFOUND;
}

enum err
casebook_load(struct store *s, const char *id, struct casebook *out)
{
	char       name[64];
	struct buf b = buf_over(name, sizeof name);

	memset(out, 0, sizeof *out);
	enum err e = store_list(s, "incident", id, 1, on_incident, out);
	if (!e && !out->incident.id[0])
		return ERR_NOTFOUND;
	if (!e)
		e = store_list(s, "finding", id, CASEBOOK_FINDINGS + 1, on_finding, out);
	turn(out);
	if (!e && !mac_zero(out->incident.attacker)) {
		mac_print(out->incident.attacker, &b);
		e = store_list(s, "device", buf_string(&b), CASEBOOK_DEVICES, on_device, out);
	}
	for (uint8_t k = 0; !e && k < out->incident.victims_n; k++) {
		buf_reset(&b);
		addr_print(out->incident.victims[k], &b);
		if (!(e = store_list(s, "device", buf_string(&b), CASEBOOK_DEVICES, on_device, out)))
			e = store_list(s, "flow", name, CASEBOOK_FLOWS, on_flow, out);
	}
	return e;
}
