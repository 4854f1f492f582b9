/*
 * passthrough.c - any method on /hubspot/... goes to the same path of HubSpot's, under the host's
 * rate limit, retries and log: what an application asks HubSpot by itself is quota that everybody
 * else lacks. Nothing is converted, and nothing is ordered: a write that passes through here may
 * overtake another one to the same record.
 *
 * Loaded only when asked for by name. A caller needs the scope hubspot:raw, which is the whole
 * account, as far as the token reaches.
 */
#include <hubspot-connector/plugin.h>
#include <jansson.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { BODY_BYTES_MAX = 8 * 1024 * 1024 };

static int refuse(const struct hsc_host *host, struct hsc_request *request, int status,
	const char *code, const char *message) {
	host->http->refuse(host, request, status, code, message, NULL);
	return HSC_REPLIED;
}

/* A part of the path that is "." or ".." would leave what the base URL of HubSpot says; some
 * servers look at it without what follows a semicolon. */
static bool has_dots(const char *path) {
	for (const char *part = path; part != NULL; part = strchr(part, '/')) {
		part += *part == '/';
		size_t length = strcspn(part, "/;");
		if ((length == 1 || length == 2) && strncmp(part, "..", length) == 0) {
			return true;
		}
	}
	return false;
}

/* The path with its query as the client wrote it, from the slash after "/hubspot"; or NULL. */
static const char *path_of(const char *url) {
	static const char *const prefixes[] = {"/hubspot/", "/v1/hubspot/"};
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		size_t length = strlen(prefixes[i]);
		if (strncmp(url, prefixes[i], length) == 0) {
			return url + length - 1;
		}
	}
	return NULL;
}

/* What asks only, or says again what has been said, may be sent twice. */
static bool is_repeatable(const char *method, const char *path) {
	static const char *const methods[] = {"GET", "PUT", "DELETE"};
	static const char *const readers[] = {"/search", "/batch/read"};
	size_t length = strcspn(path, "?");
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (strcmp(method, methods[i]) == 0) {
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++) {
		size_t tail = strlen(readers[i]);
		if (length >= tail && strncmp(path + length - tail, readers[i], tail) == 0) {
			return strcmp(method, "POST") == 0;
		}
	}
	return false;
}

static bool is_json(const char *type) {
	static const char json[] = "application/json";
	size_t length = strlen(json);
	return type != NULL && strncasecmp(type, json, length) == 0 &&
		strchr("; \t", type[length]) != NULL; /* or at its end */
}

/* NULL in *body: there is none. False: the request has been replied to. */
static bool read_body(const struct hsc_host *host, struct hsc_request *request, json_t **body) {
	size_t length = 0;
	const char *text = host->http->raw_body(host, request, &length);
	json_error_t fault;
	*body = NULL;
	if (length == 0) {
		return true;
	}
	if (!is_json(host->http->header(host, request, "Content-Type"))) {
		refuse(host, request, 415, "unsupported_media_type",
			"Only application/json passes through.");
		return false;
	}
	*body = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &fault);
	if (*body == NULL) {
		refuse(host, request, 400, "bad_json", fault.text);
	}
	return *body != NULL;
}

/* HubSpot's own status where it says yes: a 201 stays one. */
static void reply(const struct hsc_result *result, void *ctx) {
	const struct hsc_http *http = result->host->http;
	(void)ctx;
	if (result->error != 0 || result->body == NULL) {
		result->host->hubspot->relay(result->host, result->request, result);
	} else {
		http->reply(result->host, result->request, result->status, result->body);
	}
}

/* The host answers a HEAD as a GET without the body. */
static const char *method_of(const struct hsc_host *host, struct hsc_request *request) {
	const char *method = host->http->method(host, request);
	return strcmp(method, "HEAD") == 0 ? "GET" : method;
}

static int submit(const struct hsc_host *host, struct hsc_request *request, const char *path,
	const json_t *body) {
	const char *method = method_of(host, request);
	size_t size = strlen(method) + strlen(path) + 2;
	char *call = malloc(size);
	if (call == NULL) {
		return HSC_ENOMEM;
	}
	snprintf(call, size, "%s %s", method, path);
	const struct hsc_operation raw = HSC_OPERATION(.kind = HSC_RAW,
		.flags = is_repeatable(method, path) ? HSC_REPEATABLE : 0, .object = call,
		.body = body, .request = request);
	int error = host->hubspot->submit(host, &raw, reply, NULL, NULL);
	free(call);
	return error != 0 ? error : HSC_LATER;
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	const char *path = path_of(host->http->url(host, request));
	json_t *body = NULL;
	(void)state;
	if (path == NULL || strpbrk(path, "{}") != NULL || /* the host's own placeholders */
		has_dots(host->http->path_param(host, request, "path"))) {
		return refuse(host, request, 400, "bad_path",
			"Write /hubspot/ plainly, a path without dots as its parts, and braces as "
			"%7B "
			"and %7D.");
	}
	if (!read_body(host, request, &body)) {
		return HSC_REPLIED;
	}
	int result = submit(host, request, path, body);
	json_decref(body);
	return result;
}

static int init(const struct hsc_host *host, void **state) {
	static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	(void)state;
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		const struct hsc_route route = HSC_ROUTE(.flags = HSC_ROUTE_RAW_BODY,
			.method = methods[i], .path = "/hubspot/{path...}",
			.summary = "The same path of HubSpot's, under the one limit",
			.scope = "hubspot:raw", .max_body_bytes = BODY_BYTES_MAX, .handle = handle);
		int error = host->http->add_route(host, &route);
		if (error != 0) {
			return error;
		}
	}
	return 0;
}

HSC_PLUGIN(.flags = HSC_PLUGIN_BY_NAME, .name = "passthrough", .version = "0.9.0", .init = init);
