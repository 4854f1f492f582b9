/*
 * A TLS server whose certificate says "localhost" and is signed by itself: openssl's s_server, in a
 * process of its own. (ca-certificates brings openssl.) For the tests of transport.
 */
#ifndef TLS_PEER_H
#define TLS_PEER_H

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire_server.h"

extern char **environ;

struct tls_peer {
	char folder[32], key_file[64], cert_file[64];
	int port;
	pid_t pid;
};

static inline pid_t run_openssl(const char *const arguments[]) {
	posix_spawn_file_actions_t quiet;
	pid_t pid = -1;
	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
	if (posix_spawnp(&pid, "openssl", &quiet, NULL, (char *const *)arguments, environ) != 0) {
		pid = -1;
	}
	posix_spawn_file_actions_destroy(&quiet);
	return pid;
}

static inline bool make_certificate(const struct tls_peer *peer) {
	int status = -1;
	pid_t pid = run_openssl((const char *[]){"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout",
		peer->key_file, "-out", peer->cert_file, "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", NULL});
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static inline bool is_listening(int port) {
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool is_open = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
	close(fd);
	return is_open;
}

/* False when it did not come up within five seconds. */
static inline bool tls_peer_start(struct tls_peer *peer) {
	char port[16];
	*peer = (struct tls_peer){.folder = "/tmp/hsc-tls-XXXXXX", .port = wire_server_closed_port()};
	if (mkdtemp(peer->folder) == NULL) {
		return false;
	}
	snprintf(peer->key_file, sizeof(peer->key_file), "%s/key.pem", peer->folder);
	snprintf(peer->cert_file, sizeof(peer->cert_file), "%s/cert.pem", peer->folder);
	snprintf(port, sizeof(port), "%d", peer->port);
	if (!make_certificate(peer)) {
		return false;
	}
	peer->pid = run_openssl((const char *[]){"openssl", "s_server", "-www", "-quiet", "-accept", port, "-key",
		peer->key_file, "-cert", peer->cert_file, NULL});
	for (int i = 0; i < 250 && peer->pid > 0; i++) {
		if (is_listening(peer->port)) {
			return true;
		}
		usleep(20000);
	}
	return false;
}

/* Also after a start that failed, or none. */
static inline void tls_peer_stop(struct tls_peer *peer) {
	if (peer->pid > 0) {
		kill(peer->pid, SIGTERM);
		waitpid(peer->pid, NULL, 0);
	}
	if (peer->folder[0] != '\0') {
		unlink(peer->key_file);
		unlink(peer->cert_file);
		rmdir(peer->folder);
	}
	*peer = (struct tls_peer){0};
}

#endif
