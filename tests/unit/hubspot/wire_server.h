/*
 * A small scripted HTTP server on a free loopback port, in threads of its own: one a connection. The
 * path of a request says what becomes of it: see SCRIPT. For the tests of transport.
 */
#ifndef WIRE_SERVER_H
#define WIRE_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/str.h"

enum { REQUEST_MAX = 256 * 1024, CONNECTIONS_MAX = 256, LOGGED_MAX = 512, TICK_MS = 20 };

struct connection {
	struct wire_server *server;
	pthread_t thread;
	int fd;
	unsigned served;
};

struct wire_server {
	int listener;
	int port;
	pthread_t thread;
	atomic_bool is_stopping;
	pthread_mutex_t lock; /* over what follows */
	struct connection connections[CONNECTIONS_MAX];
	unsigned connection_count;
	unsigned open_count;
	char paths[LOGGED_MAX][64];
	unsigned path_count;
	char last[REQUEST_MAX];
	const char *headers;
};

enum next { KEEP, CLOSE, RESET, DROP_OR_KEEP, STALL };
enum { SLOW_US = 200000 }; /* what "/slow" takes before it says anything */

/* What is sent for a path, and then done with the connection. "%s" takes the headers of the test. */
static const struct {
	const char *path;
	const char *bytes;
	enum next next;
} SCRIPT[] = {
	{"/ok", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%sContent-Length: 8\r\n\r\n{\"id\":1}", KEEP},
	{"/slow", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", KEEP},
	{"/empty", "HTTP/1.1 204 No Content\r\n\r\n", KEEP},
	{"/html", "HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>", KEEP},
	{"/moved", "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n", KEEP},
	{"/interim", "HTTP/1.1 103 Early Hints\r\nRetry-After: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", KEEP},
	{"/chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n3\r\n:1}\r\n0\r\n\r\n", KEEP},
	{"/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":", CLOSE},
	{"/cut-chunks", "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{\"a\"\r\n", CLOSE},
	{"/interim-then-gone", "HTTP/1.1 100 Continue\r\n\r\n", CLOSE},
	{"/nonsense", "SSH-2.0-OpenSSH_9.2\r\n", CLOSE},
	{"/gone", "", CLOSE},
	{"/reset", "", RESET},
	{"/once", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", DROP_OR_KEEP},
	{"/stall", "", STALL},
	{"/stall-late", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", STALL},
};

static inline void send_all(int fd, const char *bytes, size_t length) {
	while (length > 0) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
		if (sent <= 0) {
			return;
		}
		bytes += sent;
		length -= (size_t)sent;
	}
}

/* Until the peer closes, or the server stops. */
static inline void stall(const struct connection *connection) {
	struct pollfd ready = {.fd = connection->fd, .events = POLLIN};
	while (!connection->server->is_stopping && poll(&ready, 1, TICK_MS) == 0) {
	}
}

/* "/huge-body", "/huge-headers": the sizes that no table holds. */
static inline bool send_huge(int fd, const char *path) {
	static const char BODY[] = "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n";
	static const char HEADERS[] = "HTTP/1.1 200 OK\r\n";
	char line[1024];
	bool is_body = str_starts_with(path, "/huge-body");
	memset(line, 'x', sizeof(line));
	if (!is_body) {
		memcpy(line, "X-Long: ", 8);
		memcpy(line + sizeof(line) - 2, "\r\n", 2);
	}
	send_all(fd, is_body ? BODY : HEADERS, (is_body ? sizeof(BODY) : sizeof(HEADERS)) - 1);
	for (size_t sent = 0; sent < (is_body ? 20000000 : 100000); sent += sizeof(line)) {
		send_all(fd, line, sizeof(line));
	}
	return false;
}

static inline void log_request(struct connection *connection, const char *path, const char *request) {
	struct wire_server *server = connection->server;
	pthread_mutex_lock(&server->lock);
	if (server->path_count < LOGGED_MAX) {
		snprintf(server->paths[server->path_count++], sizeof(server->paths[0]), "%s", path);
	}
	snprintf(server->last, sizeof(server->last), "%s", request);
	pthread_mutex_unlock(&server->lock);
	connection->served++;
}

/* False: the connection is to be closed. */
static inline bool answer(struct connection *connection, const char *path) {
	if (str_starts_with(path, "/huge")) {
		return send_huge(connection->fd, path);
	}
	for (size_t i = 0; i < sizeof(SCRIPT) / sizeof(SCRIPT[0]); i++) {
		if (!str_is_equal(path, SCRIPT[i].path)) {
			continue;
		}
		const char *hole = strstr(SCRIPT[i].bytes, "%s");
		size_t before = hole != NULL ? (size_t)(hole - SCRIPT[i].bytes) : strlen(SCRIPT[i].bytes);
		if (SCRIPT[i].next == DROP_OR_KEEP && connection->served > 1) {
			return false;
		}
		usleep(str_is_equal(path, "/slow") ? SLOW_US : 0);
		send_all(connection->fd, SCRIPT[i].bytes, before);
		if (hole != NULL) {
			send_all(connection->fd, connection->server->headers, strlen(connection->server->headers));
			send_all(connection->fd, hole + 2, strlen(hole + 2));
		}
		if (SCRIPT[i].next == STALL) {
			stall(connection);
		} else if (SCRIPT[i].next == RESET) {
			const struct linger now = {.l_onoff = 1, .l_linger = 0};
			setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
		}
		return SCRIPT[i].next == KEEP || SCRIPT[i].next == DROP_OR_KEEP;
	}
	return false;
}

/* The length of the whole request at `text`, or 0 while some of it is missing. */
static inline size_t whole(const char *text, size_t length) {
	const char *end = strstr(text, "\r\n\r\n");
	const char *field = strcasestr(text, "\r\nContent-Length: ");
	if (end == NULL) {
		return 0;
	}
	size_t wanted = (size_t)(end - text) + 4;
	wanted += field != NULL && field < end ? strtoul(field + 18, NULL, 10) : 0;
	return length >= wanted ? wanted : 0;
}

/* One request; false at the end of the connection. */
static inline bool read_request(struct connection *connection, char *text) {
	size_t length = 0;
	struct pollfd ready = {.fd = connection->fd, .events = POLLIN};
	text[0] = '\0';
	while (whole(text, length) == 0) {
		if (connection->server->is_stopping || length + 1 == REQUEST_MAX) {
			return false;
		}
		if (poll(&ready, 1, TICK_MS) == 0) {
			continue;
		}
		ssize_t got = recv(connection->fd, text + length, REQUEST_MAX - 1 - length, 0);
		if (got <= 0) {
			return false;
		}
		length += (size_t)got;
		text[length] = '\0';
	}
	return true;
}

static inline void *serve(void *ctx) {
	struct connection *connection = ctx;
	char *text = must_calloc(1, REQUEST_MAX);
	bool goes_on = true;
	while (goes_on && read_request(connection, text)) {
		char path[64] = "";
		const char *begin = strchr(text, ' ');
		size_t length = begin != NULL ? strcspn(begin + 1, " ?") : 0;
		snprintf(path, sizeof(path), "%.*s", (int)length, begin != NULL ? begin + 1 : "");
		log_request(connection, path, text);
		goes_on = answer(connection, path);
	}
	free(text);
	close(connection->fd);
	pthread_mutex_lock(&connection->server->lock);
	connection->server->open_count--;
	pthread_mutex_unlock(&connection->server->lock);
	return NULL;
}

static inline void *accept_all(void *ctx) {
	struct wire_server *server = ctx;
	struct pollfd ready = {.fd = server->listener, .events = POLLIN};
	while (!server->is_stopping) {
		if (poll(&ready, 1, TICK_MS) <= 0) {
			continue;
		}
		int fd = accept(server->listener, NULL, NULL);
		pthread_mutex_lock(&server->lock);
		struct connection *connection = &server->connections[server->connection_count];
		if (fd >= 0 && server->connection_count < CONNECTIONS_MAX) {
			*connection = (struct connection){.server = server, .fd = fd};
			if (pthread_create(&connection->thread, NULL, serve, connection) != 0) {
				abort();
			}
			server->connection_count++;
			server->open_count++;
		}
		pthread_mutex_unlock(&server->lock);
	}
	return NULL;
}

/* A listener on a free port of 127.0.0.1. */
static inline int listen_somewhere(int *port) {
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 128) != 0 ||
		getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
		abort();
	}
	*port = ntohs(address.sin_port);
	return fd;
}

static inline struct wire_server *wire_server_start(void) {
	struct wire_server *server = must_calloc(1, sizeof(*server));
	server->headers = "";
	pthread_mutex_init(&server->lock, NULL);
	server->listener = listen_somewhere(&server->port);
	if (pthread_create(&server->thread, NULL, accept_all, server) != 0) {
		abort();
	}
	return server;
}

/* Waits for its threads. */
static inline void wire_server_stop(struct wire_server *server) {
	server->is_stopping = true;
	pthread_join(server->thread, NULL);
	for (unsigned i = 0; i < server->connection_count; i++) {
		pthread_join(server->connections[i].thread, NULL);
	}
	close(server->listener);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

static inline int wire_server_port(const struct wire_server *server) {
	return server->port;
}

/* Headers ("Name: value\r\n"...) that every "/ok" from now on carries. Borrowed. */
static inline void wire_server_add_headers(struct wire_server *server, const char *headers) {
	server->headers = headers;
}

/* Whole requests so far whose path begins with `path`. */
static inline unsigned wire_server_requests(struct wire_server *server, const char *path) {
	unsigned count = 0;
	pthread_mutex_lock(&server->lock);
	for (unsigned i = 0; i < server->path_count; i++) {
		count += str_starts_with(server->paths[i], path);
	}
	pthread_mutex_unlock(&server->lock);
	return count;
}

static inline unsigned wire_server_connections(struct wire_server *server) {
	pthread_mutex_lock(&server->lock);
	unsigned count = server->connection_count;
	pthread_mutex_unlock(&server->lock);
	return count;
}

/* Those that neither side has closed, once there are `most` of them or a second has passed. */
static inline unsigned wire_server_open(struct wire_server *server, unsigned most) {
	unsigned count = 0;
	for (int i = 0; i < 100; i++) {
		pthread_mutex_lock(&server->lock);
		count = server->open_count;
		pthread_mutex_unlock(&server->lock);
		if (count <= most) {
			break;
		}
		usleep(10000);
	}
	return count;
}

/* Copies the last whole request, headers and body, as a string. */
static inline void wire_server_last(struct wire_server *server, char *text, size_t size) {
	pthread_mutex_lock(&server->lock);
	size_t length = strnlen(server->last, size - 1);
	memcpy(text, server->last, length);
	text[length] = '\0';
	pthread_mutex_unlock(&server->lock);
}

/* A port on which nobody listens. */
static inline int wire_server_closed_port(void) {
	int port;
	close(listen_somewhere(&port));
	return port;
}

#endif
