#include "crypt/timestamp.h"
#include "test/unit/check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* An authority of openssl's own, which signs what lies in query. */
static const char AUTHORITY[] =
    "cd $D && printf '[ tsa ]\\ndefault_tsa = t\\n[ t ]\\nserial = serial\\ndefault_policy = 1.2.3.4.1\\ndigests = sha256\\nsigner_digest = sha256\\n"
    "ess_cert_id_alg = sha256\\n[ ext ]\\nextendedKeyUsage = critical,timeStamping\\n' >cnf && echo 01 >serial && "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=ca -days 2 && "
    "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tsa.key -out csr -subj /CN=tsa && "
    "openssl x509 -req -in csr -CA ca.pem -CAkey ca.key -CAcreateserial -out tsa.pem -days 2 -extfile cnf -extensions ext && "
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem -subj /CN=other -days 2";
static const char REPLY[] = "cd $D && openssl ts -reply -config cnf -queryfile query -signer tsa.pem -inkey tsa.key -out reply";

static char    dir[64] = "/tmp/paravent-timestamp-XXXXXX";
static uint8_t DIGEST[32] = { 1, 2, 3 };
static uint8_t asked[TIMESTAMP_REQUEST], answered[TIMESTAMP_REPLY], ca[8192], other[8192];
static struct buf request, reply, trusted, untrusted;

static void
shell(const char *command)
{
	char quiet[2048];

	snprintf(quiet, sizeof quiet, "{ %s; } >/dev/null 2>&1", command);
	assert_int_equal(system(quiet), 0);
}

static struct buf
slurp(const char *name, uint8_t *room, size_t cap)
{
	char    path[128];
	ssize_t n;

	snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, O_RDONLY);
	n = read(fd, room, cap);
	close(fd);
	assert_true(n > 0);
	struct buf b = buf_over(room, cap);
	b.len = (size_t)n;
	return b;
}

static void
ask(void)
{
	char path[128];

	request = buf_over(asked, sizeof asked);
	assert_int_equal(timestamp_request(DIGEST, &request), OK);
	snprintf(path, sizeof path, "%s/query", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, request.at, request.len), request.len);
	close(fd);
	shell(REPLY);
	reply = slurp("reply", answered, sizeof answered);
}

static int
begin(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || setenv("D", dir, 1))
		return -1;
	shell(AUTHORITY);
	trusted = slurp("ca.pem", ca, sizeof ca);
	untrusted = slurp("other.pem", other, sizeof other);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	shell("rm -rf $D");
	return 0;
}

static enum err
verify(struct bytes r, struct instant *when)
{
	return timestamp_verify(r, buf_bytes(&request), DIGEST, buf_bytes(&trusted), when);
}

static void
the_answer_to_our_question_holds_and_tells_the_time(void **state)
{
	struct instant when = { 0 };

	(void)state;
	ask();
	assert_int_equal(verify(buf_bytes(&reply), &when), OK);
	assert_true(when.us > INT64_C(1700000000) * INSTANT_SECOND);
	/* Later, without the question, by the digest alone. */
	assert_int_equal(timestamp_verify(buf_bytes(&reply), bytes_of("", 0), DIGEST, buf_bytes(&trusted), &when), OK);
}

static void
another_digest_another_question_and_another_authority_are_refused(void **state)
{
	uint8_t        wrong[32] = { 1, 2, 4 };
	struct instant when;

	(void)state;
	ask();
	assert_int_equal(timestamp_verify(buf_bytes(&reply), bytes_of("", 0), wrong, buf_bytes(&trusted), &when), ERR_PERM);
	assert_int_equal(timestamp_verify(buf_bytes(&reply), buf_bytes(&request), DIGEST, buf_bytes(&untrusted), &when), ERR_PERM);
	assert_int_equal(timestamp_verify(buf_bytes(&reply), buf_bytes(&request), DIGEST, bytes_text("no certificate"), &when), ERR_PERM);
	request = buf_over(asked, sizeof asked);
	assert_int_equal(timestamp_request(DIGEST, &request), OK); /* the same question again has another nonce */
	assert_int_equal(verify(buf_bytes(&reply), &when), ERR_PERM);
}

static void
an_answer_that_was_cut_or_changed_is_refused_or_says_the_same(void **state)
{
	struct instant true_time, when;

	(void)state;
	ask();
	assert_int_equal(verify(buf_bytes(&reply), &true_time), OK);
	for (size_t n = 0; n < reply.len; n++)
		assert_int_not_equal(verify(bytes_of(reply.at, n), &when), OK);
	for (size_t i = 0; i < reply.len; i += 3) {
		reply.at[i] ^= 4;
		if (verify(buf_bytes(&reply), &when) == OK)
			assert_true(when.us == true_time.us);
		reply.at[i] ^= 4;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_to_our_question_holds_and_tells_the_time),
		cmocka_unit_test(another_digest_another_question_and_another_authority_are_refused),
		cmocka_unit_test(an_answer_that_was_cut_or_changed_is_refused_or_says_the_same),
	};
	return cmocka_run_group_tests(tests, begin, end);
}
