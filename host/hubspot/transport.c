/*
 * Stage: one HTTP exchange with HubSpot. An exchange rests in the pool, then its peer's name is
 * resolved unless that is known, then it flies (socket.c), then it rests again and its call is done.
 *
 * Nothing is queued here: libcurl is given a call when it may start.
 *
 * A connection carries one token all its life. When there is another, the connections of the old one
 * are closed: the idle ones with the first call that has the new token, the others after their call.
 */
#include "hubspot/exchange.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

/* ---- exchanges ---- */

static void exchange_destroy(struct exchange *exchange) {
	list_remove(&exchange->link);
	loop_timer_finish(&exchange->patience);
	handle_destroy(exchange->handle);
	free(exchange);
}

static void exchange_fail(struct exchange *exchange, const char *error);

static void patience_is_over(void *ctx) {
	exchange_fail(ctx, "the name servers have not answered in time");
}

static struct exchange *exchange_create(struct transport *transport) {
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL) {
		return NULL;
	}
	list_init(&exchange->link);
	exchange->transport = transport;
	loop_timer_init(&exchange->patience, transport->loop, patience_is_over, exchange);
	exchange->handle = handle_create(exchange);
	if (exchange->handle == NULL) {
		free(exchange);
		return NULL;
	}
	return exchange;
}

static struct exchange *exchange_take(struct transport *transport, struct call *call) {
	struct exchange *exchange = list_first(&transport->idle, struct exchange, link);
	exchange = exchange != NULL ? exchange : exchange_create(transport);
	if (exchange != NULL) {
		struct traffic traffic;
		traffic_init(&traffic, call);
		exchange->traffic = traffic;
		call->exchange = exchange;
	}
	return exchange;
}

static void move(struct exchange *exchange, struct list *to) {
	list_remove(&exchange->link);
	list_append(to, &exchange->link);
}

/* Back into the pool, from wherever it is, without a trace of the call or the token. */
static void exchange_rest(struct exchange *exchange) {
	loop_resolve_cancel(exchange->question);
	exchange->question = NULL;
	loop_timer_stop(&exchange->patience);
	if (exchange->sockets != NULL) {
		sockets_remove(exchange);
		loop_task_schedule(&exchange->transport->retire);
	}
	handle_rest(exchange->handle);
	exchange->traffic.call->exchange = NULL;
	exchange->traffic.call = NULL;
	move(exchange, &exchange->transport->idle);
}

/* ---- the start ---- */

/* Those that today's token may use. */
static struct sockets *sockets_of_today(struct transport *transport) {
	bool is_old = transport->sockets->token_generation != token_generation(transport->token);
	if (is_old || transport->sockets->is_broken) {
		struct sockets *fresh = sockets_create(transport);
		if (fresh == NULL) {
			return NULL;
		}
		list_append(&transport->retired, &transport->sockets->link);
		loop_task_schedule(&transport->retire);
		transport->sockets = fresh;
	}
	return transport->sockets;
}

static struct exchange *find_stranded(const struct transport *transport) {
	list_for_each (exchange, &transport->flying, struct exchange, link) {
		if (exchange->sockets->is_broken) {
			return exchange;
		}
	}
	return NULL;
}

/* Whose connections are given up: nobody knows what became of its call. */
static void strand(struct exchange *exchange) {
	struct call *call = exchange->traffic.call;
	call->end = CALL_UNKNOWN;
	call->ended_ms = clock_now_ms();
	snprintf(call->error, sizeof(call->error), "no memory, or no more descriptors to watch");
	exchange_rest(exchange);
	call->done(call);
}

static void retire(void *ctx) {
	struct transport *transport = ctx;
	struct exchange *stranded;
	while ((stranded = find_stranded(transport)) != NULL) {
		strand(stranded);
	}
	list_for_each_safe (sockets, after, &transport->retired, struct sockets, link) {
		if (sockets->flying == 0) {
			sockets_destroy(sockets);
		}
	}
}

static bool exchange_start(struct exchange *exchange, const struct loop_addresses *addresses) {
	struct transport *transport = exchange->transport;
	struct sockets *sockets = sockets_of_today(transport);
	exchange->traffic.call->token_generation = token_generation(transport->token);
	if (sockets == NULL || !handle_set_up(exchange->handle, addresses) || !sockets_add(sockets, exchange)) {
		return false;
	}
	move(exchange, &transport->flying);
	return true;
}

static void resolved(const struct loop_addresses *addresses, void *ctx) {
	struct exchange *exchange = ctx;
	exchange->question = NULL;
	loop_timer_stop(&exchange->patience);
	if (addresses->count == 0) {
		exchange_fail(exchange, addresses->error);
	} else if (!exchange_start(exchange, addresses)) {
		exchange_fail(exchange, "no memory");
	}
}

static bool exchange_resolve(struct exchange *exchange) {
	struct transport *transport = exchange->transport;
	uint32_t timeout_ms = exchange->traffic.call->timeout_ms;
	exchange->question = loop_resolve(transport->loop, transport->peer.host, resolved, exchange);
	if (exchange->question == NULL) {
		return false;
	}
	move(exchange, &transport->resolving);
	return loop_timer_start(&exchange->patience, timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS);
}

bool transport_send(struct transport *transport, struct call *call) {
	struct exchange *exchange = exchange_take(transport, call);
	if (exchange == NULL) {
		return false;
	}
	const struct loop_addresses *known =
		transport->is_peer_named ? loop_addresses(transport->loop, transport->peer.host) : NULL;
	call->sent_ms = clock_now_ms();
	call->token_generation = token_generation(transport->token);
	bool is_started = transport->is_peer_named && known == NULL ? exchange_resolve(exchange)
								    : exchange_start(exchange, known);
	if (!is_started) {
		exchange_rest(exchange);
	}
	return is_started;
}

void transport_abandon(struct transport *transport, struct call *call) {
	(void)transport;
	if (call->exchange != NULL) {
		exchange_rest(call->exchange);
	}
}

/* ---- the end ---- */

/* Before anything was sent; from a callback of the loop. */
static void exchange_fail(struct exchange *exchange, const char *error) {
	struct call *call = exchange->traffic.call;
	call->end = CALL_NOT_SENT;
	call->ended_ms = clock_now_ms();
	snprintf(call->error, sizeof(call->error), "%.64s: %.56s", exchange->transport->peer.host, error);
	exchange_rest(exchange);
	call->done(call);
}

void transport_ended(struct exchange *exchange, int result) {
	struct transport *transport = exchange->transport;
	struct call *call = exchange->traffic.call;
	handle_conclude(exchange->handle, result);
	call->ended_ms = clock_now_ms();
	list_append(&transport->ended, &call->link);
	exchange_rest(exchange);
}

void transport_settled(struct transport *transport) {
	struct list ended;
	list_init(&ended);
	while (!list_is_empty(&transport->ended)) {
		struct list *link = transport->ended.next;
		list_remove(link);
		list_append(&ended, link);
	}
	while (!list_is_empty(&ended)) {
		struct call *call = list_first(&ended, struct call, link);
		list_remove(&call->link);
		call->done(call);
	}
	if (!list_is_empty(&transport->retired)) {
		loop_task_schedule(&transport->retire);
	}
}

/* ---- life ---- */

static char *copy_or_null(const char *text) {
	return text != NULL ? must_strdup(text) : NULL;
}

static bool read_peer(struct transport *transport) {
	const char *url = transport->proxy != NULL ? transport->proxy : transport->base_url;
	bool is_read = origin_read(url, &transport->peer);
	const char *host = transport->peer.host;
	transport->is_peer_named = !host_is_address(host) && !host_is_localhost(host);
	transport->is_peer_public = transport->proxy == NULL && host_is_public(host); /* a proxy is one's own */
	return is_read;
}

struct transport *transport_create(struct loop *loop, const struct transport_settings *settings, struct token *token,
	char *error, size_t error_size) {
	if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0) {
		snprintf(error, error_size, "CA file %s: it cannot be read", settings->ca_file);
		return NULL;
	}
	struct transport *transport = must_calloc(1, sizeof(*transport));
	signal(SIGPIPE, SIG_IGN); /* TLS writes raise it */
	transport->loop = loop;
	transport->token = token;
	transport->base_url = must_strdup(settings->base_url);
	transport->proxy = copy_or_null(settings->proxy);
	transport->ca_file = copy_or_null(settings->ca_file);
	transport->user_agent = must_strdup(settings->user_agent);
	transport->max_calls = settings->max_calls;
	list_init(&transport->resolving);
	list_init(&transport->flying);
	list_init(&transport->idle);
	list_init(&transport->ended);
	list_init(&transport->retired);
	loop_task_init(&transport->retire, loop, retire, transport);
	bool has_peer = read_peer(transport);
	transport->sockets = sockets_create(transport);
	if (!has_peer || transport->sockets == NULL || !headers_make(transport)) {
		snprintf(error, error_size, "%s", has_peer ? "libcurl could not be set up" : "no host in the address");
		transport_destroy(transport);
		return NULL;
	}
	return transport;
}

static void rest_all(struct list *exchanges) {
	while (!list_is_empty(exchanges)) {
		exchange_rest(list_first(exchanges, struct exchange, link));
	}
}

void transport_destroy(struct transport *transport) {
	if (transport == NULL) {
		return;
	}
	rest_all(&transport->resolving);
	rest_all(&transport->flying);
	while (!list_is_empty(&transport->idle)) {
		exchange_destroy(list_first(&transport->idle, struct exchange, link));
	}
	list_for_each_safe (sockets, after, &transport->retired, struct sockets, link) {
		sockets_destroy(sockets);
	}
	loop_task_cancel(&transport->retire);
	headers_free(transport);
	sockets_destroy(transport->sockets);
	free(transport->base_url);
	free(transport->proxy);
	free(transport->ca_file);
	free(transport->user_agent);
	free(transport);
}
