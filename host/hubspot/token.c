/*
 * The bearer token, in pages of its own that are kept out of swap and core files where the system allows it. It leaves
 * this file only as a header line for transport.c.
 */
#include "hubspot/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"

enum { TOKEN_MAX = 4096 };

struct secret {
	char text[TOKEN_MAX + 1];
};

struct token {
	struct secret *secret; /* in pages of its own */
	char *file;            /* or NULL: the token came as a value */
	unsigned generation;
	bool is_warned;
};

static struct secret *secret_create(void) {
	struct secret *secret =
		mmap(NULL, sizeof(*secret), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (secret == MAP_FAILED) {
		return NULL;
	}
	(void)mlock(secret, sizeof(*secret)); /* an unprivileged process may have no room for it */
	(void)madvise(secret, sizeof(*secret), MADV_DONTDUMP);
	return secret;
}

static void secret_destroy(struct secret *secret) {
	if (secret != NULL) {
		memory_wipe(secret, sizeof(*secret));
		munmap(secret, sizeof(*secret));
	}
}

/* Trims one newline; says in `error` what is wrong with the rest, without showing it. */
static bool tidy(struct secret *secret, size_t length, const char *source, char *error, size_t error_size) {
	if (length > 0 && length <= TOKEN_MAX && secret->text[length - 1] == '\n') {
		length--;
		length -= length > 0 && secret->text[length - 1] == '\r';
	}
	if (length == 0) {
		snprintf(error, error_size, "%s: it is empty", source);
		return false;
	}
	if (length > TOKEN_MAX) {
		snprintf(error, error_size, "%s: it is longer than %d bytes", source, TOKEN_MAX);
		return false;
	}
	for (size_t i = 0; i < length; i++) {
		if (secret->text[i] <= ' ' || secret->text[i] >= 0x7f) {
			snprintf(error, error_size, "%s: byte %zu is not a visible ASCII character", source, i + 1);
			return false;
		}
	}
	secret->text[length] = '\0';
	return true;
}

static bool is_usable_file(struct token *token, int fd, char *error, size_t error_size) {
	struct stat status;
	if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
		snprintf(error, error_size, "token file %s: not a regular file", token->file);
		return false;
	}
	if (status.st_mode & S_IWOTH) {
		snprintf(error, error_size, "token file %s: everybody may write to it (chmod o-w)", token->file);
		return false;
	}
	if ((status.st_mode & S_IROTH) && !token->is_warned) {
		LOG_WARN("token file can be read by everybody", log_text("file", token->file));
		token->is_warned = true;
	}
	return true;
}

/* Reads at most one byte more than a token may have: enough to see that it is too long. */
static bool read_all(int fd, struct secret *secret, size_t *length) {
	*length = 0;
	while (*length < sizeof(secret->text)) {
		ssize_t got = read(fd, secret->text + *length, sizeof(secret->text) - *length);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got <= 0) {
			return got == 0;
		}
		*length += (size_t)got;
	}
	return true;
}

static bool read_file(struct token *token, struct secret *secret, char *error, size_t error_size) {
	char source[1024];
	size_t length = 0;
	int fd = open(token->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not stop the loop */
	snprintf(source, sizeof(source), "token file %s", token->file);
	if (fd < 0) {
		snprintf(error, error_size, "%s: %s", source, strerror(errno));
		return false;
	}
	bool is_read = is_usable_file(token, fd, error, error_size);
	if (is_read && !read_all(fd, secret, &length)) {
		snprintf(error, error_size, "%s: %s", source, strerror(errno));
		is_read = false;
	}
	close(fd);
	return is_read && tidy(secret, length, source, error, error_size);
}

static bool read_value(struct secret *secret, const char *value, char *error, size_t error_size) {
	size_t length = strnlen(value, sizeof(secret->text));
	memcpy(secret->text, value, length);
	return tidy(secret, length, "token", error, error_size);
}

struct token *token_create(const char *value, const char *file, char *error, size_t error_size) {
	struct token *token = must_calloc(1, sizeof(*token));
	token->generation = 1;
	token->file = value == NULL && file != NULL ? must_strdup(file) : NULL;
	token->secret = secret_create();
	bool is_read = false;
	if (token->secret == NULL) {
		snprintf(error, error_size, "token: no memory");
	} else if (value != NULL) {
		is_read = read_value(token->secret, value, error, error_size);
	} else if (file != NULL) {
		is_read = read_file(token, token->secret, error, error_size);
	} else {
		snprintf(error, error_size, "token: there is none");
	}
	if (!is_read) {
		token_destroy(token);
		return NULL;
	}
	return token;
}

void token_destroy(struct token *token) {
	if (token == NULL) {
		return;
	}
	secret_destroy(token->secret);
	free(token->file);
	free(token);
}

bool token_reload(struct token *token, bool *changed, char *error, size_t error_size) {
	if (token->file == NULL) {
		*changed = false;
		return true;
	}
	struct secret *secret = secret_create();
	if (secret == NULL) {
		snprintf(error, error_size, "token: no memory");
		return false;
	}
	if (!read_file(token, secret, error, error_size)) {
		secret_destroy(secret);
		return false;
	}
	*changed = strcmp(secret->text, token->secret->text) != 0;
	if (*changed) {
		struct secret *old = token->secret;
		token->secret = secret;
		token->generation++;
		secret = old;
	}
	secret_destroy(secret);
	return true;
}

unsigned token_generation(const struct token *token) {
	return token->generation;
}

char *token_header(const struct token *token) {
	static const char NAME[] = "Authorization: Bearer ";
	size_t length = strlen(token->secret->text);
	char *header = malloc(sizeof(NAME) + length);
	if (header != NULL) {
		memcpy(header, NAME, sizeof(NAME) - 1);
		memcpy(header + sizeof(NAME) - 1, token->secret->text, length + 1);
	}
	return header;
}

/* As it stands in a JSON string: visible ASCII, so there is no more to escape. */
static size_t add_escaped(char *to, const char *text) {
	size_t length = 0;
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\') {
			to[length++] = '\\';
		}
		to[length++] = *text;
	}
	return length;
}

char *token_fill(const struct token *token, const char *json) {
	static const char PLACE[] = "{token}";
	size_t places = 0;
	for (const char *at = strstr(json, PLACE); at != NULL; at = strstr(at + 1, PLACE)) {
		places++;
	}
	char *filled = calloc(1, strlen(json) + places * 2 * strlen(token->secret->text) + 1);
	size_t length = 0;
	while (filled != NULL && *json != '\0') {
		if (strncmp(json, PLACE, strlen(PLACE)) == 0) {
			length += add_escaped(filled + length, token->secret->text);
			json += strlen(PLACE);
		} else {
			filled[length++] = *json++;
		}
	}
	return filled;
}
