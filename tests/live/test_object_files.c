/* Objects from files of a folder: one that works like any other, and files that cannot be used. */
#include "pair.h"

#include <sys/stat.h>
#include <unistd.h>

enum { REFUSAL_LIMIT_MS = 15000, PATH_SIZE = 512 };

static char folder[] = "/tmp/hsc-objects-XXXXXX";

#define INVOICE_SCHEMA                                                                             \
	"{\"type\": \"object\", \"additionalProperties\": false, \"required\": [\"number\"], "     \
	"\"properties\": {\"number\": {\"type\": \"string\", \"minLength\": 1}, \"total\": "       \
	"{\"type\": \"number\", \"x-hubspot-property\": \"amount\"}, \"due\": {\"type\": "         \
	"\"string\", \"format\": \"date\"}}}"

static int make_folder(void **state) {
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hsc-objects-XXXXXX");
	return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state) {
	(void)state;
	clear_pair();
	folder_remove(folder);
	return 0;
}

static void start_with(const char *further) {
	char setting[PATH_SIZE];
	snprintf(setting, sizeof(setting), "CONNECTOR_OBJECT_DIR=%s", folder);
	const char *arguments[] = {"serve", NULL};
	const char *changes[] = {setting, further, NULL};
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, "{\"search_lag_ms\": 0}");
	host_start(&host, arguments, sandbox.base, changes);
}

/* With a key, a type of the account's own, and every kind of request. */
static void an_object_is_served(void **state) {
	struct answer answer;
	char path[PATH_SIZE];
	(void)state;
	write_file(folder, "invoices.object.json",
		"{\"name\": \"invoice\", \"hubspot\": \"2-4711\", \"key\": \"number\", "
		"\"schema\": " INVOICE_SCHEMA "}",
		NULL, 0);
	write_file(folder, "readme.txt", "This is no object.", NULL, 0);
	start_with(NULL);
	ask(host.base, "POST", "/invoices",
		"{\"number\": \"R-1\", \"total\": 12.5, \"due\": \"2027-01-31\"}", 201, &answer);
	expect(&answer, "/action", "\"created\"");
	const char *id = json_string_value(json_at(answer.json, "/hubspot_invoice_id"));
	assert_non_null(id);
	snprintf(path, sizeof(path), "/invoices/%s", id);
	answer_finish(&answer);
	ask(host.base, "POST", "/invoices", "{\"number\": \"R-1\", \"total\": 13}", 200, &answer);
	expect(&answer, "/action", "\"updated\"");
	answer_finish(&answer);
	ask(host.base, "GET", path, NULL, 200, &answer);
	expect(&answer, "/total", "13");
	expect(&answer, "/due", "\"2027-01-31\"");
	answer_finish(&answer);
	ask(host.base, "POST", "/invoices", "{\"number\": \"\", \"due\": \"soon\"}", 422, &answer);
	expect(&answer, "/errors/1/code", "\"format\"");
	answer_finish(&answer);
	ask(host.base, "POST", "/invoices/search",
		"{\"filters\": [{\"property\": \"total\", \"operator\": \"GT\", \"value\": 12}]}",
		200, &answer);
	expect(&answer, "/total", "1");
	answer_finish(&answer);
	ask(host.base, "POST", "/invoices/batch",
		"{\"inputs\": [{\"number\": \"R-1\"}, {\"number\": \"R-2\"}]}", 200, &answer);
	expect(&answer, "/counts/created", "1");
	answer_finish(&answer);
	ask(host.base, "DELETE", path, NULL, 204, &answer);
	answer_finish(&answer);
	stop_pair();
}

/* What a file leaves out is in its name; what it does not offer is not there. */
static void names_and_offers(void **state) {
	struct answer answer;
	(void)state;
	write_file(folder, "meters.object.json",
		"{\"name\": \"meter\", \"hubspot\": \"2-99\", \"offers\": [\"upsert\", \"crud\"], "
		"\"schema\": " INVOICE_SCHEMA "}",
		NULL, 0);
	write_file(folder, "other.object.json",
		"{\"path\": \"/gauges\", \"name\": \"gauge\", \"hubspot\": \"products\", "
		"\"schema\": " INVOICE_SCHEMA "}",
		NULL, 0);
	start_with("CONNECTOR_PLUGINS=contacts"); /* the folder is word enough */
	ask(host.base, "POST", "/meters", "{\"number\": \"M-1\"}", 201, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", "/meters", NULL, 405, &answer);
	answer_finish(&answer);
	ask(host.base, "POST", "/gauges", "{\"number\": \"G-1\"}", 201, &answer);
	answer_finish(&answer);
	ask(host.base, "POST", "/contacts", "{\"email\": \"ada@example.com\"}", 201, &answer);
	answer_finish(&answer);
	ask(host.base, "POST", "/other", "{\"number\": \"1\"}", 404, &answer);
	answer_finish(&answer);
	stop_pair();
}

static const struct {
	const char *name, *text;
	const char *named; /* in the refusal, or in the line before it */
} faulty[] = {
	{"syntax", "{\"name\": \"x\",}", "line 1"},
	{"list", "[]", "expected a JSON object"},
	{"twice", "{\"name\": \"x\", \"name\": \"y\", \"schema\": {}}", "duplicate"},
	{"member", "{\"name\": \"x\", \"shema\": {}}", "shema"},
	{"nameless", "{\"schema\": {\"type\": \"object\"}}", "name"},
	{"no-schema", "{\"name\": \"x\"}", "schema"},
	{"bad-schema", "{\"name\": \"x\", \"schema\": {\"type\": \"thing\"}}", "#/type"},
	{"text", "{\"name\": 7, \"schema\": {}}", "name"},
	{"offers", "{\"name\": \"x\", \"offers\": [\"delete\"], \"schema\": {}}", "delete"},
	{"nothing", "{\"name\": \"x\", \"offers\": [], \"schema\": {}}", "offers"},
	{"reserved",
		"{\"name\": \"x\", \"path\": \"/metrics\", \"schema\": {\"type\": \"object\"}}",
		"reserved"},
	{"taken", "{\"name\": \"x\", \"path\": \"/contacts\", \"schema\": {\"type\": \"object\"}}",
		"/contacts"},
	{"key",
		"{\"name\": \"x\", \"key\": \"absent\", \"schema\": {\"type\": \"object\", "
		"\"properties\": {\"a\": {\"type\": \"string\"}}}}",
		"absent"},
};

/* A start that is refused, and names the file, or the object's path where only the host knows what
 * is wrong, and the culprit. */
static void assert_refused(const char *who, const char *named) {
	char setting[PATH_SIZE];
	snprintf(setting, sizeof(setting), "CONNECTOR_OBJECT_DIR=%s", folder);
	const char *arguments[] = {"serve", "--sandbox", NULL};
	const char *changes[] = {setting, NULL};
	struct process *process = host_start_refused(arguments, NULL, changes);
	int code = process_wait(process, REFUSAL_LIMIT_MS);
	if (code <= 0 || process_count_text(process, who) == 0 ||
		process_count_text(process, named) == 0) {
		process_show(process);
		fail_msg("expected a refusal that names %s and \"%s\", exit %d", who, named, code);
	}
	process_destroy(process);
}

static void what_cannot_be_used_stops_the_start(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(faulty) / sizeof(faulty[0]); i++) {
		char file[64], object[64], path[PATH_SIZE];
		snprintf(file, sizeof(file), "%s.object.json", faulty[i].name);
		snprintf(object, sizeof(object), "/%s", faulty[i].name);
		write_file(folder, file, faulty[i].text, path, sizeof(path));
		assert_refused(object, faulty[i].named);
		unlink(path);
	}
}

/* A FIFO is not waited for, and a folder that is not there is no empty one. */
static void what_is_no_file_is_told(void **state) {
	char path[PATH_SIZE];
	(void)state;
	snprintf(path, sizeof(path), "%s/pipe.object.json", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused("/pipe.object.json", "regular file");
	unlink(path);
	assert_int_equal(rmdir(folder), 0);
	assert_refused("CONNECTOR_OBJECT_DIR", folder);
}

int main(void) {
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
		TEST(an_object_is_served),
		TEST(names_and_offers),
		TEST(what_cannot_be_used_stops_the_start),
		TEST(what_is_no_file_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
