/*
 * echo - the yardstick: evhttp as it comes, jansson, and nothing else. Reads a JSON body, writes it
 * back. What the connector spends on a record is told in multiples of what this spends on one.
 */
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_json(struct evbuffer *out, const json_t *json) {
	char *text = json == NULL ? NULL : json_dumps(json, JSON_COMPACT);
	bool is_good = text != NULL && evbuffer_add(out, text, strlen(text)) == 0;
	free(text);
	return is_good;
}

static void echo(struct evhttp_request *request, void *ctx) {
	struct evbuffer *in = evhttp_request_get_input_buffer(request);
	size_t length = evbuffer_get_length(in);
	struct evbuffer *out = evbuffer_new();
	(void)ctx;
	if (length == 0) {
		evhttp_send_reply(request, 200, "OK", out); /* the page that says it is up */
		evbuffer_free(out);
		return;
	}
	json_t *json = json_loadb((const char *)evbuffer_pullup(in, -1), length, 0, NULL);
	bool is_good = add_json(out, json);
	evhttp_add_header(
		evhttp_request_get_output_headers(request), "Content-Type", "application/json");
	evhttp_send_reply(request, is_good ? 200 : 400, is_good ? "OK" : "Bad Request", out);
	json_decref(json);
	evbuffer_free(out);
}

static void stop(evutil_socket_t number, short what, void *ctx) {
	(void)number;
	(void)what;
	event_base_loopbreak(ctx);
}

int main(int count, char **words) {
	unsigned long port = count == 2 ? strtoul(words[1], NULL, 10) : 0;
	if (port == 0 || port > UINT16_MAX) {
		fprintf(stderr, "echo PORT\n");
		return 2;
	}
	struct event_base *base = event_base_new();
	struct evhttp *http = base == NULL ? NULL : evhttp_new(base);
	struct event *term = base == NULL ? NULL : evsignal_new(base, SIGTERM, stop, base);
	if (http == NULL || term == NULL ||
		evhttp_bind_socket(http, "127.0.0.1", (uint16_t)port) != 0) {
		fprintf(stderr, "echo: cannot listen on port %lu\n", port);
		return 1;
	}
	event_add(term, NULL);
	evhttp_set_gencb(http, echo, NULL);
	event_base_dispatch(base);
	event_free(term);
	evhttp_free(http);
	event_base_free(base);
	return 0;
}
