/*
 * A plugin of the 1.0 header that uses all that is in it, in the common part of C11 and C++20. It
 * is built with each frozen header by each compiler at hand, and loaded by the host as it is today:
 * POST /NAME/try/{rest...} tries everything and tells what did not go as the header says.
 */
#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define PATH "/" PLUGIN_NAME
#define TABLE PLUGIN_NAME ".table/1"

enum { SEVERAL = 4 };

struct table {
	uint32_t size;
	uint32_t number;
};

struct plugin {
	const struct hsc_host *host;
	struct hsc_metric *counter, *gauge, *histogram;
	int has_table; /* found in start() */
};

static const struct table table = {sizeof(struct table), 7};

/* ---- one request that tries everything ---- */

struct trial {
	struct plugin *plugin;
	const struct hsc_host *host;
	struct hsc_request *request;
	json_t *faults;
	char company[64], contact[64];
	json_t *associations;
};

static void expect(struct trial *trial, int is_right, const char *what) {
	if (!is_right) {
		json_array_append_new(trial->faults, json_string(what));
	}
}

static void finish(struct trial *trial) {
	json_t *body = json_pack("{s:O}", "faults", trial->faults);
	trial->host->http->reply_header(trial->host, trial->request, "X-Tried", "yes");
	trial->host->http->reply(trial->host, trial->request, 200, body);
	json_decref(body);
	json_decref(trial->faults);
	json_decref(trial->associations);
	free(trial);
}

static void posted(void *ctx) {
	finish((struct trial *)ctx);
}

static void never(void *ctx) {
	struct trial *trial = (struct trial *)ctx;
	expect(trial, 0, "a timer that was stopped has fired");
}

static void fired(void *ctx) {
	struct trial *trial = (struct trial *)ctx;
	if (trial->host->loop->post(trial->host, posted, trial) != 0) {
		expect(trial, 0, "post");
		finish(trial);
	}
}

static void use_loop(struct trial *trial) {
	const struct hsc_loop *loop = trial->host->loop;
	struct hsc_timer *stopped = loop->after(trial->host, 1, never, trial);
	expect(trial, stopped != NULL, "after");
	loop->stop(trial->host, stopped);
	expect(trial, loop->now_ms(trial->host) > 0, "now_ms");
	if (loop->after(trial->host, 5, fired, trial) == NULL) {
		expect(trial, 0, "after");
		finish(trial);
	}
}

static void cancelled(const struct hsc_result *result, void *ctx) {
	struct trial *trial = (struct trial *)ctx;
	expect(trial, result->error == HSC_EGONE, "cancel");
	expect(trial, result->reply_status >= 500, "reply_status of what was cancelled");
	expect(trial, json_is_object(result->problem), "problem");
	use_loop(trial);
}

static void cancel_one(struct trial *trial) {
	const struct hsc_operation raw = HSC_OPERATION(.kind = HSC_RAW,
		.flags = HSC_REPEATABLE | HSC_FINISH | HSC_BULK,
		.object = "GET /crm/v3/objects/contacts?limit=1", .request = trial->request);
	struct hsc_operation_handle *handle = NULL;
	if (trial->host->hubspot->submit(trial->host, &raw, cancelled, trial, &handle) != 0) {
		expect(trial, 0, "submit a raw one");
		finish(trial);
		return;
	}
	trial->host->hubspot->cancel(trial->host, handle);
}

static void unlinked(const struct hsc_result *result, void *ctx) {
	struct trial *trial = (struct trial *)ctx;
	expect(trial, result->error == 0 && result->reply_status == 204, "HSC_DISSOCIATE");
	cancel_one(trial);
}

static void unlink_them(struct trial *trial) {
	const struct hsc_operation link = HSC_OPERATION(.kind = HSC_DISSOCIATE,
		.object = "contacts", .id = trial->contact, .to_object = "companies",
		.to_id = trial->company, .request = trial->request);
	if (trial->host->hubspot->submit(trial->host, &link, unlinked, trial, NULL) != 0) {
		expect(trial, 0, "submit HSC_DISSOCIATE");
		finish(trial);
	}
}

static size_t page_size(const struct hsc_result *result) {
	return json_array_size(json_object_get(result->body, "results"));
}

static void tried_several(const struct hsc_result *const *results, size_t count, void *ctx) {
	struct trial *trial = (struct trial *)ctx;
	const struct hsc_result *written = results[0];
	expect(trial, count == SEVERAL, "count");
	expect(trial, results[0]->size >= sizeof(*results[0]), "the size of a result");
	expect(trial, results[0]->host == trial->host, "result.host");
	expect(trial, results[0]->request == trial->request, "result.request");
	expect(trial, written->error == 0 && written->created == 1, "HSC_UPSERT");
	expect(trial, written->outcome == HSC_APPLIED && written->attempts > 0, "outcome");
	expect(trial, written->reply_status == 201, "reply_status of a created record");
	expect(trial, json_array_size(written->associations) == 1, "associations");
	const char *linked = json_string_value(
		json_object_get(json_array_get(written->associations, 0), "status"));
	expect(trial, linked != NULL && strcmp(linked, "success") == 0, "a link's status");
	expect(trial, results[1]->error == 0 && page_size(results[1]) == 1, "HSC_LIST");
	expect(trial, results[2]->error == 0 && page_size(results[2]) <= 2, "HSC_SEARCH");
	expect(trial, results[3]->error == HSC_EHUBSPOT, "HSC_READ of no record");
	expect(trial, results[3]->status == 404 || results[3]->status == 207, "status");
	expect(trial, results[3]->reply_status == 404, "reply_status of no record");
	if (written->id != NULL) {
		snprintf(trial->contact, sizeof(trial->contact), "%s", written->id);
	}
	unlink_them(trial);
}

static void try_several(struct trial *trial) {
	json_t *contact = json_pack("{s:s}", "email", PLUGIN_NAME "@example.com");
	json_t *page = json_pack("{s:i}", "limit", 1);
	json_t *search = json_pack("{s:[{s:s,s:s,s:s}],s:i}", "filters", "property", "email",
		"operator", "EQ", "value", PLUGIN_NAME "@example.com", "limit", 2);
	static const char *const properties[] = {"email", NULL};
	trial->associations = json_pack("{s:[s]}", "companies", trial->company);
	const struct hsc_operation upsert = HSC_OPERATION(.kind = HSC_UPSERT, .object = "contacts",
		.id = PLUGIN_NAME "@example.com", .id_property = "email", .body = contact,
		.associations = trial->associations, .request = trial->request);
	const struct hsc_operation list = HSC_OPERATION(.kind = HSC_LIST, .timeout_ms = 5000,
		.object = "companies", .body = page);
	const struct hsc_operation find =
		HSC_OPERATION(.kind = HSC_SEARCH, .flags = HSC_FINISH, .object = "contacts",
			.properties = properties, .body = search, .request = trial->request);
	const struct hsc_operation read = HSC_OPERATION(.kind = HSC_READ, .object = "contacts",
		.id = "999999999999", .request = trial->request);
	const struct hsc_operation *const all[SEVERAL] = {&upsert, &list, &find, &read};
	if (trial->host->hubspot->submit_all(trial->host, all, SEVERAL, tried_several, trial) !=
		0) {
		expect(trial, 0, "submit_all");
		finish(trial);
	}
	json_decref(contact);
	json_decref(page);
	json_decref(search);
}

static void created(const struct hsc_result *result, void *ctx) {
	struct trial *trial = (struct trial *)ctx;
	expect(trial, result->error == 0 && result->id != NULL, "HSC_CREATE");
	if (result->id != NULL) {
		snprintf(trial->company, sizeof(trial->company), "%s", result->id);
	}
	try_several(trial);
}

static void gone(struct hsc_request *request, void *ctx) {
	(void)request;
	(void)ctx;
}

static int is_text(const char *text, const char *expected) {
	return text != NULL && strcmp(text, expected) == 0;
}

static void ask(struct trial *trial) {
	const struct hsc_host *host = trial->host;
	const struct hsc_http *http = host->http;
	struct hsc_request *request = trial->request;
	size_t length = 0;
	expect(trial, is_text(http->method(host, request), "POST"), "method");
	expect(trial, is_text(http->path_param(host, request, "rest"), "a/b"), "path_param");
	expect(trial, is_text(http->query_param(host, request, "limit"), "5"), "query_param");
	expect(trial, is_text(http->header(host, request, "X-Try"), "yes"), "header");
	expect(trial, is_text(http->url(host, request), PATH "/try/a/b?limit=5"), "url");
	expect(trial, http->request_id(host, request)[0] != '\0', "request_id");
	expect(trial, is_text(http->caller(host, request), ""), "caller");
	expect(trial, http->deadline_ms(host, request) > host->loop->now_ms(host), "deadline_ms");
	expect(trial, http->raw_body(host, request, &length) != NULL && length > 0, "raw_body");
	json_t *one = json_object_get(http->body(host, request), "a");
	expect(trial, json_integer_value(one) == 1, "body");
	expect(trial, http->on_gone(host, request, gone, NULL) == 0, "on_gone");
}

static void watch(struct trial *trial) {
	const struct plugin *plugin = trial->plugin;
	const struct hsc_watch *how = trial->host->watch;
	hsc_log(trial->host, HSC_INFO, trial->request, "%s is tried", PLUGIN_NAME);
	how->record(plugin->counter, 1);
	how->record(plugin->gauge, -2.5);
	how->record(plugin->histogram, 0.25);
	expect(trial, plugin->has_table, "a table of one's own, from start() on");
	expect(trial, trial->host->extension(trial->host, "hsc.wire/1") != NULL, "hsc.wire/1");
	expect(trial, trial->host->extension(trial->host, "hsc.none/1") == NULL, "no extension");
}

static int handle_try(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct trial *trial = (struct trial *)calloc(1, sizeof(*trial));
	if (trial == NULL) {
		return HSC_ENOMEM;
	}
	trial->plugin = (struct plugin *)state;
	trial->host = host;
	trial->request = request;
	trial->faults = json_array();
	ask(trial);
	watch(trial);
	json_t *company = json_pack("{s:s}", "name", PLUGIN_NAME);
	const struct hsc_operation create = HSC_OPERATION(.kind = HSC_CREATE, .object = "companies",
		.body = company, .request = request);
	int error = host->hubspot->submit(host, &create, created, trial, NULL);
	json_decref(company);
	if (error != 0) {
		expect(trial, 0, "submit HSC_CREATE");
		finish(trial);
	}
	return error != 0 ? HSC_REPLIED : HSC_LATER;
}

/* ---- short replies ---- */

static int handle_pass(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct hsc_operation read = HSC_OPERATION(.kind = HSC_READ, .object = "contacts",
		.id_property = "email", .request = request);
	(void)state;
	read.id = host->http->path_param(host, request, "email");
	return hsc_pass(host, &read);
}

static int handle_bytes(const struct hsc_host *host, struct hsc_request *request, void *state) {
	size_t length = 0;
	const void *bytes = host->http->raw_body(host, request, &length);
	(void)state;
	host->http->reply_bytes(host, request, 200, "text/plain", bytes, length);
	return HSC_REPLIED;
}

static int handle_refuse(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->refuse(host, request, 409, "tried", "It is tried already.", NULL);
	return HSC_REPLIED;
}

/* ---- an object ---- */

static void prepare(const struct hsc_host *host, struct json_t *record, struct json_t *errors,
	int is_part, void *state) {
	(void)host;
	(void)is_part;
	(void)state;
	if (json_object_get(record, "name") == NULL) {
		json_array_append_new(errors,
			json_pack("{s:s,s:s,s:s}", "field", "/name", "code", "required", "message",
				"is wanted by the plugin"));
	}
}

static const struct hsc_object OBJECT = HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = PATH "-things",
	.name = "thing", .hubspot = "2-4711", .key = NULL,
	.schema = "{\"type\":\"object\",\"properties\":{\"name\":{\"type\":\"string\"},"
		  "\"size\":{\"type\":\"integer\"}}}",
	.prepare = prepare);

static const struct hsc_route ROUTES[] = {
	HSC_ROUTE(.method = "POST", .path = PATH "/try/{rest...}", .summary = "Tries everything.",
		.scope = "tries:write", .query_schema = PLUGIN_NAME ".query", .timeout_ms = 20000,
		.max_body_bytes = 1000, .body_schema = PLUGIN_NAME ".body",
		.reply_schema = PLUGIN_NAME ".body", .handle = handle_try),
	HSC_ROUTE(.method = "GET", .path = PATH "/pass/{email}", .handle = handle_pass),
	HSC_ROUTE(.flags = HSC_ROUTE_OPEN | HSC_ROUTE_RAW_BODY | HSC_ROUTE_HIDDEN, .method = "POST",
		.path = PATH "/bytes", .handle = handle_bytes),
	HSC_ROUTE(.method = "GET", .path = PATH "/refuse", .handle = handle_refuse),
};

/* ---- life ---- */

static int add_all(struct plugin *plugin) {
	const struct hsc_host *host = plugin->host;
	int error = host->http->add_schema(host, PLUGIN_NAME ".body", "{\"type\":\"object\"}");
	error = error != 0 ? error
			   : host->http->add_schema(host, PLUGIN_NAME ".query",
				     "{\"type\":\"object\",\"additionalProperties\":false,"
				     "\"properties\":{\"limit\":{\"type\":\"integer\"}}}");
	for (size_t i = 0; error == 0 && i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
		error = host->http->add_route(host, &ROUTES[i]);
	}
	error = error != 0 ? error : host->http->add_object(host, &OBJECT);
	return error != 0 ? error : host->provide(host, TABLE, &table);
}

static int init(const struct hsc_host *host, void **state) {
	struct plugin *plugin = (struct plugin *)calloc(1, sizeof(*plugin));
	if (plugin == NULL) {
		return HSC_ENOMEM;
	}
	plugin->host = host;
	plugin->counter = host->watch->counter(host, "tries_total", "Tries.");
	plugin->gauge = host->watch->gauge(host, "tries_level", "A level.");
	plugin->histogram = host->watch->histogram(host, "tries_seconds", "How long.");
	int is_right = host->abi_major == HSC_ABI_MAJOR && host->size >= sizeof(*host) &&
		host->version != NULL && json_is_object(host->config) &&
		HSC_HAS(host->watch, record) && plugin->counter != NULL && plugin->gauge != NULL &&
		plugin->histogram != NULL;
	int error = is_right ? add_all(plugin) : HSC_EINVAL;
	if (error != 0) {
		free(plugin);
		return error;
	}
	*state = plugin;
	return 0;
}

static int start(const struct hsc_host *host, void *state) {
	struct plugin *plugin = (struct plugin *)state;
	plugin->has_table = host->extension(host, TABLE) == (const void *)&table;
	return 0;
}

static void fini(void *state) {
	free(state);
}

HSC_PLUGIN(.flags = HSC_PLUGIN_BY_NAME, .name = PLUGIN_NAME, .version = "1.0",
	.config_schema = "{\"type\":\"object\"}", .init = init, .start = start, .fini = fini);
