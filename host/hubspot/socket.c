/*
 * libcurl's multi handle on the loop: the connections, all of one token.
 *
 * libcurl calls us back from inside curl_multi_socket_action(), and refuses to be called from there. So
 * its callbacks note and copy, nothing else; when it has returned, finished exchanges are taken out
 * (collect), and only then their `done` runs, which may well send the next call.
 */
#include "hubspot/exchange.h"

#include <curl/curl.h>
#include <stdlib.h>

static void collect(struct sockets *sockets) {
	CURLMsg *message;
	int left;
	while ((message = curl_multi_info_read(sockets->multi, &left)) != NULL) {
		struct exchange *exchange = NULL;
		CURLcode result = message->data.result; /* the message dies with remove_handle */
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
		sockets_remove(exchange);
		transport_ended(exchange, (int)result);
	}
	transport_settled(sockets->transport);
}

static void act(struct sockets *sockets, curl_socket_t socket, int what) {
	int running;
	curl_multi_socket_action(sockets->multi, socket, what, &running);
	collect(sockets);
}

static void timer_fired(void *ctx) {
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_ready(int fd, int ready, void *ctx) {
	act(ctx, fd, (ready & LOOP_READ ? CURL_CSELECT_IN : 0) | (ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

/* libcurl never does anything again once one of these callbacks has said that it failed. So they do
 * not say it: these connections are given up, and others made. */
static int give_up(struct sockets *sockets) {
	sockets->is_broken = true;
	loop_task_schedule(&sockets->transport->retire);
	return 0;
}

static int set_timer(CURLM *multi, long timeout_ms, void *ctx) {
	struct sockets *sockets = ctx;
	(void)multi;
	if (timeout_ms < 0) {
		loop_timer_stop(&sockets->timer);
		return 0;
	}
	return loop_timer_start(&sockets->timer, (uint64_t)timeout_ms) ? 0 : give_up(sockets);
}

static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *ctx, void *watched) {
	struct sockets *sockets = ctx;
	int wanted = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	(void)easy;
	loop_fd_unwatch(watched);
	struct loop_fd *watch = NULL;
	if (what != CURL_POLL_REMOVE && wanted != 0) {
		watch = loop_fd_watch(sockets->transport->loop, socket, wanted, socket_ready, sockets);
	}
	curl_multi_assign(sockets->multi, socket, watch);
	return what != CURL_POLL_REMOVE && wanted != 0 && watch == NULL ? give_up(sockets) : 0;
}

static bool set_up(struct sockets *sockets) {
	CURLM *multi = sockets->multi;
	return multi != NULL && curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERDATA, sockets) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)sockets->transport->max_calls) == CURLM_OK;
}

struct sockets *sockets_create(struct transport *transport) {
	struct sockets *sockets = calloc(1, sizeof(*sockets));
	if (sockets == NULL) {
		return NULL;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT); /* counted */
	list_init(&sockets->link);
	sockets->transport = transport;
	sockets->token_generation = token_generation(transport->token);
	loop_timer_init(&sockets->timer, transport->loop, timer_fired, sockets);
	sockets->multi = curl_multi_init();
	if (!set_up(sockets)) {
		sockets_destroy(sockets);
		return NULL;
	}
	return sockets;
}

void sockets_destroy(struct sockets *sockets) {
	if (sockets == NULL) {
		return;
	}
	list_remove(&sockets->link);
	curl_multi_cleanup(sockets->multi);
	loop_timer_finish(&sockets->timer);
	free(sockets);
	curl_global_cleanup();
}

bool sockets_add(struct sockets *sockets, struct exchange *exchange) {
	if (curl_multi_add_handle(sockets->multi, handle_easy(exchange->handle)) != CURLM_OK) {
		return false;
	}
	exchange->sockets = sockets;
	sockets->flying++;
	return true;
}

void sockets_remove(struct exchange *exchange) {
	curl_multi_remove_handle(exchange->sockets->multi, handle_easy(exchange->handle));
	exchange->sockets->flying--;
	exchange->sockets = NULL;
}
