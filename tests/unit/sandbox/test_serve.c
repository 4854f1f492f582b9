/* sandbox.c against a host of a few lines: what it sends, when, and that nothing is left behind. */
#include "serve_host.h"

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
	assert_string_equal(fake.journal->method, "GET");
	assert_string_equal(fake.journal->path, "/sandbox/__journal");
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

static void it_lends_its_model_and_says_how_it_is(void **state) {
	(void)state;
	const struct sandbox_model *lent = fake.lent;
	ask("POST", "/sandbox/crm/v3/objects/contacts", "{\"properties\":{\"email\":\"a@b.co\"}}");
	ask("POST", "/sandbox/crm/v3/objects/2-9", "{\"properties\":{\"a\":\"b\"}}");
	assert_int_equal(fake.values[0], 1);
	assert_true(fake.values[1] >= 0 && fake.values[1] < 60);
	assert_int_equal(fake.values[2], 2);
	assert_int_equal(lent->count(lent, NULL), 2);
	assert_int_equal(lent->count(lent, "contacts"), 1);
	assert_int_equal(lent->count(lent, "0-1"), 1);
	assert_int_equal(lent->count(lent, "deals"), 0);
	assert_int_equal(lent->count(lent, "2-10"), 0);
	assert_int_equal(hsc_plugin.start(&host, plugin), 0);
	assert_non_null(strstr(fake.line, "with 2 records"));
	lent->reset(lent);
	assert_int_equal(lent->count(lent, NULL), 0);
	ask("POST", "/sandbox/crm/v3/objects/contacts", "{\"properties\":{\"email\":\"a@b.co\"}}");
	hsc_plugin.fini(plugin);
	assert_int_equal(lent->count(lent, NULL), 0); /* nothing happens any more */
	lent->reset(lent);
	assert_int_equal(hsc_plugin.init(&host, &plugin), 0);
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
		TEST(it_lends_its_model_and_says_how_it_is),
		TEST(the_state_outlives_the_process),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
