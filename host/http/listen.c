#include "http/connection.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

enum { BACKLOG = 1024 };

const char *listen_unix_path(const char *address) {
	return str_starts_with(address, "unix:") ? address + strlen("unix:") : NULL;
}

static int fail(int fd, const char *address, const char *why, char *error, size_t error_size) {
	if (fd >= 0) {
		close(fd);
	}
	snprintf(error, error_size, "cannot listen on %s: %s", address, why);
	return -1;
}

/* A socket file stays behind when its process was killed; one that somebody answers on is
 * somebody's. */
static bool is_stale(const struct sockaddr_un *where) {
	struct stat file;
	if (lstat(where->sun_path, &file) != 0 || !S_ISSOCK(file.st_mode)) {
		return false;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return false;
	}
	bool is_refused = connect(fd, (const struct sockaddr *)where, sizeof(*where)) != 0 &&
		errno == ECONNREFUSED;
	close(fd);
	return is_refused;
}

static int open_unix(const char *address, const char *path, char *error, size_t error_size) {
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	if (length == 0 || length >= sizeof(where.sun_path)) {
		return fail(-1, address, "the path is empty or too long", error, error_size);
	}
	memcpy(where.sun_path, path, length + 1);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return fail(fd, address, strerror(errno), error, error_size);
	}
	if (is_stale(&where)) {
		unlink(path);
	}
	/* Nobody can connect before listen(), so the mode is right from the first connection on. */
	if (bind(fd, (const struct sockaddr *)&where, sizeof(where)) != 0) {
		return fail(fd, address, strerror(errno), error, error_size);
	}
	if (chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0) {
		int why = errno;
		unlink(path);
		return fail(fd, address, strerror(why), error, error_size);
	}
	return fd;
}

/* "ADDRESS:PORT" or "[ADDRESS]:PORT" in two; false when it is neither. */
static bool split(const char *address, char *host, size_t host_size, uint16_t *port) {
	const char *colon = strrchr(address, ':');
	uint64_t number;
	if (colon == NULL || !str_to_uint(colon + 1, 0, UINT16_MAX, &number)) {
		return false;
	}
	const char *from = address;
	const char *to = colon;
	if (*from == '[') {
		if (to - from < 3 || to[-1] != ']') {
			return false;
		}
		from++;
		to--;
	} else if (memchr(from, ':', (size_t)(to - from)) != NULL) {
		return false;
	}
	if (to == from || (size_t)(to - from) >= host_size) {
		return false;
	}
	memcpy(host, from, (size_t)(to - from));
	host[to - from] = '\0';
	*port = (uint16_t)number;
	return true;
}

static bool is_loopback(const struct sockaddr *where) {
	if (where->sa_family == AF_INET) {
		const struct sockaddr_in *four = (const void *)where;
		return (ntohl(four->sin_addr.s_addr) >> 24) == 127;
	}
	const struct sockaddr_in6 *six = (const void *)where;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

static uint16_t bound_port(int fd) {
	struct sockaddr_storage where = {.ss_family = AF_UNSPEC};
	socklen_t length = sizeof(where);
	if (getsockname(fd, (struct sockaddr *)&where, &length) != 0) {
		return 0;
	}
	return ntohs(where.ss_family == AF_INET ? ((struct sockaddr_in *)&where)->sin_port
						: ((struct sockaddr_in6 *)&where)->sin6_port);
}

static int open_tcp(const char *address, const struct addrinfo *where, uint16_t *port, char *error,
	size_t error_size) {
	static const int on = 1;
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		return fail(fd, address, strerror(errno), error, error_size);
	}
	/* Linux hands these on to the accepted sockets. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, where->ai_addr, where->ai_addrlen) != 0 || listen(fd, BACKLOG) != 0) {
		return fail(fd, address, strerror(errno), error, error_size);
	}
	*port = bound_port(fd);
	return fd;
}

int listen_open(const char *address, bool must_be_loopback, uint16_t *port, char *error,
	size_t error_size) {
	const char *path = listen_unix_path(address);
	if (path != NULL) {
		*port = 0;
		return open_unix(address, path, error, error_size);
	}
	char host[64];
	char service[8];
	uint16_t number;
	if (!split(address, host, sizeof(host), &number)) {
		return fail(-1, address, "not ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH", error,
			error_size);
	}
	snprintf(service, sizeof(service), "%u", (unsigned)number);
	const struct addrinfo hints = {.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE};
	struct addrinfo *found = NULL;
	const char *name = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
	if (getaddrinfo(name, service, &hints, &found) != 0) {
		return fail(-1, address, "the address must be numeric", error, error_size);
	}
	int fd = must_be_loopback && !is_loopback(found->ai_addr)
		? fail(-1, address, "an internal listener stays on loopback", error, error_size)
		: open_tcp(address, found, port, error, error_size);
	freeaddrinfo(found);
	return fd;
}
