/*
 * A transport on a real loop, with a scripted server for it to talk to. For the tests of transport.
 */
#ifndef TRANSPORT_BED_H
#define TRANSPORT_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "hubspot/inside.h"
#include "tls_peer.h"
#include "wire_server.h"

enum { CALLS_MAX = 64 };

static struct loop *loop;
static struct token *token;
static struct transport *transport;
static struct wire_server *server;
static struct tls_peer tls_peer; /* of one test; ended by stop(), whatever failed */
static struct loop_timer watchdog;
static struct call calls[CALLS_MAX];
static const char *proxy;
static uint32_t max_calls = 64;
static unsigned expected, ended;

static inline void make_transport(const char *origin, int port, const char *ca_file) {
	char base_url[64], error[256];
	snprintf(base_url, sizeof(base_url), "%s:%d", origin, port);
	transport_destroy(transport);
	transport = transport_create(loop,
		&(struct transport_settings){.base_url = base_url, .proxy = proxy, .ca_file = ca_file,
			.user_agent = "hubspot-connector/test", .max_calls = max_calls},
		token, error, sizeof(error));
	assert_non_null(transport);
}

static inline void too_long(void *ctx) {
	(void)ctx;
	loop_stop(loop);
}

static inline int start(void **state) {
	char error[256];
	(void)state;
	loop = loop_create();
	token = token_create("pat-test-1", NULL, error, sizeof(error));
	server = wire_server_start();
	make_transport("http://127.0.0.1", wire_server_port(server), NULL);
	loop_timer_init(&watchdog, loop, too_long, NULL);
	memset(calls, 0, sizeof(calls));
	expected = ended = 0;
	clock_update();
	return 0;
}

static inline int stop(void **state) {
	(void)state;
	loop_timer_finish(&watchdog);
	transport_destroy(transport);
	transport = NULL;
	wire_server_stop(server);
	tls_peer_stop(&tls_peer);
	token_destroy(token);
	loop_destroy(loop);
	for (size_t i = 0; i < CALLS_MAX; i++) {
		buf_finish(&calls[i].reply);
	}
	return 0;
}

static inline void done(struct call *call) {
	assert_non_null(call);
	ended++;
	if (ended == expected) {
		loop_stop(loop);
	}
}

static inline void begin(struct call *call, const char *method, const char *path, const char *body, uint32_t timeout_ms) {
	buf_finish(&call->reply);
	*call = (struct call){.method = method, .path = (char *)path, .body = (char *)body,
		.body_length = body != NULL ? strlen(body) : 0, .timeout_ms = timeout_ms, .done = done};
	list_init(&call->link);
	unsigned before = ended;
	assert_true(transport_send(transport, call));
	assert_int_equal(ended, before); /* never inside transport_send() */
	expected++;
}

static inline void run(void) {
	loop_timer_start(&watchdog, 20000);
	loop_run(loop);
	assert_int_equal(ended, expected);
}

static inline struct call *ask(const char *method, const char *path, const char *body) {
	begin(&calls[0], method, path, body, 5000);
	run();
	return &calls[0];
}

static inline void assert_end(const struct call *call, enum call_class end, int status) {
	assert_int_equal(call->end, end);
	assert_int_equal(call->status, status);
	assert_int_equal(call->error[0] == '\0', end == CALL_ANSWERED);
}

#endif
