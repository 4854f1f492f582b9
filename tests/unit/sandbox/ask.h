/*
 * ask.h - what the tests of the sandbox's model share: one model, a clock, and a short way to ask.
 * The last reply stays in `reply` until the next question or the end of the test.
 */
#ifndef TEST_SANDBOX_ASK_H
#define TEST_SANDBOX_ASK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "model.h"

#define CONTACTS "/crm/objects/2026-09/contacts"
#define COMPANIES "/crm/objects/2026-09/companies"
#define DEALS "/crm/objects/2026-09/deals"
#define TICKETS "/crm/objects/2026-09/tickets"
#define TOKEN "Bearer pat-na1-sandbox"

static struct model *model;
static struct model_reply reply;
static uint64_t now_ms;
static const char *authorization;

static inline int set_up(void **state) {
	struct model_settings settings = model_defaults;
	(void)state;
	settings.wall_offset_ms = 1790000000123; /* 2026-09-21T14:13:20.123Z */
	now_ms = 0;
	authorization = TOKEN;
	model = model_create(&settings);
	return model == NULL;
}

static inline int tear_down(void **state) {
	(void)state;
	model_reply_finish(&reply);
	model_destroy(model);
	return 0;
}

/* Asks, checks that the correlation ids agree, and gives the status. `url` may have a query. */
static inline int ask(const char *method, const char *url, const char *body) {
	char path[512];
	snprintf(path, sizeof(path), "%s", url);
	char *query = strchr(path, '?');
	if (query != NULL) {
		*query++ = '\0';
	}
	struct model_request request = {.method = method,
		.path = path,
		.query = query,
		.authorization = authorization,
		.body = body,
		.length = body == NULL ? 0 : strlen(body)};
	model_reply_finish(&reply);
	model_handle(model, &request, now_ms, &reply);
	assert_string_equal(reply.headers[0].name, "X-HubSpot-Correlation-Id");
	const char *correlation = json_string_value(json_object_get(reply.json, "correlationId"));
	if (correlation != NULL) {
		assert_string_equal(correlation, reply.headers[0].value);
	}
	return reply.status;
}

static inline void control(const char *body) {
	int status = ask("POST", "/__control", body);
	if (status != 200) {
		fail_msg("control %s: %s", body, reply.bytes);
	}
}

static inline const char *header(const char *name) {
	for (size_t i = 0; i < reply.header_count; i++) {
		if (strcmp(reply.headers[i].name, name) == 0) {
			return reply.headers[i].value;
		}
	}
	return NULL;
}

/* What stands at `path` ("results.0.properties.email") in the last reply; or NULL. */
static inline json_t *at(const char *path) {
	json_t *value = reply.json;
	while (value != NULL && *path != '\0') {
		char name[64];
		size_t length = strcspn(path, ".");
		snprintf(name, sizeof(name), "%.*s", (int)length, path);
		value = json_is_array(value) ? json_array_get(value, strtoul(name, NULL, 10))
					     : json_object_get(value, name);
		path += length + (path[length] == '.');
	}
	return value;
}

static inline const char *text_at(const char *path) {
	const char *text = json_string_value(at(path));
	return text == NULL ? "(none)" : text;
}

#define assert_text(path, expected) assert_string_equal(text_at(path), expected)

/* Makes a contact and copies its id. */
static inline void make_contact(const char *email, char id[32]) {
	char body[256];
	snprintf(body, sizeof(body), "{\"properties\":{\"email\":\"%s\"}}", email);
	assert_int_equal(ask("POST", CONTACTS, body), 201);
	snprintf(id, 32, "%s", text_at("id"));
}

/* Makes a record of the type whose path this is and copies its id. */
static inline void make(const char *url, const char *properties, char id[32]) {
	char body[1024];
	snprintf(body, sizeof(body), "{\"properties\":%s}", properties);
	if (ask("POST", url, body) != 201) {
		fail_msg("%s %s: %s", url, properties, reply.bytes);
	}
	snprintf(id, 32, "%s", text_at("id"));
}

static inline int ask_about(
	const char *method, const char *id, const char *rest, const char *body) {
	char url[256];
	snprintf(url, sizeof(url), CONTACTS "/%s%s", id, rest);
	return ask(method, url, body);
}

static inline long long number_at(const char *path) {
	const json_t *value = at(path);
	return json_is_integer(value) ? json_integer_value(value) : -1;
}

static inline int batch(const char *operation, const char *body) {
	char url[128];
	snprintf(url, sizeof(url), CONTACTS "/batch/%s", operation);
	return ask("POST", url, body);
}

/* How many records were ever created, seeds apart. */
static inline long long creates(void) {
	assert_int_equal(ask("GET", "/__state", NULL), 200);
	return number_at("creates");
}

/* JSON_NULL and the like, or -1 when there is nothing at `path`. */
static inline int type_at(const char *path) {
	const json_t *value = at(path);
	return value == NULL ? -1 : (int)json_typeof(value);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
