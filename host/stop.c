/*
 * The stop, as a table of states in the order they are lived. Each state's enter() says what is
 * asked for; when that has come about (next()), the following one is entered. The grace bounds all
 * of them together.
 */
#include "host.h"

#include <signal.h>
#include <unistd.h>

#include "api/api.h"
#include "base/log.h"
#include "http/http.h"
#include "hubspot/hubspot.h"
#include "plugin/plugin.h"

static void next(void *ctx);

static void end_requests(struct host *host) {
	api_drain(host->api);
	http_close(host->http, HTTP_LISTEN_PUBLIC);
	plugins_close_submits(host->plugins);
	http_on_idle(host->http, next, host);
}

static void end_operations(struct host *host) {
	if (host->hubspot == NULL) {
		next(host);
		return;
	}
	hubspot_on_idle(host->hubspot, next, host);
}

static void end_internal(struct host *host) {
	http_close(host->http, HTTP_LISTEN_ADMIN);
	http_close(host->http, HTTP_LISTEN_INTERNAL);
	next(host);
}

static void end_plugins(struct host *host) {
	loop_close_posts(host->loop);
	plugins_stop(host->plugins);
	host->plugins = NULL;
	next(host);
}

static void end_loop(struct host *host) {
	loop_timer_stop(&host->grace);
	loop_stop(host->loop);
}

static const struct {
	const char *name; /* what it waits for */
	void (*enter)(struct host *host);
} STATES[] = {
	[STOP_NOT] = {"nothing", NULL},
	[STOP_REQUESTS] = {"requests", end_requests},
	[STOP_HUBSPOT] = {"operations", end_operations},
	[STOP_INTERNAL] = {"the internal listener", end_internal},
	[STOP_PLUGINS] = {"plugins", end_plugins},
	[STOP_DONE] = {"nothing", end_loop},
};

static void next(void *ctx) {
	struct host *host = ctx;
	host->stop++;
	LOG_DEBUG("stop", log_text("waits_for", STATES[host->stop].name));
	STATES[host->stop].enter(host);
}

static void tell_left(const struct host *host, const char *why) {
	struct hubspot_state state = {.waiting = 0};
	if (host->hubspot != NULL) {
		hubspot_state(host->hubspot, &state);
	}
	LOG_ERROR("stopped at once", log_text("why", why),
		log_text("waited_for", STATES[host->stop].name),
		log_uint("requests_left", http_pending(host->http)),
		log_uint("operations_left", state.waiting),
		log_uint("calls_left", state.in_flight));
}

/* Without unwinding: what is left waits for somebody who may never come. */
void stop_now(struct host *host, const char *why) {
	if (why != NULL) {
		tell_left(host, why);
	}
	http_close(host->http, HTTP_LISTEN_PUBLIC); /* the file of a unix socket goes */
	http_close(host->http, HTTP_LISTEN_ADMIN);
	log_flush();
	_exit(EXIT_FAILED);
}

static void run_out(void *ctx) {
	stop_now(ctx, "the grace of CONNECTOR_DRAIN_MS is over");
}

static void on_stop(void *ctx) {
	struct host *host = ctx;
	if (host->stop != STOP_NOT) {
		stop_now(host, "a second signal");
	}
	LOG_INFO("stopping", log_uint("requests", http_pending(host->http)),
		log_uint("grace_ms", host->config->drain_ms));
	loop_timer_init(&host->grace, host->loop, run_out, host);
	loop_timer_start(&host->grace, host->config->drain_ms);
	next(host);
}

bool stop_on_signals(struct host *host) {
	return loop_on_signal(host->loop, SIGTERM, on_stop, host) &&
		loop_on_signal(host->loop, SIGINT, on_stop, host);
}
