/* sandbox.c against a host of a few lines: what it sends, when, and that nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <hubspot-connector/plugin.h>
#include <jansson.h>

extern const struct hsc_plugin hsc_plugin;

static struct {
	const struct hsc_route *route;
	const char *method, *url, *body;
	char headers[2048];
	char sent[4096];
	size_t length;
	int status;
	int replies;
	int resets;
	void (*run)(void *ctx);
	void (*gone)(struct hsc_request *, void *ctx);
	void *ctx;
	uint32_t wait_ms;
	int has_wire;
	int refuses_to_wait;
	char line[256]; /* logged */
} fake;

static int add_route(const struct hsc_host *host, const struct hsc_route *route) {
	(void)host;
	fake.route = route;
	return 0;
}

static const char *get_method(const struct hsc_host *host, struct hsc_request *request) {
	(void)host;
	(void)request;
	return fake.method;
}

static const char *get_url(const struct hsc_host *host, struct hsc_request *request) {
	(void)host;
	(void)request;
	return fake.url;
}

static const char *get_header(
	const struct hsc_host *host, struct hsc_request *request, const char *name) {
	(void)host;
	(void)request;
	return strcmp(name, "Authorization") == 0 ? "Bearer pat-na1-sandbox" : NULL;
}

static const void *get_body(
	const struct hsc_host *host, struct hsc_request *request, size_t *length) {
	(void)host;
	(void)request;
	*length = fake.body == NULL ? 0 : strlen(fake.body);
	return fake.body;
}

static int take_header(const struct hsc_host *host, struct hsc_request *request, const char *name,
	const char *value) {
	size_t length = strlen(fake.headers);
	(void)host;
	(void)request;
	snprintf(fake.headers + length, sizeof(fake.headers) - length, "%s: %s\n", name, value);
	return 0;
}

static int take_bytes(const struct hsc_host *host, struct hsc_request *request, int status,
	const char *type, const void *bytes, size_t length) {
	(void)host;
	(void)request;
	assert_non_null(type);
	assert_true(length < sizeof(fake.sent));
	memcpy(fake.sent, bytes, length);
	fake.sent[length] = '\0';
	fake.length = length;
	fake.status = status;
	fake.replies++;
	return 0;
}

static int refuse(const struct hsc_host *host, struct hsc_request *request, int status,
	const char *code, const char *message, const struct json_t *errors) {
	(void)host;
	(void)request;
	(void)errors;
	assert_non_null(code);
	assert_non_null(message);
	fake.status = status;
	fake.replies++;
	return 0;
}

static int on_gone(const struct hsc_host *host, struct hsc_request *request,
	void (*gone)(struct hsc_request *, void *ctx), void *ctx) {
	(void)host;
	(void)request;
	fake.gone = gone;
	fake.ctx = ctx;
	return fake.refuses_to_wait ? HSC_EGONE : 0;
}

static struct hsc_timer *after(
	const struct hsc_host *host, uint32_t ms, void (*run)(void *ctx), void *ctx) {
	(void)host;
	fake.wait_ms = ms;
	fake.run = run;
	fake.ctx = ctx;
	return fake.refuses_to_wait ? NULL : (struct hsc_timer *)&fake;
}

static uint64_t now(const struct hsc_host *host) {
	(void)host;
	return 5000;
}

static int reset(const struct hsc_host *host, struct hsc_request *request) {
	(void)host;
	(void)request;
	fake.resets++;
	return 0;
}

static int wire_bytes(const struct hsc_host *host, struct hsc_request *request, const void *bytes,
	size_t length) {
	return take_bytes(host, request, -1, "", bytes, length);
}

static const void *extension(const struct hsc_host *host, const char *id) {
	static const struct hsc_wire wire = {
		.size = sizeof(wire), .reset = reset, .bytes = wire_bytes};
	(void)host;
	return fake.has_wire && strcmp(id, "hsc.wire/1") == 0 ? &wire : NULL;
}

static void take_line(
	const struct hsc_host *host, int level, struct hsc_request *about, const char *line) {
	(void)host;
	(void)about;
	assert_int_equal(level, HSC_ERROR);
	snprintf(fake.line, sizeof(fake.line), "%s", line);
}

static const struct hsc_http http = {.size = sizeof(http),
	.add_route = add_route,
	.method = get_method,
	.url = get_url,
	.header = get_header,
	.raw_body = get_body,
	.reply_header = take_header,
	.reply_bytes = take_bytes,
	.refuse = refuse,
	.on_gone = on_gone};
static const struct hsc_loop loop = {.size = sizeof(loop), .after = after, .now_ms = now};
static const struct hsc_watch watch = {.size = sizeof(watch), .log = take_line};
static struct hsc_host host = {.size = sizeof(host),
	.http = &http,
	.loop = &loop,
	.watch = &watch,
	.extension = extension};
static void *plugin;

static int set_up(void **state) {
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.has_wire = 1;
	host.config = json_pack("{s:i}", "limit", 50);
	return hsc_plugin.init(&host, &plugin);
}

static int tear_down(void **state) {
	(void)state;
	hsc_plugin.fini(plugin);
	json_decref(host.config);
	return 0;
}

static int ask(const char *method, const char *url, const char *body) {
	fake.method = method;
	fake.url = url;
	fake.body = body;
	fake.status = 0;
	fake.length = 0;
	fake.headers[0] = '\0';
	return fake.route->handle(&host, NULL, plugin);
}

static void control(const char *body) {
	assert_int_equal(ask("POST", "/sandbox/__control", body), HSC_REPLIED);
	assert_int_equal(fake.status, 200);
}

static void it_declares_itself(void **state) {
	(void)state;
	assert_string_equal(hsc_plugin.name, "sandbox");
	assert_int_equal(hsc_plugin.flags, HSC_PLUGIN_BY_NAME);
	assert_null(fake.route->method);
	assert_string_equal(fake.route->path, "/sandbox/{path...}");
	assert_int_equal(fake.route->flags, HSC_ROUTE_OPEN | HSC_ROUTE_RAW_BODY | HSC_ROUTE_HIDDEN);
	json_t *schema = json_loads(hsc_plugin.config_schema, 0, NULL);
	assert_true(json_is_object(schema));
	json_decref(schema);
}

static void a_reply_is_sent_as_it_is(void **state) {
	(void)state;
	assert_int_equal(ask("POST", "/v1/sandbox/crm/v3/objects/contacts?x=y",
				 "{\"properties\":{\"email\":\"a@b.co\"}}"),
		HSC_REPLIED);
	assert_int_equal(fake.status, 201);
	assert_non_null(strstr(fake.sent, "\"email\":\"a@b.co\""));
	assert_non_null(strstr(fake.headers, "X-HubSpot-RateLimit-Max: 50\n"));
	assert_non_null(strstr(fake.headers, "X-HubSpot-Correlation-Id: "));
	assert_int_equal(
		ask("GET", "/sandbox/crm/v3/objects/contacts/a%40b.co?idProperty=email", NULL),
		HSC_REPLIED);
	assert_int_equal(fake.status, 200);
	assert_int_equal(ask("GET", "/sandbox", NULL), HSC_REPLIED);
	assert_int_equal(fake.status, 404);
}

static void a_late_reply_comes_late(void **state) {
	(void)state;
	control("{\"latency_ms\":70}");
	int replies = fake.replies;
	assert_int_equal(ask("GET", "/sandbox/crm/v3/objects/contacts", NULL), HSC_LATER);
	assert_int_equal(fake.replies, replies);
	assert_int_equal(fake.wait_ms, 70);
	fake.run(fake.ctx);
	assert_int_equal(fake.replies, replies + 1);
	assert_int_equal(fake.status, 200);
	fake.refuses_to_wait = 1;
	assert_int_equal(ask("GET", "/sandbox/crm/v3/objects/contacts", NULL), HSC_ENOMEM);
	fake.refuses_to_wait = 0;
	/* One that still waits when the host stops is freed by fini. */
	assert_int_equal(ask("GET", "/sandbox/crm/v3/objects/contacts", NULL), HSC_LATER);
}

static void a_hanging_one_ends_when_its_caller_goes(void **state) {
	(void)state;
	control("{\"fail\":{\"how\":\"hang\"}}");
	int replies = fake.replies;
	assert_int_equal(ask("GET", "/sandbox/crm/v3/objects/contacts", NULL), HSC_LATER);
	assert_int_equal(fake.replies, replies);
	fake.gone(NULL, fake.ctx);
	assert_int_equal(fake.replies, replies + 1);
	assert_int_equal(fake.status, 504);
}

static void a_cut_one_promises_twice_what_it_sends(void **state) {
	(void)state;
	control("{\"fail\":{\"how\":\"cut\"}}");
	assert_int_equal(ask("GET", "/sandbox/account-info/v3/details", NULL), HSC_REPLIED);
	assert_int_equal(fake.status, -1);
	assert_memory_equal(fake.sent, "HTTP/1.1 200 ", 13);
	assert_non_null(strstr(fake.sent, "X-HubSpot-Correlation-Id: "));
	const char *promise = strstr(fake.sent, "Content-Length: ");
	const char *body = strstr(fake.sent, "\r\n\r\n");
	assert_non_null(promise);
	assert_non_null(body);
	size_t promised = strtoul(promise + 16, NULL, 10);
	assert_true(promised > 100);
	assert_int_equal(strlen(body + 4), promised / 2);
}

static void a_reset_sends_nothing(void **state) {
	(void)state;
	control("{\"fail\":{\"how\":\"reset_before\",\"next\":2}}");
	int replies = fake.replies;
	assert_int_equal(ask("GET", "/sandbox/account-info/v3/details", NULL), HSC_REPLIED);
	assert_int_equal(fake.resets, 1);
	assert_int_equal(fake.replies, replies);
	tear_down(NULL);
	fake.has_wire = 0;
	host.config = json_object();
	assert_int_equal(hsc_plugin.init(&host, &plugin), 0);
	control("{\"fail\":{\"how\":\"reset_before\"}}");
	assert_int_equal(ask("GET", "/sandbox/account-info/v3/details", NULL), HSC_REPLIED);
	assert_int_equal(fake.status, 501);
}

/* Starts again with this state file. */
static int start_again(const char *path) {
	json_decref(host.config);
	host.config = json_pack("{s:s}", "state_file", path);
	return hsc_plugin.init(&host, &plugin);
}

static void the_state_outlives_the_process(void **state) {
	char path[] = "/tmp/sandbox-state-XXXXXX";
	(void)state;
	int file = mkstemp(path);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(remove(path), 0);
	hsc_plugin.fini(plugin);
	assert_int_equal(start_again(path), 0);
	assert_int_equal(ask("POST", "/sandbox/crm/v3/objects/contacts",
				 "{\"properties\":{\"email\":\"a@b.co\"}}"),
		HSC_REPLIED);
	hsc_plugin.fini(plugin);
	assert_int_equal(start_again(path), 0);
	ask("GET", "/sandbox/crm/v3/objects/contacts/a@b.co?idProperty=email", NULL);
	assert_int_equal(fake.status, 200);
	hsc_plugin.fini(plugin);
	assert_int_equal(remove(path), 0);
	/* One that is broken is left alone, and said. */
	FILE *broken = fopen(path, "w");
	assert_non_null(broken);
	fputs("{\"version\":", broken);
	fclose(broken);
	assert_int_equal(start_again(path), HSC_EINVAL);
	assert_non_null(strstr(fake.line, path));
	char text[32] = "";
	broken = fopen(path, "r");
	assert_non_null(broken);
	assert_non_null(fgets(text, sizeof(text), broken));
	fclose(broken);
	assert_string_equal(text, "{\"version\":");
	assert_int_equal(remove(path), 0);
	/* A place where nothing can be written is said at the end. */
	fake.line[0] = '\0';
	assert_int_equal(start_again("/nowhere/at/all"), 0);
	hsc_plugin.fini(plugin);
	assert_non_null(strstr(fake.line, "/nowhere/at/all"));
	assert_int_equal(start_again(path), 0);
	hsc_plugin.fini(plugin);
	assert_int_equal(remove(path), 0);
	json_decref(host.config);
	host.config = json_object();
	assert_int_equal(hsc_plugin.init(&host, &plugin), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(it_declares_itself),
		TEST(a_reply_is_sent_as_it_is),
		TEST(a_late_reply_comes_late),
		TEST(a_hanging_one_ends_when_its_caller_goes),
		TEST(a_cut_one_promises_twice_what_it_sends),
		TEST(a_reset_sends_nothing),
		TEST(the_state_outlives_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
