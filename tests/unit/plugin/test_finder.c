/* Two plugins that know each other: finder.so uses the table that the sandbox lends. */
#include "border.h"

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

/* As seen from the fixtures' folder. */
#define SANDBOX "../../plugins/sandbox"

static struct border *open_border(void **state, const char *one, const char *two) {
	struct border *border = *state;
	const char *const names[] = {one, two, NULL};
	if (!border_load(border, names)) {
		fail_msg("%s", border->error);
	}
	assert_true(plugins_start(border->plugins, border->error, sizeof(border->error)));
	return border;
}

static int count(struct border *border, const char *target) {
	fake_send(border->http, "GET", target, NULL);
	assert_int_equal(fake_reply()->status, 200);
	return replied_code();
}

static void create_contact(struct border *border) {
	fake_set_header(border->http, "Authorization", "Bearer pat-na1-sandbox");
	fake_send(border->http, "POST", "/sandbox/crm/v3/objects/contacts",
		"{\"properties\":{\"email\":\"a@b.co\"}}");
	assert_int_equal(fake_reply()->status, 201);
}

static void it_sees_and_empties_the_sandbox(void **state) {
	struct border *border = open_border(state, SANDBOX, "finder");
	create_contact(border);
	assert_int_equal(count(border, "/finder/count"), 1);
	assert_int_equal(count(border, "/finder/count?type=contacts"), 1);
	assert_int_equal(count(border, "/finder/count?type=deals"), 0);
	fake_send(border->http, "POST", "/finder/reset", NULL);
	assert_int_equal(count(border, "/finder/count"), 0);
	assert_int_equal(misuses("sandbox", "bad_argument"), 0);
}

static void the_order_of_loading_does_not_matter(void **state) {
	struct border *border = open_border(state, "finder", SANDBOX);
	create_contact(border);
	assert_int_equal(count(border, "/finder/count"), 1);
}

static void without_the_sandbox_there_is_none(void **state) {
	const struct border *border = open_border(state, "finder", NULL);
	fake_send(border->http, "GET", "/finder/count", NULL);
	assert_int_equal(fake_reply()->status, 404);
	fake_send(border->http, "POST", "/finder/reset", NULL);
	assert_int_equal(fake_reply()->status, 204);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(it_sees_and_empties_the_sandbox),
		TEST(the_order_of_loading_does_not_matter),
		TEST(without_the_sandbox_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
