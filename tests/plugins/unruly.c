/*
 * A plugin whose one route, GET /NAME, does something that the contract forbids; which, says
 * CMakeLists.txt with UNRULY_HANDLE. The process lives on.
 */
#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#define UNUSED __attribute__((unused))

#ifndef UNRULY_INIT
#define UNRULY_INIT 0
#endif
#ifndef UNRULY_HANDLE
#define UNRULY_HANDLE fine
#endif

enum { LEAK_BYTES = 1024 * 1024, SHORT_WHILE_US = 20000 };

static const struct hsc_host *own;
static atomic_bool is_over;

UNUSED static int fine(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

UNUSED static int replies_twice(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply(host, request, 204, NULL);
	host->http->reply(host, request, 200, NULL);
	return HSC_REPLIED;
}

UNUSED static void reply_again(void *ctx) {
	own->http->reply(own, ctx, 200, NULL);
}

UNUSED static int replies_twice_later(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply(host, request, 204, NULL);
	host->loop->after(host, 1, reply_again, request);
	return HSC_REPLIED;
}

UNUSED static int never_replies(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)request;
	(void)state;
	return HSC_LATER;
}

/* Says it has replied, and has lost what it would have to reply to. */
UNUSED static int throws_token_away(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	request = NULL;
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

/* Replies to what it was never given: an address, and a token that it has calculated. */
UNUSED static int invents_token(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	static char room[64];
	(void)state;
	host->http->reply(host, (struct hsc_request *)(void *)room, 204, NULL);
	host->http->reply(host, (struct hsc_request *)((uintptr_t)request + 1), 204, NULL);
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

/* Like an allocation, but one that no compiler sees through. */
UNUSED static int leaks(const struct hsc_host *host, struct hsc_request *request, void *state) {
	char *volatile lost = malloc(LEAK_BYTES);
	if (lost != NULL) {
		lost[0] = 'x';
	}
	lost = NULL;
	return fine(host, request, state);
}

UNUSED static int blocks_loop(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	const json_t *ms = json_object_get(host->config, "ms");
	usleep((useconds_t)(json_is_integer(ms) ? json_integer_value(ms) : 5000) * 1000);
	return fine(host, request, state);
}

/* Each result is the reason for the next operation, for ever. */
UNUSED static void submit_again(const struct hsc_result *result, void *ctx) {
	const struct hsc_operation operation =
		HSC_OPERATION(.kind = HSC_READ, .object = "contacts", .id = "1");
	(void)result;
	own->hubspot->submit(own, &operation, submit_again, ctx, NULL);
}

UNUSED static int recurses_in_done(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	const struct hsc_operation operation =
		HSC_OPERATION(.kind = HSC_READ, .object = "contacts", .id = "1");
	host->hubspot->submit(host, &operation, submit_again, NULL, NULL);
	return fine(host, request, state);
}

/* A thread that nobody joins: it goes on when the host has stopped, and its plugin with it. */
UNUSED static void *reply_for_ever(void *ctx) {
	while (!atomic_load(&is_over)) {
		usleep(1000);
	}
	for (;;) {
		own->http->reply(own, ctx, 204, NULL);
		own->loop->post(own, reply_again, ctx);
		own->extension(own, "hsc.wire/1");
		hsc_log(own, HSC_DEBUG, NULL, "late at %d", own->loop->now_ms(own) > 0);
	}
	return NULL;
}

UNUSED static int replies_after_stop(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	pthread_t thread;
	(void)host;
	(void)state;
	if (pthread_create(&thread, NULL, reply_for_ever, request) != 0) {
		return HSC_ENOMEM;
	}
	pthread_detach(thread);
	return HSC_LATER;
}

UNUSED static int submits_early(const struct hsc_host *host) {
	const struct hsc_operation operation =
		HSC_OPERATION(.kind = HSC_READ, .object = "contacts", .id = "1");
	return host->hubspot->submit(host, &operation, submit_again, NULL, NULL);
}

static int init(const struct hsc_host *host, void **state) {
	const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = "/" FIXTURE_NAME,
		.timeout_ms = 200, .handle = UNRULY_HANDLE);
	own = host;
	*state = NULL;
	int error = host->http->add_route(host, &route);
	return error != 0 ? error : UNRULY_INIT;
}

static void fini(void *state) {
	(void)state;
	atomic_store(&is_over, 1);
	usleep(SHORT_WHILE_US); /* its thread sees it */
}

HSC_PLUGIN(.name = FIXTURE_NAME, .version = "1", .init = init, .fini = fini,
	.config_schema = "{\"type\":\"object\",\"properties\":{\"ms\":{\"type\":\"integer\","
			 "\"minimum\":0}}}");
