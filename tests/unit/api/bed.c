#include "bed.h"

#include "base/clock.h"
#include "base/log.h"

struct bed bed;
static char the_hubspot;

static struct asked *asked_of(struct hubspot_handle *handle) {
	return (struct asked *)(void *)handle;
}

bool hubspot_submit(struct hubspot *hubspot, const struct hubspot_operation *operation,
	hubspot_done_fn *done, void *ctx, struct hubspot_handle **handle) {
	assert_ptr_equal(hubspot, bed.hubspot);
	assert_int_equal(operation->kind, HUBSPOT_RAW);
	if (bed.is_refusing) {
		return false;
	}
	assert_true(bed.count < ASKED_MAX);
	struct asked *asked = &bed.asked[bed.count++];
	*asked = (struct asked){.flags = operation->flags, .done = done, .ctx = ctx};
	snprintf(asked->object, sizeof(asked->object), "%s", operation->object);
	snprintf(asked->token_key, sizeof(asked->token_key), "%s",
		json_is_object(operation->body)
			? json_string_value(json_object_get(operation->body, "tokenKey"))
			: "");
	if (handle != NULL) {
		*handle = (struct hubspot_handle *)(void *)asked;
	}
	return true;
}

void hubspot_cancel(struct hubspot *hubspot, struct hubspot_handle *handle) {
	assert_ptr_equal(hubspot, bed.hubspot);
	assert_false(asked_of(handle)->is_ended);
	assert_false(asked_of(handle)->is_cancelled);
	asked_of(handle)->is_cancelled = true;
}

void hubspot_hold(struct hubspot *hubspot, bool is_held) {
	assert_ptr_equal(hubspot, bed.hubspot);
	bed.is_held = is_held;
}

void hubspot_state(const struct hubspot *hubspot, struct hubspot_state *state) {
	assert_ptr_equal(hubspot, bed.hubspot);
	*state = bed.state;
}

void finish(size_t number, enum hubspot_failure failure, const char *record) {
	assert_true(number < bed.count);
	assert_false(bed.asked[number].is_ended);
	json_auto_t *body = record != NULL ? json_loads(record, 0, NULL) : NULL;
	const struct hubspot_result result = {.failure = failure,
		.record = body,
		.status = failure == HUBSPOT_OK ? 200 : 0,
		.message = failure == HUBSPOT_OK ? NULL : "HubSpot's own words"};
	bed.asked[number].is_ended = true;
	bed.asked[number].done(&result, bed.asked[number].ctx);
}

static void keep(const char *line, void *ctx) {
	(void)ctx;
	size_t length = strlen(bed.log);
	snprintf(bed.log + length, sizeof(bed.log) - length, "%s\n", line);
}

unsigned logged(const char *text) {
	unsigned count = 0;
	for (const char *at = strstr(bed.log, text); at != NULL; at = strstr(at + 1, text)) {
		count++;
	}
	return count;
}

static void count_foreign(void *ctx) {
	assert_ptr_equal(ctx, &bed);
	bed.foreign++;
}

static void open_bed(const char *account_id, bool has_hubspot) {
	char error[256];
	memset(&bed, 0, sizeof(bed));
	clock_set_ms(1000);
	log_setup(LOG_INFO, LOG_TEXT);
	log_redirect(keep, NULL);
	bed.loop = loop_create();
	bed.http = fake_http_make();
	bed.hubspot = has_hubspot ? (struct hubspot *)(void *)&the_hubspot : NULL;
	bed.state.is_up = true;
	bed.api = api_create(bed.loop, bed.hubspot,
		&(struct api_settings){.account_id = account_id,
			.token_name = "THE_TOKEN",
			.version = "1.2.3",
			.on_wrong_account = count_foreign,
			.ctx = &bed});
	assert_true(api_add_routes(bed.api, bed.http, error, sizeof(error)));
}

/* As the real client does when it ends: what is left is told so. */
static void close_bed(void) {
	api_drain(bed.api);
	for (size_t i = 0; i < bed.count; i++) {
		if (!bed.asked[i].is_ended) {
			finish(i, HUBSPOT_CANCELLED, NULL);
		}
	}
	http_destroy(bed.http);
	api_destroy(bed.api);
	loop_destroy(bed.loop);
	log_redirect(NULL, NULL);
}

int bed_open(void **state) {
	(void)state;
	open_bed(NULL, true);
	return 0;
}

int bed_close(void **state) {
	(void)state;
	close_bed();
	return 0;
}

void bed_reopen(const char *account_id, bool has_hubspot) {
	close_bed();
	open_bed(account_id, has_hubspot);
}

int get(const char *path) {
	assert_int_equal(fake_send(bed.http, "GET", path, NULL), HTTP_REPLIED);
	return fake_reply()->status;
}
