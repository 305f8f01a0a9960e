#include "test/unit/check.h"

#include <stdio.h>
#include <unistd.h>

#include "crypt/cms.h"

struct both {
	uint8_t               key_room[1024], certificate_room[2048];
	struct buf            key_pem, certificate_pem;
	struct cms_key       *key;
	struct cms_recipient *to;
};

static void
make(struct both *b)
{
	b->key_pem = buf_over(b->key_room, sizeof b->key_room);
	b->certificate_pem = buf_over(b->certificate_room, sizeof b->certificate_room);
	assert_int_equal(cms_new("paravent evidence", &b->key_pem, &b->certificate_pem), OK);
	assert_int_equal(cms_key_load(buf_bytes(&b->key_pem), &b->key), OK);
	assert_int_equal(cms_recipient_load(buf_bytes(&b->certificate_pem), &b->to), OK);
}

static void
done(struct both *b)
{
	cms_key_free(b->key);
	cms_recipient_free(b->to);
}

static uint8_t sealed_room[300000], plain_room[300000];

static void
opens_what_it_sealed(void **state)
{
	struct both    b;
	static uint8_t much[250000];

	(void)state;
	make(&b);
	for (size_t i = 0; i < sizeof much; i++)
		much[i] = (uint8_t)(i * 7);
	for (size_t n = 0; n <= sizeof much; n = n * 9 + 1) {
		struct buf sealed = buf_over(sealed_room, sizeof sealed_room), plain = buf_over(plain_room, sizeof plain_room);
		assert_int_equal(cms_seal(b.to, bytes_of(much, n), &sealed), OK);
		assert_int_equal(cms_open(b.key, buf_bytes(&sealed), &plain), OK);
		assert_true(bytes_equal(buf_bytes(&plain), bytes_of(much, n)));
	}
	done(&b);
}

static void
refuses_every_altered_byte(void **state)
{
	struct both b;
	struct buf  sealed = buf_over(sealed_room, sizeof sealed_room);
	unsigned    names = 0;

	(void)state;
	make(&b);
	assert_int_equal(cms_seal(b.to, LIT("OBX|1|NM|8867-4||72\r"), &sealed), OK);
	for (size_t i = 0; i < sealed.len; i++) {
		struct buf plain = buf_over(plain_room, sizeof plain_room);
		sealed.at[i] ^= 1;
		enum err e = cms_open(b.key, buf_bytes(&sealed), &plain);
		/* The recipient's and the content type's names are beside the tag: altered, they change nothing of the content. */
		if (e)
			assert_int_equal(plain.len, 0);
		else
			names++;
		if (!e)
			assert_true(bytes_equal(buf_bytes(&plain), LIT("OBX|1|NM|8867-4||72\r")));
		sealed.at[i] ^= 1;
	}
	assert_true(names < sealed.len / 3);
	done(&b);
}

static void
refuses_another_key_and_every_truncation(void **state)
{
	struct both b, other;
	struct buf  sealed = buf_over(sealed_room, sizeof sealed_room);

	(void)state;
	make(&b);
	make(&other);
	assert_int_equal(cms_seal(b.to, LIT("secret"), &sealed), OK);
	struct buf plain = buf_over(plain_room, sizeof plain_room);
	assert_int_equal(cms_open(other.key, buf_bytes(&sealed), &plain), ERR_PERM);
	for (size_t n = 0; n < sealed.len; n++)
		assert_int_not_equal(cms_open(b.key, bytes_head(buf_bytes(&sealed), n), &plain), OK);
	assert_int_equal(plain.len, 0);
	done(&b);
	done(&other);
}

static void
refuses_what_is_no_key(void **state)
{
	struct cms_key       *k;
	struct cms_recipient *r;
	struct both           b;

	(void)state;
	make(&b);
	assert_int_equal(cms_key_load(LIT(""), &k), ERR_FORM);
	assert_int_equal(cms_key_load(buf_bytes(&b.certificate_pem), &k), ERR_FORM);
	assert_int_equal(cms_recipient_load(buf_bytes(&b.key_pem), &r), ERR_FORM);
	static const char ed25519[] = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n-----END PRIVATE KEY-----\n";
	assert_int_equal(cms_key_load(bytes_text(ed25519), &k), ERR_UNSUPPORTED);
	done(&b);
}

static void
to_file(const char *path, struct bytes what)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(what.at, 1, what.len, f), what.len);
	fclose(f);
}

static void
openssl_opens_it(void **state)
{
	struct both b;
	struct buf  sealed = buf_over(sealed_room, sizeof sealed_room);
	char        dir[] = "/tmp/cms.XXXXXX", name[64], command[512], got[64] = "";

	(void)state;
	if (system("command -v openssl >/dev/null"))
		skip();
	make(&b);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(cms_seal(b.to, LIT("OBX|1|NM|8867-4||72"), &sealed), OK);
	snprintf(name, sizeof name, "%s/key", dir);
	to_file(name, buf_bytes(&b.key_pem));
	snprintf(name, sizeof name, "%s/crt", dir);
	to_file(name, buf_bytes(&b.certificate_pem));
	snprintf(name, sizeof name, "%s/cms", dir);
	to_file(name, buf_bytes(&sealed));
	snprintf(command, sizeof command, "cd %s && openssl cms -decrypt -binary -inform DER -in cms -inkey key -recip crt && openssl cms -cmsout -print -inform DER -in cms >text && grep -q aes-256-gcm text && grep -q dhSinglePass-stdDH-sha256kdf text", dir);
	FILE *p = popen(command, "r");
	assert_non_null(p);
	assert_int_equal(fread(got, 1, sizeof got - 1, p), 19);
	assert_int_equal(pclose(p), 0);
	assert_string_equal(got, "OBX|1|NM|8867-4||72");
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
	done(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_it_sealed),
		cmocka_unit_test(refuses_every_altered_byte),
		cmocka_unit_test(refuses_another_key_and_every_truncation),
		cmocka_unit_test(refuses_what_is_no_key),
		cmocka_unit_test(openssl_opens_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
