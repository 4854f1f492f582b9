/* Who may call with which API key: the attacks on it, one by one, over real sockets. */
#include "keyed.h"
#include "keys_kit.h"

enum { REPLIES = 64, REPLY_TEXT = 1400 };

static struct made app, reader, old, rated, gone;
static char replies[REPLIES][REPLY_TEXT];
static char scratch[BED_TEXT];

/* ---- the bed ---- */

static json_t *usual_keys(void) {
	return file_of((char *[]){entry_of(&app, "app", "\"contacts:write\", \"work:write\"", NULL),
		entry_of(&reader, "reader", "\"*:read\", \"work:write\"", NULL),
		entry_of(
			&old, "old", "\"contacts:write\"", "\"expires\": \"2020-01-01T00:00:00Z\""),
		entry_of(&rated, "rated", "\"contacts:write\", \"work:write\"",
			"\"rate\": {\"requests\": 2, \"seconds\": 1000}"),
		NULL});
}

static int handle_caller(struct http_request *request, void *ctx) {
	const struct http_caller *caller = http_caller(request);
	json_t *body =
		json_pack("{s:s, s:i}", "caller", caller->name, "weight", (int)caller->weight);
	(void)ctx;
	http_reply(request, 200, body);
	json_decref(body);
	return HTTP_REPLIED;
}

static int handle_asking(struct http_request *request, void *ctx) {
	return http_check_scope(request, "deals:admin") ? handle_caller(request, ctx)
							: HTTP_REPLIED;
}

static struct bed *bed_with(enum http_anonymous anonymous) {
	struct http_settings settings = bed_settings();
	settings.anonymous = anonymous;
	settings.max_head_bytes = 128 * 1024;
	struct bed *bed = bed_create(&settings);
	bed_route(bed, "GET", "/contacts", 0, handle_caller);
	bed_route(bed, "POST", "/contacts", HTTP_ROUTE_RAW_BODY, handle_caller);
	bed_route(bed, "GET", "/open", HTTP_ROUTE_OPEN, handle_caller);
	bed_route(bed, "GET", "/open/asking", HTTP_ROUTE_OPEN, handle_asking);
	bed_route(bed, "GET", "/asking", 0, handle_asking);
	bed_route(bed, "GET", "/hold", 0, handle_hold);
	bed_route(bed, "POST", "/work", HTTP_ROUTE_RAW_BODY, handle_work);
	return bed;
}

static int make_for(void **state, enum http_anonymous anonymous) {
	struct bed *bed = bed_with(anonymous);
	app = make_key();
	reader = make_key();
	old = make_key();
	rated = make_key();
	gone = make_key();
	json_t *keys = usual_keys();
	assert_true(http_use_api_keys(bed->http, keys, NULL));
	json_decref(keys);
	*state = bed;
	return 0;
}

static int make_strict(void **state) {
	return make_for(state, HTTP_ANONYMOUS_NO);
}

static int make_loopback(void **state) {
	return make_for(state, HTTP_ANONYMOUS_LOOPBACK);
}

static int make_any(void **state) {
	return make_for(state, HTTP_ANONYMOUS_ANY);
}

static int make_without(void **state) {
	*state = bed_with(HTTP_ANONYMOUS_LOOPBACK);
	app = make_key();
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

/* ---- asking ---- */

/* Header lines with "%s" for the key's text, twice at the most; the reply without its Date. */
static void send_with(
	struct bed *bed, const char *line, const char *headers, const char *key, size_t i) {
	static char text[80 * 1024];
	char sent[400];
	int fd = dial(bed);
	snprintf(sent, sizeof(sent), "%s", headers);
	size_t used = (size_t)snprintf(text, sizeof(text),
		"%s HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: same\r\n", line);
	for (const char *at = sent; *at != '\0'; at++) {
		if (*at == '%') {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s", key);
		} else {
			text[used++] = *at;
		}
	}
	snprintf(text + used, sizeof(text) - used, "\r\n");
	tell(fd, text);
	hear(fd, scratch);
	close(fd);
	char *date = strstr(scratch, "\r\nDate: ");
	if (date != NULL) {
		const char *end = strstr(date + 2, "\r\n");
		memmove(date, end, strlen(end) + 1);
	}
	snprintf(replies[i], REPLY_TEXT, "%.1399s", scratch);
}

static void send_key(struct bed *bed, const char *line, const char *key, size_t i) {
	send_with(bed, line, "X-API-Key: %\r\n", key, i);
}

static void assert_caller(const char *reply, const char *name) {
	char part[80];
	assert_status(reply, 200);
	snprintf(part, sizeof(part), "\"caller\":\"%s\"", name);
	assert_has(reply, part);
}

/* ---- 68-71, 73: every wrong key gets the same answer ---- */

static const char *const WRONG[] = {"", /* none */
	"X-API-Key: \r\n", "Authorization: \r\n", "Authorization: Bearer\r\n",
	"Authorization: Bearer \r\n", "X-API-Key: hsc_wrong\r\n", "X-API-Key: %x\r\n",
	"X-API-Key: x%\r\n", "X-API-Key: %\xff\r\n", "X-API-Key: %,%\r\n",
	"Authorization: Bearer %,%\r\n", "Authorization: Bearer % %\r\n", "Authorization: %\r\n",
	"Authorization: Basic %\r\n", "Authorization: Bearerer %\r\n", "Authorization: Token %\r\n",
	"X-API-Key: Bearer %\r\n"};
static const char *const WRONG_TWICE[] = {
	"Authorization: Bearer %\r\nAuthorization: Bearer wrong\r\n",
	"Authorization: Bearer wrong\r\nAuthorization: Bearer %\r\n",
	"Authorization: Bearer %\r\nAuthorization: Bearer %\r\n",
	"X-API-Key: %\r\nX-API-Key: wrong\r\n", "X-API-Key: wrong\r\nx-api-key: %\r\n",
	"Authorization: Bearer %\r\nX-API-Key: wrong\r\n",
	"Authorization: Bearer wrong\r\nX-API-Key: %\r\n",
	"Authorization: Basic eDp5\r\nX-API-Key: %\r\n", "Cookie: key=%\r\n",
	"X-Forwarded-For: 127.0.0.1\r\n", "X-HTTP-Method-Override: GET\r\n"};
enum {
	WRONG_COUNT = sizeof(WRONG) / sizeof(WRONG[0]),
	TWICE_COUNT = sizeof(WRONG_TWICE) / sizeof(WRONG_TWICE[0])
};

static void client_wrong(struct bed *bed) {
	for (size_t i = 0; i < WRONG_COUNT; i++) {
		send_with(bed, "GET /contacts", WRONG[i], reader.key, i);
	}
	send_key(bed, "GET /contacts", gone.key, WRONG_COUNT);    /* good once */
	send_key(bed, "GET /contacts", old.key, WRONG_COUNT + 1); /* expired */
}

static void client_twice(struct bed *bed) {
	char line[200];
	static char longest[60 * 1024];
	for (size_t i = 0; i < TWICE_COUNT; i++) {
		send_with(bed, "GET /contacts", WRONG_TWICE[i], reader.key, i);
	}
	snprintf(line, sizeof(line), "GET /contacts?api_key=%s&access_token=%s", reader.key,
		reader.key);
	send_with(bed, line, "", "", TWICE_COUNT);
	memset(longest, 'x', sizeof(longest) - 1);
	send_key(bed, "GET /contacts", longest, TWICE_COUNT + 1);
	send_key(bed, "GET /contacts", reader.hash, TWICE_COUNT + 2);
}

static void assert_all_same(size_t count) {
	json_decref(assert_problem(replies[0], 401, "key_required"));
	assert_has(replies[0], "\r\nWWW-Authenticate: Bearer\r\n");
	for (size_t i = 1; i < count; i++) {
		if (strcmp(replies[0], replies[i]) != 0) {
			fail_msg("reply %zu is another one:\n%s\n%s", i, replies[0], replies[i]);
		}
	}
}

static void every_wrong_key_is_told_the_same(void **state) {
	bed_run(*state, client_wrong);
	assert_all_same(WRONG_COUNT + 2);
	assert_lacks(((struct bed *)*state)->log, "hsc_");
}

static void what_is_sent_twice_or_elsewhere_is_no_key(void **state) {
	bed_run(*state, client_twice);
	assert_all_same(TWICE_COUNT + 3);
	assert_lacks(((struct bed *)*state)->log, reader.key);
}

static void client_other_case(struct bed *bed) {
	char other[HTTP_API_KEY_SIZE];
	snprintf(other, sizeof(other), "%s", reader.key);
	for (size_t at = 4; other[at] != '\0'; at++) {
		if ((other[at] | 0x20) >= 'a') {
			other[at] ^= 0x20;
		}
	}
	send_key(bed, "GET /contacts", other, 0);
	for (size_t length = 4; length < 16; length++) {
		snprintf(other, sizeof(other), "%.*s", (int)length, reader.key);
		send_key(bed, "GET /contacts", other, length - 3);
	}
}

static void another_case_or_a_beginning_is_no_key(void **state) {
	bed_run(*state, client_other_case);
	assert_all_same(13);
}

static void client_trailer(struct bed *bed) {
	int fd = dial(bed);
	char text[400];
	snprintf(text, sizeof(text),
		"POST /contacts HTTP/1.1\r\nHost: localhost\r\nX-Request-Id: same\r\n"
		"Transfer-Encoding: chunked\r\nTrailer: "
		"X-API-Key\r\n\r\n2\r\n{}\r\n0\r\nX-API-Key: %s\r\n\r\n",
		app.key);
	tell(fd, text);
	hear(fd, bed->saw[0]);
	close(fd);
}

static void a_key_in_a_trailer_opens_nothing(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_trailer);
	assert_lacks(bed->saw[0], "HTTP/1.1 2");
	assert_lacks(bed->saw[0], "\"caller\"");
}

/* ---- right ones ---- */

static void client_right(struct bed *bed) {
	static const char *const ways[] = {"X-API-Key: %\r\n", "x-api-key: %\r\n",
		"Authorization: Bearer %\r\n", "authorization: bearer %\r\n",
		"AUTHORIZATION: BEARER   %\r\n", "Authorization: Bearer %\r\nX-API-Key: %\r\n",
		"X-API-Key: %\r\nX-Forwarded-For: 192.0.2.1\r\n",
		"Host: evil.example\r\nX-API-Key: %\r\n"};
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		send_with(bed, "GET /contacts", ways[i], reader.key, i);
	}
	send_key(bed, "POST /contacts", app.key, 8);
	send_key(bed, "POST /v1/%63ontacts", app.key, 9);
	send_key(bed, "HEAD /contacts", app.key, 10);
}

static void a_right_key_is_let_in(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_right);
	for (size_t i = 0; i < 8; i++) {
		assert_caller(replies[i], "reader");
	}
	assert_caller(replies[8], "app");
	assert_has(bed->log, "\"caller\":\"app\"");
	assert_lacks(bed->log, "hsc_");
}

/* ---- 72: scopes ---- */

static void client_scopes(struct bed *bed) {
	send_key(bed, "GET /contacts", app.key, 0);
	send_key(bed, "POST /contacts", reader.key, 1);
	send_key(bed, "GET /v1/%63ontacts", app.key, 2);
	send_key(bed, "GET /asking", reader.key, 3);
	send_key(bed, "GET /asking", app.key, 4);
	send_key(bed, "GET /open/asking", reader.key, 5);
	send_with(bed, "GET /open/asking", "", "", 6);
	send_with(bed, "GET /open", "X-API-Key: wrong\r\n", "", 7);
}

static void assert_lacks_scope(const char *reply, const char *scope) {
	char part[120];
	json_t *body = assert_problem(reply, 403, "scope_missing");
	json_t *error = json_array_get(json_object_get(body, "errors"), 0);
	assert_string_equal(json_string_value(json_object_get(error, "field")), "scope");
	assert_string_equal(json_string_value(json_object_get(error, "message")), scope);
	assert_non_null(strstr(json_string_value(json_object_get(body, "message")), scope));
	json_decref(body);
	snprintf(part, sizeof(part),
		"\r\nWWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"%s\"\r\n",
		scope);
	assert_has(reply, part);
}

static void a_missing_scope_is_named(void **state) {
	bed_run(*state, client_scopes);
	assert_lacks_scope(replies[0], "contacts:read");
	assert_lacks_scope(replies[1], "contacts:write");
	assert_lacks_scope(replies[2], "contacts:read");
	assert_lacks_scope(replies[3], "deals:admin"); /* the handler's own question */
	assert_lacks_scope(replies[4], "asking:read"); /* the route's */
	assert_lacks_scope(replies[5], "deals:admin"); /* judged when it is asked */
	assert_refused(replies[6], 401, "key_required");
	assert_caller(replies[7], ""); /* an open route judges for itself */
}

/* ---- what a stranger may know ---- */

static void client_stranger(struct bed *bed) {
	send_with(bed, "GET /nowhere", "", "", 0);
	send_with(bed, "OPTIONS /contacts", "", "", 1);
	send_with(bed, "PUT /contacts", "", "", 2);
	send_with(bed, "POST /contacts",
		"Content-Length: 0\r\nX-Request-Timeout-Ms: x\r\nIdempotency-Key: \r\n", "", 3);
	send_with(bed, "GET /open", "", "", 4);
}

static void strangers_learn_no_more_than_the_paths(void **state) {
	bed_run(*state, client_stranger);
	assert_refused(replies[0], 404, "not_found");
	assert_status(replies[1], 204);
	assert_refused(replies[2], 405, "method_not_allowed");
	assert_refused(replies[3], 401, "key_required"); /* before anything else is looked at */
	assert_caller(replies[4], "");
}

/* ---- without a key ---- */

static void client_anonymous(struct bed *bed) {
	send_with(bed, "GET /contacts", "", "", 0);
	send_with(bed, "GET /contacts", "X-Forwarded-For: 127.0.0.1\r\n", "", 1);
	send_with(bed, "GET /contacts", "X-API-Key: wrong\r\n", "", 2);
	send_with(bed, "GET /contacts", "Authorization: Basic eDp5\r\n", "", 3);
	send_key(bed, "GET /contacts", reader.key, 4);
	send_key(bed, "GET /contacts", app.key, 5);
	send_with(bed, "GET /asking", "", "", 6);
}

static void anonymous_callers_beside_keys(void **state) {
	bed_run(*state, client_anonymous);
	assert_caller(replies[0], "");
	assert_refused(replies[1], 401, "key_required");
	assert_refused(replies[2], 401, "key_required");
	assert_refused(replies[3], 401, "key_required");
	assert_caller(replies[4], "reader");
	assert_lacks_scope(replies[5], "contacts:read");
	assert_caller(replies[6], ""); /* who is let in without a key may all */
}

static void anybody_beside_keys(void **state) {
	bed_run(*state, client_anonymous);
	assert_caller(replies[1], "");
	assert_refused(replies[2], 401, "key_required");
	assert_caller(replies[4], "reader");
}

static void without_a_file_of_keys_nothing_is_judged(void **state) {
	bed_run(*state, client_anonymous);
	assert_caller(replies[0], "");
	assert_refused(replies[1], 403, "anonymous_refused");
	assert_caller(replies[2], "");
	assert_caller(replies[3], "");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_wrong_key_is_told_the_same, make_strict, unmake),
		cmocka_unit_test_setup_teardown(
			what_is_sent_twice_or_elsewhere_is_no_key, make_strict, unmake),
		cmocka_unit_test_setup_teardown(
			another_case_or_a_beginning_is_no_key, make_strict, unmake),
		cmocka_unit_test_setup_teardown(
			a_key_in_a_trailer_opens_nothing, make_strict, unmake),
		cmocka_unit_test_setup_teardown(a_right_key_is_let_in, make_strict, unmake),
		cmocka_unit_test_setup_teardown(a_missing_scope_is_named, make_strict, unmake),
		cmocka_unit_test_setup_teardown(
			strangers_learn_no_more_than_the_paths, make_strict, unmake),
		cmocka_unit_test_setup_teardown(
			anonymous_callers_beside_keys, make_loopback, unmake),
		cmocka_unit_test_setup_teardown(anybody_beside_keys, make_any, unmake),
		cmocka_unit_test_setup_teardown(
			without_a_file_of_keys_nothing_is_judged, make_without, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
