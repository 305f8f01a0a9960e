#include "test/unit/check.h"
#include "wire/http.h"

static const char REQUEST[] =
	"GET /Patient/1?_format=json HTTP/1.1\r\n"
	"Host: fhir.hospital.example\r\n"
	"user-agent: curl/7.88.1\r\n"
	"Accept: application/fhir+json\r\n"
	"Authorization: Bearer abc.def\r\n"
	"Cookie: sid=42; theme=dark\r\n"
	"\r\n";
static const char RESPONSE[] =
	"HTTP/1.1 302 Found\r\n"
	"Server: nginx\r\n"
	"Location: https://portal.hospital.example/\r\n"
	"Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"
	"Set-Cookie: sid=42; Path=/; Secure; HttpOnly\r\n"
	"Set-Cookie: theme=dark; path=/\r\n"
	"Content-Type: text/html\r\n"
	"Content-Length: 5\r\n"
	"\r\n"
	"hello";

static bool
is(struct bytes b, const char *s)
{
	return bytes_equal(b, bytes_text(s));
}

static void
a_request_is_read(void **state)
{
	struct http_request r;
	struct bytes        name, value;

	(void)state;
	assert_int_equal(http_request_parse(bytes_text(REQUEST), &r), OK);
	assert_true(is(r.method, "GET") && is(r.target, "/Patient/1?_format=json"));
	assert_int_equal(r.minor, 1);
	assert_true(is(r.fields.host, "fhir.hospital.example"));
	assert_true(is(r.fields.user_agent, "curl/7.88.1"));
	assert_true(is(r.fields.auth_scheme, "Bearer") && is(r.fields.auth_token, "abc.def"));
	assert_true(http_is_fhir(&r.fields));
	assert_false(r.fields.ambiguous || r.fields.chunked || r.fields.has_length);
	assert_int_equal(r.head, sizeof REQUEST - 1);
	assert_true(http_cookie_next(&r.fields.cookie, &name, &value) && is(name, "sid") && is(value, "42"));
	assert_true(http_cookie_next(&r.fields.cookie, &name, &value) && is(name, "theme") && is(value, "dark"));
	assert_false(http_cookie_next(&r.fields.cookie, &name, &value));
}

static void
a_response_is_read(void **state)
{
	struct http_response r;

	(void)state;
	assert_int_equal(http_response_parse(bytes_text(RESPONSE), &r), OK);
	assert_int_equal(r.status, 302);
	assert_true(is(r.reason, "Found"));
	assert_true(is(r.fields.location, "https://portal.hospital.example/"));
	assert_true(is(r.fields.hsts, "max-age=31536000; includeSubDomains"));
	assert_int_equal(r.fields.set_cookies, 2);
	assert_true(r.fields.set_cookie[0].secure && r.fields.set_cookie[0].http_only);
	assert_false(r.fields.set_cookie[1].secure || r.fields.set_cookie[1].http_only);
	assert_true(r.fields.has_length && r.fields.length == 5);
	assert_int_equal(r.head, sizeof RESPONSE - 1 - 5);
	assert_false(http_is_fhir(&r.fields));
}

static void
every_prefix_of_a_head_may_still_become_one(void **state)
{
	struct http_request  q;
	struct http_response r;

	(void)state;
	for (size_t n = 0; n < sizeof REQUEST - 1; n++)
		assert_int_equal(http_request_parse(bytes_of(REQUEST, n), &q), ERR_SHORT);
	for (size_t n = 0; n < sizeof RESPONSE - 6; n++)
		assert_int_equal(http_response_parse(bytes_of(RESPONSE, n), &r), ERR_SHORT);
}

static void
what_is_not_http_is_refused(void **state)
{
	struct http_request  q;
	struct http_response r;

	(void)state;
	assert_int_equal(http_request_parse(LIT("\x16\x03\x01\x02\x00\x01"), &q), ERR_FORM);
	assert_int_equal(http_request_parse(bytes_text("SSH-2.0-OpenSSH_9.2\r\n"), &q), ERR_FORM);
	assert_int_equal(http_request_parse(bytes_text("OPTIONS sip:a@b SIP/2.0\r\n\r\n"), &q), ERR_FORM);
	assert_int_equal(http_request_parse(bytes_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), &q), ERR_UNSUPPORTED);
	assert_int_equal(http_response_parse(bytes_text("HTTP/2 200\r\n\r\n"), &r), ERR_FORM);
	assert_int_equal(http_response_parse(bytes_text("220 ftp\r\n"), &r), ERR_FORM);
}

static void
line_feeds_alone_and_folded_lines_are_tolerated(void **state)
{
	struct http_request r;

	(void)state;
	assert_int_equal(http_request_parse(bytes_text("GET / HTTP/1.0\nHost: a\nUser-Agent: x\n\ty\n\n"), &r), OK);
	assert_true(is(r.fields.host, "a"));
	assert_true(is(r.fields.user_agent, "x\n\ty"));
	assert_int_equal(r.minor, 0);
}

static void
a_head_two_readers_may_read_differently_is_told(void **state)
{
	static const char *const heads[] = {
		"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
		"POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
	};
	struct http_request r;

	(void)state;
	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		assert_int_equal(http_request_parse(bytes_text(heads[i]), &r), OK);
		assert_true(r.fields.ambiguous);
	}
}

static void
a_head_over_the_limit_is_refused(void **state)
{
	static char         big[HTTP_HEAD + 100];
	struct http_request r;

	(void)state;
	memset(big, 'a', sizeof big);
	memcpy(big, "GET / HTTP/1.1\r\nX: ", 19);
	assert_int_equal(http_request_parse(bytes_of(big, sizeof big), &r), ERR_LIMIT);
}

static void
connect_and_websocket_are_recognised(void **state)
{
	struct http_request r;
	struct bytes        host;
	uint16_t            port;

	(void)state;
	assert_int_equal(http_request_parse(bytes_text("CONNECT server.example.com:443 HTTP/1.1\r\n\r\n"), &r), OK);
	assert_true(http_is_connect(&r, &host, &port) && is(host, "server.example.com") && port == 443);
	assert_int_equal(http_request_parse(bytes_text("CONNECT [2001:db8::1]:8443 HTTP/1.1\r\n\r\n"), &r), OK);
	assert_true(http_is_connect(&r, &host, &port) && is(host, "2001:db8::1") && port == 8443);
	assert_int_equal(http_request_parse(bytes_text("GET /chat HTTP/1.1\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\n\r\n"), &r), OK);
	assert_true(http_is_websocket(&r.fields));
	assert_false(http_is_connect(&r, &host, &port));
}

static void
the_recognisers_tell_http_from_its_likes(void **state)
{
	(void)state;
	assert_true(http_looks_request(bytes_text(REQUEST)) && http_looks_request(bytes_text("GET /a")));
	assert_true(http_looks_response(bytes_text(RESPONSE)));
	assert_false(http_looks_request(bytes_text("OPTIONS sip:a@b SIP/2.0\r\n")));
	assert_false(http_looks_request(bytes_text("OPTIONS rtsp://a/b RTSP/1.0\r\n")));
	assert_false(http_looks_request(bytes_text(RESPONSE)) || http_looks_response(bytes_text(REQUEST)));
}

static void
printing_what_was_parsed_gives_the_same_fields(void **state)
{
	uint8_t              one[1024], two[1024];
	struct buf           a = buf_over(one, sizeof one), b = buf_over(two, sizeof two);
	struct http_request  q;
	struct http_response r;

	(void)state;
	assert_int_equal(http_request_parse(bytes_text(REQUEST), &q), OK);
	http_request_print(&q, &a);
	assert_int_equal(http_request_parse(buf_bytes(&a), &q), OK);
	http_request_print(&q, &b);
	assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	assert_true(is(q.fields.auth_token, "abc.def"));
	buf_reset(&a);
	buf_reset(&b);
	assert_int_equal(http_response_parse(bytes_text(RESPONSE), &r), OK);
	http_response_print(&r, &a);
	assert_int_equal(http_response_parse(buf_bytes(&a), &r), OK);
	http_response_print(&r, &b);
	assert_true(bytes_equal(buf_bytes(&a), buf_bytes(&b)));
	assert_true(r.fields.set_cookie[0].secure && r.fields.length == 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_read),
		cmocka_unit_test(a_response_is_read),
		cmocka_unit_test(every_prefix_of_a_head_may_still_become_one),
		cmocka_unit_test(what_is_not_http_is_refused),
		cmocka_unit_test(line_feeds_alone_and_folded_lines_are_tolerated),
		cmocka_unit_test(a_head_two_readers_may_read_differently_is_told),
		cmocka_unit_test(a_head_over_the_limit_is_refused),
		cmocka_unit_test(connect_and_websocket_are_recognised),
		cmocka_unit_test(the_recognisers_tell_http_from_its_likes),
		cmocka_unit_test(printing_what_was_parsed_gives_the_same_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
