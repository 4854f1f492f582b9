/*
 * Stage: one HTTP exchange with HubSpot, by libcurl's multi interface on the loop. The only curl.h.
 *
 * Order: libcurl calls us back from inside curl_multi_socket_action(), and refuses to be called from
 * there. So its callbacks note and copy, nothing else; when it has returned, finished exchanges are
 * taken out (collect), and only then their `done` runs, which may well send the next call.
 *
 * libcurl repeats a request by itself when a connection it reuses turns out to be dead. For a body the
 * reader's seek refuses once a byte was taken: error 65 instead of a second POST. A write without a
 * body has nothing to seek, so it gets a connection of its own.
 *
 * Nothing is queued here: libcurl is given a call when it may start.
 */
#include "hubspot/inside.h"

#include <curl/curl.h>
#include <signal.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"

enum {
	CONNECT_TIMEOUT_MS = 3000,
	CONNECTION_AGE_S = 300,  /* then certificate and address are looked at again */
	CONNECTION_IDLE_S = 50,  /* less than HubSpot's own, so that we close first */
	LOW_SPEED_S = 10,
};

struct transport {
	struct loop *loop;
	struct token *token;
	char *base_url;
	char *proxy;
	char *ca_file;
	char *user_agent;
	CURLM *multi;
	struct loop_timer timer;
	struct curl_slist *plain_headers; /* shared by all exchanges; the token's line goes in front */
	struct curl_slist *body_headers;
	struct list flying;
	struct list idle;                 /* the pool: handles set up once */
};

struct exchange {
	struct list link;
	struct transport *transport;
	CURL *easy;
	struct curl_slist token_header; /* its text is ours, and wiped */
	struct traffic traffic;
	char error[CURL_ERROR_SIZE];
};

/* ---- exchanges ---- */

/* Back to the beginning only while there was none. */
static int seek_body(void *ctx, curl_off_t offset, int origin) {
	const struct traffic *traffic = ctx;
	bool is_untouched = traffic->taken == 0 && offset == 0 && origin == SEEK_SET;
	return is_untouched ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static void exchange_destroy(struct exchange *exchange) {
	list_remove(&exchange->link);
	curl_easy_cleanup(exchange->easy);
	free(exchange);
}

static void set_up_connection(const struct exchange *exchange) {
	const struct transport *transport = exchange->transport;
	CURL *easy = exchange->easy;
	bool is_plain = strncasecmp(transport->base_url, "http:", 5) == 0; /* config.c allows that to loopback alone */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_plain ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROXY, transport->proxy != NULL ? transport->proxy : "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL); /* else libcurl reads the bundle anew for every connection */
	if (transport->ca_file != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, transport->ca_file);
	}
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_AGE_S);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)CONNECTION_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_TIMEOUT_MS);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

static void set_up_http(struct exchange *exchange) {
	CURL *easy = exchange->easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, exchange->transport->user_agent);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_READFUNCTION, traffic_read);
	curl_easy_setopt(easy, CURLOPT_READDATA, &exchange->traffic);
	curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, seek_body);
	curl_easy_setopt(easy, CURLOPT_SEEKDATA, &exchange->traffic);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, traffic_write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange->traffic);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, traffic_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange->traffic);
}

static struct exchange *exchange_create(struct transport *transport) {
	struct exchange *exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL) {
		return NULL;
	}
	list_init(&exchange->link);
	exchange->transport = transport;
	exchange->easy = curl_easy_init();
	if (exchange->easy == NULL) {
		free(exchange);
		return NULL;
	}
	set_up_connection(exchange);
	set_up_http(exchange);
	return exchange;
}

/* Back into the pool, without a trace of the call or the token. */
static void exchange_rest(struct exchange *exchange) {
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, NULL);
	if (exchange->token_header.data != NULL) {
		memory_wipe(exchange->token_header.data, strlen(exchange->token_header.data));
		free(exchange->token_header.data);
	}
	exchange->token_header = (struct curl_slist){0};
	exchange->traffic.call->exchange = NULL;
	exchange->traffic.call = NULL;
	list_remove(&exchange->link);
	list_append(&exchange->transport->idle, &exchange->link);
}

static bool set_method(const struct exchange *exchange) {
	const struct call *call = exchange->traffic.call;
	CURL *easy = exchange->easy;
	bool is_get = str_is_equal(call->method, "GET");
	bool is_post = call->body != NULL || str_is_equal(call->method, "POST");
	CURLcode result = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (is_post) {
		result |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
		result |= curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(call->body != NULL ? call->body_length : 0));
	}
	result |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_get && !is_post ? NULL : call->method);
	result |= curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)(!is_get && call->body_length == 0));
	return result == CURLE_OK;
}

static bool set_up_call(struct exchange *exchange) {
	struct transport *transport = exchange->transport;
	struct call *call = exchange->traffic.call;
	CURL *easy = exchange->easy;
	char *url = str_format("%s%s", transport->base_url, call->path);
	exchange->token_header.data = token_header(transport->token);
	exchange->token_header.next = call->body != NULL ? transport->body_headers : transport->plain_headers;
	bool is_set = url != NULL && exchange->token_header.data != NULL &&
		      curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK && set_method(exchange) &&
		      curl_easy_setopt(easy, CURLOPT_HTTPHEADER, &exchange->token_header) == CURLE_OK &&
		      curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)call->timeout_ms) == CURLE_OK;
	free(url);
	exchange->error[0] = '\0';
	return is_set;
}

static struct exchange *exchange_take(struct transport *transport) {
	struct exchange *exchange = list_first(&transport->idle, struct exchange, link);
	return exchange != NULL ? exchange : exchange_create(transport);
}

bool transport_send(struct transport *transport, struct call *call) {
	struct exchange *exchange = exchange_take(transport);
	struct traffic traffic;
	traffic_init(&traffic, call);
	if (exchange == NULL) {
		return false;
	}
	call->exchange = exchange;
	call->sent_ms = clock_now_ms();
	call->token_generation = token_generation(transport->token);
	exchange->traffic = traffic;
	list_remove(&exchange->link);
	list_append(&transport->flying, &exchange->link);
	if (!set_up_call(exchange) || curl_multi_add_handle(transport->multi, exchange->easy) != CURLM_OK) {
		exchange_rest(exchange);
		return false;
	}
	return true;
}

void transport_abandon(struct transport *transport, struct call *call) {
	struct exchange *exchange = call->exchange;
	if (exchange != NULL) {
		curl_multi_remove_handle(transport->multi, exchange->easy);
		exchange_rest(exchange);
	}
}

/* ---- the end ---- */

/* Was a byte of the request, not of a proxy's CONNECT, handed to the network? */
static bool was_sent(const struct exchange *exchange) {
	long request_bytes = 0;
	curl_off_t pretransfer_us = 0;
	curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	curl_easy_getinfo(exchange->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer_us);
	return exchange->traffic.taken > 0 ||
	       (request_bytes > 0 && (exchange->transport->proxy == NULL || pretransfer_us > 0));
}

static enum call_class classify(const struct exchange *exchange, CURLcode result) {
	switch (result) {
	case CURLE_OK:
		return CALL_ANSWERED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return CALL_UNSAFE;
	default:
		return was_sent(exchange) ? CALL_UNKNOWN : CALL_NOT_SENT;
	}
}

static void note_error(const struct exchange *exchange, CURLcode result) {
	const char *words = exchange->traffic.complaint != NULL ? exchange->traffic.complaint
			    : exchange->error[0] != '\0' ? exchange->error
							 : curl_easy_strerror(result);
	snprintf(exchange->traffic.call->error, sizeof(exchange->traffic.call->error), "%.*s",
		(int)sizeof(exchange->traffic.call->error) - 1, words);
}

static void conclude(struct exchange *exchange, CURLcode result) {
	struct call *call = exchange->traffic.call;
	long status = 0;
	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	call->status = status >= 200 && status <= 999 ? (int)status : 0;
	call->end = classify(exchange, result);
	call->is_timeout = call->end == CALL_UNKNOWN && result == CURLE_OPERATION_TIMEDOUT;
	call->ended_ms = clock_now_ms();
	if (call->end != CALL_ANSWERED) {
		note_error(exchange, result);
	}
}

static void collect(struct transport *transport) {
	struct list ended;
	CURLMsg *message;
	int left;
	list_init(&ended);
	while ((message = curl_multi_info_read(transport->multi, &left)) != NULL) {
		struct exchange *exchange = NULL;
		CURLcode result = message->data.result; /* the message dies with remove_handle */
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &exchange);
		conclude(exchange, result);
		curl_multi_remove_handle(transport->multi, exchange->easy);
		list_append(&ended, &exchange->traffic.call->link);
		exchange_rest(exchange);
	}
	while (!list_is_empty(&ended)) {
		struct call *call = list_first(&ended, struct call, link);
		list_remove(&call->link);
		call->done(call);
	}
}

/* ---- libcurl on the loop ---- */

static void act(struct transport *transport, curl_socket_t socket, int what) {
	int running;
	curl_multi_socket_action(transport->multi, socket, what, &running);
	collect(transport);
}

static void timer_fired(void *ctx) {
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

static void socket_ready(int fd, int ready, void *ctx) {
	act(ctx, fd, (ready & LOOP_READ ? CURL_CSELECT_IN : 0) | (ready & LOOP_WRITE ? CURL_CSELECT_OUT : 0));
}

static int set_timer(CURLM *multi, long timeout_ms, void *ctx) {
	struct transport *transport = ctx;
	(void)multi;
	if (timeout_ms < 0) {
		loop_timer_stop(&transport->timer);
		return 0;
	}
	return loop_timer_start(&transport->timer, (uint64_t)timeout_ms) ? 0 : -1;
}

static int watch_socket(CURL *easy, curl_socket_t socket, int what, void *ctx, void *watched) {
	struct transport *transport = ctx;
	int wanted = (what & CURL_POLL_IN ? LOOP_READ : 0) | (what & CURL_POLL_OUT ? LOOP_WRITE : 0);
	(void)easy;
	loop_fd_unwatch(watched);
	struct loop_fd *watch = NULL;
	if (what != CURL_POLL_REMOVE && wanted != 0) {
		watch = loop_fd_watch(transport->loop, socket, wanted, socket_ready, transport);
	}
	curl_multi_assign(transport->multi, socket, watch);
	return what != CURL_POLL_REMOVE && wanted != 0 && watch == NULL ? -1 : 0;
}

/* ---- life ---- */

static void set_up_process(void) {
	curl_global_init(CURL_GLOBAL_DEFAULT);
	setenv("RES_OPTIONS", "timeout:1 attempts:1", 0); /* a lookup that hangs would hold up the loop on its end */
	signal(SIGPIPE, SIG_IGN);                         /* TLS writes raise it */
}

static char *copy_or_null(const char *text) {
	return text != NULL ? must_strdup(text) : NULL;
}

static bool add_header(struct curl_slist **headers, const char *line) {
	struct curl_slist *longer = curl_slist_append(*headers, line);
	*headers = longer != NULL ? longer : *headers;
	return longer != NULL;
}

static bool make_headers(struct transport *transport) {
	return add_header(&transport->plain_headers, "Accept: application/json") &&
	       add_header(&transport->plain_headers, "Content-Type:") && /* libcurl's own, of an empty POST */
	       add_header(&transport->body_headers, "Accept: application/json") &&
	       add_header(&transport->body_headers, "Content-Type: application/json") &&
	       add_header(&transport->body_headers, "Expect:");
}

static bool make_multi(struct transport *transport, uint32_t max_calls) {
	CURLM *multi = curl_multi_init();
	transport->multi = multi;
	return multi != NULL && curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch_socket) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, transport) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_TIMERDATA, transport) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING) == CURLM_OK &&
	       curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)max_calls) == CURLM_OK;
}

struct transport *transport_create(struct loop *loop, const struct transport_settings *settings, struct token *token,
	char *error, size_t error_size) {
	if (settings->ca_file != NULL && access(settings->ca_file, R_OK) != 0) {
		snprintf(error, error_size, "CA file %s: it cannot be read", settings->ca_file);
		return NULL;
	}
	struct transport *transport = must_calloc(1, sizeof(*transport));
	set_up_process();
	transport->loop = loop;
	transport->token = token;
	transport->base_url = must_strdup(settings->base_url);
	transport->proxy = copy_or_null(settings->proxy);
	transport->ca_file = copy_or_null(settings->ca_file);
	transport->user_agent = must_strdup(settings->user_agent);
	list_init(&transport->flying);
	list_init(&transport->idle);
	loop_timer_init(&transport->timer, loop, timer_fired, transport);
	if (!make_headers(transport) || !make_multi(transport, settings->max_calls)) {
		snprintf(error, error_size, "libcurl could not be set up");
		transport_destroy(transport);
		return NULL;
	}
	return transport;
}

void transport_destroy(struct transport *transport) {
	if (transport == NULL) {
		return;
	}
	while (!list_is_empty(&transport->flying)) {
		struct exchange *exchange = list_first(&transport->flying, struct exchange, link);
		transport_abandon(transport, exchange->traffic.call);
	}
	while (!list_is_empty(&transport->idle)) {
		exchange_destroy(list_first(&transport->idle, struct exchange, link));
	}
	curl_multi_cleanup(transport->multi);
	loop_timer_finish(&transport->timer);
	curl_slist_free_all(transport->plain_headers);
	curl_slist_free_all(transport->body_headers);
	free(transport->base_url);
	free(transport->proxy);
	free(transport->ca_file);
	free(transport->user_agent);
	free(transport);
	curl_global_cleanup();
}
