/*
 * The wire of host/http without sockets: wire.c's exchange and server.c's server. A request of the
 * test's is its exchange; the host drops it when the request has ended, the test may look at it
 * until hsck_close().
 */
#include "inside.h"

#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "http/connection.h"

/* ---- headers ---- */

void header_add(json_t *headers, const char *name, const char *value) {
	char *key = must_strdup(name);
	str_lower(key);
	json_t *values = json_object_get(headers, key);
	if (values == NULL) {
		values = json_array();
		json_object_set_new(headers, key, values);
	}
	json_array_append_new(values, json_string(value));
	free(key);
}

static json_t *values_of(const json_t *headers, const char *name) {
	char *key = must_strdup(name);
	str_lower(key);
	json_t *values = json_object_get(headers, key);
	free(key);
	return values;
}

const char *header_find(const json_t *headers, const char *name) {
	return json_string_value(json_array_get(values_of(headers, name), 0));
}

static struct hsck_request *request_of(const struct exchange *exchange) {
	return list_entry(exchange, struct hsck_request, exchange);
}

const char *exchange_header(const struct exchange *exchange, const char *name) {
	return header_find(request_of(exchange)->headers, name);
}

bool exchange_has_header_twice(const struct exchange *exchange, const char *name) {
	return json_array_size(values_of(request_of(exchange)->headers, name)) > 1;
}

bool exchange_has_header_like(const struct exchange *exchange, const char *prefix) {
	const char *name = NULL;
	json_t *values = NULL;
	json_object_foreach (request_of(exchange)->headers, name, values) {
		if (strncasecmp(name, prefix, strlen(prefix)) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- replies: the client has at most one ---- */

static bool can_take(const struct hsck_request *request) {
	return !request->is_gone && request->reply.count == 0;
}

static void take(
	struct hsck_request *request, struct hsck_reply reply, const void *bytes, size_t length) {
	request->bytes = must_calloc(1, length + 1);
	if (length > 0) {
		memcpy(request->bytes, bytes, length);
	}
	request->reply = reply;
	request->reply.count = 1;
	request->reply.bytes = request->bytes;
	request->reply.length = length;
	request->reply.at_ms = clock_now_ms();
}

static void take_headers(struct hsck_request *request, const struct reply *reply) {
	list_for_each (header, reply->headers, struct reply_header, link) {
		header_add(request->reply_headers, header->name, header->value);
	}
	for (size_t i = 0; i < sizeof(reply->defaults) / sizeof(reply->defaults[0]); i++) {
		const char *name = reply->defaults[i].name;
		if (name != NULL && !reply_has_header(reply->headers, name)) {
			header_add(request->reply_headers, name, reply->defaults[i].value);
		}
	}
	if (reply->has_body) {
		char length[24];
		snprintf(length, sizeof(length), "%zu", reply->length);
		header_add(request->reply_headers, "Content-Length", length);
	}
}

bool exchange_reply(struct exchange *exchange, const struct reply *reply) {
	struct hsck_request *request = request_of(exchange);
	if (!can_take(request)) {
		return false;
	}
	bool has_bytes = reply->has_body && !reply->is_head;
	take(request, (struct hsck_reply){.status = reply->status}, reply->bytes,
		has_bytes ? reply->length : 0);
	take_headers(request, reply);
	const char *type = header_find(request->reply_headers, "Content-Type");
	if (has_bytes && type != NULL && strstr(type, "json") != NULL) {
		request->reply.json = json_loadb(request->bytes, request->reply.length,
			JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	}
	return true;
}

bool exchange_wire(struct exchange *exchange, const void *bytes, size_t length) {
	struct hsck_request *request = request_of(exchange);
	if (!can_take(request)) {
		return false;
	}
	take(request, (struct hsck_reply){.is_raw = true}, bytes, length);
	return true;
}

bool exchange_reset(struct exchange *exchange) {
	struct hsck_request *request = request_of(exchange);
	if (!can_take(request)) {
		return false;
	}
	take(request, (struct hsck_reply){.is_reset = true}, NULL, 0);
	return true;
}

void exchange_drop(struct exchange *exchange) {
	exchange->request = NULL;
	request_of(exchange)->is_dropped = true;
}

void exchange_free(struct hsck_request *request) {
	json_decref(request->headers);
	json_decref(request->reply_headers);
	json_decref(request->reply.json);
	free(request->body);
	free(request->bytes);
	free(request->text);
	free(request);
}

/* ---- a server without listeners ---- */

struct server *server_create(struct http *http) {
	struct server *server = must_calloc(1, sizeof(*server));
	server->http = http;
	table_init(
		&server->table, http->settings.max_connections, http->settings.request_timeout_ms);
	return server;
}

void server_destroy(struct server *server) {
	free(server);
}

void server_allow_body(struct server *server, size_t max_body_bytes) {
	(void)server;
	(void)max_body_bytes;
}

bool server_listen(struct server *server, const char *address, enum http_listener listener,
	uint16_t *port, char *error, size_t error_size) {
	(void)server;
	(void)listener;
	(void)port;
	snprintf(error, error_size, "%s: there is no network here", address);
	return false;
}

void server_close(struct server *server, enum http_listener listener) {
	(void)server;
	(void)listener;
}

size_t server_pending(const struct server *server) {
	return list_length(&server->http->requests);
}
