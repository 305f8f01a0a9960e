#include "base/memory.h"
#include "test/unit/care.h"
#include "wire/dicom.h"

enum { CONTEXT = 1, C_STORE = 1, C_STORE_RSP = 0x8001, C_FIND = 0x20, C_FIND_RSP = 0x8020, PENDING = 0xff00, PDU = 1 << 20 };
#define IMPLICIT "1.2.840.10008.1.2"
#define EXPLICIT "1.2.840.10008.1.2.1"
#define CT       "1.2.840.10008.5.1.4.1.1.2"
#define INSTANCE "1.2.3.4"

/* Patient's Name, Patient ID; then pixels, whose length is another's to say. */
#define PATIENT "\x10\0\x10\0PN\x8\0DOE^JANE\x10\0\x20\0LO\4\0MRN1"
#define PIXELS  "\xe0\x7f\x10\0OW\0\0"

static uint8_t    room[70000];
static struct buf out;

static void
associate(struct care_talk *t, uint8_t type, const char *syntax)
{
	struct dicom_associate a = { .type = type, .version = 1, .called = "PACS", .calling = "CT1", .application = LIT("1.2.840.10008.3.1.1.1"), .contexts = 1 };

	a.context[0].id = CONTEXT;
	a.context[0].abstract = LIT(CT);
	a.context[0].transfer[0] = bytes_text(syntax);
	a.context[0].transfers = 1;
	out = buf_over(room, sizeof room);
	dicom_associate_print(&a, &out);
	assert_true(buf_ok(&out));
	care_put(t, type == DICOM_ASSOCIATE_AC, buf_bytes(&out));
}

static struct care_talk
call(const char *syntax)
{
	struct care_talk t = care_call(104);

	associate(&t, DICOM_ASSOCIATE_RQ, syntax);
	associate(&t, DICOM_ASSOCIATE_AC, syntax);
	return t;
}

static void
pdv(struct care_talk *t, int side, bool command, bool last, struct bytes data)
{
	out = buf_over(room, sizeof room);
	dicom_pdv_print(&(struct dicom_pdv){ .context = CONTEXT, .command = command, .last = last, .length = (uint32_t)data.len, .data = data }, &out);
	assert_true(buf_ok(&out));
	care_put(t, side, buf_bytes(&out));
}

static void
command(struct care_talk *t, int side, const struct dicom_command *c)
{
	uint8_t    text[512];
	struct buf b = buf_over(text, sizeof text);

	dicom_command_print(c, &b);
	assert_true(buf_ok(&b));
	pdv(t, side, true, true, buf_bytes(&b));
}

static void
store(struct care_talk *t, uint16_t id)
{
	command(t, CARE_CLIENT, &(struct dicom_command){ .field = C_STORE, .sop_class = LIT(CT), .sop_instance = LIT(INSTANCE), .has_id = true, .id = id });
}

static void
status(struct care_talk *t, uint16_t field, uint16_t id, uint16_t said)
{
	command(t, CARE_SERVER, &(struct dicom_command){ .field = field, .has_answered = true, .answered = id, .has_status = true, .status = said });
}

static void
an_object_stored_is_a_message_and_its_status_the_answer(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store(&t, 7);
	assert_int_equal(care_tells, 0);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	assert_int_equal(care_tells, 1);
	status(&t, C_STORE_RSP, 7, 0);
	assert_int_equal(care_tells, 2);
	const struct message_head *m = care_head_of(0), *a = care_head_of(1);
	assert_string_equal(m->type, "C-STORE");
	assert_string_equal(m->key, INSTANCE);
	assert_int_equal(m->class, MESSAGE_IMAGE);
	assert_int_equal(m->size, sizeof PATIENT - 1);
	assert_int_equal(m->marks, MESSAGE_REPEATED); /* it may be tried again */
	assert_int_equal(a->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
	assert_string_equal(a->type, "0000H");
	assert_true(a->answers && a->answers == m->id);
}

static void
a_status_that_fails_accepts_nothing(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	status(&t, C_STORE_RSP, 1, 0xa700);
	assert_int_equal(care_tells, 2);
	assert_int_equal(care_head_of(1)->marks, MESSAGE_ANSWER);
	assert_string_equal(care_head_of(1)->type, "A700H");
}

static void
a_status_with_a_warning_accepts(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	status(&t, C_STORE_RSP, 1, 0xb000);
	assert_int_equal(care_head_of(1)->marks, MESSAGE_ANSWER | MESSAGE_ACCEPTS);
}

static void
a_pending_status_is_no_answer_yet(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	status(&t, C_STORE_RSP, 1, PENDING);
	assert_int_equal(care_tells, 1);
	status(&t, C_STORE_RSP, 1, 0);
	assert_int_equal(care_tells, 2);
	status(&t, C_STORE_RSP, 1, 0); /* it is answered */
	assert_int_equal(care_tells, 2);
}

static void
what_a_query_finds_is_told_while_it_is_pending(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	command(&t, CARE_CLIENT, &(struct dicom_command){ .field = C_FIND, .sop_class = LIT(CT), .has_id = true, .id = 3 });
	pdv(&t, CARE_CLIENT, false, true, LIT("\x10\0\x20\0LO\4\0MRN1"));
	for (int i = 0; i < 2; i++) {
		status(&t, C_FIND_RSP, 3, PENDING);
		pdv(&t, CARE_SERVER, false, true, LIT(PATIENT));
	}
	status(&t, C_FIND_RSP, 3, 0);
	assert_int_equal(care_tells, 3);
	assert_string_equal(care_head_of(0)->type, "C-FIND");
	assert_string_equal(care_head_of(1)->type, "C-FIND-RSP");
	assert_true(care_same(1, 2));
}

static void
fragments_cut_anywhere_say_the_same(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	for (size_t n = 1; n < sizeof PATIENT - 1; n++) {
		store(&t, 1);
		pdv(&t, CARE_CLIENT, false, false, bytes_of(PATIENT, n));
		pdv(&t, CARE_CLIENT, false, true, bytes_of(&PATIENT[n], sizeof PATIENT - 1 - n));
		assert_int_equal(care_tells, n + 1);
		assert_int_equal(care_head_of((unsigned)n)->order, n + 1);
		assert_int_equal(care_head_of((unsigned)n)->size, sizeof PATIENT - 1);
		assert_true(meaning_digest_equal(care_head_of((unsigned)n - 1)->bytes, care_head_of((unsigned)n)->bytes));
	}
}

static void
another_transfer_syntax_is_other_bytes_of_the_same_meaning(void **state)
{
	struct care_talk t = call(EXPLICIT), u = call(IMPLICIT);

	(void)state;
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	store(&u, 1);
	pdv(&u, CARE_CLIENT, false, true, LIT("\x10\0\x10\0\x8\0\0\0DOE^JANE\x10\0\x20\0\4\0\0\0MRN1"));
	assert_true(care_same(0, 1));
	assert_false(meaning_digest_equal(care_head_of(0)->bytes, care_head_of(1)->bytes));
}

static void
after_a_gap_the_next_object_is_read(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	store(&t, 1);
	care_lose(&t, CARE_CLIENT, 1000);
	for (int i = 0; i < 2; i++) {
		store(&t, 2);
		pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
		care_acknowledge(&t, CARE_SERVER);
	}
	assert_int_equal(care_tells, 3);
	assert_true(care_head_of(1)->unseen > 0 && care_head_of(2)->unseen == 0);
	assert_true(care_same(0, 1) && care_same(1, 2));
}

static void
what_a_relay_alters_in_an_object_is_another_meaning(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	t.relayed = true;
	t.was = 'J', t.is = 'K';
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT));
	assert_int_equal(care_tells, 2);
	assert_int_equal(care_head_of(0)->id, care_head_of(1)->id);
	assert_int_equal(care_head_of(0)->size, care_head_of(1)->size);
	assert_false(care_same(0, 1));
}

static int
begin_alone(void **state)
{
	care_places = 1;
	int e = care_begin(state);
	care_places = 2;
	return e;
}

/* The first four pixels, one of which is another; from the device's own card to the archive's own. */
static void
store_pixels(struct care_talk *t)
{
	store(t, 1);
	pdv(t, CARE_CLIENT, false, true, LIT(PATIENT PIXELS "\4\0\0\0abcd"));
	store(t, 1);
	pdv(t, CARE_CLIENT, false, true, LIT(PATIENT PIXELS "\4\0\0\0abce"));
	assert_int_equal(care_tells, 2);
}

static void
pixels_that_may_be_seen_again_are_gone_through(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store_pixels(&t);
	assert_false(care_same(0, 1));
	assert_false(care_head_of(0)->marks & MESSAGE_OPAQUE);
}

static void
pixels_that_nobody_can_see_again_are_said_not_to_be(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	store_pixels(&t);
	assert_true(care_head_of(0)->marks & MESSAGE_OPAQUE && care_head_of(1)->marks & MESSAGE_OPAQUE);
}

static void
pixels_that_go_to_a_strangers_card_are_gone_through(void **state)
{
	struct care_talk t = call(EXPLICIT);

	(void)state;
	t.relayed = true;
	t.was = 'd', t.is = 'e';
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, true, LIT(PATIENT PIXELS "\4\0\0\0abcd"));
	assert_int_equal(care_tells, 2);
	assert_false(care_same(0, 1));
	assert_false((care_head_of(0)->marks | care_head_of(1)->marks) & MESSAGE_OPAQUE);
}

/* In PDUs of 1 MiB, made as it goes. */
static void
an_object_of_a_gibibyte_streams_through_without_memory(void **state)
{
	static uint8_t   noise[CARE_SEGMENT];
	struct care_talk t = call(EXPLICIT);
	uint32_t         left = UINT32_C(1) << 30, head = sizeof PATIENT PIXELS - 1 + 4;
	uint64_t         before = memory_taken();

	(void)state;
	store(&t, 1);
	pdv(&t, CARE_CLIENT, false, false, LIT(PATIENT PIXELS "\0\0\0\x40"));
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (uint8_t)(i * 31);
	while (left) {
		uint32_t n = left < PDU ? left : PDU;
		left -= n;
		out = buf_over(room, sizeof room);
		buf_u8(&out, DICOM_P_DATA);
		buf_u8(&out, 0);
		buf_u32(&out, n + 6);
		buf_u32(&out, n + 2);
		buf_u8(&out, CONTEXT);
		buf_u8(&out, left ? 0 : 2);
		care_put(&t, CARE_CLIENT, buf_bytes(&out));
		for (uint32_t piece; n; n -= piece) {
			piece = n < sizeof noise ? n : (uint32_t)sizeof noise;
			care_put(&t, CARE_CLIENT, bytes_of(noise, piece));
		}
	}
	assert_int_equal(care_tells, 1);
	assert_int_equal(care_head_of(0)->size, (UINT32_C(1) << 30) + head);
	assert_int_equal(care_head_of(0)->unseen, 0);
	assert_int_equal(sensor_counts(frames_sensor)->unseen_bytes, 0);
	assert_int_equal(memory_taken(), before);
}

int
main(void)
{
#define TEST(name)  cmocka_unit_test_setup_teardown(name, care_begin, frames_end)
#define ALONE(name) cmocka_unit_test_setup_teardown(name, begin_alone, frames_end)
	const struct CMUnitTest tests[] = {
		TEST(an_object_stored_is_a_message_and_its_status_the_answer),
		TEST(a_status_that_fails_accepts_nothing),
		TEST(a_status_with_a_warning_accepts),
		TEST(a_pending_status_is_no_answer_yet),
		TEST(what_a_query_finds_is_told_while_it_is_pending),
		TEST(fragments_cut_anywhere_say_the_same),
		TEST(another_transfer_syntax_is_other_bytes_of_the_same_meaning),
		TEST(after_a_gap_the_next_object_is_read),
		TEST(what_a_relay_alters_in_an_object_is_another_meaning),
		TEST(pixels_that_may_be_seen_again_are_gone_through),
		ALONE(pixels_that_nobody_can_see_again_are_said_not_to_be),
		ALONE(pixels_that_go_to_a_strangers_card_are_gone_through),
		TEST(an_object_of_a_gibibyte_streams_through_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
