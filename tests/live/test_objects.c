/*
 * What every object offers, of the four that are shipped and of a fifth, a third party's: one suite
 * for all, with a property of the account's own, and its options.
 */
#include "kit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_SIZE = 512, MANY = 12 };

static struct host sandbox, host;

static const struct row {
	const char *path;    /* "/contacts" */
	const char *id_name; /* "hubspot_contact_id" */
	const char *record;  /* without the account's own property; %d: a number that makes it
				another one */
	const char *name;    /* of a property that a search finds it by ... */
	const char *value;   /* ... with this */
	const char *change, *clear;
	const char *bad, *bad_field;
} rows[] = {
	{"/contacts", "hubspot_contact_id",
		"{\"email\": \"suite.%d@example.com\", \"lastname\": \"Suite\"}", "lastname",
		"Suite", "{\"firstname\": \"Ada\"}", "firstname", "{\"email\": \"nonsense\"}",
		"\"/email\""},
	{"/companies", "hubspot_company_id",
		"{\"domain\": \"suite%d.example\", \"name\": \"Suite\", \"numberofemployees\": 12}",
		"name", "Suite", "{\"city\": \"Turin\"}", "city",
		"{\"domain\": \"x.example\", \"numberofemployees\": \"many\"}",
		"\"/numberofemployees\""},
	{"/tickets", "hubspot_ticket_id", "{\"subject\": \"Suite %d\", \"stage\": \"1\"}", "stage",
		"1", "{\"description\": \"It squeaks.\"}", "description",
		"{\"subject\": 1, \"stage\": \"1\"}", "\"/subject\""},
	{"/deals", "hubspot_deal_id",
		"{\"name\": \"Suite %d\", \"stage\": \"appointmentscheduled\", \"amount\": "
		"1500.25, \"closedate\": "
		"\"2026-12-24T10:30:00Z\"}",
		"stage", "appointmentscheduled", "{\"description\": \"Soon.\"}", "description",
		"{\"name\": \"x\", \"stage\": \"appointmentscheduled\", \"closedate\": "
		"\"2026-12-24T10:30:00\"}",
		"\"/closedate\""},
	{"/products", "hubspot_product_id",
		"{\"name\": \"Suite\", \"sku\": \"S-%d\", \"price\": 99.95}", "name", "Suite",
		"{\"description\": \"Prints tables.\"}", "description",
		"{\"name\": \"x\", \"price\": \"dear\"}", "\"/price\""},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

/* ---- the account, and the host that has been told of it ---- */

static const char shade[] = "{\"name\": \"shade\", \"label\": \"Shade\", \"type\": "
			    "\"enumeration\", \"fieldType\": \"select\", \"options\": "
			    "[{\"label\": \"Dark red\", \"value\": \"dark_red\"}, {\"label\": "
			    "\"Sea green\", \"value\": \"sea_green\"}]}";
static const char shade_fragment[] = "{\"type\": \"string\", \"oneOf\": [{\"const\": \"dark_red\", "
				     "\"title\": \"Dark red\"}, {\"const\": "
				     "\"sea_green\", \"title\": \"Sea green\"}]}";

static json_t *for_each_object(const char *text, bool is_list) {
	json_t *all = json_object();
	for (size_t i = 0; i < ROWS; i++) {
		json_t *one = json_loads(text, 0, NULL);
		assert_non_null(one);
		json_object_set_new(all, rows[i].path + 1,
			is_list ? json_pack("[o]", one)
				: json_pack("{s{so}}", "properties", "shade", one));
	}
	return all;
}

static int start(void **state) {
	static const char *const arguments[] = {"--plugin", PRODUCTS, NULL};
	char path[PATH_SIZE], setting[PATH_SIZE + 32];
	json_t *control = json_pack(
		"{so si}", "properties", for_each_object(shade, true), "search_lag_ms", 0);
	json_t *objects = json_pack("{so}", "objects", for_each_object(shade_fragment, false));
	char *text = json_dumps(control, 0), *config = json_dumps(objects, 0);
	(void)state;
	sandbox_start(&sandbox);
	sandbox_control(sandbox.base, text);
	write_file(process_folder(sandbox.process), "config.json", config, path, sizeof(path));
	snprintf(setting, sizeof(setting), "CONNECTOR_CONFIG=%s", path);
	host_start(&host, arguments, sandbox.base, (const char *const[]){setting, NULL});
	json_decref(control);
	json_decref(objects);
	free(text);
	free(config);
	return 0;
}

static int stop(void **state) {
	(void)state;
	host_stop(&host);
	host_stop(&sandbox);
	host_clear(&host);
	host_clear(&sandbox);
	return 0;
}

/* ---- one object ---- */

static json_t *record_of(const struct row *row, int number) {
	char text[PATH_SIZE];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), row->record, number);
#pragma GCC diagnostic pop
	json_t *record = json_loads(text, 0, NULL);
	assert_non_null(record);
	return record;
}

/* `path` with what comes after it; `body` is taken. */
static json_t *send(
	const char *method, const char *path, const char *tail, json_t *body, int status) {
	char whole[PATH_SIZE];
	struct answer answer;
	char *text = body != NULL ? json_dumps(body, 0) : NULL;
	snprintf(whole, sizeof(whole), "%s%s", path, tail);
	ask(host.base, method, whole, text, status, &answer);
	json_t *reply = json_incref(answer.json);
	answer_finish(&answer);
	json_decref(body);
	free(text);
	return reply;
}

static void has_all(const json_t *record, const json_t *sent) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)sent, name, value) {
		if (!json_equal(json_object_get(record, name), value)) {
			fail_msg("%s came back as something else", name);
		}
	}
}

static void create_and_read(const struct row *row, char tail[64]) {
	json_t *record = record_of(row, 0);
	json_object_set_new(record, "shade", json_string("Sea green"));
	json_t *reply = send("POST", row->path, "", json_incref(record), 201);
	assert_true(json_has(reply, "/action", "\"created\""));
	assert_string_equal(json_string_value(json_object_get(reply, row->id_name)),
		json_string_value(json_object_get(reply, "id")));
	snprintf(tail, 64, "/%s", json_string_value(json_object_get(reply, "id")));
	json_decref(reply);
	json_t *read = send("GET", row->path, tail, NULL, 200);
	json_object_set_new(record, "shade", json_string("sea_green")); /* the label's value */
	has_all(read, record);
	assert_non_null(json_object_get(read, "created_at"));
	json_decref(read);
	json_decref(record);
}

static void change_and_clear(const struct row *row, const char *tail) {
	json_t *change = json_loads(row->change, 0, NULL);
	json_decref(send("PATCH", row->path, tail, json_incref(change), 200));
	json_t *read = send("GET", row->path, tail, NULL, 200);
	has_all(read, change);
	json_decref(read);
	json_decref(send("PATCH", row->path, tail, json_pack("{sn}", row->clear), 200));
	read = send("GET", row->path, tail, NULL, 200);
	assert_null(json_object_get(read, row->clear));
	json_decref(read);
	json_decref(change);
}

static void refuse(const struct row *row) {
	json_t *reply = send("POST", row->path, "", json_loads(row->bad, 0, NULL), 422);
	assert_true(json_has(reply, "/errors/0/field", row->bad_field));
	assert_true(json_has(reply, "/outcome", "\"not_applied\""));
	json_decref(reply);
	json_t *record = record_of(row, 0);
	json_object_set_new(record, "shade", json_string("blue"));
	reply = send("POST", row->path, "", record, 422);
	assert_true(json_has(reply, "/errors/0/field", "\"/shade\""));
	json_decref(reply);
}

static void many(const struct row *row) {
	json_t *inputs = json_array();
	for (int i = 1; i <= MANY; i++) {
		json_t *record = i == MANY / 2 ? json_loads(row->bad, 0, NULL) : record_of(row, i);
		json_array_append_new(inputs, record);
	}
	json_t *reply = send("POST", row->path, "/batch", json_pack("{so}", "inputs", inputs), 207);
	assert_true(json_has(reply, "/counts/created", "11"));
	assert_true(json_has(reply, "/counts/failed", "1"));
	assert_true(json_has(reply, "/results/5/errors/0/field", row->bad_field));
	json_decref(reply);
}

static void find(const struct row *row) {
	json_t *search = json_pack("{s[{ss ss ss}] si}", "filters", "property", row->name,
		"operator", "EQ", "value", row->value, "limit", 5);
	json_t *reply = send("POST", row->path, "/search", search, 200);
	assert_true(json_has(reply, "/total", "12"));
	assert_int_equal(json_array_size(json_object_get(reply, "results")), 5);
	assert_non_null(json_at(reply, "/paging/next/after"));
	json_decref(reply);
	reply = send("GET", row->path, "?limit=100", NULL, 200);
	assert_int_equal(json_array_size(json_object_get(reply, "results")), MANY);
	assert_null(json_object_get(reply, "paging"));
	json_decref(reply);
	reply = send("POST", row->path, "/search",
		json_pack("{s[{ss ss ss}]}", "filters", "property", "shade", "operator", "EQ",
			"value", "Sea green"),
		200);
	assert_true(json_has(reply, "/total", "1"));
	json_decref(reply);
}

static void link_up(
	const struct row *row, const char *tail, const char *other_path, const char *other_tail) {
	char to[PATH_SIZE], list[PATH_SIZE];
	snprintf(to, sizeof(to), "%s%s%s", tail, other_path, other_tail);
	snprintf(list, sizeof(list), "%s%s", tail, other_path);
	json_decref(send("PUT", row->path, to, NULL, 200));
	json_t *reply = send("GET", row->path, list, NULL, 200);
	assert_string_equal(json_string_value(json_at(reply, "/results/0/id")), other_tail + 1);
	json_decref(reply);
	json_decref(send("DELETE", row->path, to, NULL, 204));
	reply = send("GET", row->path, list, NULL, 200);
	assert_int_equal(json_array_size(json_object_get(reply, "results")), 0);
	json_decref(reply);
}

static void archive(const struct row *row, const char *tail) {
	json_decref(send("DELETE", row->path, tail, NULL, 204));
	json_t *reply = send("GET", row->path, tail, NULL, 404);
	assert_true(json_has(reply, "/code", "\"not_found\""));
	json_decref(reply);
}

static void each_object_offers_the_same(void **state) {
	char first[64] = "", tail[64];
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];
		create_and_read(row, tail);
		change_and_clear(row, tail);
		refuse(row);
		many(row);
		find(row);
		if (i == 0) {
			snprintf(first, sizeof(first), "%s", tail);
			continue; /* the contact that the others are linked to */
		}
		link_up(row, tail, rows[0].path, first);
		archive(row, tail);
	}
	archive(&rows[0], first);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_object_offers_the_same, start, stop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
