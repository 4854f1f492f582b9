/* The links of batches: they share look-ups, and go a few at a time. */
#include "object/links_kit.h"

#include "base/clock.h"

/* A batch of contacts of one company looks for it once. */
static void test_shared_look_up(void **state) {
	enum { COUNT = 300 };
	clock_set_ms(1000);
	json_auto_t *body = json_pack("{s:[]}", "inputs");
	(void)state;
	for (int i = 0; i < COUNT; i++) {
		json_array_append_new(json_object_get(body, "inputs"),
			json_pack("{s:o, s:{s:[{s:s}]}}", "email", json_sprintf("x%d@b.c", i),
				"associations", "companies", "domain", "b.c"));
	}
	char *text = json_dumps(body, 0);
	fake_send(http, "POST", "/contacts/batch", text);
	free(text);
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(fake_finish(i, &(struct hubspot_result){.id = "7"}));
	}
	assert_int_equal(fake_operation_count(), COUNT + 1);
	assert_int_equal(asked(COUNT)->priority, HUBSPOT_BULK);
	assert_true(fake_finish(COUNT, &(struct hubspot_result){.id = "9"}));
	assert_int_equal(fake_operation_count(), COUNT + 1 + LINKS_UNDER_WAY_MAX);
	for (size_t i = COUNT + 1; i < 2 * COUNT + 1; i++) {
		assert_int_equal(asked(i)->priority, HUBSPOT_BULK);
		assert_true(fake_finish(i, &(struct hubspot_result){.id = "7"}));
	}
	assert_int_equal(fake_operation_count(), 2 * COUNT + 1);
	assert_int_equal(fake_reply()->status, 200);
	assert_json(json_object_get(fake_reply()->body, "counts"),
		"{\"created\":0,\"updated\":300,\"failed\":0}");
}

/* ---- many of bulk ---- */

enum { ROWS = 3, LINKS_OF_ROW = 90 };

static unsigned went;
static void go(struct queued *one, bool is_late) {
	(void)one;
	assert_false(is_late);
	went++;
}

/* A batch of contacts, each linked with 90 tickets of its own; all contacts are written. */
static void post_many(void) {
	clock_set_ms(1000);
	json_auto_t *inputs = json_array();
	for (int i = 0; i < ROWS; i++) {
		json_t *tickets = json_array();
		for (int k = 0; k < LINKS_OF_ROW; k++) {
			json_array_append_new(tickets,
				json_pack("{s:o}", "id", json_sprintf("%d", 1000 * (i + 1) + k)));
		}
		json_array_append_new(inputs,
			json_pack("{s:o, s:{s:o}}", "email", json_sprintf("x%d@b.c", i),
				"associations", "tickets", tickets));
	}
	json_auto_t *body = json_pack("{s:O}", "inputs", inputs);
	char *text = json_dumps(body, 0);
	fake_send(http, "POST", "/contacts/batch", text);
	free(text);
	for (size_t i = 0; i < ROWS; i++) {
		assert_true(fake_finish(i, &(struct hubspot_result){.id = "7"}));
	}
	assert_int_equal(fake_operation_count(), ROWS + LINKS_UNDER_WAY_MAX);
}

static const json_t *link_of(size_t row, size_t index) {
	const json_t *results = json_object_get(fake_reply()->body, "results");
	return json_array_get(json_object_get(json_array_get(results, row), "associations"), index);
}

static void test_few_at_a_time(void **state) {
	(void)state;
	post_many();
	for (size_t i = ROWS; i < ROWS + ROWS * LINKS_OF_ROW; i++) {
		assert_true(fake_finish(i, &(struct hubspot_result){.id = "7"}));
		size_t begun = i + 1 + LINKS_UNDER_WAY_MAX;
		size_t most = ROWS + ROWS * LINKS_OF_ROW;
		assert_int_equal(fake_operation_count(), begun < most ? begun : most);
	}
	assert_int_equal(fake_reply()->status, 200);
	for (size_t i = 0; i < ROWS * LINKS_OF_ROW; i++) {
		const json_t *link = link_of(i / LINKS_OF_ROW, i % LINKS_OF_ROW);
		char id[16];
		snprintf(id, sizeof(id), "%zu", 1000 * (i / LINKS_OF_ROW + 1) + i % LINKS_OF_ROW);
		assert_string_equal(json_string_value(json_object_get(link, "id")), id);
	}
}

/* The first end after the deadline is the end of all that wait. */
static void test_too_late_for_the_rest(void **state) {
	(void)state;
	post_many();
	clock_set_ms(FAKE_DEADLINE_MS);
	for (size_t i = ROWS; i < ROWS + LINKS_UNDER_WAY_MAX; i++) {
		assert_true(fake_finish(i, &(struct hubspot_result){.failure = HUBSPOT_DEADLINE}));
	}
	assert_int_equal(fake_operation_count(), ROWS + LINKS_UNDER_WAY_MAX);
	assert_int_equal(fake_reply()->status, 207);
	const json_t *last = link_of(ROWS - 1, LINKS_OF_ROW - 1);
	assert_string_equal(json_string_value(json_object_get(last, "code")), "deadline");
	assert_string_equal(json_string_value(json_object_get(last, "outcome")), "not_applied");
}

static void test_client_leaves_many(void **state) {
	(void)state;
	post_many();
	fake_leave();
	assert_int_equal(fake_run_cancelled(), LINKS_UNDER_WAY_MAX);
	assert_int_equal(fake_operation_count(), ROWS + LINKS_UNDER_WAY_MAX);
	assert_int_equal(fake_reply()->count, 1);
	assert_null(fake_request());
}

/* Another request's first link does not wait for the end of these. */
static void test_each_request_has_its_share(void **state) {
	struct queued *first = calloc(1, sizeof(*first));
	(void)state;
	post_many();
	went = 0;
	assert_true(link_queue_join(first, "another", 99999, go));
	assert_int_equal(went, 1);
	struct queued second;
	assert_true(link_queue_join(&second, "another", 99999, go));
	assert_int_equal(went, 1);
	link_queue_leave(first);
	free(first);
	assert_int_equal(went, 2);
	link_queue_leave(&second);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_shared_look_up),
		TEST(test_few_at_a_time),
		TEST(test_too_late_for_the_rest),
		TEST(test_client_leaves_many),
		TEST(test_each_request_has_its_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
