#include "http/inside.h"

#include <strings.h>

#include "base/json.h"
#include "base/str.h"
#include "schema/schema.h"

bool check_timeout(struct http_request *request, uint32_t *timeout_ms) {
	enum { LONGEST_MS = 60 * 1000 };
	const char *wish = exchange_header(request->exchange, "X-Request-Timeout-Ms");
	uint64_t wish_ms;
	if (wish == NULL) {
		return true;
	}
	if (!str_to_uint(wish, 1, LONGEST_MS, &wish_ms)) {
		return reply_refuse(request, 400, "bad_header",
			"X-Request-Timeout-Ms must be a number from 1 to 60000");
	}
	if (wish_ms < *timeout_ms) {
		*timeout_ms = (uint32_t)wish_ms;
	}
	return true;
}

static const char *skip_spaces(const char *at) {
	return at + strspn(at, " \t");
}

/* Of a parameter's value, a word or a quoted string; 0: it is neither. */
static size_t value_length(const char *at) {
	if (*at != '"') {
		return strcspn(at, "; \t\"");
	}
	size_t length = 1;
	while (at[length] != '\0' && at[length] != '"') {
		length += at[length] == '\\' && at[length + 1] != '\0' ? 2 : 1;
	}
	return at[length] == '"' ? length + 1 : 0;
}

static bool is_utf8(const char *value, size_t length) {
	static const char *const forms[] = {"utf-8", "\"utf-8\""};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		if (length == strlen(forms[i]) && strncasecmp(value, forms[i], length) == 0) {
			return true;
		}
	}
	return false;
}

/* If a charset is named it is UTF-8; the other parameters mean nothing for JSON. */
static bool are_parameters(const char *at) {
	static const char charset[] = "charset";
	while (*at == ';') {
		at = skip_spaces(at + 1);
		size_t name = strcspn(at, "=; \t\"");
		if (name == 0) {
			continue; /* nothing between two semicolons */
		}
		const char *value = at + name + 1;
		size_t length = at[name] == '=' ? value_length(value) : 0;
		bool is_charset = name == strlen(charset) && strncasecmp(at, charset, name) == 0;
		if (length == 0 || (is_charset && !is_utf8(value, length))) {
			return false;
		}
		at = skip_spaces(value + length);
	}
	return *at == '\0';
}

static bool is_json_type(const char *type) {
	static const char json[] = "application/json";
	return type != NULL && strncasecmp(type, json, strlen(json)) == 0 &&
		are_parameters(skip_spaces(type + strlen(json)));
}

static bool check_schema(struct http_request *request) {
	const struct http_route *route = &request->match.route->declared;
	json_auto_t *errors = json_array();
	if (errors == NULL) {
		return reply_out_of_memory(request);
	}
	if (schema_validate(route->body_schema, request->body, route->body_how, errors)) {
		return true;
	}
	const struct http_problem problem = {.status = 422,
		.code = "validation_failed",
		.message = "the body does not meet its schema",
		.errors = errors};
	http_refuse(request, &problem);
	return false;
}

static bool read_json(struct http_request *request) {
	char error[JSON_ERROR_SIZE] = "";
	const struct exchange *exchange = request->exchange;
	request->body = json_read(exchange->body_length == 0 ? "" : exchange->body,
		exchange->body_length, JSON_DEPTH_MAX, error);
	if (request->body != NULL) {
		return true;
	}
	char message[JSON_ERROR_SIZE + 32];
	snprintf(message, sizeof(message), "the body is not JSON: %s", error);
	return reply_refuse(request, 400, "invalid_json", message);
}

static uint32_t body_limit(const struct http_request *request) {
	uint32_t of_route = request->match.route->declared.max_body_bytes;
	return of_route != 0 ? of_route : request->http->settings.max_body_bytes;
}

bool check_body(struct http_request *request) {
	const struct http_route *route = &request->match.route->declared;
	const struct exchange *exchange = request->exchange;
	const char *coding = exchange_header(exchange, "Content-Encoding");
	if (exchange->body_length > body_limit(request)) {
		char message[80];
		snprintf(message, sizeof(message), "the body is larger than %u bytes",
			(unsigned)body_limit(request));
		return reply_refuse(request, 413, "body_too_large", message);
	}
	if ((route->flags & HTTP_ROUTE_RAW_BODY) != 0) {
		return true;
	}
	if (route->body_schema == NULL) {
		return exchange->body_length == 0 ||
			reply_refuse(request, 400, "unexpected_body", "this request takes no body");
	}
	if (exchange->body_length == 0) {
		return reply_refuse(request, 400, "invalid_json", "a JSON body is required");
	}
	if (coding != NULL && strcasecmp(coding, "identity") != 0) {
		return reply_refuse(
			request, 415, "unsupported_media_type", "the body may not be compressed");
	}
	if (!is_json_type(exchange_header(exchange, "Content-Type"))) {
		return reply_refuse(request, 415, "unsupported_media_type",
			"Content-Type must be application/json, in UTF-8");
	}
	return read_json(request) && check_schema(request);
}

/* ---- the query ---- */

static bool refuse_query(struct http_request *request, const json_t *errors) {
	const struct http_problem problem = {.status = 400,
		.code = "bad_query",
		.message = "the query is not what this request takes",
		.errors = errors};
	http_refuse(request, &problem);
	return false;
}

static bool fault_twice(json_t *errors, const char *name) {
	return json_array_size(errors) >= SCHEMA_ERRORS_MAX ||
		json_array_append_new(errors,
			json_pack("{s:s, s:s, s:s}", "field", name, "code", "duplicate", "message",
				"must be given once")) == 0;
}

/* As {"name": "value"}; appended to `errors` is which name comes twice. NULL: out of memory. */
static json_t *query_texts(const struct target *target, json_t *errors) {
	json_t *query = json_object();
	bool is_done = query != NULL;
	for (size_t i = 0; is_done && i < target->query_count; i++) {
		const struct query_item *item = &target->query[i];
		if (json_object_get(query, item->name) == NULL) {
			is_done = json_object_set_new(
					  query, item->name, json_string(item->value)) == 0;
		} else {
			is_done = fault_twice(errors, item->name);
		}
	}
	if (!is_done) {
		json_decref(query);
		return NULL;
	}
	return query;
}

/* The number or boolean that `text` reads as, a new reference; or NULL. */
static json_t *read_scalar(const char *text) {
	char error[JSON_ERROR_SIZE];
	size_t length = strlen(text);
	bool is_plain =
		length > 0 && strspn(text, "0123456789+-.eEtruefals") == length; /* no spaces */
	json_t *value = is_plain ? json_read(text, length, 1, error) : NULL;
	if (value != NULL && !json_is_number(value) && !json_is_boolean(value)) {
		json_decref(value);
		return NULL;
	}
	return value;
}

/* Which parameter a fault is about: the pointer "/a~1b" becomes the name "a/b". */
static void name_field(json_t *fault) {
	const char *pointer = json_member_text(fault, "field");
	char *name = pointer != NULL && pointer[0] == '/' ? strdup(pointer + 1) : NULL;
	if (name == NULL) {
		return;
	}
	char *to = name;
	for (const char *from = name; *from != '\0'; from++) {
		bool is_escape = from[0] == '~' && (from[1] == '0' || from[1] == '1');
		*to++ = !is_escape ? *from : *++from == '0' ? '~' : '/';
	}
	*to = '\0';
	(void)json_object_set_new(fault, "field", json_string(name));
	free(name);
}

/* A text where the schema wants none becomes what it reads as; false: there was none to change. */
static bool convert(json_t *query, const json_t *faults) {
	static const char *const CODES[] = {"type", "enum", "const", "oneOf", "anyOf"};
	bool has_changed = false;
	size_t index = 0;
	json_t *fault = NULL;
	json_array_foreach (faults, index, fault) {
		const char *name = json_member_text(fault, "field");
		const char *text = name != NULL ? json_member_text(query, name) : NULL;
		for (size_t i = 0; text != NULL && i < sizeof(CODES) / sizeof(CODES[0]); i++) {
			json_t *value = str_is_equal(json_member_text(fault, "code"), CODES[i])
				? read_scalar(text)
				: NULL;
			if (value != NULL) {
				has_changed |= json_object_set_new(query, name, value) == 0;
				break;
			}
		}
	}
	return has_changed;
}

/* The schema alone knows which of the texts are to be numbers, so its faults are asked. Each round
 * changes texts for good, so there is a last one. */
static bool meets_schema(const struct schema *schema, json_t *query, json_t *errors) {
	do {
		json_array_clear(errors);
		if (schema_validate(schema, query, 0, errors)) {
			return true;
		}
		size_t index = 0;
		json_t *fault = NULL;
		json_array_foreach (errors, index, fault) {
			name_field(fault);
		}
	} while (convert(query, errors));
	return false;
}

bool check_query(struct http_request *request) {
	const struct schema *schema = request->match.route->declared.query_schema;
	if (schema == NULL) {
		return true;
	}
	json_auto_t *errors = json_array();
	json_auto_t *query = query_texts(&request->target, errors);
	if (errors == NULL || query == NULL) {
		return reply_out_of_memory(request);
	}
	return (json_array_size(errors) == 0 && meets_schema(schema, query, errors)) ||
		refuse_query(request, errors);
}
