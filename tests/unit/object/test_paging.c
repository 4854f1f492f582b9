/* Through more records than HubSpot tells of one search, with the sandbox's model of it. */
#include "object/pages_kit.h"

#include "model.h"

enum { RECORDS = 10450, SEEDED_AT_ONCE = 1000 };

static struct model *model;
static uint64_t now_ms;

/* Ends the last operation with what the model says to its call. */
static void answer(void) {
	const struct hubspot_operation *operation = asked(fake_operation_count() - 1);
	static const char objects[] = "{objects}";
	char method[8] = "";
	char path[1024];
	const char *call = strchr(operation->object, ' ') + 1;
	assert_true(str_starts_with(call, objects));
	snprintf(method, sizeof(method), "%.*s", (int)(call - 1 - operation->object),
		operation->object);
	snprintf(path, sizeof(path), "/crm/objects/2026-09%s", call + sizeof(objects) - 1);
	char *query = strchr(path, '?');
	if (query != NULL) {
		*query++ = '\0';
	}
	struct buf body;
	struct model_reply reply;
	buf_init(&body, 100000);
	if (operation->body != NULL) {
		json_write(&body, operation->body);
	}
	model_handle(model,
		&(struct model_request){.method = method,
			.path = path,
			.query = query,
			.authorization = "Bearer pat-test",
			.body = buf_text(&body),
			.length = body.length},
		++now_ms, &reply);
	buf_finish(&body);
	bool is_taken = reply.status == 200 || reply.status == 207;
	if (!is_taken) {
		print_message("%d %s\n", reply.status, reply.bytes);
	}
	assert_true(fake_finish(fake_operation_count() - 1,
		&(struct hubspot_result){.failure = is_taken ? HUBSPOT_OK : HUBSPOT_INVALID,
			.outcome = HUBSPOT_NOT_APPLIED,
			.status = reply.status,
			.record = reply.json}));
	model_reply_finish(&reply);
	if (fake_request() == NULL) {
		hubspot = fake_hubspot_reset();
	}
}

static void control(json_t *members) {
	const char *wrong = model_control(model, members);
	if (wrong != NULL) {
		fail_msg("%s", wrong);
	}
	json_decref(members);
}

static void seed(int first, int count) {
	json_t *records = json_array();
	for (int i = first; i < first + count; i++) {
		json_array_append_new(records,
			json_pack("{s:s, s:{s:o, s:s}}", "type", "contacts", "properties", "email",
				json_sprintf("p%d@example.com", i), "firstname",
				i % 2 == 0 ? "Even" : "Odd"));
	}
	control(json_pack("{s:o}", "seed", records));
}

static int start(void **state) {
	(void)state;
	struct model_settings settings = model_defaults;
	settings.wall_offset_ms = 1790000000000;
	settings.limit = 0;
	settings.search_lag_ms = 0;
	model = model_create(&settings);
	for (int i = 0; i < RECORDS; i += SEEDED_AT_ONCE) {
		seed(i, i + SEEDED_AT_ONCE < RECORDS ? SEEDED_AT_ONCE : RECORDS - i);
	}
	now_ms = 10;
	return 0;
}

static int stop(void **state) {
	(void)state;
	model_destroy(model);
	return 0;
}

/* Adds the page's records to those seen; each one once. */
static void see(json_t *seen) {
	assert_int_equal(fake_reply()->status, 200);
	size_t index = 0;
	json_t *record = NULL;
	json_array_foreach (json_object_get(fake_reply()->body, "results"), index, record) {
		const char *id = json_member_text(record, "id");
		assert_null(json_object_get(seen, id));
		assert_non_null(json_member_text(record, "email"));
		json_object_set_new(seen, id, json_true());
	}
}

/* Pages through to the end, from a cursor on; gives the number of pages. */
static int page_through(const char *members, const char *from, json_t *seen, int total) {
	char cursor[256];
	int pages = 0;
	snprintf(cursor, sizeof(cursor), "%s", from);
	do {
		assert_int_equal(search_after(members, cursor), HTTP_LATER);
		answer();
		see(seen);
		assert_int_equal(
			json_integer_value(json_object_get(fake_reply()->body, "total")), total);
		snprintf(cursor, sizeof(cursor), "%s", next_cursor());
		pages++;
	} while (*cursor != '\0');
	return pages;
}

static void test_all_of_a_search(void **state) {
	(void)state;
	open_contacts(NULL);
	json_auto_t *seen = json_object();
	assert_int_equal(
		page_through("\"limit\":200,\"properties\":[\"email\"]", "", seen, RECORDS), 53);
	assert_int_equal(json_object_size(seen), RECORDS);
	json_object_clear(seen);
	page_through("\"limit\":200,\"properties\":[\"email\"],\"sort\":\"-id\",\"filters\":[{"
		     "\"property\":\"firstname\",\"operator\":\"IN\",\"values\":[\"Odd\"]}]",
		"", seen, RECORDS / 2);
	assert_int_equal(json_object_size(seen), RECORDS / 2);
}

static void test_all_of_a_list(void **state) {
	(void)state;
	open_contacts(NULL);
	json_auto_t *seen = json_object();
	char target[512] = "/contacts";
	do {
		assert_int_equal(fake_send(http, "GET", target, NULL), HTTP_LATER);
		answer();
		see(seen);
		snprintf(target, sizeof(target), "/contacts?after=%s", next_cursor());
	} while (next_cursor()[0] != '\0');
	assert_int_equal(json_object_size(seen), RECORDS);
}

static void archive(const json_t *record) {
	char path[128];
	struct model_reply reply;
	snprintf(path, sizeof(path), "/crm/objects/2026-09/contacts/%s",
		json_member_text(record, "id"));
	model_handle(model,
		&(struct model_request){
			.method = "DELETE", .path = path, .authorization = "Bearer pat-test"},
		++now_ms, &reply);
	assert_int_equal(reply.status, 204);
	model_reply_finish(&reply);
}

/* What is archived and written meanwhile moves nothing: no record is left out, none comes twice. */
static void test_changes_meanwhile(void **state) {
	(void)state;
	open_contacts(NULL);
	static const char all[] = "\"limit\":200,\"properties\":[\"email\"]";
	json_auto_t *seen = json_object();
	char cursor[256] = "";
	for (int page = 0; page < 10; page++) {
		search_after(all, cursor);
		answer();
		see(seen);
		snprintf(cursor, sizeof(cursor), "%s", next_cursor());
		const json_t *results = json_object_get(fake_reply()->body, "results");
		for (size_t i = 0; i < 50; i++) {
			archive(json_array_get(results, i * 4));
		}
	}
	seed(RECORDS, 70);
	page_through(all, cursor, seen, RECORDS + 70);
	assert_int_equal(json_object_size(seen), RECORDS + 70);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_of_a_search, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_all_of_a_list, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_changes_meanwhile, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
