/* What a caller must hold, on which route and for what in it: asked before anything is looked up.
 */
#include "object/links_kit.h"

static const struct http_caller shop = {
	.name = "shop", .priority = HTTP_NORMAL, .batch_priority = HTTP_BULK, .weight = 3};

static const char *const all[] = {"contacts:read", "contacts:write", "companies:read",
	"companies:write", "tickets:read", "tickets:write", NULL};

enum { SCOPES = sizeof(all) / sizeof(all[0]) - 1 };

struct wish {
	const char *method, *target, *body;
	const char *prefer;
	const char *needs; /* of `all`, separated by spaces */
};

/* Each of these is served to one who holds what it needs and nothing else, and refused to one who
 * lacks any of it. */
static const struct wish wishes[] = {
	{"POST", "/contacts", "{\"email\":\"a@b.c\"}", NULL, "contacts:write"},
	{"POST", "/contacts?mode=create", "{\"email\":\"a@b.c\"}", NULL, "contacts:write"},
	{"PATCH", "/contacts/7", "{\"firstname\":\"A\"}", NULL, "contacts:write"},
	{"PATCH", "/contacts/a%40b.c?id_property=email", "{\"firstname\":\"A\"}", NULL,
		"contacts:write"},
	{"DELETE", "/contacts/7", NULL, NULL, "contacts:write"},
	{"POST", "/contacts/batch", "{\"inputs\":[{\"email\":\"a@b.c\"}]}", NULL, "contacts:write"},
	{"GET", "/contacts/7", NULL, NULL, "contacts:read"},
	{"GET", "/contacts/a%40b.c?id_property=email", NULL, NULL, "contacts:read"},
	{"GET", "/contacts", NULL, NULL, "contacts:read"},
	{"GET", "/contacts?email=a%40b.c", NULL, NULL, "contacts:read"},
	{"GET", "/contacts?firstname=A", NULL, NULL, "contacts:read"},
	{"POST", "/contacts/search", "{}", NULL, "contacts:read"},
	{"GET", "/contacts/7/companies", NULL, NULL, "contacts:read companies:read"},
	{"PUT", "/contacts/7/companies/8", NULL, NULL, "contacts:write companies:write"},
	{"PUT", "/contacts/7/companies/b.c?other_id_property=domain", NULL, NULL,
		"contacts:write companies:write"},
	{"DELETE", "/contacts/7/companies/8", NULL, NULL, "contacts:write companies:write"},
	{"PUT", "/contacts/7/contacts/8", NULL, NULL, "contacts:write"},
	{"POST", "/contacts", "{\"email\":\"a@b.c\"}", "return=representation",
		"contacts:write contacts:read"},
	{"PATCH", "/contacts/7", "{\"firstname\":\"A\"}", "return=representation",
		"contacts:write contacts:read"},
	{"POST", "/contacts/batch", "{\"inputs\":[{\"email\":\"a@b.c\"}]}", "return=representation",
		"contacts:write contacts:read"},
	{"POST", "/contacts", "{\"email\":\"a@b.c\"}", "return=minimal", "contacts:write"},
	{"POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":{\"companies\":[{\"id\":\"8\"}]}}", NULL,
		"contacts:write companies:write"},
	{"POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":{\"tickets\":[{\"id\":\"9\"}],"
		"\"companies\":[{\"domain\":\"b.c\",\"create\":true}]}}",
		NULL, "contacts:write companies:write tickets:write"},
	{"POST", "/contacts", "{\"email\":\"a@b.c\",\"associations\":{\"companies\":[]}}", NULL,
		"contacts:write companies:write"},
	{"PATCH", "/contacts/7", "{\"associations\":{\"companies\":[{\"id\":\"8\"}]}}", NULL,
		"contacts:write companies:write"},
	{"POST", "/contacts/batch",
		"{\"inputs\":[{\"email\":\"a@b.c\"},{\"email\":\"b@b.c\"},"
		"{\"email\":\"c@b.c\",\"associations\":{\"companies\":[{\"id\":\"8\"}]}}]}",
		NULL, "contacts:write companies:write"},
	{"POST", "/tickets", "{\"subject\":\"A\",\"associations\":{\"contacts\":[{\"id\":\"7\"}]}}",
		NULL, "tickets:write contacts:write"},
};

enum { WISHES = sizeof(wishes) / sizeof(wishes[0]) };

static bool is_word_of(const char *word, const char *words) {
	size_t length = strlen(word);
	for (const char *at = strstr(words, word); at != NULL; at = strstr(at + 1, word)) {
		if ((at == words || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0')) {
			return true;
		}
	}
	return false;
}

/* Those of `all` that are needed, but for one; or, with `others`, those that are not needed and
 * that one not. Ends in NULL. */
static void pick(const char *needs, const char *but, bool others, const char *picked[SCOPES + 1]) {
	size_t count = 0;
	for (size_t i = 0; i < SCOPES; i++) {
		bool is_needed = is_word_of(all[i], needs);
		if ((is_needed || others) && (but == NULL || strcmp(all[i], but) != 0)) {
			picked[count++] = all[i];
		}
	}
	picked[count] = NULL;
}

static int send_wish(const struct wish *wish) {
	if (wish->prefer != NULL) {
		fake_set_header(http, "Prefer", wish->prefer);
	}
	return fake_send(http, wish->method, wish->target, wish->body);
}

static void test_what_is_needed_is_enough(void **state) {
	const char *held[SCOPES + 1];
	(void)state;
	for (size_t i = 0; i < WISHES; i++) {
		size_t before = fake_operation_count();
		pick(wishes[i].needs, NULL, false, held);
		fake_set_caller(http, &shop, held);
		if (send_wish(&wishes[i]) != HTTP_LATER || fake_operation_count() == before) {
			fail_msg("%s %s: %d", wishes[i].method, wishes[i].target,
				fake_reply()->status);
		}
		fake_leave();
		for (size_t j = before; j < fake_operation_count(); j++) {
			(void)fake_finish(j,
				&(struct hubspot_result){.failure = HUBSPOT_CANCELLED,
					.outcome = HUBSPOT_NOT_APPLIED});
		}
		assert_null(fake_request());
	}
}

/* All the scopes that there are but one, and nothing has been asked of HubSpot. */
static void test_what_is_needed_is_missed(void **state) {
	const char *held[SCOPES + 1];
	(void)state;
	for (size_t i = 0; i < WISHES; i++) {
		for (size_t j = 0; j < SCOPES; j++) {
			if (!is_word_of(all[j], wishes[i].needs)) {
				continue;
			}
			pick(wishes[i].needs, all[j], true, held);
			fake_set_caller(http, &shop, held);
			assert_int_equal(send_wish(&wishes[i]), HTTP_REPLIED);
			assert_null(fake_request());
			if (fake_reply()->status != 403 ||
				strstr(reply_text("message"), all[j]) == NULL) {
				fail_msg("%s %s without %s: %d, %s", wishes[i].method,
					wishes[i].target, all[j], fake_reply()->status,
					reply_text("message"));
			}
		}
	}
	assert_int_equal(fake_operation_count(), 0);
}

/* Without keys nobody is asked for anything. */
static void test_without_keys(void **state) {
	(void)state;
	for (size_t i = 0; i < WISHES; i++) {
		assert_int_equal(send_wish(&wishes[i]), HTTP_LATER);
		fake_leave();
		for (size_t j = 0; j < fake_operation_count(); j++) {
			(void)fake_finish(j,
				&(struct hubspot_result){.failure = HUBSPOT_CANCELLED,
					.outcome = HUBSPOT_NOT_APPLIED});
		}
	}
}

/* What is wrong with a record is told as before: a scope is asked for objects that there are. */
static void test_names_of_no_object(void **state) {
	static const char *const held[] = {"contacts:write", NULL};
	(void)state;
	fake_set_caller(http, &shop, held);
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":{\"planets\":[{\"id\":\"8\"}]}}");
	assert_refused(422, "validation_failed");
	fake_send(http, "POST", "/contacts",
		"{\"email\":\"a@b.c\",\"associations\":[\"companies\"]}");
	assert_refused(422, "validation_failed");
	fake_send(http, "PUT", "/contacts/7/planets/8", NULL);
	assert_refused(404, "not_found");
	assert_int_equal(fake_send(http, "POST", "/contacts/batch",
				 "{\"inputs\":[\"companies\",{\"email\":\"a@b.c\","
				 "\"associations\":{\"planets\":[]}}]}"),
		HTTP_REPLIED);
	assert_int_equal(fake_reply()->status, 207);
	assert_int_equal(fake_operation_count(), 0);
}

/* ---- "associations.company" in a search tells what is linked ---- */

static int search_linked(const char *name) {
	char *body = str_format("{\"filter_groups\":[{\"filters\":[{\"property\":\"email\","
				"\"operator\":\"HAS_PROPERTY\"},{\"property\":\"%s\","
				"\"operator\":\"EQ\",\"value\":\"8\"}]}]}",
		name);
	int handled = fake_send(http, "POST", "/contacts/search", body);
	free(body);
	return handled;
}

static void end_search(void) {
	assert_true(fake_finish(fake_operation_count() - 1,
		&(struct hubspot_result){.failure = HUBSPOT_BUSY, .outcome = HUBSPOT_NOT_APPLIED}));
}

static void test_searches_by_links(void **state) {
	static const char *const held[] = {"contacts:read", "companies:write", NULL};
	static const char *const more[] = {"contacts:read", "companies:read", NULL};
	static const char *const names[] = {
		"associations.company", "associations.companies", "ASSOCIATIONS.Company"};
	(void)state;
	object_close_all();
	http_destroy(http);
	http = fake_http_make();
	open_contacts("{\"unknown\":\"pass\"}");
	assert_non_null(open_with(&company, NULL));
	for (size_t i = 0; i < 3; i++) {
		fake_set_caller(http, &shop, held);
		assert_int_equal(search_linked(names[i]), HTTP_REPLIED);
		assert_int_equal(fake_reply()->status, 403);
		assert_non_null(strstr(reply_text("message"), "companies:read"));
		fake_set_caller(http, &shop, more);
		assert_int_equal(search_linked(names[i]), HTTP_LATER);
		end_search();
	}
	assert_int_equal(search_linked("associations.planet"), HTTP_REPLIED);
	assert_int_equal(fake_reply()->status, 403);
	assert_non_null(strstr(reply_text("message"), "associations:read"));
	fake_send(http, "POST", "/contacts/search", "{\"sort\":\"-associations.planet\"}");
	assert_int_equal(fake_reply()->status, 403);
	assert_int_equal(fake_operation_count(), 3);
	fake_set_caller(http, NULL, NULL);
	assert_int_equal(search_linked("associations.planet"), HTTP_LATER);
	end_search();
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_needed_is_enough),
		TEST(test_what_is_needed_is_missed),
		TEST(test_without_keys),
		TEST(test_names_of_no_object),
		TEST(test_searches_by_links),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
