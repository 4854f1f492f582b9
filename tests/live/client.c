#include "kit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { URL_SIZE = 1024, EXCHANGE_LIMIT_MS = 90000 };

struct client {
	CURL *curl;
	char base[128];
};

/* ---- time and files ---- */

uint64_t now_ms(void) {
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void pause_ms(unsigned ms) {
	const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	nanosleep(&time, NULL);
}

void write_file(const char *folder, const char *name, const char *text, char *path, size_t size) {
	char whole[256];
	snprintf(whole, sizeof(whole), "%s/%s", folder, name);
	FILE *file = fopen(whole, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	if (path != NULL) {
		snprintf(path, size, "%s", whole);
	}
}

/* ---- JSON ---- */

json_t *json_at(const json_t *json, const char *pointer) {
	const json_t *at = json;
	while (at != NULL && *pointer == '/') {
		char name[128];
		size_t length = strcspn(++pointer, "/");
		snprintf(name, sizeof(name), "%.*s", (int)length, pointer);
		pointer += length;
		at = json_is_array(at) ? json_array_get(at, strtoul(name, NULL, 10))
				       : json_object_get(at, name);
	}
	return (json_t *)(uintptr_t)at;
}

bool json_has(const json_t *json, const char *pointer, const char *expected) {
	json_t *wanted = json_loads(expected, JSON_DECODE_ANY, NULL);
	const json_t *found = json_at(json, pointer);
	bool is_equal = wanted != NULL && found != NULL && json_equal(wanted, found);
	json_decref(wanted);
	return is_equal;
}

void expect(const struct answer *answer, const char *pointer, const char *expected) {
	if (!json_has(answer->json, pointer, expected)) {
		fail_msg("expected %s at %s, found %d: %s", expected, pointer, answer->status,
			answer->text);
	}
}

void expect_absent(const struct answer *answer, const char *pointer) {
	if (json_at(answer->json, pointer) != NULL) {
		fail_msg("expected nothing at %s, found %d: %s", pointer, answer->status,
			answer->text);
	}
}

/* ---- one exchange ---- */

static void set_up(void) {
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct client *client_open(const char *base) {
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, set_up);
	struct client *client = calloc(1, sizeof(*client));
	if (client == NULL || (client->curl = curl_easy_init()) == NULL) {
		abort();
	}
	snprintf(client->base, sizeof(client->base), "%s", base);
	return client;
}

void client_close(struct client *client) {
	curl_easy_cleanup(client->curl);
	free(client);
}

static size_t take_body(char *bytes, size_t one, size_t length, void *ctx) {
	struct answer *answer = ctx;
	char *text = realloc(answer->text, answer->length + one * length + 1);
	if (text == NULL) {
		return 0;
	}
	memcpy(text + answer->length, bytes, one * length);
	answer->text = text;
	answer->length += one * length;
	text[answer->length] = '\0';
	return one * length;
}

static size_t take_header(char *bytes, size_t one, size_t length, void *ctx) {
	struct answer *answer = ctx;
	char name[128], value[1024];
	const char *colon = memchr(bytes, ':', one * length);
	size_t size = colon == NULL ? 0 : (size_t)(colon - bytes);
	if (size == 0 || size >= sizeof(name)) {
		return one * length;
	}
	for (size_t i = 0; i < size; i++) {
		name[i] = (char)(bytes[i] >= 'A' && bytes[i] <= 'Z' ? bytes[i] + 32 : bytes[i]);
	}
	name[size] = '\0';
	snprintf(value, sizeof(value), "%.*s", (int)(one * length - size - 1), colon + 1);
	value[strcspn(value, "\r\n")] = '\0';
	json_object_set_new(answer->headers, name, json_string(value + strspn(value, " ")));
	return one * length;
}

static struct curl_slist *header_list(const char *const *headers, bool has_body) {
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	bool has_type = false;
	for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
		list = curl_slist_append(list, headers[i]);
		has_type |= strncasecmp(headers[i], "content-type:", 13) == 0;
	}
	return has_body && !has_type ? curl_slist_append(list, "Content-Type: application/json")
				     : list;
}

bool client_ask(struct client *client, const char *method, const char *path,
	const char *const *headers, const char *body, size_t length, struct answer *answer) {
	char url[URL_SIZE];
	long status = 0;
	*answer = (struct answer){.headers = json_object()};
	struct curl_slist *list = header_list(headers, body != NULL);
	snprintf(url, sizeof(url), "%s%s", client->base, path);
	curl_easy_reset(client->curl);
	curl_easy_setopt(client->curl, CURLOPT_URL, url);
	curl_easy_setopt(client->curl, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(client->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(client->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, list);
	curl_easy_setopt(client->curl, CURLOPT_TIMEOUT_MS, (long)EXCHANGE_LIMIT_MS);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, answer->error);
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(client->curl, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(client->curl, CURLOPT_HEADERDATA, answer);
	if (body != NULL) {
		curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
		curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body);
	}
	uint64_t begun_ms = now_ms();
	CURLcode code = curl_easy_perform(client->curl);
	answer->ms = now_ms() - begun_ms;
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(list);
	answer->status = code == CURLE_OK ? (int)status : 0;
	answer->json =
		answer->text == NULL ? NULL : json_loadb(answer->text, answer->length, 0, NULL);
	return code == CURLE_OK;
}

void answer_finish(struct answer *answer) {
	free(answer->text);
	json_decref(answer->json);
	json_decref(answer->headers);
	*answer = (struct answer){.status = 0};
}

const char *answer_header(const struct answer *answer, const char *name) {
	return json_string_value(json_object_get(answer->headers, name));
}

void ask(const char *base, const char *method, const char *path, const char *body, int status,
	struct answer *answer) {
	struct client *client = client_open(base);
	client_ask(client, method, path, NULL, body, body == NULL ? 0 : strlen(body), answer);
	client_close(client);
	if (answer->status != status) {
		fail_msg("%s %s: expected %d, found %d: %s%s", method, path, status, answer->status,
			answer->text == NULL ? "" : answer->text, answer->error);
	}
}

/* ---- many at once ---- */

struct worker {
	pthread_t thread;
	const char *base;
	size_t index;
	worker_fn *work;
	void *ctx;
};

static void *run_worker(void *ctx) {
	const struct worker *worker = ctx;
	struct client *client = client_open(worker->base);
	worker->work(client, worker->index, worker->ctx);
	client_close(client);
	return NULL;
}

void run_workers(const char *base, size_t count, worker_fn *work, void *ctx) {
	struct worker *workers = calloc(count, sizeof(*workers));
	if (workers == NULL) {
		abort();
	}
	for (size_t i = 0; i < count; i++) {
		workers[i] = (struct worker){.base = base, .index = i, .work = work, .ctx = ctx};
		if (pthread_create(&workers[i].thread, NULL, run_worker, &workers[i]) != 0) {
			abort();
		}
	}
	for (size_t i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
	}
	free(workers);
}

/* ---- without an HTTP client ---- */

char *raw_exchange(uint16_t port, const char *bytes, size_t length, unsigned limit_ms) {
	enum { REPLY_SIZE = 65536 };
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *reply = calloc(1, REPLY_SIZE);
	size_t got = 0;
	if (fd < 0 || reply == NULL ||
		connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		free(reply);
		reply = NULL;
		goto out;
	}
	for (size_t sent = 0; sent < length;) {
		ssize_t now = send(fd, bytes + sent, length - sent, MSG_NOSIGNAL);
		if (now <= 0) {
			break;
		}
		sent += (size_t)now;
	}
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	while (got < REPLY_SIZE - 1 && poll(&readable, 1, (int)limit_ms) > 0) {
		ssize_t now = recv(fd, reply + got, REPLY_SIZE - 1 - got, 0);
		if (now <= 0) {
			break;
		}
		got += (size_t)now;
	}
out:
	if (fd >= 0) {
		close(fd);
	}
	return reply;
}
