#include "host.h"

#include <signal.h>

#include "api/api.h"
#include "base/log.h"
#include "base/str.h"
#include "command.h"
#include "http/http.h"
#include "hubspot/hubspot.h"
#include "plugin/plugin.h"

enum { ADDRESS_SIZE = 160 };

static void reload(void *ctx) {
	struct host *host = ctx;
	char error[HOST_ERROR_SIZE];
	if (host->hubspot == NULL || host->stop != STOP_NOT) {
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

static bool start(struct host *host, char error[HOST_ERROR_SIZE]) {
	uint16_t port = 0;
	char address[ADDRESS_SIZE];
	if (!stop_on_signals(host) || !loop_on_signal(host->loop, SIGHUP, reload, host)) {
		snprintf(error, HOST_ERROR_SIZE, "signals cannot be watched: out of memory");
		return false;
	}
	if (!http_listen(host->http, host->config->listen, false, &port, error, HOST_ERROR_SIZE) ||
		!plugins_start(host->plugins, error, HOST_ERROR_SIZE)) {
		return false;
	}
	api_set_ready(host->api);
	name_address(host->config->listen, port, address);
	tell_ready(host, address);
	api_probe(host->api);
	return true;
}

int host_run(struct host *host) {
	char error[HOST_ERROR_SIZE];
	tell_ignored_proxies();
	if (!start(host, error)) {
		LOG_ERROR("start refused", log_text("why", error));
		return EXIT_FAILED;
	}
	loop_run(host->loop);
	LOG_INFO("stopped");
	return host->exit_code;
}
