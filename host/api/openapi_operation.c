/*
 * One route of the API document: what its owner says of it, and what http does for every route:
 * path parameters, headers that it looks at, refusals of its own, who may call.
 */
#include "api/inside.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum { PATH_BYTES_MAX = 4096, PARAMS_MAX = 16, STATUSES_MAX = 32 };

static const char *const METHODS[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
enum { METHODS_COUNT = sizeof(METHODS) / sizeof(METHODS[0]) };

static bool is_open(const struct http_route *route) {
	return (route->flags & HTTP_ROUTE_OPEN) != 0;
}

/* ---- the path ---- */

/* The parameters of a path, as they stand in it. */
struct params {
	char names[PARAMS_MAX][64];
	bool is_tail[PARAMS_MAX];
	size_t count;
};

/* "/a/{b}/{rest...}" -> "/a/{b}/{rest}" and "/a/{}/{}". */
static void read_path(
	const char *path, struct buf *plain, struct buf *shape, struct params *params) {
	params->count = 0;
	while (*path != '\0') {
		size_t length = strcspn(path, "{");
		buf_add(plain, path, length);
		buf_add(shape, path, length);
		path += length;
		if (*path == '\0') {
			break;
		}
		size_t name = strcspn(path + 1, ".}");
		bool is_tail = path[1 + name] == '.';
		buf_printf(plain, "{%.*s}", (int)name, path + 1);
		buf_add_text(shape, "{}");
		if (params->count < PARAMS_MAX) {
			snprintf(params->names[params->count], sizeof(params->names[0]), "%.*s",
				(int)name, path + 1);
			params->is_tail[params->count++] = is_tail;
		}
		path += 1 + strcspn(path + 1, "}") + 1;
	}
}

static json_t *find_param(json_t *parameters, const char *name) {
	size_t index = 0;
	json_t *parameter = NULL;
	json_array_foreach (parameters, index, parameter) {
		if (str_is_equal(json_member_text(parameter, "in"), "path") &&
			str_is_equal(json_member_text(parameter, "name"), name)) {
			return parameter;
		}
	}
	return NULL;
}

/* Those that the owner did not tell; all under the names that the document's path has. */
static void add_path_params(
	json_t *parameters, const struct params *params, const struct params *as) {
	for (size_t i = 0; i < params->count; i++) {
		json_t *parameter = find_param(parameters, params->names[i]);
		if (parameter == NULL) {
			parameter = json_pack("{s:s, s:s, s:b, s:s, s:{s:s, s:i}}", "name",
				as->names[i], "in", "path", "required", 1, "description",
				params->is_tail[i] ? "The rest of the path, slashes included."
						   : "A part of the path.",
				"schema", "type", "string", "minLength", 1);
			json_array_insert_new(parameters, i, parameter);
		}
		json_object_set_new(parameter, "name", json_string(as->names[i]));
	}
}

/* ---- the operation's name ---- */

static void add_pascal(struct buf *to, const char *text, size_t length) {
	bool is_start = true;
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (isalnum(c)) {
			buf_add_char(to, (char)(is_start ? toupper(c) : c));
		}
		is_start = !isalnum(c);
	}
}

/* GET /quotes/{id}/lines -> "getQuotesByIdLines" */
static void name_operation(struct buf *id, const char *method, const char *plain) {
	for (const char *c = method; *c != '\0'; c++) {
		buf_add_char(id, (char)tolower((unsigned char)*c));
	}
	for (const char *segment = plain; *segment == '/';) {
		size_t length = strcspn(++segment, "/");
		if (*segment == '{') {
			buf_add_text(id, "By");
		}
		add_pascal(id, segment, length);
		segment += length;
	}
}

static void set_id(
	struct document *document, json_t *operation, const char *method, const char *plain) {
	struct buf id;
	buf_init(&id, PATH_BYTES_MAX);
	const char *own = json_member_text(operation, "operationId");
	if (own != NULL) {
		buf_add_text(&id, own);
	} else {
		name_operation(&id, method, plain);
	}
	size_t length = id.length;
	for (unsigned again = 2; json_object_get(document->ids, buf_text(&id)) != NULL; again++) {
		buf_cut(&id, length);
		buf_add_uint(&id, again);
	}
	json_object_set_new(document->ids, buf_text(&id), json_true());
	json_object_set_new(operation, "operationId", json_string(buf_text(&id)));
	buf_finish(&id);
}

static void set_words(struct document *document, const struct http_route *route, json_t *operation,
	const char *method) {
	if (json_object_get(operation, "summary") == NULL) {
		json_object_set_new(operation, "summary",
			route->summary != NULL ? json_string(route->summary)
					       : json_sprintf("%s %s", method, route->path));
	}
	if (is_open(route) && json_object_get(operation, "description") == NULL) {
		json_object_set_new(operation, "description",
			json_string("Needs no API key of the connector's."));
	}
	if (json_object_get(operation, "tags") != NULL) {
		return;
	}
	json_object_set_new(operation, "tags", json_pack("[s]", route->owner));
	if (json_object_get(document->tags, route->owner) == NULL) {
		json_object_set_new(document->tags, route->owner,
			json_sprintf("Of the plugin %s.", route->owner));
	}
}

/* ---- what http looks at and replies by itself ---- */

static json_t *ref(const char *kind, const char *name) {
	return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

static void add_headers_asked(
	json_t *parameters, const struct http_route *route, const char *method) {
	if (strcmp(method, "POST") == 0 && !is_open(route)) {
		json_array_append_new(parameters, ref("parameters", "IdempotencyKey"));
	}
	if (!str_is_equal(route->owner, "host")) {
		json_array_append_new(parameters, ref("parameters", "RequestTimeout"));
	}
}

enum when { ALWAYS = 1, ASKS = 2, TAKES_BODY = 4, READS_BODY = 8, IS_KEYED = 16 };

static unsigned when_of(const struct http_route *route, const char *method) {
	bool takes_raw = (route->flags & HTTP_ROUTE_RAW_BODY) != 0;
	unsigned when = ALWAYS;
	when |= is_open(route) ? 0 : ASKS;
	when |= takes_raw || route->body_schema != NULL ? TAKES_BODY : 0;
	when |= !takes_raw && route->body_schema != NULL ? READS_BODY : 0;
	when |= strcmp(method, "POST") == 0 && !is_open(route) ? IS_KEYED : 0;
	return when;
}

static const struct {
	const char *status, *name;
	unsigned when; /* one of these holds */
} REFUSALS[] = {
	{"400", "BadRequest", ALWAYS},
	{"401", "KeyRequired", ASKS},
	{"403", "Forbidden", ASKS},
	{"413", "TooLarge", TAKES_BODY},
	{"415", "UnsupportedMediaType", READS_BODY},
	{"422", "Invalid", READS_BODY | IS_KEYED},
	{"429", "TooManyRequests", ASKS},
	{"503", "Unavailable", ALWAYS},
	{"504", "Deadline", ALWAYS},
};

static void add_refusals(json_t *responses, unsigned when) {
	for (size_t i = 0; i < sizeof(REFUSALS) / sizeof(REFUSALS[0]); i++) {
		if ((REFUSALS[i].when & when) != 0 &&
			json_object_get(responses, REFUSALS[i].status) == NULL) {
			json_object_set_new(
				responses, REFUSALS[i].status, ref("responses", REFUSALS[i].name));
		}
	}
}

static const struct {
	const char *name, *component;
	unsigned when;
} HEADERS[] = {
	{"X-Request-Id", "RequestId", ALWAYS},
	{"RateLimit", "RateLimit", ASKS},
	{"RateLimit-Policy", "RateLimitPolicy", ASKS},
	{"Idempotent-Replayed", "IdempotentReplayed", IS_KEYED},
};

/* To those that are the owner's own; the shared ones have theirs. */
static void add_headers_sent(json_t *responses, unsigned when) {
	const char *status = NULL;
	json_t *response = NULL;
	json_object_foreach (responses, status, response) {
		if (json_object_get(response, "$ref") != NULL) {
			continue;
		}
		json_t *headers = json_object_get(response, "headers");
		if (headers == NULL) {
			headers = json_object();
			json_object_set_new(response, "headers", headers);
		}
		for (size_t i = 0; i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
			if ((HEADERS[i].when & when) != 0) {
				json_object_set_new(headers, HEADERS[i].name,
					ref("headers", HEADERS[i].component));
			}
		}
	}
}

static int by_text(const void *a, const void *b) {
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same members, in the order of their names. A new reference. */
static json_t *sorted(json_t *responses) {
	const char *statuses[STATUSES_MAX];
	size_t count = 0;
	const char *status = NULL;
	json_t *response = NULL;
	json_object_foreach (responses, status, response) {
		if (count < STATUSES_MAX) {
			statuses[count++] = status;
		}
	}
	qsort(statuses, count, sizeof(statuses[0]), by_text);
	json_t *in_order = json_object();
	for (size_t i = 0; i < count; i++) {
		json_object_set(in_order, statuses[i], json_object_get(responses, statuses[i]));
	}
	return in_order;
}

/*
 * With or without a key, when both are let in. OpenAPI 3.1 would take the scope of a key in the
 * lists here, but tools show them nowhere, and those of 3.0 object: the description tells people,
 * and "x-required-scopes" programs.
 */
static void set_security(
	const struct document *document, const struct http_route *route, json_t *operation) {
	if (is_open(route)) {
		json_object_set_new(operation, "security", json_array());
		return;
	}
	json_t *ways = json_pack("[{s:[]}, {s:[]}]", "bearer", "apiKey");
	if (!document->needs_key) {
		json_array_append_new(ways, json_object());
	}
	json_object_set_new(operation, "security", ways);
	if (*route->scope == '\0') {
		return;
	}
	const char *about = json_member_text(operation, "description");
	json_object_set_new(operation, "x-required-scopes", json_pack("[s]", route->scope));
	json_object_set_new(operation, "description",
		json_sprintf("%s%sAn API key needs the scope `%s`.", about != NULL ? about : "",
			about != NULL ? "\n\n" : "", route->scope));
}

/* ---- the whole ---- */

/* The document's path for this shape, and the object that stands there. */
static json_t *path_item(struct document *document, const struct buf *plain,
	const struct buf *shape, struct params *as) {
	const char *known = json_member_text(document->shapes, buf_text(shape));
	const char *path = known != NULL ? known : buf_text(plain);
	json_t *item = json_object_get(document->paths, path);
	struct buf same, none;
	buf_init(&same, PATH_BYTES_MAX);
	buf_init(&none, PATH_BYTES_MAX);
	read_path(path, &same, &none, as);
	if (item == NULL) {
		item = json_object();
		json_object_set_new(document->paths, path, item);
		json_object_set_new(document->shapes, buf_text(shape), json_string(path));
	}
	buf_finish(&same);
	buf_finish(&none);
	return item;
}

static void complete(struct document *document, const struct http_route *route, json_t *operation,
	const char *method) {
	unsigned when = when_of(route, method);
	json_t *responses = json_object_get(operation, "responses");
	if (responses == NULL) {
		responses = json_pack("{s:o}", "default", ref("responses", "Other"));
		json_object_set_new(operation, "responses", responses);
	}
	add_headers_sent(responses, when);
	add_refusals(responses, when);
	json_object_set_new(operation, "responses", sorted(responses));
	set_security(document, route, operation);
}

/* False: it is not to be told. */
static bool add(struct document *document, const struct http_route *route, const char *method) {
	struct params params, as;
	struct buf plain, shape;
	json_auto_t *operation = json_object();
	struct http_description description = {
		.operation = operation, .schemas = document->schemas, .tags = document->tags};
	if (route->describe != NULL && !route->describe(route, &description, route->ctx)) {
		return false;
	}
	buf_init(&plain, PATH_BYTES_MAX);
	buf_init(&shape, PATH_BYTES_MAX);
	read_path(route->path, &plain, &shape, &params);
	json_t *item = path_item(document, &plain, &shape, &as);
	char member[16];
	snprintf(member, sizeof(member), "%s", method);
	str_lower(member);
	if (json_object_get(item, member) == NULL) {
		json_t *parameters = json_object_get(operation, "parameters");
		parameters = parameters != NULL ? json_incref(parameters) : json_array();
		add_path_params(parameters, &params, &as);
		add_headers_asked(parameters, route, method);
		set_words(document, route, operation, method);
		set_id(document, operation, method, buf_text(&plain));
		if (json_array_size(parameters) > 0) {
			json_object_set(operation, "parameters", parameters);
		}
		json_decref(parameters);
		complete(document, route, operation, method);
		json_object_set(item, member, operation);
	}
	buf_finish(&plain);
	buf_finish(&shape);
	return true;
}

void operations_add(struct document *document, const struct http_route *route) {
	for (size_t i = 0; i < METHODS_COUNT; i++) {
		if ((route->method == NULL || strcmp(route->method, METHODS[i]) == 0) &&
			!add(document, route, METHODS[i])) {
			return;
		}
	}
}
