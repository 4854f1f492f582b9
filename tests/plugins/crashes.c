/*
 * A plugin that ends the process: where and how is said by its configuration, {"in": "timer",
 * "how": "abort"}, or else by CMakeLists.txt. GET /NAME leads to all places but init, start, fini
 * and prepare; POST /NAME-records to prepare.
 */
#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct hsc_host *own;
static const char *place = CRASH_IN;
static const char *way = CRASH_HOW;

/* ---- the ways ---- */

static volatile uintptr_t nowhere = 16; /* volatile, so that no compiler sees what is coming */
static volatile int is_deep_enough;

static void touch_nowhere(void) {
	*(volatile int *)nowhere = 1;
}

/* A page of a file that has none. */
static void touch_missing_page(void) {
	volatile char *page = mmap(
		NULL, 4096, PROT_READ, MAP_PRIVATE, memfd_create(FIXTURE_NAME, MFD_CLOEXEC), 0);
	if (page != MAP_FAILED) {
		is_deep_enough = page[0];
	}
}

static int dive(const volatile char *above) {
	volatile char room[4096];
	room[0] = above[0];
	return is_deep_enough ? 0 : dive(room) + room[1];
}

static void overflow_stack(void) {
	const char top = 0;
	is_deep_enough = dive(&top);
}

static void divide(void) {
	raise(SIGFPE);
}

static void trap(void) {
	raise(SIGILL);
}

static void leave(void) {
	exit(0);
}

static void leave_quickly(void) {
	quick_exit(0);
}

static const struct {
	const char *name;
	void (*go)(void);
} WAYS[] = {{"segv", touch_nowhere}, {"bus", touch_missing_page}, {"fpe", divide}, {"ill", trap},
	{"abort", abort}, {"overflow", overflow_stack}, {"exit", leave},
	{"quick-exit", leave_quickly}};

static void crash_if(const char *here) {
	for (size_t i = 0; strcmp(place, here) == 0 && i < sizeof(WAYS) / sizeof(WAYS[0]); i++) {
		if (strcmp(WAYS[i].name, way) == 0) {
			WAYS[i].go();
		}
	}
}

/* ---- the places ---- */

#ifdef HAS_CONSTRUCTOR
__attribute__((constructor)) static void on_load(void) {
	crash_if("load");
}
#endif

static void on_timer(void *ctx) {
	(void)ctx;
	crash_if("timer");
}

static void on_post(void *ctx) {
	(void)ctx;
	crash_if("post");
}

static void on_gone(struct hsc_request *request, void *ctx) {
	(void)ctx;
	crash_if("gone");
	own->http->reply(own, request, 204, NULL);
}

static void on_done(const struct hsc_result *result, void *ctx) {
	(void)ctx;
	crash_if("done");
	own->http->reply(own, result->request, 204, NULL);
}

static void *on_thread(void *ctx) {
	crash_if("thread");
	return ctx;
}

static int start_thread(void) {
	pthread_t thread;
	if (pthread_create(&thread, NULL, on_thread, NULL) != 0) {
		return HSC_ENOMEM;
	}
	pthread_join(thread, NULL);
	return HSC_LATER;
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	const struct hsc_operation operation = HSC_OPERATION(.kind = HSC_READ, .object = "contacts",
		.id = "1", .request = request);
	(void)state;
	crash_if("handle");
	if (strcmp(place, "replied") == 0) {
		host->http->reply(host, request, 204, NULL);
		crash_if("replied");
	}
	if (strcmp(place, "timer") == 0) {
		return host->loop->after(host, 1, on_timer, NULL) != NULL ? HSC_LATER : HSC_ENOMEM;
	}
	if (strcmp(place, "post") == 0) {
		int error = host->loop->post(host, on_post, NULL);
		return error != 0 ? error : HSC_LATER;
	}
	if (strcmp(place, "gone") == 0) {
		int error = host->http->on_gone(host, request, on_gone, NULL);
		return error != 0 ? error : HSC_LATER;
	}
	if (strcmp(place, "done") == 0) {
		int error = host->hubspot->submit(host, &operation, on_done, NULL, NULL);
		return error != 0 ? error : HSC_LATER;
	}
	if (strcmp(place, "thread") == 0) {
		return start_thread();
	}
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

static void prepare(
	const struct hsc_host *host, json_t *record, json_t *errors, int is_part, void *state) {
	(void)host;
	(void)record;
	(void)errors;
	(void)is_part;
	(void)state;
	crash_if("prepare");
}

/* ---- its life ---- */

static void read_config(const struct hsc_host *host) {
	const char *in = json_string_value(json_object_get(host->config, "in"));
	const char *how = json_string_value(json_object_get(host->config, "how"));
	place = in != NULL ? in : place;
	way = how != NULL ? how : way;
}

static int init(const struct hsc_host *host, void **state) {
	const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = "/" FIXTURE_NAME,
		.timeout_ms = 200, .handle = handle);
	const struct hsc_object object = HSC_OBJECT(.path = "/" FIXTURE_NAME "-records",
		.name = "record", .hubspot = "p_records", .offers = HSC_OBJECT_ALL, .key = "code",
		.prepare = prepare,
		.schema = "{\"type\":\"object\",\"properties\":{\"code\":{\"type\":\"string\"}}}");
	own = host;
	*state = NULL;
	read_config(host);
	crash_if("init");
	int error = host->http->add_route(host, &route);
	return error != 0 || strcmp(place, "prepare") != 0 ? error
							   : host->http->add_object(host, &object);
}

static int start(const struct hsc_host *host, void *state) {
	(void)host;
	(void)state;
	crash_if("start");
	return 0;
}

static void fini(void *state) {
	(void)state;
	crash_if("fini");
}

HSC_PLUGIN(.name = FIXTURE_NAME, .version = "1", .init = init, .start = start, .fini = fini,
	.config_schema = "{\"type\":\"object\",\"properties\":{\"in\":{\"type\":\"string\"},"
			 "\"how\":{\"type\":\"string\"}}}");
