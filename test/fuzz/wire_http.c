#include "test/fuzz/fuzz.h"
#include "wire/http.h"

/* A request or else a response, printed and read again. */
int
LLVMFuzzerTestOneInput(const uint8_t *at, size_t len)
{
	static uint8_t       one[1 << 17], two[1 << 17];
	struct buf           a = buf_over(one, sizeof one), b = buf_over(two, sizeof two);
	struct bytes         in = bytes_of(at, len), host, left, name, value;
	struct http_request  q, q2;
	struct http_response r, r2;
	uint16_t             port;

	if (http_looks_request(in) + http_looks_response(in) > 1)
		abort();
	if (http_request_parse(in, &q) == OK && q.head <= len) {
		(void)http_is_connect(&q, &host, &port);
		for (left = q.fields.cookie; http_cookie_next(&left, &name, &value);)
			;
		(void)(http_is_fhir(&q.fields) + http_is_websocket(&q.fields));
		http_request_print(&q, &a);
		if (a.len <= HTTP_HEAD) {
			if (http_request_parse(buf_bytes(&a), &q2) != OK)
				abort();
			http_request_print(&q2, &b);
			if (!bytes_equal(buf_bytes(&a), buf_bytes(&b)))
				abort();
		}
	} else if (http_response_parse(in, &r) == OK) {
		http_response_print(&r, &a);
		if (a.len <= HTTP_HEAD) {
			if (http_response_parse(buf_bytes(&a), &r2) != OK)
				abort();
			http_response_print(&r2, &b);
			if (!bytes_equal(buf_bytes(&a), buf_bytes(&b)))
				abort();
		}
	}
	return 0;
}
