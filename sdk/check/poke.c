#include "poke.h"

#include <string.h>

#include "check.h"
#include "example.h"
#include "stand.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"
#include "schema/schema.h"

enum { TEXT_MAX = 1 << 20 };

static char *as_text(const json_t *value) {
	struct buf text;
	buf_init(&text, TEXT_MAX);
	json_write(&text, value);
	return buf_take(&text);
}

/* ---- where to ---- */

/* "/files/{id}/{rest...}" -> "/files/1/a/b"; {object} of an object's link is the object itself. */
static void add_path(struct buf *url, const struct job *job) {
	for (const char *at = job->path; *at != '\0';) {
		if (*at != '{') {
			buf_add_char(url, *at++);
			continue;
		}
		size_t length = strcspn(at, "}");
		bool is_tail = length > 3 && strncmp(at + length - 3, "...", 3) == 0;
		bool is_object = job->object[0] != '\0' && strncmp(at, "{object", length) == 0;
		buf_add_text(url, is_object ? job->object + 1 : is_tail ? "a/b" : "1");
		at += length + (at[length] == '}');
	}
}

static void add_query(struct buf *url, const json_t *query) {
	const char *name;
	json_t *value;
	char mark = '?';
	json_object_foreach ((json_t *)(uintptr_t)query, name, value) {
		char *text = json_is_string(value) ? NULL : as_text(value);
		buf_add_char(url, mark);
		str_add_url_escaped(url, name);
		buf_add_char(url, '=');
		str_add_url_escaped(url, text != NULL ? text : json_string_value(value));
		free(text);
		mark = '&';
	}
}

static char *make_url(const struct job *job, const json_t *query) {
	struct buf url;
	buf_init(&url, TEXT_MAX);
	add_path(&url, job);
	add_query(&url, query);
	return buf_take(&url);
}

/* ---- what with ---- */

/* A value that meets the schema text, a new reference; or NULL. */
static json_t *make_valid(const char *text, unsigned how) {
	char error[SCHEMA_FAULT_SIZE];
	json_t *definition = NULL;
	struct schema *schema = schema_read(text, &definition, error);
	json_t *value = schema != NULL ? example_make(definition, how | EXAMPLE_TO_SEND) : NULL;
	if (value != NULL && !schema_validate(schema, value, SCHEMA_REFUSE_READ_ONLY, NULL)) {
		json_decref(value);
		value = NULL;
	}
	schema_destroy(schema);
	json_decref(definition);
	return value;
}

static struct poke *add(
	struct pokes *pokes, const char *method, const char *what, const char *url) {
	struct poke *poke = &pokes->list[pokes->count++];
	*poke = (struct poke){.method = method, .what = what, .url = must_strdup(url)};
	return poke;
}

/* With all that the schema names, and with what it requires; once, when that is the same. `wrap`:
 * see add_object_pokes(). */
static void add_with_bodies(struct pokes *pokes, const char *method, const char *url,
	const char *schema, const char *wrap) {
	static const struct {
		unsigned how;
		const char *what;
	} WAYS[] = {{0, "with every property"}, {EXAMPLE_REQUIRED_ONLY, "with what is required"}};
	char *last = NULL;
	for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
		json_t *value = make_valid(schema, WAYS[i].how);
		if (value != NULL && wrap != NULL) {
			value = json_pack("{s:[o]}", wrap, value);
		}
		char *body = value != NULL ? as_text(value) : NULL;
		if (body != NULL && (last == NULL || strcmp(body, last) != 0)) {
			add(pokes, method, WAYS[i].what, url)->body = must_strdup(body);
		}
		json_decref(value);
		free(last);
		last = body;
	}
	free(last);
	if (pokes->count == 0) {
		note("no body that meets its schema could be made, so it is tried without: put "
		     "\"examples\" into the schema");
		add(pokes, method, "without a body", url)->may_fail = true;
	}
}

static void add_raw(struct pokes *pokes, const char *method, const char *url) {
	static const struct {
		size_t length;
		const char *what;
	} WAYS[] = {{0, "with nothing"}, {JUNK_SIZE, "with 1 KiB of junk"}};
	for (size_t i = 0; i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
		struct poke *poke = add(pokes, method, WAYS[i].what, url);
		poke->is_junk = true;
		poke->junk_length = WAYS[i].length;
		poke->may_fail = true;
	}
}

/* ---- a plugin's own route ---- */

const struct hsc_route *poke_route(const struct hsck *kit, const struct job *job) {
	if (job->object[0] != '\0') {
		return NULL;
	}
	const struct hsc_route *route;
	for (size_t i = 0; (route = hsck_route(kit, i)) != NULL; i++) {
		if (str_is_equal(route->path, job->path) &&
			str_is_equal(route->method != NULL ? route->method : "", job->method)) {
			return route;
		}
	}
	return NULL;
}

static json_t *make_query(const struct hsck *kit, const struct hsc_route *route) {
	const char *schema =
		route->query_schema != NULL ? hsck_schema(kit, route->query_schema) : NULL;
	json_t *query = schema != NULL ? make_valid(schema, EXAMPLE_REQUIRED_ONLY) : NULL;
	if (schema != NULL && query == NULL) {
		note("no query that meets its schema could be made: put \"examples\" into the "
		     "schema");
	}
	return query;
}

static const char *known_method(const char *method) {
	static const char *const METHODS[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
	for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
		if (str_is_equal(method, METHODS[i])) {
			return METHODS[i];
		}
	}
	return NULL;
}

static void add_own_pokes(struct pokes *pokes, const struct hsck *kit,
	const struct hsc_route *route, const char *url) {
	const char *schema =
		route->body_schema != NULL ? hsck_schema(kit, route->body_schema) : NULL;
	const char *method = route->method != NULL ? known_method(route->method) : "POST";
	if (method == NULL) {
		note("is not tried: the host's own server never sees a %s", route->method);
		return;
	}
	if (schema != NULL) {
		add_with_bodies(pokes, method, url, schema, NULL);
	} else if ((route->flags & HSC_ROUTE_RAW_BODY) == 0) {
		add(pokes, method, "without a body", url);
	}
	if (route->method == NULL) {
		add(pokes, "GET", "without a body", url);
	}
	if ((route->flags & (HSC_ROUTE_RAW_BODY | HSC_ROUTE_OPEN)) != 0) {
		add_raw(pokes, method, url);
	}
}

/* ---- an object's route ---- */

static const struct hsc_object *find_object(const struct hsck *kit, const struct job *job) {
	const struct hsc_object *object;
	size_t i = 0;
	while ((object = hsck_object(kit, i)) != NULL && !str_is_equal(object->path, job->object)) {
		i++;
	}
	return object;
}

static void add_object_pokes(struct pokes *pokes, const struct hsc_object *object,
	const struct job *job, const char *url) {
	const char *method = known_method(job->method);
	const char *rest = job->path + strlen(job->object);
	bool is_write = strcmp(method, "PATCH") == 0 ||
		(strcmp(method, "POST") == 0 && strcmp(rest, "/search") != 0);
	pokes->hubspot = must_strdup(object->hubspot);
	if (is_write) {
		add_with_bodies(pokes, method, url, object->schema,
			strcmp(rest, "/batch") == 0 ? "inputs" : NULL);
	} else if (strcmp(rest, "/search") == 0) {
		add(pokes, method, "for all records", url)->body = must_strdup("{\"limit\": 10}");
	} else {
		add(pokes, method, "without a body", url);
	}
}

/* ---- all of it ---- */

void pokes_make(struct pokes *pokes, const struct hsck *kit, const struct job *job) {
	const struct hsc_object *object = find_object(kit, job);
	const struct hsc_route *route = poke_route(kit, job);
	json_t *query = route != NULL ? make_query(kit, route) : NULL;
	char *url = make_url(job, query);
	*pokes = (struct pokes){.count = 0};
	if (route != NULL) {
		add_own_pokes(pokes, kit, route, url);
	} else if (object != NULL) {
		add_object_pokes(pokes, object, job, url);
	}
	free(url);
	json_decref(query);
}

void pokes_finish(struct pokes *pokes) {
	for (size_t i = 0; i < pokes->count; i++) {
		free(pokes->list[i].url);
		free(pokes->list[i].body);
	}
	free(pokes->hubspot);
	*pokes = (struct pokes){.count = 0};
}

struct hsck_request *poke_send(const struct poke *poke, struct hsck *kit) {
	static const struct hsck_header headers[] = {
		{"Host", "localhost"}, {"Content-Type", "application/octet-stream"}, {NULL, NULL}};
	char junk[JUNK_SIZE];
	if (!poke->is_junk) {
		return hsck_request(kit, poke->method, poke->url, poke->body);
	}
	/* Every byte there is, NUL among them. */
	for (size_t i = 0; i < sizeof(junk); i++) {
		junk[i] = (char)(i * 7 + i / 256);
	}
	return hsck_send(kit, poke->method, poke->url, headers, junk, poke->junk_length);
}
