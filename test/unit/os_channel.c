#include "os/channel.h"
#include "test/unit/check.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int      fd[2];
static uint8_t  room[CHANNEL_BODY + 8], body[CHANNEL_BODY + 1];
static uint32_t kind;
static struct bytes got;

static int
begin(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	return channel_pair(fd) ? -1 : 0;
}

static int
end(void **state)
{
	(void)state;
	close(fd[0]);
	close(fd[1]);
	return 0;
}

static void
what_is_sent_comes_whole_and_in_order(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		assert_int_equal(channel_send(fd[0], i, bytes_of("abcde", i)), OK);
	for (uint32_t i = 0; i < 5; i++) {
		assert_int_equal(channel_receive(fd[1], room, &kind, &got), OK);
		assert_true(kind == i && bytes_equal(got, bytes_of("abcde", i)));
	}
}

static void
the_largest_body_passes_and_one_byte_more_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof body; i++)
		body[i] = (uint8_t)(i * 7);
	assert_int_equal(channel_send(fd[0], 1, bytes_of(body, CHANNEL_BODY + 1)), ERR_LIMIT);
	assert_int_equal(channel_send(fd[0], 2, bytes_of(body, CHANNEL_BODY)), OK);
	assert_int_equal(channel_receive(fd[1], room, &kind, &got), OK);
	assert_int_equal(kind, 2);
	assert_true(bytes_equal(got, bytes_of(body, CHANNEL_BODY)));
}

static void
what_a_stranger_writes_is_refused_and_the_next_is_read(void **state)
{
	static const struct { uint8_t raw[12]; size_t len; } WRONG[] = {
		{ { 1 }, 1 }, { { 1, 0, 0, 0, 0, 0, 0 }, 7 },   /* half a head */
		{ { 1, 0, 0, 0, 4, 0, 0, 0, 'a', 'b', 'c' }, 11 }, /* less than it says */
		{ { 1, 0, 0, 0, 0, 0, 0, 0, 'a' }, 9 },         /* more */
		{ { 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff }, 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
		assert_int_equal(write(fd[0], WRONG[i].raw, WRONG[i].len), WRONG[i].len);
		assert_int_equal(channel_receive(fd[1], room, &kind, &got), ERR_FORM);
	}
	assert_int_equal(channel_send(fd[0], 3, LIT("abc")), OK);
	assert_int_equal(channel_receive(fd[1], room, &kind, &got), OK);
}

/* A packet that is longer than the room is cut by the kernel: its length no longer fits. */
static void
a_message_over_the_limit_is_refused(void **state)
{
	uint8_t  raw[CHANNEL_BODY + 64] = { 1, 0, 0, 0 };
	uint32_t len = sizeof raw - 8;

	(void)state;
	memcpy(raw + 4, &len, sizeof len);
	assert_int_equal(write(fd[0], raw, sizeof raw), sizeof raw);
	assert_int_equal(channel_receive(fd[1], room, &kind, &got), ERR_FORM);
}

static void
an_end_that_is_gone_is_told_to_both(void **state)
{
	(void)state;
	assert_int_equal(channel_send(fd[0], 1, LIT("last")), OK);
	close(fd[0]);
	assert_int_equal(channel_receive(fd[1], room, &kind, &got), OK); /* what was sent is there */
	assert_int_equal(channel_receive(fd[1], room, &kind, &got), ERR_CLOSED);
	assert_int_equal(channel_send(fd[1], 1, LIT("x")), ERR_CLOSED);
	fd[0] = dup(fd[1]);
}

static void
who_may_not_wait_is_told_to_try_again(void **state)
{
	enum err e = OK;
	int      n = 0;

	(void)state;
	assert_int_equal(fcntl(fd[0], F_SETFL, O_NONBLOCK) | fcntl(fd[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(channel_receive(fd[1], room, &kind, &got), ERR_AGAIN);
	while (!e && n++ < 10000)
		e = channel_send(fd[0], 1, bytes_of(body, CHANNEL_BODY));
	assert_int_equal(e, ERR_AGAIN);
}

static void
a_name_is_its_owners_and_taken_over_from_the_dead(void **state)
{
	char        dir[] = "/tmp/channel.XXXXXX", path[64];
	struct stat st;
	int         listening, again, client, server;
	unsigned    user;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/s", dir);
	assert_int_equal(channel_connect(path, &client), ERR_NOTFOUND);
	assert_int_equal(channel_listen(path, &listening), OK);
	assert_int_equal(channel_accept(listening, &server, &user), ERR_AGAIN);
	assert_true(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	assert_int_equal(channel_connect(path, &client), OK);
	assert_int_equal(channel_accept(listening, &server, &user), OK);
	assert_int_equal(user, getuid());
	assert_int_equal(channel_send(client, 8, LIT("who")), OK);
	assert_int_equal(channel_receive(server, room, &kind, &got), OK);
	assert_int_equal(kind, 8);
	close(listening);
	assert_int_equal(channel_connect(path, &again), ERR_NOTFOUND); /* the name is there, nobody behind it */
	assert_int_equal(channel_listen(path, &listening), OK);
	close(listening);
	close(client);
	close(server);
	assert_int_equal(unlink(path) | rmdir(dir), 0);
}

static void
a_name_that_is_too_long_is_refused(void **state)
{
	char path[256];
	int  f;

	(void)state;
	memset(path, 'a', sizeof path - 1);
	path[0] = '/', path[sizeof path - 1] = 0;
	assert_int_equal(channel_listen(path, &f), ERR_LIMIT);
	assert_int_equal(channel_connect(path, &f), ERR_LIMIT);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(what_is_sent_comes_whole_and_in_order),
		TEST(the_largest_body_passes_and_one_byte_more_does_not),
		TEST(what_a_stranger_writes_is_refused_and_the_next_is_read),
		TEST(a_message_over_the_limit_is_refused),
		TEST(an_end_that_is_gone_is_told_to_both),
		TEST(who_may_not_wait_is_told_to_try_again),
		cmocka_unit_test(a_name_is_its_owners_and_taken_over_from_the_dead),
		cmocka_unit_test(a_name_that_is_too_long_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
