#include "test/unit/check.h"

#include "crypt/hash.h"
#include "crypt/signer.h"
#include "gate/inquiry.h"
#include "wire/der.h"
#include "wire/ocsp.h"

/* Hours after 2026-01-01. */
#define HOUR(n) ((struct instant){ (INT64_C(1767225600) + (n) * 3600) * INSTANT_SECOND })

/* A certificate made here; its bytes are the struct's. */
struct made {
	struct signer *key;
	uint8_t        der[2048];
	struct x509    x;
};

static struct made ca, pump, other, responder, stranger;

static void
put_name(struct buf *b, const char *common)
{
	size_t name = der_begin(b, DER_SEQUENCE), set = der_begin(b, DER_SET), pair = der_begin(b, DER_SEQUENCE);

	DER_PUT_OID(b, "\x55\x04\x03");
	der_put(b, DER_UTF8, bytes_text(common));
	der_end(b, pair);
	der_end(b, set);
	der_end(b, name);
}

/* by NULL: its own.  purpose: the octets of one, or NULL. */
static void
make(struct made *m, const char *common, unsigned serial, const struct made *by, const char *issuer, const char *purpose, struct instant ends)
{
	uint8_t    room[1024], sign[SIGNER_SIGNATURE], how[64];
	struct buf b = buf_over(room, sizeof room), s = buf_over(sign, sizeof sign), a = buf_over(how, sizeof how), out = buf_over(m->der, sizeof m->der);

	assert_int_equal(signer_new(SIGNER_P256, &m->key), OK);
	if (!by)
		by = m;
	signer_algorithm(by->key, &a);
	size_t tbs = der_begin(&b, DER_SEQUENCE), version = der_begin(&b, DER_EXPLICIT);
	der_put_small(&b, DER_INTEGER, 2);
	der_end(&b, version);
	der_put_small(&b, DER_INTEGER, serial);
	buf_bytes_put(&b, buf_bytes(&a));
	put_name(&b, issuer);
	size_t times = der_begin(&b, DER_SEQUENCE);
	der_put_moment(&b, HOUR(-1), false);
	der_put_moment(&b, ends, false);
	der_end(&b, times);
	put_name(&b, common);
	assert_int_equal(signer_public(m->key, &b), OK);
	if (purpose) {
		size_t all = der_begin(&b, DER_EXPLICIT | 3), list = der_begin(&b, DER_SEQUENCE), one = der_begin(&b, DER_SEQUENCE);
		DER_PUT_OID(&b, "\x55\x1d\x25");
		size_t octets = der_begin(&b, DER_OCTET_STRING), purposes = der_begin(&b, DER_SEQUENCE);
		der_put(&b, DER_OID, bytes_text(purpose));
		der_end(&b, purposes);
		der_end(&b, octets);
		der_end(&b, one);
		der_end(&b, list);
		der_end(&b, all);
	}
	der_end(&b, tbs);
	assert_int_equal(signer_make(by->key, buf_bytes(&b), &s), OK);
	der_put_signed(&out, buf_bytes(&b), buf_bytes(&a), buf_bytes(&s));
	assert_true(buf_ok(&out));
	assert_int_equal(x509_parse(buf_bytes(&out), &m->x), OK);
}

#define OCSP_SIGNING "\x2b\x06\x01\x05\x05\x07\x03\x09"
#define CLIENT_AUTH "\x2b\x06\x01\x05\x05\x07\x03\x02"

static struct inquiry_issuer issuer;
static struct inquiry        question;

static int
set_up(void **state)
{
	(void)state;
	assert_int_equal(hash_init(), OK);
	make(&ca, "CA", 1, NULL, "CA", NULL, HOUR(1000));
	make(&pump, "pump", 0x1234, &ca, "CA", CLIENT_AUTH, HOUR(1000));
	make(&other, "other", 0x1235, &ca, "CA", CLIENT_AUTH, HOUR(1000));
	make(&responder, "responder", 0x1236, &ca, "CA", OCSP_SIGNING, HOUR(100));
	make(&stranger, "CA", 1, NULL, "CA", OCSP_SIGNING, HOUR(1000)); /* the same name, another key */
	assert_int_equal(inquiry_issuer_of(&ca.x, &issuer), OK);
	assert_int_equal(inquiry_of(&pump.x, &issuer, &question), OK);
	memset(question.nonce, 7, sizeof question.nonce);
	return 0;
}

/* What is answered: what of it differs from what is right is the test's. */
struct saying {
	const struct made *about, *signer;
	enum ocsp_status   status;
	struct instant     from, until;
	struct bytes       nonce;
};

static struct saying
honest(void)
{
	return (struct saying){ &pump, &ca, OCSP_GOOD, HOUR(0), HOUR(24), bytes_of(question.nonce, sizeof question.nonce) };
}

static struct bytes
say(struct saying w)
{
	static uint8_t room[4096];
	uint8_t        data[1024], raw[128], sign[SIGNER_SIGNATURE], how[64];
	struct buf     out = buf_over(room, sizeof room), d = buf_over(data, sizeof data), id = buf_over(raw, sizeof raw), s = buf_over(sign, sizeof sign), a = buf_over(how, sizeof how);

	ocsp_print_id(issuer.name_hash, issuer.key_hash, w.about->x.serial, &id);
	ocsp_print_data(w.signer->x.subject, HOUR(0), &(struct ocsp_single){ .id = buf_bytes(&id), .status = w.status, .revoked = HOUR(0), .from = w.from, .until = w.until }, 1, w.nonce, &d);
	signer_algorithm(w.signer->key, &a);
	assert_int_equal(signer_make(w.signer->key, buf_bytes(&d), &s), OK);
	ocsp_print_answer(buf_bytes(&d), buf_bytes(&a), buf_bytes(&s), w.signer->x.whole, &out);
	assert_true(buf_ok(&out));
	return buf_bytes(&out);
}

static void
refused(struct saying w, struct instant now, const char *words)
{
	struct inquiry_answer a;
	const char           *why = inquiry_judge(&question, say(w), now, &a);

	assert_non_null(why);
	assert_non_null(strstr(why, words));
}

static void
an_answer_of_the_issuer_is_believed(void **state)
{
	struct inquiry_answer a;

	(void)state;
	assert_null(inquiry_judge(&question, say(honest()), HOUR(1), &a));
	assert_int_equal(a.answer, TRUST_GOOD);
	assert_false(a.open);
	assert_int_equal(a.until.us, HOUR(24).us);
	struct saying w = honest();
	w.status = OCSP_REVOKED;
	assert_null(inquiry_judge(&question, say(w), HOUR(1), &a));
	assert_int_equal(a.answer, TRUST_REVOKED);
}

static void
whom_the_issuer_certified_for_it_may_answer_and_nobody_else(void **state)
{
	struct inquiry_answer a;
	struct saying         w = honest();

	(void)state;
	w.signer = &responder;
	assert_null(inquiry_judge(&question, say(w), HOUR(1), &a));
	w.until = HOUR(200);
	refused(w, HOUR(150), "signed neither"); /* its own certificate has ended */
	w.until = HOUR(24);
	w.signer = &other; /* of the issuer, without id-kp-OCSPSigning */
	refused(w, HOUR(1), "signed neither");
	w.signer = &stranger;
	refused(w, HOUR(1), "signed neither");
}

static void
one_changed_bit_is_noticed(void **state)
{
	struct inquiry_answer a;
	struct bytes          whole = say(honest());

	(void)state;
	for (size_t i = 0; i < whole.len; i++) {
		uint8_t      copy[4096];
		struct bytes changed = bytes_of(copy, whole.len);
		memcpy(copy, whole.at, whole.len);
		copy[i] ^= 1;
		if (inquiry_judge(&question, changed, HOUR(1), &a))
			continue;
		/* The certificate sent along is not needed, for the issuer signed. */
		size_t behind = whole.len - ca.x.whole.len;
		assert_true(i >= behind - 16);
		assert_int_equal(a.answer, TRUST_GOOD);
	}
}

static void
an_answer_holds_between_its_two_times_alone(void **state)
{
	struct inquiry_answer a;
	struct saying         w = honest();

	(void)state;
	refused(w, HOUR(24), "not of now");
	refused(w, HOUR(-1), "not of now");
	w.until.us = 0;
	assert_null(inquiry_judge(&question, say(w), HOUR(0), &a));
	assert_true(a.open);
	assert_int_equal(a.until.us, HOUR(0).us + INQUIRY_OPEN * INSTANT_SECOND);
	refused(w, HOUR(1), "not of now");
}

static void
an_answer_to_another_question_is_refused_unless_it_was_kept(void **state)
{
	struct inquiry_answer a;
	struct inquiry        kept = question;
	struct saying         w = honest();

	(void)state;
	w.nonce = LIT("another nonce..");
	refused(w, HOUR(1), "another question");
	kept.kept = true;
	assert_null(inquiry_judge(&kept, say(w), HOUR(1), &a));
	w.nonce = bytes_of("", 0); /* signed ahead */
	assert_null(inquiry_judge(&question, say(w), HOUR(1), &a));
	w = honest();
	w.about = &other;
	refused(w, HOUR(1), "another certificate");
	w = honest();
	w.status = OCSP_UNKNOWN;
	refused(w, HOUR(1), "does not know");
}

static void
a_refusal_and_bytes_that_are_none_are_no_answer(void **state)
{
	struct inquiry_answer a;
	uint8_t               room[16];
	struct buf            b = buf_over(room, sizeof room);

	(void)state;
	ocsp_print_trouble(OCSP_TRY_LATER, &b);
	assert_non_null(strstr(inquiry_judge(&question, buf_bytes(&b), HOUR(1), &a), "does not answer"));
	assert_non_null(strstr(inquiry_judge(&question, LIT("<html>"), HOUR(1), &a), "no OCSP response"));
}

static void
a_question_names_the_certificate_and_carries_its_nonce(void **state)
{
	uint8_t     room[INQUIRY_QUESTION], key[20];
	struct buf  b = buf_over(room, sizeof room);
	struct ocsp q;

	(void)state;
	inquiry_print(&question, &b);
	assert_int_equal(ocsp_parse(buf_bytes(&b), &q), OK);
	assert_int_equal(q.ids, 1);
	assert_true(bytes_equal(q.id[0].serial, pump.x.serial));
	hash_sha1(ca.x.public_key, key);
	assert_true(bytes_equal(q.id[0].key_hash, bytes_of(key, sizeof key)));
	assert_true(bytes_equal(q.nonce, bytes_of(question.nonce, sizeof question.nonce)));
}

static void
what_is_longer_than_is_kept_is_refused(void **state)
{
	static uint8_t        long_one[INQUIRY_SPKI + 1];
	struct x509           c = ca.x;
	struct inquiry_issuer i;
	struct inquiry        q;

	(void)state;
	c.spki = bytes_of(long_one, INQUIRY_SPKI + 1);
	assert_int_equal(inquiry_issuer_of(&c, &i), ERR_LIMIT);
	c = ca.x;
	c.subject = bytes_of(long_one, INQUIRY_NAME + 1);
	assert_int_equal(inquiry_issuer_of(&c, &i), ERR_LIMIT);
	c = pump.x;
	c.serial = bytes_of(long_one, INQUIRY_SERIAL + 1);
	assert_int_equal(inquiry_of(&c, &issuer, &q), ERR_LIMIT);
	assert_true(inquiry_issuer_is(&issuer, &ca.x));
	assert_false(inquiry_issuer_is(&issuer, &stranger.x));
	assert_true(inquiry_signed(&pump.x, &ca.x));
	assert_false(inquiry_signed(&pump.x, &stranger.x));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_of_the_issuer_is_believed),
		cmocka_unit_test(whom_the_issuer_certified_for_it_may_answer_and_nobody_else),
		cmocka_unit_test(one_changed_bit_is_noticed),
		cmocka_unit_test(an_answer_holds_between_its_two_times_alone),
		cmocka_unit_test(an_answer_to_another_question_is_refused_unless_it_was_kept),
		cmocka_unit_test(a_refusal_and_bytes_that_are_none_are_no_answer),
		cmocka_unit_test(a_question_names_the_certificate_and_carries_its_nonce),
		cmocka_unit_test(what_is_longer_than_is_kept_is_refused),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
