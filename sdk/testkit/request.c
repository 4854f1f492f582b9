#include "inside.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

static const char *method_of(const char *method) {
	static const char *const METHODS[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
	for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
		if (str_is_equal(method, METHODS[i])) {
			return METHODS[i];
		}
	}
	kit_die("there is no method %s", method != NULL ? method : "NULL");
}

static void arrive(void *ctx) {
	struct hsck_request *request = ctx;
	request_arrive(request->kit->http, &request->exchange);
	request->exchange.target = NULL;
}

struct hsck_request *hsck_send(struct hsck *kit, const char *method, const char *url,
	const struct hsck_header *headers, const void *body, size_t length) {
	struct hsck_request *request = must_calloc(1, sizeof(*request));
	request->kit = kit;
	request->headers = json_object();
	request->reply_headers = json_object();
	for (size_t i = 0; headers != NULL && headers[i].name != NULL; i++) {
		header_add(request->headers, headers[i].name, headers[i].value);
	}
	if (header_find(request->headers, "Host") == NULL) {
		header_add(request->headers, "Host", "localhost");
	}
	char *copy = NULL;
	if (length > 0) {
		copy = must_calloc(1, length + 1);
		memcpy(copy, body, length);
	}
	request->exchange = (struct exchange){.method = method_of(method),
		.target = kit_keep(kit, url),
		.body = copy,
		.body_length = length,
		.begun_ms = clock_now_ms(),
		.listener = HTTP_LISTEN_PUBLIC};
	/* From this machine nobody needs a key. */
	snprintf(request->exchange.peer, sizeof(request->exchange.peer), "%s",
		kit->keys == NULL ? "127.0.0.1" : "192.0.2.1");
	request->body = copy;
	request->url = request->exchange.target;
	list_append(&kit->requests, &request->link);
	kit_call(kit, arrive, request);
	return request;
}

struct hsck_request *hsck_request(
	struct hsck *kit, const char *method, const char *url, const char *body) {
	struct hsck_header headers[3] = {{.name = NULL}};
	size_t count = 0;
	if (kit->key != NULL) {
		headers[count++] = (struct hsck_header){"X-API-Key", kit->key};
	}
	if (body != NULL) {
		headers[count++] = (struct hsck_header){"Content-Type", "application/json"};
	}
	return hsck_send(kit, method, url, headers, body, body != NULL ? strlen(body) : 0);
}

struct hsck_request *hsck_ask(
	struct hsck *kit, const char *method, const char *url, const char *body) {
	struct hsck_request *request = hsck_request(kit, method, url, body);
	hsck_run(kit);
	return request;
}

static void leave(void *ctx) {
	struct hsck_request *request = ctx;
	request_leave(request->exchange.request);
}

void hsck_leave(struct hsck_request *request) {
	if (request->reply.count > 0 || request->is_gone) {
		return;
	}
	request->is_gone = true;
	if (!request->is_dropped) {
		kit_call(request->kit, leave, request);
	}
}

bool hsck_has_ended(const struct hsck_request *request) {
	return request->is_dropped;
}

/* ---- the reply ---- */

const struct hsck_reply *hsck_reply(const struct hsck_request *request) {
	return request->reply.count > 0 ? &request->reply : NULL;
}

int hsck_status(const struct hsck_request *request) {
	return request->reply.status;
}

const char *hsck_header(const struct hsck_request *request, const char *name) {
	return header_find(request->reply_headers, name);
}

json_t *hsck_json(const struct hsck_request *request) {
	return request->reply.json;
}

/* What stands at "results.0.id"; or NULL. */
static const json_t *find(const json_t *value, const char *path) {
	while (value != NULL && *path != '\0') {
		size_t length = strcspn(path, ".");
		uint64_t index = 0;
		char *name = strndup(path, length);
		if (json_is_array(value)) {
			bool is_index = name != NULL && str_to_uint(name, 0, SIZE_MAX, &index);
			value = is_index ? json_array_get(value, (size_t)index) : NULL;
		} else {
			value = name != NULL ? json_object_get(value, name) : NULL;
		}
		free(name);
		path += length + (path[length] == '.');
	}
	return value;
}

/* The text is the request's, which the caller sees as const. */
const char *hsck_text(const struct hsck_request *request, const char *path) {
	struct hsck_request *own = (struct hsck_request *)(uintptr_t)request;
	const json_t *value = find(request->reply.json, path);
	if (value == NULL || json_is_string(value)) {
		return json_string_value(value);
	}
	struct buf text;
	buf_init(&text, KIT_TEXT_MAX);
	json_write(&text, value);
	free(own->text);
	own->text = buf_take(&text);
	return own->text;
}
