/* content_oru: messages of the content tests, written out once. */
#ifndef TEST_UNIT_CONTENT_ORU_H
#define TEST_UNIT_CONTENT_ORU_H

#include "test/unit/check.h"
#include "content/meaning_hl7.h"

static const struct siphash_key KEY = { { 0x0706050403020100, 0x0f0e0d0c0b0a0908 } };

#define ORU                                                                                     \
	"MSH|^~\\&|MON|ICU|EHR|HOSP|20261121193102||ORU^R01^ORU_R01|77|P|2.6|||AL|NE\r"         \
	"PID|||1234^^^H^MR||DOE^JANE\r"                                                         \
	"OBR|1|||182777000^monitoring^SCT\r"                                                    \
	"OBX|1|NM|8867-4^HR^LN|1.0.0.1|72|/min|||||F\r"                                         \
	"OBX|2|NM|8480-6^SYS^LN|1.0.0.2|121|mm[Hg]|||||F\r"

/* The meaning of a message put in pieces of n bytes. */
static inline enum err
read_in(struct bytes message, size_t n, struct meaning *m, struct meaning_hl7 *h)
{
	meaning_hl7_begin(h, m, &KEY);
	while (message.len) {
		/* In memory of its own, so that a sanitizer sees a read past it. */
		struct bytes piece = bytes_head(message, n);
		uint8_t     *copy = malloc(piece.len);
		memcpy(copy, piece.at, piece.len);
		meaning_hl7_put(h, bytes_of(copy, piece.len));
		free(copy);
		message = bytes_skip(message, n);
	}
	return meaning_hl7_end(h);
}

static inline enum err
read_all(struct bytes message, struct meaning *m)
{
	struct meaning_hl7 h;
	return read_in(message, message.len ? message.len : 1, m, &h);
}

/* The names of what differs, with a blank after each. */
static inline void
list(void *context, const struct meaning *owner, uint64_t path, bool in_a, bool in_b)
{
	struct buf *b = context;
	if (!in_a || !in_b)
		buf_text(b, in_a ? "-" : "+");
	fieldpath_print(path, meaning_pool(owner), b);
	buf_text(b, " ");
}

static inline const char *
differences(const struct meaning *a, const struct meaning *b)
{
	static char text[8192];
	struct buf  out = buf_over(text, sizeof text);
	meaning_differ(a, b, list, &out);
	return buf_string(&out);
}

/* Two texts that are read so differ in these paths, and in no other. */
static inline void
compare_by(enum err (*read)(const char *text, size_t n, struct meaning *m), const char *one, const char *two, const char *paths)
{
	struct meaning a, b;

	assert_int_equal(read(one, 4096, &a), OK);
	assert_int_equal(read(two, 4096, &b), OK);
	assert_string_equal(differences(&a, &b), paths);
	assert_int_equal(meaning_digest_equal(a.meaning, b.meaning), paths[0] == 0);
}

#endif
