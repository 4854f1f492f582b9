#include "client_kit.h"

#include <assert.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

static void no_log(const char *line, void *ctx) {
	(void)line;
	(void)ctx;
}

static char body[1 << 20];

/* What the caller hears of a reply that the model spoils on its way. */
static void spoil(struct fake_reply *told, enum model_fate fate, const struct call *call) {
	if (fate == MODEL_WHOLE) {
		return;
	}
	told->end = CALL_UNKNOWN;
	told->status = 0;
	if (fate == MODEL_HANG) {
		told->is_timeout = true;
		told->after_ms = call->timeout_ms;
	}
}

static int64_t header(const struct model_reply *reply, const char *name) {
	for (size_t i = 0; i < reply->header_count; i++) {
		if (strcasecmp(reply->headers[i].name, name) == 0) {
			return strtoll(reply->headers[i].value, NULL, 10);
		}
	}
	return -1;
}

static struct call_headers rate_of(const struct model_reply *reply) {
	if (header(reply, "X-HubSpot-RateLimit-Max") < 0) {
		return (struct call_headers){0};
	}
	return (struct call_headers){.rate_max = header(reply, "X-HubSpot-RateLimit-Max"),
		.rate_remaining = header(reply, "X-HubSpot-RateLimit-Remaining"),
		.rate_interval_ms = header(reply, "X-HubSpot-RateLimit-Interval-Milliseconds"),
		.daily_max = header(reply, "X-HubSpot-RateLimit-Daily"),
		.daily_remaining = header(reply, "X-HubSpot-RateLimit-Daily-Remaining")};
}

struct fake_reply kit_ask_model(struct kit *kit, const struct call *call) {
	struct model_reply reply;
	char path[8192];
	snprintf(path, sizeof(path), "%s", call->path);
	char *query = strchr(path, '?');
	if (query != NULL) {
		*query++ = '\0';
	}
	model_handle(kit->model,
		&(struct model_request){.method = call->method,
			.path = path,
			.query = query,
			.authorization = "Bearer pat-test",
			.body = call->body,
			.length = call->body_length},
		clock_now_ms(), &reply);
	snprintf(body, sizeof(body), "%s", reply.bytes != NULL ? reply.bytes : "");
	struct fake_reply told = {.end = CALL_ANSWERED,
		.status = reply.status,
		.body = body,
		.after_ms = kit->latency_ms,
		.rate = rate_of(&reply)};
	spoil(&told, reply.fate, call);
	model_reply_finish(&reply);
	return told;
}

static struct fake_reply answer(const struct call *call, unsigned number, void *ctx) {
	struct kit *kit = ctx;
	size_t length = strlen(kit->paths);
	snprintf(kit->paths + length, sizeof(kit->paths) - length, "%s %s\n", call->method,
		call->path);
	if (number != kit->odd_call) {
		return kit_ask_model(kit, call);
	}
	if (kit->is_applied) {
		kit_ask_model(kit, call);
	}
	return kit->odd;
}

void kit_start(struct kit *kit, const struct hubspot_settings *settings) {
	static const struct hubspot_settings DEFAULTS = {.base_url = "http://127.0.0.1:1",
		.api_version = "2026-09",
		.token = "pat-test",
		.is_unlimited = true,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 10000};
	char error[256];
	*kit = (struct kit){.object = "contacts", .latency_ms = 50};
	log_redirect(no_log, NULL);
	log_setup(LOG_ERROR, LOG_TEXT); /* formatting what nobody reads takes time */
	kit->loop = loop_create();
	struct model_settings model = model_defaults;
	model.limit = 0;
	model.wall_offset_ms = 1700000000000;
	kit->model = model_create(&model);
	kit->client = hubspot_create(
		kit->loop, settings != NULL ? settings : &DEFAULTS, error, sizeof(error));
	assert(kit->client != NULL);
	fake_transport_answer(answer, kit);
}

void kit_stop(struct kit *kit) {
	hubspot_destroy(kit->client);
	model_destroy(kit->model);
	loop_destroy(kit->loop);
}

static void copy(char *to, size_t size, const char *from) {
	snprintf(to, size, "%s", from != NULL ? from : "");
}

static void copy_ids(char *to, size_t size, const json_t *ids) {
	size_t index;
	json_t *id;
	to[0] = '\0';
	json_array_foreach (ids, index, id) {
		size_t length = strlen(to);
		snprintf(to + length, size - length, "%s%s", index > 0 ? " " : "",
			json_string_value(id));
	}
}

static void done(const struct hubspot_result *result, void *ctx) {
	struct told *told = ctx;
	json_t *properties = json_object_get(result->record, "properties");
	told->count++;
	told->failure = result->failure;
	told->outcome = result->outcome;
	told->status = result->status;
	told->attempts = result->attempts;
	told->is_created = result->is_created;
	told->is_retryable = result->is_retryable;
	told->retry_after_ms = result->retry_after_ms;
	told->at_ms = clock_now_ms();
	copy_ids(told->existing_ids, sizeof(told->existing_ids), result->existing_ids);
	copy(told->name, sizeof(told->name),
		json_string_value(json_object_get(properties, "name")));
	copy(told->id, sizeof(told->id), result->id);
	copy(told->existing_id, sizeof(told->existing_id), result->existing_id);
	copy(told->message, sizeof(told->message), result->message);
	copy(told->bad_property, sizeof(told->bad_property),
		json_string_value(json_object_get(json_array_get(result->errors, 0), "property")));
	copy(told->firstname, sizeof(told->firstname),
		json_string_value(json_object_get(properties, "firstname")));
	copy(told->email, sizeof(told->email),
		json_string_value(json_object_get(properties, "email")));
}

struct hubspot_handle *kit_submit(struct kit *kit, enum hubspot_kind kind, const char *id,
	const char *id_property, json_t *wanted, struct told *told) {
	struct hubspot_handle *handle = NULL;
	*told = (struct told){0};
	bool is_taken = hubspot_submit(kit->client,
		&(struct hubspot_operation){.kind = kind,
			.priority = kit->priority,
			.caller = kit->caller,
			.object = kit->object,
			.id = id,
			.id_property = id_property,
			.body = wanted},
		done, told, &handle);
	assert(is_taken && told->count == 0); /* never inside submit */
	json_decref(wanted);
	return handle;
}

struct hubspot_handle *kit_upsert(
	struct kit *kit, const char *email, const char *firstname, struct told *told) {
	return kit_submit(kit, HUBSPOT_UPSERT, email, "email",
		json_pack("{ssss}", "email", email, "firstname", firstname), told);
}

void kit_settle(struct kit *kit) {
	fake_loop_run_dry(kit->loop, 200000);
}

json_t *kit_ask(struct kit *kit, const char *method, const char *path, json_t *wanted) {
	struct model_reply reply;
	char *text = wanted != NULL ? json_dumps(wanted, 0) : NULL;
	model_handle(kit->model,
		&(struct model_request){.method = method,
			.path = path,
			.authorization = "Bearer pat-other",
			.body = text,
			.length = text != NULL ? strlen(text) : 0},
		clock_now_ms(), &reply);
	json_t *json = json_incref(reply.json);
	model_reply_finish(&reply);
	free(text);
	json_decref(wanted);
	return json;
}

void kit_control(struct kit *kit, json_t *members) {
	const char *wrong = model_control(kit->model, members);
	if (wrong != NULL) {
		fprintf(stderr, "control: %s\n", wrong);
		abort();
	}
	json_decref(members);
}

unsigned kit_calls_to(const struct kit *kit, const char *fragment) {
	unsigned count = 0;
	for (const char *at = kit->paths; (at = strstr(at, fragment)) != NULL; at++) {
		count++;
	}
	return count;
}

const char *kit_stored(struct kit *kit, const char *id, const char *name) {
	static char value[256];
	char path[128];
	snprintf(path, sizeof(path), "/crm/v3/objects/contacts/%s", id);
	json_t *record = kit_ask(kit, "GET", path, NULL);
	struct model_reply reply;
	snprintf(value, sizeof(value), "properties=%s", name);
	model_handle(kit->model,
		&(struct model_request){.method = "GET",
			.path = path,
			.query = value,
			.authorization = "Bearer pat-other"},
		clock_now_ms(), &reply);
	const char *text =
		json_string_value(json_object_get(json_object_get(reply.json, "properties"), name));
	copy(value, sizeof(value), text);
	model_reply_finish(&reply);
	json_decref(record);
	return value;
}
