/* Operations that are told together. */
#include "things.h"

#include <string.h>

#define TEST(name) cmocka_unit_test_setup_teardown(name, border_set_up, border_tear_down)

enum { SEVERAL = 3 };

static unsigned all_count;
static int relayed[SEVERAL];
static char ids[SEVERAL][16];
static int errors[SEVERAL];
static struct hsc_request *relay_to;

static void all_done(const struct hsc_result *const *results, size_t count, void *ctx) {
	assert_ptr_equal(ctx, &all_count);
	all_count++;
	assert_int_equal(count, SEVERAL);
	for (size_t i = 0; i < count; i++) {
		snprintf(
			ids[i], sizeof(ids[i]), "%s", results[i]->id != NULL ? results[i]->id : "");
		errors[i] = results[i]->error;
	}
	if (relay_to != NULL) {
		relayed[0] =
			things.probe.host->hubspot->relay(things.probe.host, relay_to, results[1]);
	}
}

static int submit_all(const struct hsc_operation *operations, size_t count) {
	const struct hsc_operation *pointers[SEVERAL];
	for (size_t i = 0; i < count && i < SEVERAL; i++) {
		pointers[i] = &operations[i];
	}
	return things.probe.host->hubspot->submit_all(
		things.probe.host, pointers, count, all_done, &all_count);
}

static const struct hsc_operation READS[SEVERAL] = {
	HSC_OPERATION(.kind = HSC_READ, .object = "things", .id = "1"),
	HSC_OPERATION(.kind = HSC_READ, .object = "things", .id = "2"),
	HSC_OPERATION(.kind = HSC_READ, .object = "boxes", .id = "3"),
};

static struct border *open_several(void **state) {
	all_count = 0;
	relay_to = NULL;
	return things_open(state);
}

static void finish_read(size_t number, const char *id) {
	char text[16];
	snprintf(text, sizeof(text), "%s", id);
	json_t *record = json_pack("{s:s,s:{}}", "id", text, "properties");
	assert_true(fake_finish(number,
		&(struct hubspot_result){.failure = HUBSPOT_OK, .id = text, .record = record}));
	memset(text, 'x', sizeof(text) - 1); /* what a result borrows ends with its callback */
	json_decref(record);
}

static void several_are_told_together_and_in_order(void **state) {
	struct border *border = open_several(state);
	fake_send(border->http, "POST", "/take", NULL);
	relay_to = things.token;
	assert_int_equal(submit_all(READS, SEVERAL), 0);
	finish_read(2, "3");
	finish_read(1, "2");
	assert_int_equal(all_count, 0);
	fake_finish(0, &(struct hubspot_result){.failure = HUBSPOT_NOT_FOUND, .status = 404});
	assert_int_equal(all_count, 1);
	assert_int_equal(errors[0], HSC_EHUBSPOT);
	assert_int_equal(errors[1], 0);
	assert_string_equal(ids[1], "2");
	assert_string_equal(ids[2], "3");
	assert_int_equal(relayed[0], 0);
	assert_int_equal(fake_reply()->status, 200);
	assert_string_equal(json_string_value(json_object_get(fake_reply()->body, "id")), "2");
}

static void several_or_none(void **state) {
	open_several(state);
	struct hsc_operation bad[SEVERAL];
	memcpy(bad, READS, sizeof(bad));
	bad[2].id = NULL;
	assert_int_equal(submit_all(bad, SEVERAL), HSC_EINVAL);
	assert_int_equal(fake_operation_count(), 2);
	assert_int_equal(fake_run_cancelled(), 2);
	assert_int_equal(all_count, 0);
	assert_int_equal(submit_all(READS, 0), HSC_EINVAL);
	assert_int_equal(submit_all(READS, 1001), HSC_EINVAL);
	assert_int_equal(
		things.probe.host->hubspot->submit_all(things.probe.host, NULL, 1, all_done, NULL),
		HSC_EINVAL);
	fake_hubspot_refuse(true);
	assert_int_equal(submit_all(READS, SEVERAL), HSC_ENOMEM);
	fake_hubspot_refuse(false);
	assert_int_equal(all_count, 0);
}

static void several_that_end_while_they_are_taken_back(void **state) {
	struct border *border = open_several(state);
	struct hsc_operation bad[SEVERAL];
	memcpy(bad, READS, sizeof(bad));
	bad[2].object = "";
	assert_int_equal(submit_all(bad, SEVERAL), HSC_EINVAL);
	plugins_stop(border->plugins); /* before the client has ended them */
	border->plugins = NULL;
	assert_int_equal(all_count, 0);
	assert_int_equal(fake_run_cancelled(), 2);
}

static void those_of_a_request_are_cancelled_with_it(void **state) {
	struct border *border = open_several(state);
	struct hsc_operation some[SEVERAL];
	memcpy(some, READS, sizeof(some));
	fake_send(border->http, "POST", "/take", NULL);
	for (size_t i = 0; i < SEVERAL; i++) {
		some[i].request = things.token;
	}
	some[1].flags = HSC_FINISH;
	assert_int_equal(submit_all(some, SEVERAL), 0);
	fake_leave();
	assert_int_equal(fake_run_cancelled(), 2);
	assert_int_equal(all_count, 0);
	finish_read(1, "2");
	assert_int_equal(all_count, 1);
	assert_int_equal(errors[0], HSC_EGONE);
	assert_int_equal(errors[1], 0);
	assert_int_equal(errors[2], HSC_EGONE);
	things.probe.host->http->reply(things.probe.host, things.token, 204, NULL);
}

static void stopping_tells_several_once(void **state) {
	struct border *border = open_several(state);
	assert_int_equal(submit_all(READS, SEVERAL), 0);
	finish_read(1, "2");
	plugins_stop(border->plugins);
	border->plugins = NULL;
	assert_int_equal(all_count, 1);
	assert_int_equal(errors[0], HSC_EGONE);
	assert_int_equal(errors[1], 0);
	assert_int_equal(fake_run_cancelled(), 2);
	assert_int_equal(all_count, 1);
}

static void several_may_have_links(void **state) {
	open_several(state);
	json_t *body = json_object();
	json_t *associations = json_pack("{s:[s]}", "boxes", "12");
	const struct hsc_operation create = HSC_OPERATION(.kind = HSC_CREATE, .object = "things",
		.body = body, .associations = associations);
	const struct hsc_operation some[SEVERAL] = {READS[0], create, READS[2]};
	assert_int_equal(submit_all(some, SEVERAL), 0);
	json_decref(body);
	json_decref(associations);
	finish_read(0, "1");
	finish_read(2, "3");
	finish_read(1, "9");
	assert_int_equal(all_count, 0);
	assert_string_equal(asked(3)->to_id, "12");
	fake_finish(3, &(struct hubspot_result){.failure = HUBSPOT_OK});
	assert_int_equal(all_count, 1);
	assert_string_equal(ids[1], "9");
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(several_are_told_together_and_in_order),
		TEST(several_or_none),
		TEST(several_that_end_while_they_are_taken_back),
		TEST(those_of_a_request_are_cancelled_with_it),
		TEST(stopping_tells_several_once),
		TEST(several_may_have_links),
	};
	return cmocka_run_group_tests(tests, NULL, things_forget);
}
