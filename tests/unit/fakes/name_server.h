/*
 * A name server on a free loopback port, in a thread of its own, with the files that lead to it: its
 * ZONE says what it answers; a mute one hears and says nothing.
 */
#ifndef NAME_SERVER_H
#define NAME_SERVER_H

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DNS_A = 1, DNS_AAAA = 28, DNS_TRUNCATED_BIT = 0x0200 };
enum { RCODE_NONE = 0, RCODE_BROKEN = 2, RCODE_NO_NAME = 3, RCODE_REFUSED = 5, RCODE_SILENT = 99 };

struct name_server {
	int fd;
	int port;
	pthread_t thread;
	atomic_bool is_stopping, is_mute;
	atomic_uint questions;
	char folder[32], resolv_conf[64], hosts[64];
};

/* What is said about a name's A and AAAA. */
static const struct {
	const char *name;
	const char *v4[3], *v6[3];
	int rcode, v6_rcode;
	int flags;
} ZONE[] = {
	{"both.example", {"192.0.2.1", "192.0.2.2"}, {"2001:db8::1"}, 0, 0, 0},
	{"four.example", {"192.0.2.4"}, {NULL}, 0, 0, 0},
	{"six.example", {NULL}, {"2001:db8::6"}, 0, 0, 0},
	{"six-is-silent.example", {"192.0.2.7"}, {NULL}, 0, RCODE_SILENT, 0},
	{"six-is-refused.example", {"192.0.2.8"}, {NULL}, 0, RCODE_REFUSED, 0},
	{"nothing.example", {NULL}, {NULL}, 0, 0, 0},
	{"broken.example", {NULL}, {NULL}, RCODE_BROKEN, RCODE_BROKEN, 0},
	{"refused.example", {NULL}, {NULL}, RCODE_REFUSED, RCODE_REFUSED, 0},
	{"long.example", {NULL}, {NULL}, 0, 0, DNS_TRUNCATED_BIT},
	{"api.example", {"127.0.0.1"}, {NULL}, 0, 0, 0}, /* a public name that leads inside */
	{"peer.internal", {"127.0.0.1"}, {NULL}, 0, 0, 0},
	{"two.internal", {"127.0.0.9", "127.0.0.1"}, {"::1"}, 0, 0, 0}, /* nobody listens but at the last */
};

/* The question's name with dots, and its length in the packet; 0: nonsense. */
static size_t read_question(const unsigned char *packet, size_t length, char *name, size_t size) {
	size_t at = 12, used = 0;
	while (at < length && packet[at] != 0 && at + 1 + packet[at] < length && used + 1 + packet[at] < size) {
		memcpy(name + used, packet + at + 1, packet[at]);
		used += packet[at];
		name[used++] = '.';
		at += 1 + (size_t)packet[at];
	}
	name[used > 0 ? used - 1 : 0] = '\0';
	return at + 5 <= length && packet[at] == 0 ? at + 5 - 12 : 0;
}

static size_t add_answer(unsigned char *to, int type, const char *address) {
	unsigned char head[12] = {0xc0, 12, 0, (unsigned char)type, 0, 1, 0, 0, 0, 60, 0, type == DNS_A ? 4 : 16};
	memcpy(to, head, sizeof(head));
	inet_pton(type == DNS_A ? AF_INET : AF_INET6, address, to + sizeof(head));
	return sizeof(head) + head[11];
}

/* Makes the packet its own answer; 0: there is none. */
static size_t make_answer(unsigned char *packet, size_t length) {
	char name[256];
	size_t end = read_question(packet, length, name, sizeof(name)) + 12;
	if (end == 12) {
		return 0;
	}
	int type = packet[end - 3], rcode = RCODE_NO_NAME, flags = 0;
	unsigned char answers = 0;
	for (size_t i = 0; i < sizeof(ZONE) / sizeof(ZONE[0]); i++) {
		if (strcasecmp(name, ZONE[i].name) != 0) {
			continue;
		}
		rcode = type == DNS_A ? ZONE[i].rcode : ZONE[i].v6_rcode;
		flags = ZONE[i].flags;
		const char *const *addresses = type == DNS_A ? ZONE[i].v4 : ZONE[i].v6;
		for (; answers < 3 && addresses[answers] != NULL; answers++) {
			end += add_answer(packet + end, type, addresses[answers]);
		}
	}
	flags |= 0x8180 | rcode;
	const unsigned char head[] = {(unsigned char)(flags >> 8), (unsigned char)flags, 0, 1, 0, answers, 0, 0, 0, 0};
	memcpy(packet + 2, head, sizeof(head));
	return rcode == RCODE_SILENT ? 0 : end;
}

static void *answer_questions(void *ctx) {
	struct name_server *server = ctx;
	struct pollfd ready = {.fd = server->fd, .events = POLLIN};
	while (!server->is_stopping) {
		unsigned char packet[1024];
		struct sockaddr_in from;
		socklen_t size = sizeof(from);
		if (poll(&ready, 1, 10) <= 0) {
			continue;
		}
		ssize_t length = recvfrom(server->fd, packet, 512, 0, (struct sockaddr *)&from, &size);
		server->questions++;
		size_t whole = length > 12 && !server->is_mute ? make_answer(packet, (size_t)length) : 0;
		if (whole > 0) {
			sendto(server->fd, packet, whole, 0, (struct sockaddr *)&from, size);
		}
	}
	return NULL;
}

/* Writes a file of the server's folder anew. */
static void name_server_write(const char *path, const char *text) {
	FILE *file = fopen(path, "we");
	if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
		abort();
	}
}

static void name_server_lead_here(const struct name_server *server) {
	char text[64];
	snprintf(text, sizeof(text), "nameserver 127.0.0.1:%d\n", server->port);
	name_server_write(server->resolv_conf, text);
}

static struct name_server *name_server_start(void) {
	struct name_server *server = calloc(1, sizeof(*server));
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	if (server == NULL) {
		abort();
	}
	server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(server->folder, sizeof(server->folder), "/tmp/hsc-names-XXXXXX");
	if (server->fd < 0 || bind(server->fd, (struct sockaddr *)&address, size) != 0 ||
		getsockname(server->fd, (struct sockaddr *)&address, &size) != 0 || mkdtemp(server->folder) == NULL) {
		abort();
	}
	server->port = ntohs(address.sin_port);
	snprintf(server->resolv_conf, sizeof(server->resolv_conf), "%s/resolv.conf", server->folder);
	snprintf(server->hosts, sizeof(server->hosts), "%s/hosts", server->folder);
	name_server_lead_here(server);
	name_server_write(server->hosts, "");
	if (pthread_create(&server->thread, NULL, answer_questions, server) != 0) {
		abort();
	}
	return server;
}

static void name_server_stop(struct name_server *server) {
	server->is_stopping = true;
	pthread_join(server->thread, NULL);
	close(server->fd);
	unlink(server->resolv_conf);
	unlink(server->hosts);
	rmdir(server->folder);
	free(server);
}

#endif
