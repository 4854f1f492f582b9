/*
 * The API document: OpenAPI 3.1 of all routes that are told, each as its owner and http describe
 * it. What does not depend on what is loaded stands in openapi.schema.json.
 */
#include "api/inside.h"

#include "api/openapi.schema.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum { DOCUMENT_BYTES_MAX = 64 * 1024 * 1024 };

static const char HOST_TAG[] = "connector";

static const char ABOUT[] =
	"Flat JSON in, flat JSON out: one careful writer into one HubSpot account, shared by many "
	"applications. Tokens, API versions, rate limits, retries, races and value formats stay "
	"behind "
	"it.\n\n"
	"* **Errors have one shape** (`Problem`), and all faults of a body are told at once. "
	"`retryable: true`: sending exactly the same again is safe and may succeed; wait for "
	"`Retry-After` when it is there. `outcome`, on writes, says whether anything may have been "
	"carried out.\n"
	"* **`Idempotency-Key`** on any POST: the work is done once, whoever asks how often.\n"
	"* Every reply has an `X-Request-Id`: the caller's, if one was sent. Every path is served "
	"under "
	"`/v1`, too, and every GET as HEAD.";

/* At start only. */
static void must(bool is_done, const char *what) {
	if (!is_done) {
		fprintf(stderr, "hubspot-connector: the API document: %s\n", what);
		abort();
	}
}

void openapi_init(struct api *api) {
	char error[JSON_ERROR_SIZE] = "";
	api->written = json_read(openapi_schema, sizeof(openapi_schema) - 1, JSON_DEPTH_MAX, error);
	must(api->written != NULL, error);
}

void openapi_finish(struct api *api) {
	json_decref(api->written);
	text_finish(&api->document);
}

bool openapi_describe(
	const struct http_route *route, struct http_description *description, void *ctx) {
	const struct api *api = ctx;
	json_t *operations = json_object_get(api->written, "operations");
	json_auto_t *own = json_deep_copy(json_object_get(operations, route->path));
	json_object_update(description->operation, own);
	json_object_set_new(description->operation, "tags", json_pack("[s]", HOST_TAG));
	json_object_set_new(description->tags, HOST_TAG,
		json_string("The connector itself: health, metrics, and what you are reading."));
	return true;
}

static void visit(const struct http_route *route, void *ctx) {
	struct document *document = ctx;
	bool is_told = (route->flags & (HTTP_ROUTE_HIDDEN | HTTP_ROUTE_INTERNAL)) == 0 ||
		route->describe != NULL;
	if (is_told && str_is_equal(route->owner, "host") == document->are_host_pages) {
		operations_add(document, route);
	}
}

static json_t *tags_of(const struct document *document) {
	json_t *tags = json_array();
	const char *name = NULL;
	json_t *description = NULL;
	json_object_foreach (document->tags, name, description) {
		json_array_append_new(
			tags, json_pack("{s:s, s:O}", "name", name, "description", description));
	}
	return tags;
}

static json_t *about(const struct api *api) {
	return json_pack("{s:s, s:s, s:s, s:{s:s}, s:{s:s, s:s}}", "title", "HubSpot connector",
		"version", api->settings.version, "description", ABOUT, "contact", "name",
		"The operator of this connector", "license", "name", "MIT", "identifier", "MIT");
}

static json_t *servers(const struct api *api) {
	bool is_named = api->settings.public_url != NULL;
	return json_pack("[{s:s, s:s}]", "url", is_named ? api->settings.public_url : "/",
		"description", is_named ? "This connector" : "Where this document came from");
}

/* The host's own pages come last: people come for the objects. */
void api_make_document(struct api *api, const struct http *http) {
	json_auto_t *components = json_deep_copy(json_object_get(api->written, "components"));
	struct document document = {.paths = json_object(),
		.schemas = json_object_get(components, "schemas"),
		.tags = json_object(),
		.shapes = json_object(),
		.ids = json_object(),
		.needs_key = api->settings.needs_key};
	http_each_route(http, visit, &document);
	document.are_host_pages = true;
	http_each_route(http, visit, &document);
	refs_prune(components, document.paths);
	json_auto_t *whole = json_pack("{s:s, s:o, s:o, s:o, s:O, s:O}", "openapi", "3.1.0", "info",
		about(api), "servers", servers(api), "tags", tags_of(&document), "paths",
		document.paths, "components", components);
	struct buf text;
	buf_init(&text, DOCUMENT_BYTES_MAX);
	json_write(&text, whole);
	size_t length = text.length;
	char *bytes = buf_take(&text);
	must(whole != NULL && bytes != NULL, "out of memory");
	text_finish(&api->document);
	text_init(&api->document, bytes, length);
	json_decref(document.paths);
	json_decref(document.tags);
	json_decref(document.shapes);
	json_decref(document.ids);
}

const char *api_document(const struct api *api, size_t *length) {
	*length = api->document.length;
	return api->document.bytes != NULL ? api->document.bytes : "";
}

int openapi_page(struct http_request *request, void *ctx) {
	const struct api *api = ctx;
	if (!http_check_query(request, NULL)) {
		return HTTP_REPLIED;
	}
	if (api->document.bytes == NULL) {
		http_refuse(request,
			&(struct http_problem){.status = 503,
				.code = "starting",
				.message = "the plugins have not started yet",
				.is_retryable = true,
				.retry_after_ms = 1000});
		return HTTP_REPLIED;
	}
	return text_reply(request, &api->document, "application/json; charset=utf-8");
}
