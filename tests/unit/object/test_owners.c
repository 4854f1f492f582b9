/* Owners by e-mail address: what is asked, what is kept and for how long, and who shares a look-up.
 */
#include "object/contact.h"

#include "base/clock.h"
#include "object/inside.h"

enum { MINUTE_MS = 60 * 1000 };

static const char overrides[] = "{\"properties\":{\"owner\":{\"type\":\"string\",\"x-hubspot-"
				"property\":\"hubspot_owner_id\"}}}";

struct asked_for {
	json_t *record;
	enum owners_answer at_once;
	unsigned count; /* of calls of told */
	enum owners_answer later;
	enum hubspot_failure failure; /* HUBSPOT_OK: none was told */
	enum hubspot_outcome outcome;
};

static void told(enum owners_answer answer, const struct hubspot_result *failed, void *ctx) {
	struct asked_for *asked = ctx;
	asked->count++;
	asked->later = answer;
	asked->failure = failed != NULL ? failed->failure : HUBSPOT_OK;
	asked->outcome = failed != NULL ? failed->outcome : HUBSPOT_APPLIED;
}

static void ask_until(const struct object *object, const char *owner, uint64_t deadline_ms,
	struct asked_for *asked) {
	const struct behalf asker = {
		.priority = deadline_ms > 70000 ? HUBSPOT_BULK : HUBSPOT_INTERACTIVE,
		.deadline_ms = deadline_ms,
		.label = "request-1"};
	*asked = (struct asked_for){
		.record = json_pack("{s:s, s:s}", "email", "a@b.c", "hubspot_owner_id", owner)};
	asked->at_once = owners_resolve(object, asked->record, &asker, told, asked);
}

static void ask(const struct object *object, const char *owner, struct asked_for *asked) {
	ask_until(object, owner, clock_now_ms() + 10000, asked);
}

static void assert_owner(const struct asked_for *asked, const char *id) {
	assert_string_equal(
		json_string_value(json_object_get(asked->record, "hubspot_owner_id")), id);
	assert_int_equal(json_object_size(asked->record), 2);
}

static void forget(struct asked_for *asked) {
	json_decref(asked->record);
	*asked = (struct asked_for){.record = NULL};
}

/* Ends operation `number` with a list of owners as JSON text. */
static void finish_with(size_t number, const char *owners) {
	char *text = str_format("{\"results\":[%s]}", owners);
	json_auto_t *body = json_loads(text, 0, NULL);
	assert_non_null(body);
	free(text);
	assert_true(fake_finish(number,
		&(struct hubspot_result){
			.outcome = HUBSPOT_APPLIED, .status = 200, .record = body}));
}

static const char grace[] = "{\"id\":\"417\",\"email\":\"Grace@Example.com\",\"archived\":false}";

static struct object *begin(void) {
	clock_set_ms(1000);
	return open_contacts(overrides);
}

static void test_ids_and_nothing_pass(void **state) {
	(void)state;
	struct object *object = begin();
	static const char *const values[] = {"41629779", "", "grace", "417;418"};
	struct asked_for asked;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		ask(object, values[i], &asked);
		assert_int_equal(asked.at_once, OWNERS_READY);
		assert_owner(&asked, values[i]);
		forget(&asked);
	}
	json_auto_t *bare = json_pack("{s:s}", "email", "grace@example.com");
	assert_int_equal(
		owners_resolve(object, bare, &(struct behalf){.deadline_ms = 1}, told, NULL),
		OWNERS_READY);
	assert_int_equal(fake_operation_count(), 0);
}

static void test_asked_once_and_kept(void **state) {
	(void)state;
	struct object *object = begin();
	struct asked_for first, second, third;
	ask(object, "Grace+CRM@example.com", &first);
	ask(object, "grace+crm@EXAMPLE.com", &second);
	assert_int_equal(first.at_once, OWNERS_LATER);
	assert_int_equal(second.at_once, OWNERS_LATER);
	assert_int_equal(fake_operation_count(), 1);
	const struct hubspot_operation *call = &fake_operation(0)->asked;
	assert_int_equal(call->kind, HUBSPOT_RAW);
	assert_string_equal(call->object,
		"GET {owners}?limit=100&archived=false&email=grace%2Bcrm%40example.com");
	assert_int_equal(call->flags, HUBSPOT_REPEATABLE);
	assert_int_equal(call->deadline_ms, 11000);
	assert_string_equal(call->label, "request-1");
	assert_int_equal(first.count, 0);
	finish_with(0,
		"{\"id\":\"9\",\"email\":\"other@example.com\"},"
		"{\"id\":\"417\",\"email\":\"Grace+CRM@example.com\",\"archived\":false}");
	assert_int_equal(first.count, 1);
	assert_int_equal(second.count, 1);
	assert_int_equal(second.later, OWNERS_READY);
	assert_owner(&first, "417");
	assert_owner(&second, "417");
	clock_set_ms(1000 + 10 * MINUTE_MS - 1);
	ask(object, "grace+crm@example.com", &third);
	assert_int_equal(third.at_once, OWNERS_READY);
	assert_owner(&third, "417");
	forget(&third);
	clock_set_ms(1000 + 10 * MINUTE_MS);
	ask(object, "grace+crm@example.com", &third);
	assert_int_equal(third.at_once, OWNERS_LATER);
	assert_int_equal(fake_operation_count(), 2);
	finish_with(1, "");
	assert_int_equal(third.later, OWNERS_NOBODY);
	forget(&first);
	forget(&second);
	forget(&third);
}

static void test_nobody(void **state) {
	(void)state;
	struct object *object = begin();
	static const char *const lists[] = {"", "{\"id\":\"1\",\"email\":\"else@example.com\"}",
		"{\"id\":\"1\",\"email\":\"gone@example.com\",\"archived\":true}",
		"{\"email\":\"gone@example.com\"},7,{\"id\":\"1\"}"};
	size_t calls = 0;
	struct asked_for asked;
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		ask(object, "gone@example.com", &asked);
		assert_int_equal(asked.at_once, OWNERS_LATER);
		finish_with(calls++, lists[i]);
		assert_int_equal(asked.later, OWNERS_NOBODY);
		assert_owner(&asked, "gone@example.com");
		forget(&asked);
		clock_set_ms(clock_now_ms() + MINUTE_MS - 1);
		ask(object, "GONE@example.com", &asked);
		assert_int_equal(asked.at_once, OWNERS_NOBODY);
		forget(&asked);
		clock_set_ms(clock_now_ms() + 1);
	}
	assert_int_equal(fake_operation_count(), calls);
	json_auto_t *errors = owners_errors(object);
	assert_json(errors,
		"[{\"field\":\"/owner\",\"code\":\"unknown_owner\",\"message\":\"no owner in "
		"HubSpot has "
		"this e-mail address; archived ones do not count\"}]");
	char endless[400] = "@";
	memset(endless + 1, 'a', sizeof(endless) - 2);
	ask(object, endless, &asked);
	assert_int_equal(asked.at_once, OWNERS_NOBODY);
	forget(&asked);
}

/* Nothing has been written, and nothing is kept. */
static void test_failures(void **state) {
	(void)state;
	struct object *object = begin();
	static const enum hubspot_failure failures[] = {HUBSPOT_FORBIDDEN, HUBSPOT_NO_REPLY,
		HUBSPOT_LIMITED, HUBSPOT_NOT_FOUND, HUBSPOT_CANCELLED, HUBSPOT_DEADLINE};
	size_t calls = 0;
	struct asked_for asked;
	for (; calls < sizeof(failures) / sizeof(failures[0]); calls++) {
		ask(object, "grace@example.com", &asked);
		assert_int_equal(asked.at_once, OWNERS_LATER);
		fake_finish(calls,
			&(struct hubspot_result){
				.failure = failures[calls], .outcome = HUBSPOT_UNKNOWN});
		assert_int_equal(asked.count, 1);
		assert_int_equal(asked.later, OWNERS_FAILED);
		assert_int_equal(asked.failure, failures[calls]);
		assert_int_equal(asked.outcome, HUBSPOT_NOT_APPLIED);
		forget(&asked);
	}
	ask(object, "grace@example.com", &asked);
	fake_finish(calls++, &(struct hubspot_result){.status = 200});
	assert_int_equal(asked.failure, HUBSPOT_BAD_REPLY);
	forget(&asked);
	ask(object, "grace@example.com", &asked);
	fake_finish(calls++, &(struct hubspot_result){.failure = HUBSPOT_INVALID, .status = 400});
	assert_int_equal(asked.later, OWNERS_NOBODY);
	forget(&asked);
	fake_hubspot_refuse(true);
	ask(object, "alan@example.com", &asked);
	assert_int_equal(asked.at_once, OWNERS_FAILED);
	assert_int_equal(asked.count, 0);
	forget(&asked);
}

/* Nobody waits for a look-up longer than he may, nor ends with one that had less time. */
static void test_deadlines(void **state) {
	(void)state;
	struct object *object = begin();
	struct asked_for late, early, middle;
	ask_until(object, "grace@example.com", 80000, &late);
	ask_until(object, "grace@example.com", 20000, &early);
	ask_until(object, "grace@example.com", 50000, &middle);
	assert_int_equal(fake_operation_count(), 2);
	assert_int_equal(fake_operation(0)->asked.priority, HUBSPOT_BULK);
	assert_int_equal(fake_operation(1)->asked.priority, HUBSPOT_INTERACTIVE);
	assert_int_equal(fake_operation(1)->asked.deadline_ms, 20000);
	clock_set_ms(20000);
	fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_DEADLINE});
	assert_int_equal(early.failure, HUBSPOT_DEADLINE);
	assert_int_equal(middle.count, 0); /* it asks again */
	assert_int_equal(fake_operation_count(), 3);
	assert_int_equal(fake_operation(2)->asked.deadline_ms, 50000);
	finish_with(2, grace);
	assert_int_equal(middle.later, OWNERS_READY);
	assert_int_equal(late.count, 0);
	finish_with(0, grace);
	assert_int_equal(late.later, OWNERS_READY);
	assert_owner(&middle, "417");
	assert_owner(&late, "417");
	forget(&late);
	forget(&early);
	forget(&middle);
}

/* Who waits for an answer does not share a look-up that gives way to all others; bulk shares any.
 */
static void test_not_behind_bulk(void **state) {
	(void)state;
	struct object *object = begin();
	struct asked_for bulk, more;
	struct asked_for alone = {.record = json_pack("{s:s, s:s}", "email", "a@b.c",
					  "hubspot_owner_id", "grace@example.com")};
	const struct behalf patient = {.deadline_ms = 90000, .label = "request-2"};
	clock_set_ms(1000);
	ask_until(object, "grace@example.com", 70001, &bulk);
	assert_int_equal(fake_operation(0)->asked.priority, HUBSPOT_BULK);
	assert_int_equal(
		owners_resolve(object, alone.record, &patient, told, &alone), OWNERS_LATER);
	assert_int_equal(fake_operation_count(), 2);
	assert_int_equal(fake_operation(1)->asked.priority, HUBSPOT_INTERACTIVE);
	ask_until(object, "grace@example.com", 95000, &more);
	assert_int_equal(fake_operation_count(), 2);
	finish_with(1, grace);
	finish_with(0, grace);
	assert_owner(&bulk, "417");
	assert_owner(&alone, "417");
	assert_owner(&more, "417");
	forget(&bulk);
	forget(&alone);
	forget(&more);
}

/* The one that was not asked for longest goes. */
static void test_kept_is_bounded(void **state) {
	(void)state;
	struct object *object = begin();
	struct asked_for asked;
	char email[64];
	enum { MOST = 60 }; /* fakes take 64 operations: reset often */
	for (int i = 0; i < 1001; i++) {
		if (i % MOST == 0) {
			fake_hubspot_reset();
		}
		snprintf(email, sizeof(email), "o%d@example.com", i);
		ask(object, email, &asked);
		char *owner = str_format("{\"id\":\"%d\",\"email\":\"%s\"}", i + 1, email);
		finish_with((size_t)(i % MOST), owner);
		free(owner);
		forget(&asked);
		if (i % 100 == 50) { /* used, so kept */
			ask(object, "o0@example.com", &asked);
			assert_int_equal(asked.at_once, OWNERS_READY);
			forget(&asked);
		}
	}
	fake_hubspot_reset();
	ask(object, "o0@example.com", &asked);
	assert_int_equal(asked.at_once, OWNERS_READY);
	forget(&asked);
	ask(object, "o2@example.com", &asked);
	assert_int_equal(asked.at_once, OWNERS_READY);
	forget(&asked);
	ask(object, "o1@example.com", &asked);
	assert_int_equal(asked.at_once, OWNERS_LATER);
	finish_with(0, "");
	forget(&asked);
}

/* ---- in a write ---- */

static void test_in_a_write(void **state) {
	(void)state;
	begin();
	assert_int_equal(fake_send(http, "POST", "/contacts",
				 "{\"email\":\"a@b.c\",\"owner\":\"grace@example.com\"}"),
		HTTP_LATER);
	assert_int_equal(fake_operation_count(), 1);
	finish_with(0, grace);
	assert_int_equal(fake_operation_count(), 2);
	assert_json(fake_operation(1)->asked.body,
		"{\"email\":\"a@b.c\",\"hubspot_owner_id\":\"417\"}");
	fake_finish(1, &(struct hubspot_result){.outcome = HUBSPOT_APPLIED, .id = "7"});
	assert_int_equal(fake_reply()->status, 200);
	fake_send(http, "PATCH", "/contacts/7", "{\"owner\":\"Grace@example.com\"}");
	assert_string_equal(fake_operation(2)->asked.id, "7");
	assert_json(fake_operation(2)->asked.body, "{\"hubspot_owner_id\":\"417\"}");
	fake_finish(2, &(struct hubspot_result){.outcome = HUBSPOT_APPLIED, .id = "7"});
}

static void test_nobody_in_a_write(void **state) {
	(void)state;
	begin();
	fake_send(http, "PATCH", "/contacts/7", "{\"owner\":\"who@example.com\"}");
	finish_with(0, "");
	assert_refused(422, "validation_failed");
	assert_error("/owner", "unknown_owner");
	assert_string_equal(reply_text("outcome"), "not_applied");
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"owner\":\"who@example.com\"}");
	assert_refused(422, "validation_failed");
	assert_int_equal(fake_operation_count(), 1);
}

static void test_failure_in_a_write(void **state) {
	(void)state;
	begin();
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"owner\":\"x@example.com\"}");
	fake_finish(0,
		&(struct hubspot_result){.failure = HUBSPOT_FORBIDDEN,
			.outcome = HUBSPOT_UNKNOWN,
			.status = 403,
			.message = "crm.objects.owners.read is missing"});
	assert_refused(502, "hubspot_forbidden");
	assert_string_equal(reply_text("outcome"), "not_applied");
	assert_non_null(strstr(reply_text("message"), "crm.objects.owners.read"));
	fake_send(http, "PATCH", "/contacts/7", "{\"owner\":\"x@example.com\"}");
	fake_leave();
	finish_with(1, grace);
	assert_null(fake_request());
	assert_int_equal(fake_operation_count(), 2); /* the write of one who left is not sent */
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_ids_and_nothing_pass),
		TEST(test_asked_once_and_kept),
		TEST(test_nobody),
		TEST(test_failures),
		TEST(test_deadlines),
		TEST(test_not_behind_bulk),
		TEST(test_kept_is_bounded),
		TEST(test_in_a_write),
		TEST(test_nobody_in_a_write),
		TEST(test_failure_in_a_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
