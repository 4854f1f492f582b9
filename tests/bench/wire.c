#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HEAD_MAX = 16384, GET_SECONDS = 60, READ_AT_ONCE = 1 << 20 };

/* The value of a header within the head, or NULL. */
static const char *header(const char *head, const char *name) {
	size_t length = strlen(name);
	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
			return line + length + 1 + strspn(line + length + 1, " ");
		}
	}
	return NULL;
}

static bool read_head(const char *head, struct reply *reply) {
	if (strncmp(head, "HTTP/1.1 ", 9) != 0) {
		return false;
	}
	reply->status = (int)strtoul(head + 9, NULL, 10);
	const char *connection = header(head, "Connection");
	reply->is_closing = connection != NULL && strncasecmp(connection, "close", 5) == 0;
	const char *after = header(head, "Retry-After");
	reply->retry_after_s = after == NULL ? -1 : strtod(after, NULL);
	const char *length = header(head, "Content-Length");
	reply->length = length == NULL ? 0 : strtoul(length, NULL, 10);
	/* No server here sends chunks for a known body: taken for broken rather than understood. */
	bool has_length = length != NULL || reply->status == 204;
	return reply->status >= 200 && reply->status < 600 && has_length;
}

enum parse wire_parse(char *text, size_t length, struct reply *reply, size_t *used) {
	char *end = strstr(text, "\r\n\r\n");
	if (end == NULL) {
		return length > HEAD_MAX ? PARSE_BROKEN : PARSE_MORE;
	}
	size_t head = (size_t)(end - text) + 4;
	end[2] = '\0';
	bool is_good = read_head(text, reply);
	end[2] = '\r';
	if (!is_good) {
		return PARSE_BROKEN;
	}
	if (length < head + reply->length) {
		return PARSE_MORE;
	}
	reply->body = text + head;
	*used = head + reply->length;
	return PARSE_DONE;
}

int wire_connect(uint16_t port) {
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 &&
		errno != EINPROGRESS) {
		close(fd);
		return -1;
	}
	return fd;
}

/* ---- one GET, waiting ---- */

static bool send_get(int fd, uint16_t port, const char *path) {
	char request[256];
	int length = snprintf(request, sizeof(request),
		"GET %s HTTP/1.1\r\nHost: 127.0.0.1:%u\r\n\r\n", path, (unsigned)port);
	return send(fd, request, (size_t)length, MSG_NOSIGNAL) == length;
}

/* Grows `text` until a whole reply is there. */
static bool receive(int fd, char **text, struct reply *reply) {
	size_t length = 0, room = 0, used;
	enum parse parse = PARSE_MORE;
	while (parse == PARSE_MORE) {
		if (length + READ_AT_ONCE + 1 > room) {
			room = room * 2 + READ_AT_ONCE + 1;
			char *larger = realloc(*text, room);
			if (larger == NULL) {
				return false;
			}
			*text = larger;
		}
		ssize_t got = recv(fd, *text + length, READ_AT_ONCE, 0);
		if (got <= 0) {
			return false;
		}
		length += (size_t)got;
		(*text)[length] = '\0';
		parse = wire_parse(*text, length, reply, &used);
	}
	return parse == PARSE_DONE;
}

json_t *wire_get(uint16_t port, const char *path) {
	struct timeval limit = {.tv_sec = GET_SECONDS};
	struct reply reply;
	char *text = NULL;
	json_t *json = NULL;
	int fd = wire_connect(port);
	if (fd < 0) {
		return NULL;
	}
	fcntl(fd, F_SETFL, 0); /* on loopback the connection is there by now, or the send fails */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (send_get(fd, port, path) && receive(fd, &text, &reply) && reply.status == 200) {
		json = json_loadb(reply.body, reply.length, 0, NULL);
	}
	free(text);
	close(fd);
	return json;
}
