#include "host.h"

#include <hubspot-connector/plugin.h>
#include <signal.h>

#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"
#include "command.h"
#include "http/http.h"
#include "hubspot/hubspot.h"
#include "keys.h"
#include "plugin/plugin.h"

enum { ADDRESS_SIZE = 160, LABELS_SIZE = 192, RELOAD_EVERY_MS = 1000 };

static void reload(void *ctx) {
	struct host *host = ctx;
	char error[HOST_ERROR_SIZE];
	if (host->stop != STOP_NOT) {
		return;
	}
	keys_reload(host);
	host->reloaded_ms = clock_precise_ms();
	if (host->hubspot == NULL) {
		return;
	}
	if (hubspot_reload(host->hubspot, error, sizeof(error))) {
		LOG_INFO("token read again", log_text("token", host->config->token_name));
	} else {
		LOG_ERROR("token not read again", log_text("token", host->config->token_name),
			log_text("why", error));
	}
	api_probe(host->api);
}

/* However many SIGHUPs there are, the files are read once a second: the loop waits meanwhile. */
static void reload_soon(void *ctx) {
	struct host *host = ctx;
	uint64_t since_ms = clock_precise_ms() - host->reloaded_ms;
	if (loop_timer_is_running(&host->reload)) {
		return;
	}
	if (host->reloaded_ms == 0 || since_ms >= RELOAD_EVERY_MS) {
		reload(host);
	} else if (!loop_timer_start(&host->reload, RELOAD_EVERY_MS - since_ms)) {
		reload(host);
	}
}

/* The address as it was asked for, with the port that it became. */
static void name_address(const char *asked, uint16_t port, char address[ADDRESS_SIZE]) {
	const char *colon = strrchr(asked, ':');
	if (port == 0 || colon == NULL) {
		snprintf(address, ADDRESS_SIZE, "%s", asked);
	} else {
		snprintf(address, ADDRESS_SIZE, "%.*s:%u", (int)(colon - asked), asked,
			(unsigned)port);
	}
}

static void tell_ignored_proxies(void) {
	static const char *const NAMES[] = {
		"http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
	for (size_t i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
		const char *value = getenv(NAMES[i]);
		if (value != NULL && *value != '\0') {
			LOG_WARN("proxy variable ignored", log_text("name", NAMES[i]),
				log_text("instead", "HUBSPOT_PROXY"));
		}
	}
}

/* Others may connect there, and are refused. */
static void tell_loopback_only(const struct config *config) {
	if (config->anonymous == CONFIG_ANONYMOUS_LOOPBACK && config->api_keys_file == NULL &&
		!config_is_loopback(config->listen)) {
		LOG_WARN("only this machine may call",
			log_text("setting", "CONNECTOR_ALLOW_ANONYMOUS=loopback"),
			log_text("listen", config->listen));
	}
}

static void tell_ready(const struct host *host, const char *address) {
	bool is_alone = host->command->verb == COMMAND_SANDBOX;
	if (is_alone || host->command->is_sandbox) {
		LOG_WARN("sandbox: this is not HubSpot, nothing is kept");
	}
	LOG_INFO("ready", log_text("address", address), log_text("version", HSC_VERSION),
		log_uint("plugins", plugins_count(host->plugins)),
		log_text("hubspot",
			is_alone                            ? NULL
				: host->command->is_sandbox ? "sandbox"
							    : host->config->base_url));
	log_flush();
}

/* What runs here, as metrics that are always 1. */
static void tell_parts(const struct host *host) {
	char labels[LABELS_SIZE];
	snprintf(labels, sizeof(labels), "version=\"%s\",plugin_abi=\"%d.%d\"", HSC_VERSION,
		HSC_ABI_MAJOR, HSC_ABI_MINOR);
	metric_set(
		metric_make(METRIC_GAUGE, "connector_build_info", labels, "The host's version"), 1);
	for (size_t i = 0; i < plugins_count(host->plugins); i++) {
		snprintf(labels, sizeof(labels), "plugin=\"%.64s\",version=\"%.64s\"",
			plugins_name(host->plugins, i), plugins_version(host->plugins, i));
		metric_set(metric_make(METRIC_GAUGE, "connector_plugin_info", labels,
				   "Plugins that run, and their versions"),
			1);
	}
}

/* Before the public one: it tells who asks that the rest is starting. */
static bool listen_admin(struct host *host, char error[HOST_ERROR_SIZE]) {
	const char *asked = host->config->admin_listen;
	uint16_t port = 0;
	char address[ADDRESS_SIZE];
	if (asked == NULL) {
		return true;
	}
	if (!http_listen(host->http, asked, HTTP_LISTEN_ADMIN, &port, error, HOST_ERROR_SIZE)) {
		return false;
	}
	name_address(asked, port, address);
	LOG_INFO("admin listener", log_text("address", address));
	return true;
}

static bool start(struct host *host, char error[HOST_ERROR_SIZE]) {
	uint16_t port = 0;
	char address[ADDRESS_SIZE];
	loop_timer_init(&host->reload, host->loop, reload, host);
	if (!stop_on_signals(host) || !loop_on_signal(host->loop, SIGHUP, reload_soon, host)) {
		snprintf(error, HOST_ERROR_SIZE, "signals cannot be watched: out of memory");
		return false;
	}
	if (!listen_admin(host, error) ||
		!http_listen(host->http, host->config->listen, HTTP_LISTEN_PUBLIC, &port, error,
			HOST_ERROR_SIZE) ||
		!plugins_start(host->plugins, error, HOST_ERROR_SIZE)) {
		return false;
	}
	tell_parts(host);
	api_make_document(host->api, host->http);
	api_set_ready(host->api);
	name_address(host->config->listen, port, address);
	tell_ready(host, address);
	api_probe(host->api);
	return true;
}

int host_run(struct host *host) {
	char error[HOST_ERROR_SIZE];
	tell_ignored_proxies();
	tell_loopback_only(host->config);
	if (!start(host, error)) {
		LOG_ERROR("start refused", log_text("why", error));
		return EXIT_FAILED;
	}
	loop_run(host->loop);
	LOG_INFO("stopped");
	return host->exit_code;
}
