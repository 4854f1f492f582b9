#include "ask.h"

/* The one result, or error, of the last reply that has this trace id. */
static json_t *traced(const char *trace_id, int is_error) {
	size_t place;
	json_t *entry;
	json_t *found = NULL;
	json_array_foreach (at(is_error ? "errors" : "results"), place, entry) {
		json_t *trace = json_object_get(entry, "objectWriteTraceId");
		if (is_error) {
			trace = json_array_get(json_object_get(json_object_get(entry, "context"),
						       "objectWriteTraceId"),
				0);
		}
		if (trace != NULL && strcmp(json_string_value(trace), trace_id) == 0) {
			assert_null(found);
			found = entry;
		}
	}
	return found;
}

static const char *member(json_t *object, const char *name) {
	const char *text = json_string_value(json_object_get(object, name));
	return text == NULL ? "(none)" : text;
}

static void a_create_gives_an_envelope(void **state) {
	(void)state;
	assert_int_equal(batch("create",
				 "{\"inputs\":[{\"properties\":{\"email\":\"a@b.co\"}},"
				 "{\"properties\":{\"email\":\"c@b.co\"}}]}"),
		201);
	assert_text("status", "COMPLETE");
	assert_int_equal(json_array_size(at("results")), 2);
	assert_text("startedAt", "2026-09-21T14:13:20.123Z");
	assert_text("completedAt", "2026-09-21T14:13:20.123Z");
	assert_null(at("errors"));
	assert_null(at("numErrors"));
	assert_int_equal(batch("create", "{\"inputs\":[]}"), 201);
	assert_int_equal(json_array_size(at("results")), 0);
}

static void without_traces_one_bad_row_refuses_all(void **state) {
	(void)state;
	assert_int_equal(batch("create",
				 "{\"inputs\":[{\"properties\":{\"email\":\"a@b.co\"}},"
				 "{\"properties\":{\"bogus\":\"1\"}},{\"properties\":{\"email\":"
				 "\"nope\"}}]}"),
		400);
	assert_text("category", "VALIDATION_ERROR");
	assert_int_equal(json_array_size(at("errors")), 2);
	assert_text("errors.0.code", "PROPERTY_DOESNT_EXIST");
	assert_text("errors.1.code", "INVALID_EMAIL");
	assert_int_equal(creates(), 0);
}

static void without_traces_one_conflict_refuses_all(void **state) {
	(void)state;
	char id[32], message[96];
	make_contact("a@b.co", id);
	assert_int_equal(batch("create",
				 "{\"inputs\":[{\"properties\":{\"email\":\"n@b.co\"}},"
				 "{\"properties\":{\"email\":\"A@B.co\"}}]}"),
		409);
	snprintf(message, sizeof(message), "Contact already exists. Existing ID: %s", id);
	assert_text("message", message);
	assert_text("category", "CONFLICT");
	make_contact("c@b.co", id);
	assert_int_equal(batch("create",
				 "{\"inputs\":[{\"properties\":{\"email\":\"a@b.co\"}},"
				 "{\"properties\":{\"email\":\"c@b.co\"}}]}"),
		409);
	assert_text("message", "Contact already exists");
	/* Two new rows with one address are a conflict of their own. */
	assert_int_equal(batch("create",
				 "{\"inputs\":[{\"properties\":{\"email\":\"x@b.co\"}},"
				 "{\"properties\":{\"email\":\"X@b.co\"}}]}"),
		409);
	assert_int_equal(creates(), 2);
}

static void partial_or_repeated_traces_are_no_traces(void **state) {
	(void)state;
	assert_int_equal(batch("create",
				 "{\"inputs\":[{\"objectWriteTraceId\":\"1\",\"properties\":{"
				 "\"email\":\"a@b.co\"}},"
				 "{\"properties\":{\"bogus\":\"1\"}}]}"),
		400);
	assert_int_equal(
		batch("create",
			"{\"inputs\":[{\"objectWriteTraceId\":\"1\",\"properties\":{\"email\":\"a@"
			"b.co\"}},"
			"{\"objectWriteTraceId\":\"1\",\"properties\":{\"bogus\":\"1\"}}]}"),
		400);
	assert_int_equal(creates(), 0);
}

static void with_traces_each_row_stands_alone(void **state) {
	(void)state;
	char id[32], message[96];
	make_contact("a@b.co", id);
	assert_int_equal(
		batch("create",
			"{\"inputs\":["
			"{\"objectWriteTraceId\":\"good\",\"properties\":{\"email\":\"n@b.co\"}},"
			"{\"objectWriteTraceId\":\"taken\",\"properties\":{\"email\":\"a@b.co\"}},"
			"{\"objectWriteTraceId\":\"bad\",\"properties\":{\"bogus\":\"1\"}},"
			"{\"objectWriteTraceId\":\"twin\",\"properties\":{\"email\":\"N@b.co\"}}]"
			"}"),
		207);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(number_at("numErrors"), 3);
	assert_non_null(traced("good", 0));
	json_t *taken = traced("taken", 1);
	assert_string_equal(member(taken, "category"), "CONFLICT");
	assert_string_equal(member(taken, "status"), "error");
	snprintf(message, sizeof(message), "Contact already exists. Existing ID: %s", id);
	assert_string_equal(member(taken, "message"), message);
	json_t *existing = json_object_get(json_object_get(taken, "context"), "existingId");
	assert_string_equal(json_string_value(json_array_get(existing, 0)), id);
	json_t *bad = traced("bad", 1);
	assert_string_equal(member(bad, "category"), "VALIDATION_ERROR");
	assert_non_null(strstr(
		member(bad, "message"), "Property values were not valid: [{\"isValid\":false"));
	assert_non_null(strstr(member(traced("twin", 1), "message"), "Existing ID: "));
	assert_int_equal(creates(), 2);
	assert_int_equal(batch("create",
				 "{\"inputs\":[{\"objectWriteTraceId\":\"1\",\"properties\":{"
				 "\"bogus\":\"1\"}}]}"),
		207);
	assert_int_equal(json_array_size(at("results")), 0);
}

/* A body of `count` inputs, each with its own trace id and address. */
static char *inputs(int count) {
	json_t *rows = json_array();
	for (int i = 0; i < count; i++) {
		json_array_append_new(rows,
			json_pack("{s:o,s:o,s:{s:o}}", "objectWriteTraceId", json_sprintf("%d", i),
				"id", json_sprintf("%d", i), "properties", "email",
				json_sprintf("a%d@b.co", i)));
	}
	json_t *body = json_pack("{s:o}", "inputs", rows);
	char *text = json_dumps(body, 0);
	json_decref(body);
	return text;
}

static void at_most_a_hundred_come_back_in_no_order(void **state) {
	(void)state;
	char *body = inputs(101);
	assert_int_equal(batch("create", body), 400);
	assert_text("message",
		"The maximum number of inputs supported in a batch is 100. Please reduce the "
		"number of items and try again");
	assert_text("category", "VALIDATION_ERROR");
	assert_int_equal(batch("read", body), 400);
	assert_int_equal(batch("archive", body), 400);
	free(body);
	body = inputs(100);
	assert_int_equal(batch("create", body), 201);
	assert_int_equal(json_array_size(at("results")), 100);
	int in_place = 0;
	for (int i = 0; i < 100; i++) {
		char trace_id[16], email[32];
		snprintf(trace_id, sizeof(trace_id), "%d", i);
		snprintf(email, sizeof(email), "a%d@b.co", i);
		json_t *result = traced(trace_id, 0);
		assert_string_equal(member(json_object_get(result, "properties"), "email"), email);
		in_place += result == json_array_get(at("results"), (size_t)i);
	}
	assert_true(in_place < 20);
	free(body);
}

static void duplicate_ids_refuse_all_even_with_traces(void **state) {
	(void)state;
	assert_int_equal(batch("upsert",
				 "{\"inputs\":["
				 "{\"objectWriteTraceId\":\"1\",\"idProperty\":\"email\",\"id\":"
				 "\"a@b.co\",\"properties\":{}},"
				 "{\"objectWriteTraceId\":\"2\",\"idProperty\":\"email\",\"id\":"
				 "\"A@b.co\",\"properties\":{}},"
				 "{\"objectWriteTraceId\":\"3\",\"idProperty\":\"email\",\"id\":"
				 "\"a@B.co\",\"properties\":{}}]}"),
		400);
	assert_text("message", "Duplicate IDs found in batch input: [a@b.co]. IDs must be unique");
	assert_text("context.ids.0", "a@b.co");
	assert_int_equal(json_array_size(at("context.ids")), 1);
	assert_int_equal(batch("update",
				 "{\"inputs\":[{\"id\":\"7\",\"properties\":{}},{\"id\":7,"
				 "\"properties\":{}}]}"),
		400);
	assert_text("message", "Duplicate IDs found in batch input: [7]. IDs must be unique");
	assert_int_equal(creates(), 0);
}

static void an_update_leaves_out_what_is_missing(void **state) {
	(void)state;
	char id[32], body[512];
	make_contact("a@b.co", id);
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"id\":\"%s\",\"properties\":{\"city\":\"Rom\"}},"
		"{\"id\":\"41\",\"properties\":{\"city\":\"x\"}},{\"id\":\"42\",\"properties\":{"
		"\"city\":\"x\"}}]}",
		id);
	assert_int_equal(batch("update", body), 207);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(number_at("numErrors"), 1);
	assert_text("errors.0.category", "OBJECT_NOT_FOUND");
	assert_text("errors.0.message",
		"Could not get some CONTACT objects, they may be deleted or not exist. "
		"Check that ids are valid.");
	assert_int_equal(json_array_size(at("errors.0.context.ids")), 2);
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"objectWriteTraceId\":\"x\",\"id\":\"41\",\"properties\":{\"city\":"
		"\"Rom\"}},"
		"{\"objectWriteTraceId\":\"y\",\"id\":\"42\",\"properties\":{}},"
		"{\"objectWriteTraceId\":\"z\",\"id\":\"%s\",\"properties\":{\"city\":\"Ulm\"}}]}",
		id);
	assert_int_equal(batch("update", body), 207);
	assert_int_equal(number_at("numErrors"), 2);
	assert_string_equal(member(traced("x", 1), "category"), "OBJECT_NOT_FOUND");
	assert_non_null(json_object_get(json_object_get(traced("y", 1), "context"), "ids"));
	assert_non_null(traced("z", 0));
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("updates"), 2);
}

static void an_update_by_address_names_its_coordinates(void **state) {
	(void)state;
	char id[32];
	make_contact("a@b.co", id);
	assert_int_equal(batch("update",
				 "{\"inputs\":[{\"id\":\"A@b.co\",\"idProperty\":\"email\","
				 "\"properties\":{\"city\":\"Rom\"}},"
				 "{\"id\":\"n@b.co\",\"idProperty\":\"email\",\"properties\":{"
				 "\"city\":\"Rom\"}}]}"),
		207);
	assert_text("results.0.id", id);
	assert_text("errors.0.context.missingObjectPropertyValueCoordinates.0",
		"PropertyValueCoordinates{portalId=44237313, objectTypeId=0-1, propertyName=email, "
		"value=n@b.co}");
}

static void a_refused_update_changes_nothing(void **state) {
	(void)state;
	char first[32], second[32], body[512];
	make_contact("a@b.co", first);
	make_contact("c@b.co", second);
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"id\":\"%s\",\"properties\":{\"city\":\"Rom\"}},"
		"{\"id\":\"%s\",\"properties\":{\"email\":\"a@b.co\"}}]}",
		first, second);
	assert_int_equal(batch("update", body), 409);
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"id\":\"%s\",\"properties\":{\"city\":\"Rom\"}},"
		"{\"id\":\"%s\",\"properties\":{\"bogus\":\"x\"}}]}",
		first, second);
	assert_int_equal(batch("update", body), 400);
	assert_int_equal(ask_about("GET", first, "?properties=city", NULL), 200);
	assert_int_equal(type_at("properties.city"), JSON_NULL);
}

static void a_read_finds_by_id_and_by_address(void **state) {
	(void)state;
	char first[32], second[32], body[256];
	make_contact("a@b.co", first);
	make_contact("c@b.co", second);
	assert_int_equal(batch("read",
				 "{\"idProperty\":\"email\",\"properties\":[\"email\",\"city\"],"
				 "\"inputs\":[{\"id\":\"A@b.co\"},{\"id\":\"c@b.co\"}]}"),
		200);
	assert_int_equal(json_array_size(at("results")), 2);
	assert_int_equal(type_at("results.0.properties.city"), JSON_NULL);
	assert_null(at("results.0.properties.firstname"));
	snprintf(body, sizeof(body),
		"{\"inputs\":[{\"id\":\"%s\"},{\"id\":\"%s\"},{\"id\":\"1\"},{\"id\":\"x\"}]}",
		first, first);
	assert_int_equal(batch("read", body), 207);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(json_object_size(at("results.0.properties")), 6);
	assert_int_equal(number_at("numErrors"), 1);
	assert_text("errors.0.category", "OBJECT_NOT_FOUND");
	assert_text("errors.0.context.ids.0", "1");
	assert_text("errors.0.context.ids.1", "x");
	assert_int_equal(batch("read", "{\"inputs\":[{\"id\":\"1\"}]}"), 207);
	assert_int_equal(json_array_size(at("results")), 0);
	assert_int_equal(
		batch("read", "{\"idProperty\":\"city\",\"inputs\":[{\"id\":\"1\"}]}"), 400);
}

static void an_archive_ignores_what_is_not_there(void **state) {
	(void)state;
	char id[32], body[128];
	make_contact("a@b.co", id);
	snprintf(body, sizeof(body), "{\"inputs\":[{\"id\":\"%s\"},{\"id\":\"1\"}]}", id);
	assert_int_equal(batch("archive", body), 204);
	assert_null(reply.bytes);
	assert_int_equal(batch("archive", body), 204);
	assert_int_equal(batch("read", body), 207);
	assert_int_equal(ask("POST", CONTACTS "/batch/read?archived=true", body), 207);
	assert_int_equal(json_array_size(at("results")), 1);
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	assert_int_equal(number_at("archives"), 1);
}

static void histories_are_for_fifty(void **state) {
	(void)state;
	json_t *body = json_pack("{s:[],s:[s]}", "inputs", "propertiesWithHistory", "city");
	for (int i = 0; i < 51; i++) {
		json_array_append_new(json_object_get(body, "inputs"), json_pack("{s:s}", "id", "1"));
	}
	char *text = json_dumps(body, 0);
	assert_int_equal(batch("read", text), 400);
	assert_non_null(strstr(text_at("message"), "for property histories is 50."));
	free(text);
	json_array_remove(json_object_get(body, "inputs"), 0);
	text = json_dumps(body, 0);
	assert_int_equal(batch("read", text), 207);
	free(text);
	json_decref(body);
}

static void malformed_inputs_are_refused(void **state) {
	static const char *const bad[] = {"{}", "{\"inputs\":{}}", "{\"inputs\":[1]}",
		"{\"inputs\":[{}]}", "{\"inputs\":[{\"id\":\"1\"}]}",
		"{\"inputs\":[{\"properties\":{}}]}",
		"{\"inputs\":[{\"id\":\"1\",\"properties\":{\"city\":[]}}]}",
		"{\"inputs\":[{\"id\":{},\"properties\":{}}]}"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(batch("update", bad[i]), 400);
		assert_non_null(strstr(text_at("message"), "Invalid input JSON"));
	}
	assert_int_equal(batch("read", "{\"inputs\":[{}]}"), 400);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(a_create_gives_an_envelope),
		TEST(without_traces_one_bad_row_refuses_all),
		TEST(without_traces_one_conflict_refuses_all),
		TEST(partial_or_repeated_traces_are_no_traces),
		TEST(with_traces_each_row_stands_alone),
		TEST(at_most_a_hundred_come_back_in_no_order),
		TEST(duplicate_ids_refuse_all_even_with_traces),
		TEST(an_update_leaves_out_what_is_missing),
		TEST(an_update_by_address_names_its_coordinates),
		TEST(a_refused_update_changes_nothing),
		TEST(a_read_finds_by_id_and_by_address),
		TEST(an_archive_ignores_what_is_not_there),
		TEST(histories_are_for_fifty),
		TEST(malformed_inputs_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
