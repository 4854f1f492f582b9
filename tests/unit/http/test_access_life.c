/* API keys over time: rates, guessing, keys that are revoked while a request runs, whose
 * Idempotency-Key it is, and the listener that asks nobody. */
#include "keyed.h"
#include "keys_kit.h"

static struct made app, tool, rated;

static json_t *keys_of(bool has_app) {
	char *second = entry_of(&tool, "tool", "\"work:write\", \"hold:read\"", NULL);
	char *third = entry_of(&rated, "rated", "\"work:write\"",
		"\"rate\": {\"requests\": 3, \"seconds\": 3000}");
	if (!has_app) {
		return file_of((char *[]){second, third, NULL});
	}
	return file_of((char *[]){
		entry_of(&app, "app", "\"work:write\", \"hold:read\"", NULL), second, third, NULL});
}

static void use(struct bed *bed, bool has_app, struct http_api_keys_change *change) {
	json_t *keys = keys_of(has_app);
	assert_true(http_use_api_keys(bed->http, keys, change));
	json_decref(keys);
}

static int make(void **state) {
	struct http_settings settings = bed_settings();
	settings.anonymous = HTTP_ANONYMOUS_NO;
	settings.max_connections = 3;
	struct bed *bed = bed_create(&settings);
	bed_route(bed, "POST", "/work", HTTP_ROUTE_RAW_BODY, handle_work);
	bed_route(bed, "GET", "/hold", 0, handle_hold);
	bed_route(bed, "GET", "/probe", HTTP_ROUTE_ADMIN, handle_hello);
	bed_route(bed, "GET", "/probe/open", HTTP_ROUTE_ADMIN | HTTP_ROUTE_OPEN, handle_hello);
	app = make_key();
	tool = make_key();
	rated = make_key();
	use(bed, true, NULL);
	*state = bed;
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

static void ask_key(
	struct bed *bed, const char *line, const char *key, const char *more, char *to) {
	char rest[300];
	snprintf(rest, sizeof(rest), "X-API-Key: %s\r\n%s\r\n", key, more);
	ask(bed, line, rest, to);
}

static void post(struct bed *bed, const char *key, const char *idempotency, char *to) {
	char more[120];
	snprintf(more, sizeof(more), "%s%s%sContent-Length: 0\r\n",
		idempotency != NULL ? "Idempotency-Key: " : "",
		idempotency != NULL ? idempotency : "", idempotency != NULL ? "\r\n" : "");
	ask_key(bed, "POST /work", key, more, to);
}

/* ---- rates ---- */

static void client_rate(struct bed *bed) {
	for (size_t i = 0; i < 4; i++) {
		post(bed, rated.key, NULL, bed->saw[i]);
	}
	post(bed, app.key, NULL, bed->saw[4]);
	post(bed, rated.key, NULL, bed->saw[5]);
}

/* The number after `name` in the header RateLimit. */
static long told(const char *reply, const char *name) {
	const char *at = strstr(reply, "\r\nRateLimit: \"default\";");
	at = at == NULL ? NULL : strstr(at, name);
	return at == NULL ? -1 : strtol(at + strlen(name), NULL, 10);
}

static void a_rate_is_told_and_kept(void **state) {
	static const struct {
		long left, until_s;
	} wanted[] = {{2, 1000}, {1, 2000}, {0, 1000}, {0, 1000}};
	struct bed *bed = *state;
	bed_run(bed, client_rate);
	for (size_t i = 0; i < 4; i++) {
		assert_status(bed->saw[i], i < 3 ? 201 : 429);
		assert_has(bed->saw[i], "\r\nRateLimit-Policy: \"default\";q=3;w=3000\r\n");
		assert_int_equal(told(bed->saw[i], ";r="), wanted[i].left);
		assert_in_range(
			told(bed->saw[i], ";t="), wanted[i].until_s - 100, wanted[i].until_s);
	}
	json_t *body = assert_problem(bed->saw[3], 429, "rate_limited");
	assert_true(json_is_true(json_object_get(body, "retryable")));
	assert_string_equal(json_string_value(json_object_get(body, "outcome")), "not_applied");
	json_decref(body);
	long retry = strtol(strstr(bed->saw[3], "\r\nRetry-After: ") + 15, NULL, 10);
	assert_in_range(retry, 900, 1000);
	assert_status(bed->saw[4], 201); /* another key's rate is another one */
	assert_lacks(bed->saw[4], "RateLimit");
	assert_refused(bed->saw[5], 429, "rate_limited");
	assert_int_equal(bed->counts[RUNS], 4);
}

static void client_rate_replayed(struct bed *bed) {
	post(bed, rated.key, "once", bed->saw[0]);
	post(bed, rated.key, "once", bed->saw[1]);
}

static size_t occurrences(const char *text, const char *part) {
	size_t count = 0;
	for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
		count++;
	}
	return count;
}

static void a_replayed_reply_tells_its_own_rate(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_rate_replayed);
	assert_true(is_replayed(bed->saw[1]));
	assert_has(bed->saw[0], "\"default\";r=2;");
	assert_has(bed->saw[1], "\"default\";r=1;");
	assert_int_equal(occurrences(bed->saw[1], "\r\nRateLimit: "), 1);
	assert_int_equal(occurrences(bed->saw[1], "\r\nRateLimit-Policy: "), 1);
}

static void reload_same(void *ctx) {
	struct bed *bed = ctx;
	use(bed, true, NULL);
	count(&bed->counts[REPLIED]);
}

static void client_rate_reload(struct bed *bed) {
	post(bed, rated.key, NULL, bed->saw[0]);
	await_replied(bed, reload_same);
	post(bed, rated.key, NULL, bed->saw[1]);
}

static void a_reload_gives_no_second_helping(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_rate_reload);
	assert_has(bed->saw[0], "\"default\";r=2;");
	assert_has(bed->saw[1], "\"default\";r=1;");
}

/* ---- guessing ---- */

enum { GUESSES = 1000 };

static void client_guesses(struct bed *bed) {
	for (int i = 0; i < GUESSES; i++) {
		post(bed, "hsc_wrong", NULL, bed->saw[0]);
		bool is_401 = strncmp(bed->saw[0], "HTTP/1.1 401 ", 13) == 0;
		bool is_429 = strncmp(bed->saw[0], "HTTP/1.1 429 ", 13) == 0;
		bed->number[0] += is_401 ? 1 : 0;
		bed->number[1] += is_429 ? 1 : 0;
		if (is_429 && bed->number[1] == 1) {
			memcpy(bed->saw[1], bed->saw[0], BED_TEXT);
		}
		if (i % 10 == 9) {
			post(bed, app.key, NULL, bed->saw[0]);
			bed->number[2] += strncmp(bed->saw[0], "HTTP/1.1 201 ", 13) == 0 ? 1 : 0;
		}
	}
	ask(bed, "POST /work", "Content-Length: 0\r\n\r\n", bed->saw[2]);
}

static void who_guesses_is_slowed_and_nobody_else(void **state) {
	struct bed *bed = *state;
	uint64_t began_ms = clock_precise_ms();
	bed_run(bed, client_guesses);
	uint64_t took_s = (clock_precise_ms() - began_ms) / 1000;
	assert_int_equal(bed->number[0] + bed->number[1], GUESSES);
	assert_true(bed->number[0] >= 20);
	assert_true((uint64_t)bed->number[0] <= 20 + took_s + 1);
	assert_int_equal(bed->number[2], GUESSES / 10); /* a right key is never locked out */
	assert_refused(bed->saw[1], 429, "too_many_wrong_keys");
	assert_has(bed->saw[1], "\r\nRetry-After: 1\r\n");
	assert_refused(bed->saw[2], 401, "key_required"); /* no key is no guess */
	assert_true(occurrences(bed->log, "\"wrong API key\"") <= took_s + 1);
	assert_has(bed->log, "\"event\":\"wrong API key\",\"peer\":\"127.0.0.1\",\"count\":1,");
	assert_lacks(bed->log, "hsc_");
}

/* ---- keys that go while a request runs ---- */

static void revoke_app(void *ctx) {
	struct bed *bed = ctx;
	struct http_api_keys_change change;
	use(bed, false, &change);
	bed->number[0] = (int)change.count;
	bed->number[1] = (int)change.added;
	bed->number[2] = (int)change.gone;
	count(&bed->counts[REPLIED]);
}

static void reply_hold(void *ctx) {
	struct bed *bed = ctx;
	json_t *body = json_pack("{s:s}", "caller", http_caller(bed->held)->name);
	http_reply(bed->held, 200, body);
	json_decref(body);
	count(&bed->counts[REPLIED]);
}

static void client_revoke(struct bed *bed) {
	int fd = dial(bed);
	char text[200];
	snprintf(text, sizeof(text),
		"GET /hold HTTP/1.1\r\nHost: localhost\r\nX-API-Key: %s\r\n\r\n", app.key);
	tell(fd, text);
	await(&bed->counts[0], 1);
	await_replied(bed, revoke_app);
	post(bed, app.key, NULL, bed->saw[1]);
	post(bed, tool.key, NULL, bed->saw[2]);
	await_replied(bed, reply_hold);
	hear(fd, bed->saw[0]);
	close(fd);
}

static void a_request_ends_well_when_its_key_is_revoked(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_revoke);
	assert_status(bed->saw[0], 200);
	assert_has(bed->saw[0], "\"caller\":\"app\"");
	assert_has(bed->log, "\"caller\":\"app\"");
	assert_refused(bed->saw[1], 401, "key_required");
	assert_status(bed->saw[2], 201);
	assert_int_equal(bed->number[0], 2);
	assert_int_equal(bed->number[1], 0);
	assert_int_equal(bed->number[2], 1);
}

/* ---- whose Idempotency-Key it is ---- */

static void client_idempotency(struct bed *bed) {
	post(bed, app.key, "one", bed->saw[0]);
	post(bed, tool.key, "one", bed->saw[1]);
	post(bed, app.key, "one", bed->saw[2]);
	post(bed, tool.key, "one", bed->saw[3]);
	post(bed, "hsc_wrong", "one", bed->saw[4]);
}

static void idempotency_keys_of_two_callers_never_meet(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_idempotency);
	assert_int_equal(bed->counts[RUNS], 2);
	assert_false(is_replayed(bed->saw[0]));
	assert_false(is_replayed(bed->saw[1]));
	assert_true(is_replayed(bed->saw[2]));
	assert_true(is_replayed(bed->saw[3]));
	assert_string_equal(body_of(bed->saw[0]), body_of(bed->saw[2]));
	assert_string_equal(body_of(bed->saw[1]), body_of(bed->saw[3]));
	assert_string_not_equal(body_of(bed->saw[0]), body_of(bed->saw[1]));
	assert_refused(bed->saw[4], 401, "key_required");
}

/* ---- the admin listener ---- */

static void client_admin(struct bed *bed) {
	int full[3] = {dial(bed), dial(bed), dial(bed)}; /* all that the public listener has */
	uint16_t public_port = bed->port;
	for (size_t i = 0; i < 3; i++) {
		tell(full[i], "GET /ho");
	}
	bed->port = (uint16_t)bed->number[9];
	ask(bed, "GET /probe", "\r\n", bed->saw[0]);
	ask(bed, "GET /v1/probe/open", "Via: x\r\n\r\n", bed->saw[1]);
	ask(bed, "GET /hold", "\r\n", bed->saw[2]);
	ask(bed, "POST /work", "Content-Length: 0\r\n\r\n", bed->saw[3]);
	ask_key(bed, "GET /probe", "hsc_wrong", "", bed->saw[4]);
	bed->port = public_port;
	for (size_t i = 0; i < 3; i++) {
		close(full[i]);
	}
	ask(bed, "GET /probe", "\r\n", bed->saw[5]);
	ask_key(bed, "GET /probe", app.key, "", bed->saw[6]);
}

static void the_admin_listener_asks_nobody(void **state) {
	struct bed *bed = *state;
	uint16_t port = 0;
	char error[200] = "";
	assert_true(http_listen(
		bed->http, "127.0.0.1:0", HTTP_LISTEN_ADMIN, &port, error, sizeof(error)));
	bed->number[9] = port;
	bed_run(bed, client_admin);
	assert_status(bed->saw[0], 200);
	assert_status(bed->saw[1], 200);
	assert_refused(bed->saw[2], 404, "not_found");
	assert_refused(bed->saw[3], 404, "not_found");
	assert_status(bed->saw[4], 200);
	assert_refused(bed->saw[5], 401, "key_required");
	assert_refused(bed->saw[6], 403, "scope_missing");
}

static void client_after_close(struct bed *bed) {
	int fd = dial(bed);
	bed->number[0] = fd < 0;
	if (fd >= 0) {
		close(fd);
	}
	bed->port = (uint16_t)bed->number[9];
	ask(bed, "GET /probe", "\r\n", bed->saw[0]);
}

static void it_outlives_the_public_one(void **state) {
	struct bed *bed = *state;
	uint16_t port = 0;
	char error[200] = "";
	bed_listen(bed, "127.0.0.1:0");
	assert_true(http_listen(
		bed->http, "127.0.0.1:0", HTTP_LISTEN_ADMIN, &port, error, sizeof(error)));
	bed->number[9] = port;
	http_close(bed->http, HTTP_LISTEN_PUBLIC);
	bed_run(bed, client_after_close);
	assert_int_equal(bed->number[0], 1);
	assert_status(bed->saw[0], 200);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_rate_is_told_and_kept, make, unmake),
		cmocka_unit_test_setup_teardown(a_replayed_reply_tells_its_own_rate, make, unmake),
		cmocka_unit_test_setup_teardown(a_reload_gives_no_second_helping, make, unmake),
		cmocka_unit_test_setup_teardown(
			who_guesses_is_slowed_and_nobody_else, make, unmake),
		cmocka_unit_test_setup_teardown(
			a_request_ends_well_when_its_key_is_revoked, make, unmake),
		cmocka_unit_test_setup_teardown(
			idempotency_keys_of_two_callers_never_meet, make, unmake),
		cmocka_unit_test_setup_teardown(the_admin_listener_asks_nobody, make, unmake),
		cmocka_unit_test_setup_teardown(it_outlives_the_public_one, make, unmake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
