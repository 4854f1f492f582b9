/*
 * A plugin that uses every service, mostly well; its routes for misuse are named after it. What a
 * call returned that the reply can no longer tell is told by GET /good/last.
 */
#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

struct good {
	const struct hsc_host *host;
	struct hsc_metric *hits;
	int last;
};

/* One request that waits, and the plugin's state with it. */
struct wait {
	struct good *good;
	struct hsc_request *request;
	int code;
};

static struct wait *wait_for(struct good *good, struct hsc_request *request) {
	struct wait *wait = malloc(sizeof(*wait));
	if (wait != NULL) {
		*wait = (struct wait){.good = good, .request = request};
	}
	return wait;
}

static int reply_code(const struct hsc_host *host, struct hsc_request *request, int code) {
	json_t *body = json_pack("{s:i}", "code", code);
	host->http->reply(host, request, 200, body);
	json_decref(body);
	return HSC_REPLIED;
}

static int echo(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct good *good = state;
	host->watch->record(good->hits, 1);
	host->http->reply_header(host, request, "X-Good", "yes");
	host->http->reply(host, request, 200, host->http->body(host, request));
	return HSC_REPLIED;
}

static void reply_later(void *ctx) {
	struct wait *wait = ctx;
	wait->good->last =
		wait->good->host->http->reply(wait->good->host, wait->request, 204, NULL);
	free(wait);
}

static int later(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct wait *wait = wait_for(state, request);
	return wait != NULL && host->loop->after(host, 50, reply_later, wait) != NULL ? HSC_LATER
										      : HSC_ENOMEM;
}

static int twice(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct good *good = state;
	reply_code(host, request, 0);
	good->last = host->http->reply(host, request, 200, NULL);
	return HSC_REPLIED;
}

static int never(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)request;
	(void)state;
	return HSC_LATER;
}

static int pass(const struct hsc_host *host, struct hsc_request *request, void *state) {
	const struct hsc_operation operation = HSC_OPERATION(.kind = HSC_READ, .object = "contacts",
		.id = host->http->path_param(host, request, "id"), .request = request);
	(void)state;
	return hsc_pass(host, &operation);
}

static int late_registration(
	const struct hsc_host *host, struct hsc_request *request, void *state) {
	const struct hsc_route route = HSC_ROUTE(.path = "/good/too-late", .handle = echo);
	(void)state;
	return reply_code(host, request, host->http->add_route(host, &route));
}

static void reply_posted(void *ctx) {
	struct wait *wait = ctx;
	reply_code(wait->good->host, wait->request, wait->code);
	free(wait);
}

/* What a thread of the plugin's may not do, and then what it may. */
static void *stray(void *ctx) {
	struct wait *wait = ctx;
	const struct hsc_host *host = wait->good->host;
	wait->code = host->http->reply(host, wait->request, 200, NULL);
	if (host->http->method(host, wait->request)[0] != '\0' ||
		host->loop->after(host, 1, reply_posted, wait) != NULL) {
		wait->code = 1;
	}
	hsc_log(host, HSC_INFO, NULL, "a line from another thread at %s",
		host->loop->now_ms(host) > 0 ? "some time" : "no time");
	host->watch->record(wait->good->hits, 0.5);
	host->loop->post(host, reply_posted, wait);
	return NULL;
}

static int thread(const struct hsc_host *host, struct hsc_request *request, void *state) {
	pthread_t stranger;
	struct wait *wait = wait_for(state, request);
	(void)host;
	if (wait == NULL || pthread_create(&stranger, NULL, stray, wait) != 0) {
		free(wait);
		return HSC_ENOMEM;
	}
	pthread_join(stranger, NULL);
	return HSC_LATER;
}

static int last(const struct hsc_host *host, struct hsc_request *request, void *state) {
	const struct good *good = state;
	return reply_code(host, request, good->last);
}

static const struct hsc_route ROUTES[] = {
	HSC_ROUTE(.method = "POST", .path = "/good/echo", .body_schema = "good.thing",
		.handle = echo),
	HSC_ROUTE(.method = "GET", .path = "/good/later", .handle = later),
	HSC_ROUTE(.method = "GET", .path = "/good/twice", .handle = twice),
	HSC_ROUTE(.method = "GET", .path = "/good/never", .timeout_ms = 200, .handle = never),
	HSC_ROUTE(.method = "GET", .path = "/good/pass/{id}", .handle = pass),
	HSC_ROUTE(.method = "GET", .path = "/good/late-registration", .handle = late_registration),
	HSC_ROUTE(.method = "GET", .path = "/good/thread", .handle = thread),
	HSC_ROUTE(.method = "GET", .path = "/good/last", .handle = last),
};

static int init(const struct hsc_host *host, void **state) {
	struct good *good = calloc(1, sizeof(*good));
	int error = good != NULL ? 0 : HSC_ENOMEM;
	if (error == 0) {
		good->host = host;
		good->hits = host->watch->counter(host, "hits_total", "Calls of echo.");
		error = host->http->add_schema(
			host, "good.thing", "{\"type\":\"object\",\"required\":[\"a\"]}");
	}
	for (size_t i = 0; error == 0 && i < sizeof(ROUTES) / sizeof(ROUTES[0]); i++) {
		error = host->http->add_route(host, &ROUTES[i]);
	}
	if (error != 0) {
		free(good);
		return error;
	}
	*state = good;
	return 0;
}

HSC_PLUGIN(.name = FIXTURE_NAME, .version = "1.0", .init = init, .fini = free);
