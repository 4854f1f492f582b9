/* Traffic: what is made of a reply's headers, and how much of a reply is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "hubspot/inside.h"

static struct call call;
static struct traffic traffic;

static int start(void **state) {
	(void)state;
	call = (struct call){.body = (char *)"0123456789", .body_length = 10};
	traffic_init(&traffic, &call);
	return 0;
}

static int stop(void **state) {
	(void)state;
	buf_finish(&call.reply);
	return 0;
}

static size_t hear(const char *line) {
	char copy[512];
	snprintf(copy, sizeof(copy), "%s\r\n", line);
	return traffic_header(copy, 1, strlen(copy), &traffic);
}

static void hear_value(const char *name, const char *value) {
	char line[256];
	snprintf(line, sizeof(line), "%s: %s", name, value);
	assert_true(hear(line) > 0);
}

static void nothing_is_known_at_first(void **state) {
	(void)state;
	assert_int_equal(call.headers.rate_max, -1);
	assert_int_equal(call.headers.rate_remaining, -1);
	assert_int_equal(call.headers.rate_interval_ms, -1);
	assert_int_equal(call.headers.daily_max, -1);
	assert_int_equal(call.headers.daily_remaining, -1);
	assert_int_equal(call.headers.retry_after_ms, 0);
	assert_string_equal(call.headers.correlation_id, "");
	assert_int_equal(call.reply.length, 0);
}

static void nonsense_counts_as_absent(void **state) {
	static const char *const VALUES[] = {"", "-1", "1e3", "0x10", "99999999999999999999", "5000000000", "12a", "1 2", "+5"};
	(void)state;
	for (size_t i = 0; i < sizeof(VALUES) / sizeof(VALUES[0]); i++) {
		hear("HTTP/1.1 200 OK");
		hear_value("X-HubSpot-RateLimit-Max", VALUES[i]);
		hear_value("X-HubSpot-RateLimit-Remaining", VALUES[i]);
		hear_value("X-HubSpot-RateLimit-Interval-Milliseconds", VALUES[i]);
		hear_value("X-HubSpot-RateLimit-Daily", VALUES[i]);
		hear_value("X-HubSpot-RateLimit-Daily-Remaining", VALUES[i]);
		nothing_is_known_at_first(NULL);
	}
	hear_value("X-HubSpot-RateLimit-Interval-Milliseconds", "999");
	hear_value("X-HubSpot-RateLimit-Interval-Milliseconds", "60001");
	assert_int_equal(call.headers.rate_interval_ms, -1);
}

static void names_are_whole_and_of_any_case(void **state) {
	(void)state;
	hear("x-hubspot-RATELIMIT-max:190");
	hear("X-HubSpot-RateLimit-Daily-Remaining: \t 7 ");
	hear("X-HubSpot-RateLimit-Remaining-Not: 5");
	hear("X-HubSpot-RateLimit-Remainin: 5");
	hear(": 5");
	hear("X-HubSpot-RateLimit-Remaining");
	assert_int_equal(call.headers.rate_max, 190);
	assert_int_equal(call.headers.daily_remaining, 7);
	assert_int_equal(call.headers.daily_max, -1);
	assert_int_equal(call.headers.rate_remaining, -1);
}

static void a_correlation_id_is_sane(void **state) {
	static const char LONG[] = "0123456789012345678901234567890123456789012345678901234567890123";
	(void)state;
	hear_value("X-HubSpot-Correlation-Id", "a b");
	hear_value("X-HubSpot-Correlation-Id", "a\"b");
	hear_value("X-HubSpot-Correlation-Id", LONG);
	assert_string_equal(call.headers.correlation_id, "");
	hear_value("X-HubSpot-Correlation-Id", LONG + 1);
	assert_string_equal(call.headers.correlation_id, LONG + 1);
}

static uint64_t retry_after(const char *value) {
	hear("HTTP/1.1 429 Too Many Requests");
	hear_value("Retry-After", value);
	return call.headers.retry_after_ms;
}

static void retry_after_in_its_forms(void **state) {
	char date[64];
	time_t soon = (time_t)(clock_wall_ms() / 1000) + 100;
	struct tm parts;
	(void)state;
	gmtime_r(&soon, &parts);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &parts);
	assert_in_range(retry_after(date), 90000, 100000);
	assert_int_equal(retry_after("12"), 12000);
	assert_int_equal(retry_after("0"), 0);
	assert_int_equal(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), 0);
	assert_int_equal(retry_after("Fri, 31 Dec 2100 08:49:37 GMT"), 86400000);
	assert_int_equal(retry_after("Fri, 31 Dec 2100 08:49:37 GMT+1"), 0);
	assert_int_equal(retry_after("86401"), 86400000);
	assert_int_equal(retry_after("99999999999999999999999"), 86400000);
	assert_int_equal(retry_after("-5"), 0);
	assert_int_equal(retry_after("soon"), 0);
	assert_int_equal(retry_after("1.5"), 0);
	assert_int_equal(retry_after("2100-01-01"), 0);
}

static void headers_are_bounded_all_together(void **state) {
	char line[1024];
	size_t taken = 0;
	(void)state;
	memset(line, 'x', sizeof(line));
	while (taken < 64 && traffic_header(line, 1, sizeof(line), &traffic) == sizeof(line)) {
		taken++;
	}
	assert_int_equal(taken, 64);
	assert_int_not_equal(traffic_header(line, 1, 1, &traffic), 1);
	assert_non_null(traffic.complaint);
}

static void a_reply_is_taken_up_to_16_mib(void **state) {
	static char piece[1 << 20];
	(void)state;
	for (int i = 0; i < 16; i++) {
		assert_int_equal(traffic_write(piece, 1, sizeof(piece), &traffic), sizeof(piece));
	}
	assert_int_not_equal(traffic_write(piece, 1, 1, &traffic), 1);
	assert_non_null(traffic.complaint);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
		TEST(nothing_is_known_at_first),
		TEST(nonsense_counts_as_absent),
		TEST(names_are_whole_and_of_any_case),
		TEST(a_correlation_id_is_sane),
		TEST(retry_after_in_its_forms),
		TEST(headers_are_bounded_all_together),
		TEST(a_reply_is_taken_up_to_16_mib),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
