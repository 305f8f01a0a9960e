#include "crypt/hash.h"
#include "ledger/ask.h"
#include "ledger/witness.h"
#include "test/unit/logs.h"

#include <sys/stat.h>

static char               state_dir[64];
static struct sign_key   *witness_key;
static struct witness_options options;
static struct witness_server    *w;
static uint8_t            asked[WITNESS_REQUEST], answered[NOTE_SIZE];
static const struct instant NOW = { INT64_C(1700000000) * INSTANT_SECOND };

static int
begin(void **state)
{
	uint8_t public[32];

	strcpy(state_dir, "/tmp/paravent-witness-XXXXXX");
	if (logs_begin(state) || !mkdtemp(state_dir) || sign_new(&witness_key))
		return -1;
	sign_public(witness_key, public);
	options = (struct witness_options){ .logs = &logs_options.key, .count = 1, .sign = logs_sign, .context = witness_key };
	return note_key_make("witness.test/w", NOTE_COSIGNATURE, public, &options.key) || witness_open(state_dir, &options, &w) ? -1 : 0;
}

static int
end(void **state)
{
	witness_close(w);
	logs_remove(state_dir);
	sign_free(witness_key);
	return logs_end(state);
}

/* Asks for the log as it is, from old on; the status. */
static int
ask(uint64_t old, struct buf *reply)
{
	struct buf   b = buf_over(asked, sizeof asked);
	struct view *v;
	int          status;

	*reply = buf_over(answered, sizeof answered);
	assert_int_equal(view_open(logs_dir, &v), OK);
	assert_int_equal(ask_request(v, old, &b), OK);
	witness_answer(w, buf_bytes(&b), NOW, reply, &status);
	view_free(v);
	return status;
}

static int
answer(const char *request)
{
	struct buf reply = buf_over(answered, sizeof answered);
	int        status;

	witness_answer(w, bytes_text(request), NOW, &reply, &status);
	assert_true(reply.len > 0);
	return status;
}

static void
a_log_that_goes_on_is_cosigned_and_its_checkpoint_carries_the_line(void **state)
{
	uint8_t     room[1024];
	struct buf  reply, lines = buf_over(room, sizeof room);
	struct log *l = logs_open();
	struct note n;
	uint64_t    by;

	(void)state;
	for (uint64_t size = 0, old = 0; size < 900; old = size, size += 123) {
		logs_add(l, size, 40);
		assert_int_equal(ask(old, &reply), 200);
		buf_reset(&lines);
		assert_int_equal(ask_answer(log_checkpoint(l), buf_bytes(&reply), &options.key, &lines), OK);
		assert_int_equal(note_parse(log_checkpoint(l), &n), OK);
		assert_int_equal(log_cosign(l, n.text, buf_bytes(&lines)), OK);
		size_t once = log_checkpoint(l).len;
		assert_int_equal(note_parse(log_checkpoint(l), &n), OK);
		assert_int_equal(log_cosign(l, n.text, buf_bytes(&lines)), OK); /* a second time it takes the first one's place */
		assert_int_equal(log_checkpoint(l).len, once);
		assert_int_equal(note_parse(log_checkpoint(l), &n), OK);
		struct note_key both[2] = { logs_options.key, options.key };
		assert_int_equal(note_verify(&n, both, 2, &by), OK);
		assert_int_equal(by, 3);
		logs_good(size);
	}
	log_close(l);
}

static void
every_reply_of_the_specification_is_given(void **state)
{
	struct buf  reply;
	struct log *l = logs_open();
	uint64_t    size;

	(void)state;
	logs_add(l, 10, 10);
	assert_int_equal(ask(5, &reply), 409);
	assert_int_equal(ask_size(buf_bytes(&reply), &size), OK);
	assert_int_equal(size, 0);
	assert_int_equal(ask(0, &reply), 200);
	assert_int_equal(ask(0, &reply), 409);
	assert_true(bytes_equal(buf_bytes(&reply), bytes_text("10\n")));
	assert_int_equal(ask(10, &reply), 200);
	logs_add(l, 20, 10);
	assert_int_equal(ask(10, &reply), 200);
	assert_int_equal(answer("not a request"), 400);
	assert_int_equal(answer("old 01\n\nlog.test/one\n"), 400);
	assert_int_equal(answer("old 0\n\nother.test/log\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\xe2\x80\x94 a AAAAAAA=\n"), 404);
	assert_int_equal(answer("old 0\n\nlog.test/one\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\xe2\x80\x94 a AAAAAAA=\n"), 403);
	log_close(l);
}

static void
a_proof_that_is_wrong_and_a_fork_are_not_cosigned(void **state)
{
	struct witness_request r;
	struct buf             reply, b = buf_over(asked, sizeof asked);
	struct view           *v;
	struct log            *l = logs_open();
	int                    status;

	(void)state;
	logs_add(l, 10, 10);
	assert_int_equal(ask(0, &reply), 200);
	logs_add(l, 25, 10);
	assert_int_equal(view_open(logs_dir, &v), OK);
	r.old = 10;
	r.note = view_note(v);
	assert_int_equal(view_extend(v, 10, &r.proof), OK);
	for (size_t i = 0; i <= r.proof.n; i++) {
		struct witness_request bad = r;
		if (i < r.proof.n)
			bad.proof.hash[i].b[0] ^= 1;
		else
			bad.proof.n--;
		buf_reset(&b);
		reply = buf_over(answered, sizeof answered);
		witness_print(&bad, &b);
		witness_answer(w, buf_bytes(&b), NOW, &reply, &status);
		assert_int_equal(status, 422);
	}
	view_free(v);
	log_close(l);
	logs_remove(logs_dir);
	struct log_range range;
	l = logs_open();
	assert_int_equal(log_add(l, bytes_text("another")), OK);
	assert_int_equal(log_commit(l, &range), OK);
	logs_add(l, 10, 10);
	assert_int_equal(ask(10, &reply), 422); /* the same size, another root */
	logs_add(l, 30, 10);
	assert_int_equal(ask(10, &reply), 422);
	buf_reset(&b);
	witness_print(&(struct witness_request){ .old = 31, .note = log_checkpoint(l) }, &b);
	reply = buf_over(answered, sizeof answered);
	witness_answer(w, buf_bytes(&b), NOW, &reply, &status);
	assert_int_equal(status, 400);
	log_close(l);
}

static void
what_was_cosigned_is_kept_over_a_restart_and_shown_by_its_name(void **state)
{
	uint8_t         d[32], name[64];
	struct buf      reply, b = buf_over(name, sizeof name);
	struct witness_server *other;
	struct log     *l = logs_open();
	struct note     n;
	uint64_t        by;
	int             status;

	(void)state;
	logs_add(l, 10, 10);
	assert_int_equal(ask(0, &reply), 200);
	assert_int_equal(witness_open(state_dir, &options, &other), ERR_AGAIN);
	witness_close(w);
	assert_int_equal(witness_open(state_dir, &options, &w), OK);
	assert_int_equal(ask(0, &reply), 409);
	hash_sha256(bytes_text("log.test/one"), d);
	buf_hex(&b, bytes_of(d, sizeof d));
	reply = buf_over(answered, sizeof answered);
	witness_latest(w, buf_bytes(&b), &reply, &status);
	assert_int_equal(status, 200);
	struct note_key both[2] = { logs_options.key, options.key };
	assert_int_equal(note_parse(buf_bytes(&reply), &n), OK);
	assert_int_equal(note_verify(&n, both, 2, &by), OK);
	assert_int_equal(by, 3);
	name[0] = name[0] == 'a' ? 'b' : 'a';
	witness_latest(w, buf_bytes(&b), &reply, &status);
	assert_int_equal(status, 404);
	witness_latest(w, bytes_text("../../etc/passwd"), &reply, &status);
	assert_int_equal(status, 404);
	log_close(l);
}

static int
no_rename(int from, const char *old, int to, const char *new)
{
	(void)from;
	(void)old;
	(void)to;
	(void)new;
	return -1;
}

static void
nothing_is_signed_away_that_could_not_be_kept(void **state)
{
	const struct disk_calls broken = { pwrite, fdatasync, syncfs, no_rename };
	struct buf              reply;
	struct log             *l = logs_open();

	(void)state;
	logs_add(l, 10, 10);
	witness_close(w);
	options.calls = &broken;
	assert_int_equal(witness_open(state_dir, &options, &w), OK);
	assert_int_equal(ask(0, &reply), 500);
	buf_string(&reply);
	assert_null(strstr((char *)answered, "witness.test"));
	log_close(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define WITNESS_TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)
		WITNESS_TEST(a_log_that_goes_on_is_cosigned_and_its_checkpoint_carries_the_line),
		WITNESS_TEST(every_reply_of_the_specification_is_given),
		WITNESS_TEST(a_proof_that_is_wrong_and_a_fork_are_not_cosigned),
		WITNESS_TEST(what_was_cosigned_is_kept_over_a_restart_and_shown_by_its_name),
		WITNESS_TEST(nothing_is_signed_away_that_could_not_be_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
