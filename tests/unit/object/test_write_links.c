/* A write with associations, as far as it is the write's: links.c is this file's own (--wrap). */
#include "object/contact.h"
#include "object/inside.h"

bool __wrap_links_check(const json_t *associations, json_t *errors);
struct links *__wrap_links_start(const struct object *object, const char *id,
	const json_t *associations, const struct behalf *behalf, links_told_fn *told, void *ctx);
void __wrap_links_cancel(struct links *links);

static struct {
	unsigned starts, cancels;
	bool is_refusing;
	char id[32];
	json_t *associations;
	uint64_t deadline_ms;
	bool is_bulk;
	links_told_fn *told;
	void *ctx;
} links;

bool __wrap_links_check(const json_t *associations, json_t *errors) {
	if (json_is_object(associations)) {
		return true;
	}
	(void)json_array_append_new(errors, field_error("associations", "type", "an object"));
	return false;
}

struct links *__wrap_links_start(const struct object *object, const char *id,
	const json_t *associations, const struct behalf *behalf, links_told_fn *told, void *ctx) {
	(void)object;
	if (links.is_refusing) {
		return NULL;
	}
	links.starts++;
	snprintf(links.id, sizeof(links.id), "%s", id);
	json_decref(links.associations);
	links.associations = json_deep_copy(associations);
	links.deadline_ms = behalf->deadline_ms;
	links.is_bulk = behalf->is_bulk;
	links.told = told;
	links.ctx = ctx;
	return (struct links *)(void *)&links;
}

void __wrap_links_cancel(struct links *cancelled) {
	assert_ptr_equal(cancelled, &links);
	links.cancels++;
}

static void finish_links(const char *text, bool are_all_there) {
	json_auto_t *made = json_loads(text, 0, NULL);
	assert_non_null(made);
	links.told(made, are_all_there, links.ctx);
}

static const struct hubspot_operation *asked(size_t number) {
	assert_non_null(fake_operation(number));
	return &fake_operation(number)->asked;
}

static const struct hubspot_result created = {.id = "123", .is_created = true};

static const char body[] =
	"{\"email\":\"a@b.c\",\"associations\":{\"companies\":[{\"domain\":\"b.c\"}]}}";
static const char one_link[] = "[{\"object\":\"companies\",\"id\":\"9\",\"status\":\"success\"}]";
static const char one_failure[] =
	"[{\"object\":\"companies\",\"status\":\"error\",\"code\":\"not_found\"}]";

static void test_linked_after_the_write(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_int_equal(fake_send(http, "POST", "/contacts", body), HTTP_LATER);
	assert_json(asked(0)->body, "{\"email\":\"a@b.c\"}");
	assert_int_equal(links.starts, 0);
	assert_true(fake_finish(0, &created));
	assert_int_equal(links.starts, 1);
	assert_string_equal(links.id, "123");
	assert_json(links.associations, "{\"companies\":[{\"domain\":\"b.c\"}]}");
	assert_int_equal(links.deadline_ms, FAKE_DEADLINE_MS);
	assert_non_null(fake_request());
	finish_links(one_link, true);
	assert_int_equal(fake_reply()->status, 201);
	assert_string_equal(reply_text("action"), "created");
	assert_json(json_object_get(fake_reply()->body, "associations"), one_link);
}

static void test_link_that_failed(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_set_header(http, "Prefer", "return=representation");
	fake_send(http, "POST", "/contacts", body);
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_operation_count(), 1);
	finish_links(one_failure, false);
	assert_int_equal(fake_operation_count(), 2);
	json_auto_t *record =
		json_loads("{\"id\":\"123\",\"properties\":{\"email\":\"a@b.c\"}}", 0, NULL);
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "123", .record = record}));
	assert_int_equal(fake_reply()->status, 207);
	assert_string_equal(reply_text("status"), "success");
	assert_string_equal(reply_text("action"), "created");
	assert_json(json_object_get(fake_reply()->body, "associations"), one_failure);
	assert_json(json_object_get(fake_reply()->body, "record"),
		"{\"id\":\"123\",\"email\":\"a@b.c\"}");
}

static void test_all_that_is_wrong_at_once(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"nobody\",\"associations\":[],\"children\":\"x\"}");
	assert_refused(422, "validation_failed");
	assert_error("/email", "format");
	assert_error("/children", "type");
	assert_error("/associations", "type");
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"associations\":null}");
	assert_error("/associations", "type");
	assert_int_equal(fake_operation_count(), 0);
	assert_int_equal(links.starts, 0);
}

static void test_write_that_failed(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts", body);
	assert_true(fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_INVALID}));
	assert_refused(422, "hubspot_invalid");
	assert_int_equal(links.starts, 0);
}

static void test_links_that_cannot_begin(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts", body);
	links.is_refusing = true;
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_reply()->status, 207);
	assert_string_equal(reply_text("action"), "created");
	assert_true(json_is_null(json_object_get(fake_reply()->body, "associations")));
	const json_t *warnings = json_object_get(fake_reply()->body, "warnings");
	assert_string_equal(json_string_value(json_object_get(json_array_get(warnings, 0), "code")),
		"not_linked");
}

static void test_client_leaves(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_set_header(http, "Prefer", "return=representation");
	fake_send(http, "POST", "/contacts", body);
	assert_true(fake_finish(0, &created));
	fake_leave();
	assert_int_equal(links.cancels, 1);
	finish_links(one_failure, false);
	assert_int_equal(fake_operation_count(), 1);
	assert_int_equal(fake_reply()->count, 1);
	assert_false(fake_reply()->was_sent);
	fake_send(http, "POST", "/contacts", body);
	fake_leave();
	assert_true(fake_finish(1, &created)); /* it was on its way */
	assert_int_equal(links.starts, 1);
	assert_int_equal(fake_reply()->count, 2);
}

static void test_patch_of_nothing_but_links(void **state) {
	static const char only_links[] = "{\"associations\":{\"companies\":[{\"id\":\"9\"}]}}";
	(void)state;
	open_contacts(NULL);
	fake_send(http, "PATCH", "/contacts/A@b.c?id_property=email", only_links);
	assert_int_equal(asked(0)->kind, HUBSPOT_READ);
	assert_string_equal(asked(0)->id, "a@b.c");
	assert_string_equal(asked(0)->id_property, "email");
	assert_null(asked(0)->body);
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "123"}));
	assert_string_equal(links.id, "123");
	finish_links(one_link, true);
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(reply_text("action"), "updated");
	fake_send(http, "PATCH", "/contacts/5", only_links);
	assert_true(fake_finish(1, &(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND}));
	assert_refused(404, "not_found");
	assert_int_equal(links.starts, 1);
	fake_send(http, "PATCH", "/contacts/5",
		"{\"firstname\":\"A\",\"associations\":{\"companies\":[{\"id\":\"9\"}]}}");
	assert_int_equal(asked(2)->kind, HUBSPOT_UPDATE);
	assert_json(asked(2)->body, "{\"firstname\":\"A\"}");
	assert_true(fake_finish(2, &(struct hubspot_result){.id = "5"}));
	assert_string_equal(links.id, "5");
	finish_links(one_link, true);
	assert_int_equal(fake_reply()->status, 200);
}

/* Lists without an entry ask for nothing. */
static void test_empty_lists(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":{\"companies\":[]}}");
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_reply()->status, 201);
	assert_null(json_object_get(fake_reply()->body, "associations"));
	fake_send(http, "PATCH", "/contacts/5", "{\"associations\":{}}");
	assert_refused(422, "validation_failed");
	assert_int_equal(links.starts, 0);
}

/* To an object that offers no links the word means nothing special: it may be a property. */
static void test_where_the_word_means_nothing(void **state) {
	static struct hsc_object declared;
	(void)state;
	declared = plain_contact;
	declared.offers = HSC_OBJECT_UPSERT;
	assert_non_null(open_with(&declared, NULL));
	fake_send(http, "POST", "/contacts", body);
	assert_refused(422, "validation_failed");
	assert_error("/associations", "additionalProperties");
	declared.path = "/people";
	assert_non_null(
		open_with(&declared, "{\"properties\":{\"associations\":{\"type\":\"string\"}}}"));
	fake_send(http, "POST", "/people", "{\"email\":\"a@b.c\",\"associations\":\"many\"}");
	assert_json(asked(0)->body, "{\"email\":\"a@b.c\",\"associations\":\"many\"}");
	assert_true(fake_finish(0, &created));
	assert_int_equal(fake_reply()->status, 201);
	assert_int_equal(links.starts, 0);
}

static void test_in_a_batch(void **state) {
	(void)state;
	open_contacts(NULL);
	fake_send(http, "POST", "/contacts/batch",
		"{\"inputs\":[{\"email\":\"a@b.c\",\"associations\":{\"companies\":[{\"id\":\"9\"}]"
		"}},"
		"{\"email\":\"b@b.c\"}]}");
	assert_true(fake_finish(1, &(struct hubspot_result){.id = "2"}));
	assert_true(fake_finish(0, &created));
	assert_true(links.is_bulk);
	finish_links(one_failure, false);
	assert_int_equal(fake_reply()->status, 207);
	assert_string_equal(reply_text("status"), "partial");
	assert_json(json_object_get(fake_reply()->body, "counts"),
		"{\"created\":1,\"updated\":1,\"failed\":0}");
	const json_t *result = json_array_get(json_object_get(fake_reply()->body, "results"), 0);
	assert_json(json_object_get(result, "associations"), one_failure);
	assert_string_equal(json_string_value(json_object_get(result, "action")), "created");
}

static int forget(void **state) {
	json_decref(links.associations);
	memset(&links, 0, sizeof(links));
	return tear_down(state);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, forget)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_linked_after_the_write),
		TEST(test_link_that_failed),
		TEST(test_all_that_is_wrong_at_once),
		TEST(test_write_that_failed),
		TEST(test_links_that_cannot_begin),
		TEST(test_client_leaves),
		TEST(test_patch_of_nothing_but_links),
		TEST(test_empty_lists),
		TEST(test_where_the_word_means_nothing),
		TEST(test_in_a_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
