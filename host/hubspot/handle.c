/*
 * libcurl's easy handle: how it is set up, and what its end means.
 *
 * libcurl repeats a request by itself when a connection it reuses turns out to be dead. It tells before
 * it sends (PREREQFUNCTION), and the second time is refused: an error instead of a second POST. (A reader
 * whose seek refuses does the same for bodies, but then head and body are two writes, and the peer wakes
 * up twice.)
 *
 * libcurl is never let near a name server (loop/lookup.c says why): it is given the peer's addresses,
 * for whatever name it asks.
 */
#include "hubspot/exchange.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"

enum {
	CONNECTION_AGE_S = 300, /* then certificate and address are looked at again */
	CONNECTION_IDLE_S = 50, /* less than HubSpot's own, so that we close first */
	LOW_SPEED_S = 10,
	ADDRESSES_MAX_BYTES = 1024,
};

struct handle {
	struct exchange *exchange;
	CURL *easy;
	struct curl_slist token_header; /* its text is ours, and wiped */
	struct curl_slist addresses;    /* its text is ours */
	char error[CURL_ERROR_SIZE];
};

/* ---- once for all calls ---- */

/* The connection is there and the request is about to be sent; only what changes nothing may be sent again. */
static int about_to_send(void *ctx, char *peer, char *own, int peer_port, int own_port) {
	struct traffic *traffic = ctx;
	(void)peer, (void)own, (void)peer_port, (void)own_port;
	bool may_go = !traffic->is_begun || str_is_equal(traffic->call->method, "GET");
	traffic->is_begun = true;
	return may_go ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address) {
	struct exchange *exchange = ctx;
	bool is_refused = exchange->transport->is_peer_public && address_is_private(&address->addr);
	(void)purpose;
	exchange->traffic.complaint = is_refused ? "the name leads to a private address" : NULL;
	return is_refused ? CURL_SOCKET_BAD
			  : socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_up_connection(struct handle *handle) {
	const struct transport *transport = handle->exchange->transport;
	CURL *easy = handle->easy;
	bool is_plain = strncasecmp(transport->base_url, "http:", 5) == 0; /* config.c allows that to loopback alone */
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, is_plain ? "http,https" : "https");
	curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROXY, transport->proxy != NULL ? transport->proxy : "");
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_MAXLIFETIME_CONN, (long)CONNECTION_AGE_S);
	curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long)CONNECTION_IDLE_S);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handle->exchange);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
}

static void set_up_tls(struct handle *handle) {
	const struct transport *transport = handle->exchange->transport;
	CURL *easy = handle->easy;
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* Else libcurl reads the authorities' bundle anew for every connection: 22 ms of the loop instead of 1.1. */
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	if (transport->ca_file != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, transport->ca_file);
	}
}

static void set_up_http(struct handle *handle) {
	struct exchange *exchange = handle->exchange;
	CURL *easy = handle->easy;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, handle->error);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, exchange->transport->user_agent);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_UNRESTRICTED_AUTH, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, about_to_send);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, &exchange->traffic);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, traffic_write);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &exchange->traffic);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, traffic_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, &exchange->traffic);
}

struct handle *handle_create(struct exchange *exchange) {
	struct handle *handle = calloc(1, sizeof(*handle));
	if (handle == NULL || (handle->easy = curl_easy_init()) == NULL) {
		free(handle);
		return NULL;
	}
	handle->exchange = exchange;
	set_up_connection(handle);
	set_up_tls(handle);
	set_up_http(handle);
	return handle;
}

void handle_destroy(struct handle *handle) {
	if (handle != NULL) {
		curl_easy_cleanup(handle->easy);
		free(handle);
	}
}

void *handle_easy(struct handle *handle) {
	return handle->easy;
}

static bool add_header(struct curl_slist **headers, const char *line) {
	struct curl_slist *longer = curl_slist_append(*headers, line);
	*headers = longer != NULL ? longer : *headers;
	return longer != NULL;
}

bool headers_make(struct transport *transport) {
	return add_header(&transport->plain_headers, "Accept: application/json") &&
	       add_header(&transport->plain_headers, "Content-Type:") && /* libcurl's own, of an empty POST */
	       add_header(&transport->body_headers, "Accept: application/json") &&
	       add_header(&transport->body_headers, "Content-Type: application/json") &&
	       add_header(&transport->body_headers, "Expect:");
}

void headers_free(struct transport *transport) {
	curl_slist_free_all(transport->plain_headers);
	curl_slist_free_all(transport->body_headers);
}

/* ---- for each call ---- */

static bool set_method(CURL *easy, const struct call *call) {
	bool is_get = str_is_equal(call->method, "GET");
	bool is_post = call->body != NULL || str_is_equal(call->method, "POST");
	CURLcode result = curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (is_post) {
		result |= curl_easy_setopt(easy, CURLOPT_POST, 1L);
		result |= curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->body != NULL ? call->body : "");
		result |= curl_easy_setopt(
			easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(call->body != NULL ? call->body_length : 0));
	}
	result |= curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, is_get && !is_post ? NULL : call->method);
	return result == CURLE_OK;
}

/* "*:PORT:ADDRESS,ADDRESS": whatever libcurl makes of the host's spelling, it finds this, and for ever. */
static char *write_addresses(const struct transport *transport, const struct loop_addresses *addresses) {
	struct buf text;
	buf_init(&text, ADDRESSES_MAX_BYTES);
	buf_printf(&text, "*:%u:", (unsigned)transport->peer.port);
	for (size_t i = 0; i < addresses->count; i++) {
		bool is_v6 = strchr(addresses->text[i], ':') != NULL;
		buf_printf(&text, "%s%s%s%s", i > 0 ? "," : "", is_v6 ? "[" : "", addresses->text[i], is_v6 ? "]" : "");
	}
	return buf_take(&text);
}

static bool set_peer(struct handle *handle, const struct loop_addresses *addresses) {
	if (addresses == NULL) {
		return true;
	}
	handle->addresses.data = write_addresses(handle->exchange->transport, addresses);
	return handle->addresses.data != NULL &&
	       curl_easy_setopt(handle->easy, CURLOPT_RESOLVE, &handle->addresses) == CURLE_OK;
}

/* What the name took is gone from both. */
static bool set_times(CURL *easy, const struct call *call) {
	uint64_t waited_ms = clock_now_ms() - call->sent_ms;
	uint64_t connect_ms = waited_ms < CONNECT_TIMEOUT_MS ? CONNECT_TIMEOUT_MS - waited_ms : 1;
	uint64_t whole_ms = waited_ms < call->timeout_ms ? call->timeout_ms - waited_ms : 1;
	return curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms) == CURLE_OK &&
	       curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)whole_ms) == CURLE_OK;
}

static bool set_headers(struct handle *handle, const struct transport *transport, const struct call *call) {
	handle->token_header.data = token_header(transport->token);
	handle->token_header.next = call->body != NULL ? transport->body_headers : transport->plain_headers;
	return handle->token_header.data != NULL &&
	       curl_easy_setopt(handle->easy, CURLOPT_HTTPHEADER, &handle->token_header) == CURLE_OK;
}

bool handle_set_up(struct handle *handle, const struct loop_addresses *addresses) {
	const struct transport *transport = handle->exchange->transport;
	const struct call *call = handle->exchange->traffic.call;
	char *url = str_format("%s%s", transport->base_url, call->path);
	bool is_set = url != NULL && curl_easy_setopt(handle->easy, CURLOPT_URL, url) == CURLE_OK &&
		      set_method(handle->easy, call) && set_headers(handle, transport, call) &&
		      set_peer(handle, addresses) && set_times(handle->easy, call);
	free(url);
	handle->error[0] = '\0';
	return is_set;
}

void handle_rest(struct handle *handle) {
	curl_easy_setopt(handle->easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(handle->easy, CURLOPT_POSTFIELDS, NULL);
	curl_easy_setopt(handle->easy, CURLOPT_RESOLVE, NULL);
	if (handle->token_header.data != NULL) {
		memory_wipe(handle->token_header.data, strlen(handle->token_header.data));
		free(handle->token_header.data);
	}
	free(handle->addresses.data);
	handle->token_header = (struct curl_slist){0};
	handle->addresses = (struct curl_slist){0};
}

/* ---- the end ---- */

/* Was a byte of the request, not of a proxy's CONNECT, handed to the network? */
static bool was_sent(const struct handle *handle) {
	long request_bytes = 0;
	curl_easy_getinfo(handle->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	return handle->exchange->traffic.is_begun && request_bytes > 0;
}

static enum call_class classify(const struct handle *handle, CURLcode result) {
	switch (result) {
	case CURLE_OK:
		return CALL_ANSWERED;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return CALL_UNSAFE;
	default:
		return was_sent(handle) ? CALL_UNKNOWN : CALL_NOT_SENT;
	}
}

static void note_error(const struct handle *handle, CURLcode result) {
	const struct traffic *traffic = &handle->exchange->traffic;
	const char *words = traffic->complaint != NULL  ? traffic->complaint
			    : handle->error[0] != '\0' ? handle->error
							: curl_easy_strerror(result);
	snprintf(traffic->call->error, sizeof(traffic->call->error), "%.*s", (int)sizeof(traffic->call->error) - 1, words);
}

void handle_conclude(struct handle *handle, int result) {
	struct call *call = handle->exchange->traffic.call;
	long status = 0;
	curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
	call->status = status >= 200 && status <= 999 ? (int)status : 0;
	call->end = classify(handle, (CURLcode)result);
	call->is_timeout = call->end == CALL_UNKNOWN && result == CURLE_OPERATION_TIMEDOUT;
	if (call->end != CALL_ANSWERED) {
		note_error(handle, (CURLcode)result);
	}
}
