/*
 * probe: the role that asks the gateway's backends whether they are well, in
 * their own words where the policy says as whom:
 *
 *	mllp    NMQ^N01, a network management query (HL7 v2.5.1 section 14.3.1): any answer is a good one
 *	dicom   A-ASSOCIATE and C-ECHO (PS3.7 section 9.1.5): its status must be success
 *	else    a connection
 *
 * Twice in a row no: ill, and conversations go elsewhere if there is an
 * elsewhere.  Once yes: well.
 */
#include <poll.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "gate/worker.h"
#include "main/command.h"
#include "main/role.h"
#include "os/jail.h"
#include "os/page.h"
#include "os/socket.h"
#include "wire/dicom.h"
#include "wire/hl7.h"
#include "wire/mllp.h"

enum { WAIT_MS = 1000, EVERY_S = 5, TURN_MS = 200, FAILS = 2, ROOM = 4096 };

struct probe {
	struct policy *policy; /* our copy of the plan */
	struct panel  *panel;
	time_t         next[POLICY_ROUTES][POLICY_BACKENDS];
	uint8_t        fails[POLICY_ROUTES][POLICY_BACKENDS];
};

static bool
ready(int fd, short what)
{
	return poll(&(struct pollfd){ fd, what, 0 }, 1, WAIT_MS) == 1;
}

static int
dial(const struct policy_backend *b)
{
	int       bad = 0, fd = socket_of(b->address, SOCK_STREAM | SOCK_NONBLOCK);
	socklen_t n = sizeof bad;

	if (fd >= 0 && socket_connect(fd, b->address, b->port) && ready(fd, POLLOUT) && getsockopt(fd, SOL_SOCKET, SO_ERROR, &bad, &n) == 0 && !bad)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Sends, and receives until enough says so; false: it did not come, or too much of it. */
static bool
ask(int fd, struct bytes what, struct buf *got, bool (*enough)(struct bytes))
{
	if (send(fd, what.at, what.len, MSG_NOSIGNAL) != (ssize_t)what.len)
		return false;
	while (got->len < got->cap && ready(fd, POLLIN)) {
		ssize_t n = read(fd, got->at + got->len, got->cap - got->len);
		if (n <= 0)
			return false;
		got->len += (size_t)n;
		if (enough(buf_bytes(got)))
			return true;
	}
	return false;
}

static bool
whole_frame(struct bytes got)
{
	struct bytes message;

	return mllp_parse(got, &message) != ERR_SHORT;
}

static bool
query(int fd, const char *as)
{
	uint8_t      text[512], frame[520], room[ROOM];
	struct buf   t = buf_over(text, sizeof text), f = buf_over(frame, sizeof frame), got = buf_over(room, sizeof room);
	const char  *bar = strchr(as, '|');
	char         id[24];
	struct hl7   q = { .field = '|', .component = '^', .encoding = bytes_text("^~\\&"), .from_application = bytes_of(as, bar ? (size_t)(bar - as) : strlen(as)),
	                   .from_facility = bytes_text(bar ? bar + 1 : ""), .type = bytes_text("NMQ"), .trigger = bytes_text("N01"), .processing = bytes_text("P"),
	                   .version = bytes_text("2.5.1") };
	struct bytes message;

	snprintf(id, sizeof id, "%lld", (long long)time(NULL));
	q.control_id = bytes_text(id);
	hl7_print(&q, &t);
	message = buf_bytes(&t);
	mllp_print(&message, &f);
	return buf_ok(&f) && ask(fd, buf_bytes(&f), &got, whole_frame) && mllp_parse(buf_bytes(&got), &message) == OK && hl7_looks(message);
}

static bool
whole_pdu(struct bytes got)
{
	struct dicom_pdu p;

	return dicom_pdu_parse(got, &p) == ERR_FORM || (dicom_pdu_parse(got, &p) == OK && p.body.len == p.length);
}

static bool
echo(int fd, const struct policy_route *r)
{
	static const char       verification[] = "1.2.840.10008.1.1", syntax[] = "1.2.840.10008.1.2";
	static struct dicom_associate a;
	struct dicom_command    c = { .field = 0x0030, .sop_class = bytes_text(verification), .has_id = true, .id = 1, .has_data = true, .data = 0x0101 }, answer;
	struct dicom_pdu        p;
	struct dicom_pdv        v;
	uint8_t                 room[ROOM], got_room[ROOM], command[256];
	struct buf              out = buf_over(room, sizeof room), got = buf_over(got_room, sizeof got_room), set = buf_over(command, sizeof command);

	a = (struct dicom_associate){ .type = DICOM_ASSOCIATE_RQ, .version = 1, .application = bytes_text("1.2.840.10008.3.1.1.1"), .contexts = 1, .has_max = true, .max = ROOM,
	                              .context = { { .id = 1, .abstract = bytes_text(verification), .transfer = { bytes_text(syntax) }, .transfers = 1 } },
	                              .class_uid = bytes_text("1.3.6.1.4.1.60000.1") };
	snprintf(a.calling, sizeof a.calling, "%.16s", r->ask_as);
	snprintf(a.called, sizeof a.called, "%.16s", r->calleds ? r->called[0] : "ANY-SCP");
	dicom_associate_print(&a, &out);
	if (!buf_ok(&out) || !ask(fd, buf_bytes(&out), &got, whole_pdu) || got.at[0] != DICOM_ASSOCIATE_AC)
		return false;
	dicom_command_print(&c, &set);
	buf_reset(&out);
	buf_reset(&got);
	dicom_pdv_print(&(struct dicom_pdv){ .context = 1, .command = true, .last = true, .data = buf_bytes(&set) }, &out);
	if (!buf_ok(&out) || !ask(fd, buf_bytes(&out), &got, whole_pdu) || dicom_pdu_parse(buf_bytes(&got), &p) || p.type != DICOM_P_DATA)
		return false;
	bool well = dicom_pdv_next(&p.body, &v) == OK && dicom_command_parse(v.data, &answer) == OK && answer.has_status && answer.status == 0;
	static const uint8_t release[] = { DICOM_RELEASE_RQ, 0, 0, 0, 0, 4, 0, 0, 0, 0 };
	buf_reset(&got);
	(void)ask(fd, bytes_of(release, sizeof release), &got, whole_pdu);
	return well;
}

static bool
is_well(const struct policy_route *r, const struct policy_backend *b)
{
	int  fd = dial(b);
	bool well = fd >= 0;

	if (well && r->ask_as[0] && !b->tls)
		well = r->protocol == POLICY_MLLP ? query(fd, r->ask_as) : r->protocol == POLICY_DICOM ? echo(fd, r) : true;
	if (fd >= 0)
		close(fd);
	return well;
}

static void
look(struct probe *p, uint32_t i, unsigned k)
{
	const struct policy_route *r = &p->policy->route[i];
	_Atomic uint8_t           *ill = &p->panel->ill[i][k];

	if (is_well(r, &r->backend[k])) {
		if (atomic_exchange(ill, 0))
			fprintf(stderr, "paravent: gate: route %s: backend %s is well again\n", r->name, r->backend[k].name);
		p->fails[i][k] = 0;
	} else if (p->fails[i][k] < FAILS && ++p->fails[i][k] == FAILS) {
		atomic_store(ill, 1);
		fprintf(stderr, "paravent: gate: route %s: backend %s does not answer\n", r->name, r->backend[k].name);
	}
	p->next[i][k] = time(NULL) + (r->check_s ? r->check_s : EVERY_S);
}

int
probe_run(struct board *b, uint32_t which)
{
	struct probe *p = memory_new(1, sizeof *p);
	unsigned      missing;

	(void)which;
	role_close_but((const int[]){ b->gate.panel_fd }, 1);
	if (!p || !(p->policy = memory_new(1, sizeof *p->policy)) || page_open(b->gate.panel_fd, sizeof *p->panel, true, (void **)&p->panel))
		return EXIT_PART;
	if (jail_enter(JAIL_GATE, NULL, &missing)) {
		fprintf(stderr, "paravent: probe: privileges could not be given up, so no backend is asked\n");
		return EXIT_PART;
	}
	for (uint32_t seen = UINT32_MAX; !atomic_load(&b->stop);) {
		uint32_t planned = atomic_load(&p->panel->planned);
		if (planned != seen) { /* others may stand in their places now */
			*p->policy = p->panel->plan;
			memset(p->next, 0, sizeof p->next);
			memset(p->fails, 0, sizeof p->fails);
			memset((void *)p->panel->ill, 0, sizeof p->panel->ill);
			seen = planned;
		}
		for (uint32_t i = 0; i < p->policy->routes; i++)
			for (unsigned k = 0; k < p->policy->route[i].backends && !atomic_load(&b->stop); k++)
				if (time(NULL) >= p->next[i][k])
					look(p, i, k);
		poll(NULL, 0, TURN_MS);
	}
	return EXIT_FINE;
}
