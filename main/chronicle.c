/* chronicle: see chronicle.h. */
#include "main/chronicle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "crypt/hash.h"
#include "ledger/disk.h"
#include "main/gate.h"
#include "main/inscribe.h"
#include "main/state.h"

enum { INCIDENTS = 128, MINUTE_MS = 60000 };

static void __attribute__((format(printf, 2, 3)))
say(struct entry *e, const char *format, ...)
{
	size_t  n = strlen(e->says);
	va_list ap;

	va_start(ap, format);
	vsnprintf(e->says + n, sizeof e->says - n, format, ap);
	va_end(ap);
}

/* Hands it over; each process that calls this has one end. */
static void
tell(int *fd, const struct entry *e)
{
	static uint64_t lost;

	if (*fd < 0)
		return;
	if (lost) {
		struct entry few = { .type = ENTRY_SUMMARY };
		memcpy(few.actor, e->actor, sizeof few.actor);
		say(&few, "%llu entries could not be handed to the ledger in time and are not written", (unsigned long long)lost);
		if (inscribe_tell(*fd, &few) == OK)
			lost = 0;
	}
	enum err bad = inscribe_tell(*fd, e);
	if (bad == ERR_AGAIN) {
		lost++;
	} else if (bad) {
		fprintf(stderr, "paravent: the ledger is gone: what follows is not written there\n");
		*fd = -1;
	}
}

/* --- the judge ------------------------------------------------------------------------ */

void
chronicle_finding(struct board *b, const struct finding *f, struct bytes line)
{
	static int   fd = -2;
	struct entry e = { .type = ENTRY_FINDING, .actor = "judge", .evidence = true };

	if (fd == -2)
		fd = b->tell_fd[INSCRIBE_JUDGE];
	if (!b->state[0] || b->align || f->severity > 3)
		return;
	snprintf(e.subject, sizeof e.subject, "%s", f->rule);
	snprintf(e.incident, sizeof e.incident, "%s", f->incident);
	say(&e, "%s", f->says);
	hash_sha256(line, e.digest);
	tell(&fd, &e);
}

void
chronicle_incident(struct board *b, const struct incident *i)
{
	static int fd = -2;
	static struct incident told[INCIDENTS];
	static uint32_t        next;
	struct incident       *t = told;
	struct entry           e = { .type = ENTRY_INCIDENT, .actor = "judge" };

	if (fd == -2)
		fd = b->tell_fd[INSCRIBE_JUDGE];
	if (!b->state[0])
		return;
	while (t < told + INCIDENTS && strcmp(t->id, i->id))
		t++;
	bool fresh = t == told + INCIDENTS;
	if (!fresh && t->severity == i->severity && t->victims_n == i->victims_n && strcmp(t->rules, i->rules) == 0 &&
	    mac_equal(t->attacker, i->attacker) && addr_equal(t->attacker_ip, i->attacker_ip))
		return;
	if (fresh)
		t = &told[next++ % INCIDENTS];
	*t = *i;
	snprintf(e.subject, sizeof e.subject, "%s", i->id);
	snprintf(e.incident, sizeof e.incident, "%s", i->id);
	say(&e, "%s: severity %u, %u findings, %u victims: %s", fresh ? "new" : "changed", i->severity, i->findings, i->victims_n, i->rules);
	if (!mac_zero(i->attacker)) {
		char       card[32];
		struct buf text = buf_over(card, sizeof card);
		mac_print(i->attacker, &text);
		buf_string(&text);
		say(&e, "; suspected card %s", card);
	}
	tell(&fd, &e);
}

/* --- the parent ----------------------------------------------------------------------- */

static void
parent_tells(struct board *b, struct entry *e)
{
	snprintf(e->actor, sizeof e->actor, "parent");
	tell(&b->tell_fd[INSCRIBE_PARENT], e);
}

enum { COUNTS = 8 };

static const char *const COUNT[COUNTS] = { "zones", "devices", "gateways", "DHCP servers", "resolvers", "networks", "services", "flows" };

/* DIR/policy.seen: the digest of the version told last, and its counts: for the next run's entry. */
static void
tell_policy(struct board *b, const struct state *s)
{
	const struct policy *p = &b->policy;
	const unsigned       now[COUNTS] = { p->zones, p->devices, p->gateways, p->dhcps, p->dnss, p->ssids, p->services, p->flows };
	struct entry         e = { .type = ENTRY_POLICY, .evidence = true };
	const char          *slash = strrchr(b->policy_path, '/');
	unsigned             was[COUNTS];
	char                 room[512], hex[65], before[65];
	struct buf           text = buf_over(room, sizeof room - 1), h = buf_over(hex, sizeof hex);

	if (!p->given)
		return;
	int dir = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	memcpy(e.digest, b->policy_digest, sizeof e.digest);
	buf_hex(&h, bytes_of(e.digest, sizeof e.digest));
	buf_string(&h);
	snprintf(e.subject, sizeof e.subject, "%.180s", slash ? slash + 1 : b->policy_path);
	bool known = disk_get(dir, "policy.seen", &text) == OK;
	room[text.len] = 0;
	known = known && sscanf(room, "%64s %u %u %u %u %u %u %u %u", before, &was[0], &was[1], &was[2], &was[3], &was[4], &was[5], &was[6], &was[7]) == 1 + COUNTS;
	if (known && strcmp(before, hex) == 0)
		say(&e, "in force, unchanged: ");
	else
		say(&e, "a version not seen before is in force%s%.16s: ", known ? "; before it " : "", known ? before : "");
	for (int i = 0; i < COUNTS; i++) {
		say(&e, "%s%s ", i ? ", " : "", COUNT[i]);
		if (known && was[i] != now[i])
			say(&e, "%u, now %u", was[i], now[i]);
		else
			say(&e, "%u", now[i]);
	}
	parent_tells(b, &e);
	buf_reset(&text);
	buf_format(&text, "%s", hex);
	for (int i = 0; i < COUNTS; i++)
		buf_format(&text, " %u", now[i]);
	buf_u8(&text, '\n');
	if (disk_publish(&disk_linux, dir, "policy.seen", buf_bytes(&text)))
		fprintf(stderr, "paravent: %s/policy.seen: %s: the next run cannot say what changed in the policy\n", s->dir, strerror(errno));
	close(dir);
}

void
chronicle_begin(struct board *b)
{
	struct entry e = { .type = ENTRY_ROLE, .subject = "run" };
	struct state s;

	if (!b->state[0] || b->align || state_of(b->state, &s))
		return;
	say(&e, "begins, version " PARAVENT_VERSION ":");
	for (uint32_t i = 0; i < b->sources && i < 8; i++)
		say(&e, " %s %.120s", b->source[i].live ? "interface" : "capture", board_source(b, (uint16_t)i));
	if (b->sources > 8)
		say(&e, " and %u more", b->sources - 8);
	parent_tells(b, &e);
	tell_policy(b, &s);
}

void
chronicle_role(struct board *b, const char *role, uint32_t which, const char *says)
{
	struct entry e = { .type = ENTRY_ROLE };

	if (!b->state[0] || b->align)
		return;
	snprintf(e.subject, sizeof e.subject, "%s%s%s", role, strcmp(role, "sensor") ? "" : " ", strcmp(role, "sensor") ? "" : b->sensor[which].name);
	say(&e, "%s", says);
	parent_tells(b, &e);
}

void
chronicle_gate(struct board *b, const struct gate_request *q, const char *order, const char *refused)
{
	struct entry e = { .type = ENTRY_CONTAINMENT };

	if (!b->state[0])
		return;
	snprintf(e.subject, sizeof e.subject, "gateway %s%s%s", q->route[0] ? q->route : "all routes", q->backend[0] ? " " : "", q->backend);
	say(&e, "%s by %s%s%s%s%s", order, q->by[0] ? q->by : "somebody", q->reason[0] ? ": " : "", q->reason, refused ? "; refused: " : "", refused ? refused : "");
	parent_tells(b, &e);
}

static int64_t
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void
chronicle_look(struct board *b, bool last)
{
	enum { KINDS = 4 };
	static const struct { enum entry_type type; const char *says; } KIND[KINDS] = {
		{ ENTRY_DROP, "packets were dropped by the kernel: nobody looked at them" },
		{ ENTRY_DROP, "streams were given up: what they said is not known" },
		{ ENTRY_DROP, "bytes were acknowledged and never seen" },
		{ ENTRY_CLOCK, "steps of the capture's clock" },
	};
	static struct { uint64_t seen; int64_t told; } held[BOARD_SENSORS][KINDS];
	int64_t now = now_ms();

	if (!b->state[0] || b->align)
		return;
	for (uint32_t i = 0; i < b->sensors; i++) {
		const struct sensor_counts *c = &b->progress[i].counts;
		const uint64_t              n[KINDS] = { atomic_load(&b->progress[i].drops), c->streams_refused, c->unseen_bytes, c->clock_steps };
		for (int k = 0; k < KINDS; k++) {
			struct entry e = { .type = KIND[k].type };
			if (n[k] < held[i][k].seen)
				held[i][k].seen = 0; /* the sensor was started again, and counts anew */
			if (n[k] == held[i][k].seen || (!last && held[i][k].told && now - held[i][k].told < MINUTE_MS))
				continue;
			snprintf(e.subject, sizeof e.subject, "%s", b->sensor[i].name);
			say(&e, "%llu %s", (unsigned long long)(n[k] - held[i][k].seen), KIND[k].says);
			held[i][k].seen = n[k];
			held[i][k].told = now;
			parent_tells(b, &e);
		}
	}
}

void
chronicle_end(struct board *b, int code)
{
	struct entry e = { .type = ENTRY_ROLE, .subject = "run" };
	uint64_t     frames = 0;

	if (!b->state[0] || b->align)
		return;
	for (uint32_t i = 0; i < b->sensors; i++)
		frames += b->progress[i].counts.frames;
	say(&e, "ends%s: %llu packets, %llu claims, %llu findings", code ? " in part" : "", (unsigned long long)frames,
	    (unsigned long long)b->judged.claims, (unsigned long long)b->judged.findings);
	parent_tells(b, &e);
}
