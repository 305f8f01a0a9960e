/* report/event: what a line shows, and what it never shows. */
#include "test/unit/check.h"

#include <stdio.h>
#include <string.h>

#include "report/event.h"
#include "wire/http.h"

/* The line of a request for target, asking for media type accept. */
static const char *
line_of(const char *target, const char *accept)
{
	static char         room[4096];
	struct http_request r = { .method = bytes_text("GET"), .target = bytes_text(target), .fields.accept = bytes_text(accept) };
	struct event        e = { .kind = EVENT_HTTP, .place = "", .of = &r };
	struct buf          b = buf_over(room, sizeof room);

	event_json(&e, &b);
	return buf_string(&b);
}

static bool
shows(const char *target, const char *accept, const char *url)
{
	char want[128];

	snprintf(want, sizeof want, "\"url\":\"%s\"", url);
	return strstr(line_of(target, accept), want) != NULL;
}

static void
a_query_string_is_never_shown(void **state)
{
	(void)state;
	assert_true(shows("/search?name=Miller", "*/*", "/search"));
}

static void
a_fhir_path_ends_at_its_type_of_resource(void **state)
{
	(void)state;
	assert_true(shows("/fhir/Patient/12345", "*/*", "/fhir/Patient/…"));
	assert_true(shows("/FHIR/R4/Patient/12345/_history/2", "*/*", "/FHIR/R4/Patient/…"));
	assert_true(shows("/R4/Patient/12345/$everything?x=1", "application/fhir+json", "/R4/Patient/…"));
	assert_true(shows("http://ehr/fhir/Observation/1", "*/*", "http://ehr/fhir/Observation/…"));
}

static void
a_path_that_names_nobody_is_shown_whole(void **state)
{
	(void)state;
	assert_true(shows("/", "*/*", "/"));
	assert_true(shows("*", "*/*", "*"));
	assert_true(shows("/fhir/metadata", "*/*", "/fhir/metadata"));
	assert_true(shows("/fhir/Patient?name=Miller", "application/fhir+json", "/fhir/Patient"));
	assert_true(shows("/Patient/index.html", "text/html", "/Patient/index.html"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_query_string_is_never_shown),
		cmocka_unit_test(a_fhir_path_ends_at_its_type_of_resource),
		cmocka_unit_test(a_path_that_names_nobody_is_shown_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
