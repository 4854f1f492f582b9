/*
 * The scripted HubSpot: a server of plain sockets, a thread a connection, so that it can do what no
 * HTTP library does: reset, cut, hang.
 */
#include "flow.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 256, REPLY_SIZE = 65536 };

static struct {
	pthread_mutex_t lock;
	int listener;
	uint16_t port;
	pthread_t acceptor;
	struct {
		pthread_t thread;
		int fd;
	} connections[CONNECTIONS_MAX]; /* fd -1: it has ended */
	size_t connection_count;
} hubspot = {.lock = PTHREAD_MUTEX_INITIALIZER, .listener = -1};

/* ---- a connection ---- */

/* Reads one request; false: the peer has left. */
static bool read_request(int fd, struct request *request) {
	size_t got = 0, wanted = SIZE_MAX;
	while (got < wanted && got < REQUEST_SIZE - 1) {
		ssize_t now = recv(fd, request->text + got, REQUEST_SIZE - 1 - got, 0);
		if (now <= 0) {
			return false;
		}
		got += (size_t)now;
		request->text[got] = '\0';
		const char *end = strstr(request->text, "\r\n\r\n");
		const char *length = strcasestr(request->text, "\r\ncontent-length:");
		if (end != NULL) {
			wanted = (size_t)(end - request->text) + 4;
			wanted +=
				length != NULL && length < end ? strtoul(length + 17, NULL, 10) : 0;
		}
	}
	const char *rest = request->text;
	return next_word(&rest, request->method, sizeof(request->method)) &&
		next_word(&rest, request->path, sizeof(request->path));
}

/* The value of the first member `name` in the request, quotes left out. */
static void find_member(const struct request *request, const char *name, char *value, size_t size) {
	char quoted[64];
	snprintf(quoted, sizeof(quoted), "\"%s\":", name);
	const char *at = strstr(request->text, quoted);
	at = at == NULL ? "" : at + strlen(quoted);
	at += strspn(at, " \"");
	snprintf(value, size, "%.*s", (int)strcspn(at, "\""), at);
}

/* ${trace}: the member that says whose result it is, ${trace-id} its value alone, ${id} the first
 * id that was asked for. */
static char *fill_in(const char *body, const struct request *request) {
	char trace[64], id[128], member[128] = "";
	find_member(request, "objectWriteTraceId", trace, sizeof(trace));
	find_member(request, "id", id, sizeof(id));
	if (trace[0] != '\0') {
		snprintf(member, sizeof(member), ", \"objectWriteTraceId\": \"%s\"", trace);
	}
	char *one = replace(body, "${trace}", member);
	char *two = replace(one, "${trace-id}", trace);
	char *three = replace(two, "${id}", id);
	free(one);
	free(two);
	return three;
}

static void send_reply(int fd, const struct rule *rule, const struct request *request) {
	char text[REPLY_SIZE];
	char *body = fill_in(rule->body == NULL ? "" : rule->body, request);
	bool has_type = strcasestr(rule->headers, "content-type:") != NULL;
	bool has_length = rule->status != 204;
	int head = snprintf(text, sizeof(text), "HTTP/1.1 %d Scripted\r\n%s%s%s", rule->status,
		rule->headers, rule->is_last ? "Connection: close\r\n" : "",
		has_type ? "" : "Content-Type: application/json;charset=utf-8\r\n");
	if (has_length) {
		head += snprintf(text + head, sizeof(text) - (size_t)head,
			"Content-Length: %zu\r\n", strlen(body));
	}
	int length = snprintf(text + head, sizeof(text) - (size_t)head, "\r\n%s", body) + head;
	size_t sent = (size_t)length - (rule->act == ACT_CUT ? strlen(body) / 2 : 0);
	if ((size_t)length < sizeof(text)) {
		(void)send(fd, text, sent, MSG_NOSIGNAL);
	} else {
		flow_fail(rule->line, "a reply longer than %d bytes", REPLY_SIZE);
	}
	free(body);
}

static void stop_listening(void) {
	if (hubspot.listener >= 0) {
		shutdown(hubspot.listener, SHUT_RDWR);
		pthread_join(hubspot.acceptor, NULL);
		close(hubspot.listener);
		hubspot.listener = -1;
	}
}

/* True: the connection goes on. */
static bool obey(int fd, const struct rule *rule, const struct request *request) {
	const struct linger none = {.l_onoff = 1};
	char nothing[16];
	pause_ms(rule->delay_ms);
	if (rule->is_last) {
		stop_listening();
	}
	switch (rule->act) {
	case ACT_REPLY:
		send_reply(fd, rule, request);
		return !rule->is_last;
	case ACT_CUT:
		send_reply(fd, rule, request);
		return false;
	case ACT_RESET:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
		return false;
	case ACT_HANG:
		while (recv(fd, nothing, sizeof(nothing), 0) > 0) {
		}
		return false;
	case ACT_CLOSE:
		break;
	}
	return false;
}

static void *serve(void *ctx) {
	size_t index = (size_t)(uintptr_t)ctx;
	struct request *request = calloc(1, sizeof(*request));
	int fd = hubspot.connections[index].fd;
	const struct rule *rule;
	while (request != NULL && read_request(fd, request) &&
		(rule = rule_take(request)) != NULL && obey(fd, rule, request)) {
	}
	free(request);
	pthread_mutex_lock(&hubspot.lock);
	hubspot.connections[index].fd = -1;
	close(fd);
	pthread_mutex_unlock(&hubspot.lock);
	return NULL;
}

static void *accept_all(void *ctx) {
	int fd;
	while ((fd = accept4((int)(intptr_t)ctx, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		pthread_mutex_lock(&hubspot.lock);
		size_t index = hubspot.connection_count;
		bool has_room = index < CONNECTIONS_MAX;
		if (has_room) {
			hubspot.connections[index].fd = fd;
			has_room = pthread_create(&hubspot.connections[index].thread, NULL, serve,
					   (void *)(uintptr_t)index) == 0;
			hubspot.connection_count += has_room;
		}
		pthread_mutex_unlock(&hubspot.lock);
		if (!has_room) {
			flow_fail(0, "more than %d connections", CONNECTIONS_MAX);
			close(fd);
		}
	}
	return NULL;
}

/* ---- the port ---- */

void hubspot_back(void) {
	const int yes = 1;
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(hubspot.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) != 0 ||
		pthread_create(&hubspot.acceptor, NULL, accept_all, (void *)(intptr_t)fd) != 0) {
		perror("listening");
		abort();
	}
	hubspot.listener = fd;
	hubspot.port = ntohs(address.sin_port);
}

void hubspot_away(void) {
	stop_listening();
	pthread_mutex_lock(&hubspot.lock);
	for (size_t i = 0; i < hubspot.connection_count; i++) {
		if (hubspot.connections[i].fd >= 0) {
			shutdown(hubspot.connections[i].fd, SHUT_RDWR);
		}
	}
	pthread_mutex_unlock(&hubspot.lock);
}

uint16_t hubspot_port(void) {
	return hubspot.port;
}

void hubspot_stop(void) {
	hubspot_away();
	for (size_t i = 0; i < hubspot.connection_count; i++) {
		pthread_join(hubspot.connections[i].thread, NULL);
	}
	hubspot.connection_count = 0;
}
