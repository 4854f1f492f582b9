#include "host.h"

#include <inttypes.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "api/api.h"
#include "base/log.h"
#include "base/str.h"
#include "command.h"
#include "http/http.h"
#include "hubspot/hubspot.h"
#include "keys.h"
#include "object/object.h"
#include "plugin/plugin.h"

enum { URL_SIZE = 64, ASKED_MAX = 2 };

static const char OBJECT_FILES[] = "object-files";

static const char SANDBOX_TOKEN[] = "pat-na1-sandbox";

void host_protect(bool has_secrets) {
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	if (has_secrets) {
		prctl(PR_SET_DUMPABLE, 0); /* no core file and no debugger shows the token */
	}
}

static bool is_alone(const struct host *host) {
	return host->command->verb == COMMAND_SANDBOX;
}

/* ---- is this a host that may serve? ---- */

bool host_may_serve(
	const struct command *command, const struct config *config, char error[HOST_ERROR_SIZE]) {
	bool is_sandbox = command->is_sandbox || command->verb == COMMAND_SANDBOX;
	if (is_sandbox && !config_is_loopback(config->listen) &&
		config->anonymous != CONFIG_ANONYMOUS_ANY) {
		snprintf(error, HOST_ERROR_SIZE,
			"the sandbox is a development tool and stays on this machine: %s is beyond "
			"it, which needs "
			"CONNECTOR_ALLOW_ANONYMOUS=any",
			config->listen);
		return false;
	}
	if (!is_sandbox && !config_has_token(config)) {
		snprintf(error, HOST_ERROR_SIZE,
			"there is no HubSpot token: set HUBSPOT_PRIVATE_APP_TOKEN (or "
			"HUBSPOT_PRIVATE_APP_TOKEN_FILE), or say "
			"--sandbox to try it without HubSpot");
		return false;
	}
	if (!is_sandbox && config->api_keys_file == NULL &&
		config->anonymous == CONFIG_ANONYMOUS_UNSET) {
		snprintf(error, HOST_ERROR_SIZE,
			"anyone who reaches %s could write to your account; type "
			"hubspot-connector key new NAME --scope contacts:write --file keys.json, "
			"then set CONNECTOR_API_KEYS_FILE=keys.json; or say "
			"CONNECTOR_ALLOW_ANONYMOUS=loopback (direct requests to localhost) or "
			"CONNECTOR_ALLOW_ANONYMOUS=any (everybody who reaches it)",
			config->listen);
		return false;
	}
	return true;
}

/* ---- the parts, in the order they are made ---- */

static enum http_anonymous anonymous_of(const struct host *host) {
	switch (host->config->anonymous) {
	case CONFIG_ANONYMOUS_ANY:
		return HTTP_ANONYMOUS_ANY;
	case CONFIG_ANONYMOUS_LOOPBACK:
		return HTTP_ANONYMOUS_LOOPBACK;
	default:
		return host->config->api_keys_file == NULL &&
				(host->command->is_sandbox || is_alone(host))
			? HTTP_ANONYMOUS_LOOPBACK
			: HTTP_ANONYMOUS_NO;
	}
}

static void make_http(struct host *host) {
	const struct config *config = host->config;
	const struct http_settings settings = {
		.request_timeout_ms = config->request_timeout_ms,
		.idle_timeout_ms = config->idle_timeout_ms,
		.max_body_bytes = config->max_body_bytes,
		.max_head_bytes = config->max_head_bytes,
		.max_connections = config->max_connections,
		.anonymous = anonymous_of(host),
	};
	host->http = http_create(host->loop, &settings);
}

/* The HubSpot client reaches the sandbox through a listener of its own: sharing one would dead-lock
 * at the bound of connections, and lose requests on a stop. */
static bool open_internal(struct host *host, char url[URL_SIZE], char error[HOST_ERROR_SIZE]) {
	uint16_t port = 1; /* `check` asks nobody, but wants an address that could be one */
	bool is_needed = host->command->is_sandbox && host->command->verb == COMMAND_SERVE;
	if (is_needed &&
		!http_listen(host->http, "127.0.0.1:0", HTTP_LISTEN_INTERNAL, &port, error,
			HOST_ERROR_SIZE)) {
		return false;
	}
	snprintf(url, URL_SIZE, "http://127.0.0.1:%" PRIu16 "/sandbox", port);
	return true;
}

static bool make_hubspot(struct host *host, char error[HOST_ERROR_SIZE]) {
	const struct config *config = host->config;
	bool is_sandbox = host->command->is_sandbox;
	char url[URL_SIZE];
	struct hubspot_settings settings = {
		.base_url = config->base_url,
		.api_version = config_api_version(config),
		.token = config->token,
		.token_file = config->token_file,
		.rate_limit = config->rate_limit == CONFIG_RATE_OFF ? 0 : config->rate_limit,
		.is_unlimited = config->rate_limit == CONFIG_RATE_OFF,
		.upsert = (enum hubspot_upsert)config->upsert,
		.max_calls = config->max_calls,
		.timeout_ms = config->call_timeout_ms,
		.default_deadline_ms = config->deadline_ms,
		.max_waiting_rows = config->max_waiting_rows,
		.proxy = config->proxy,
		.ca_file = config->ca_file,
	};
	if (is_alone(host)) {
		return true;
	}
	if (!open_internal(host, url, error)) {
		return false;
	}
	if (is_sandbox) {
		settings.base_url = url;
		settings.proxy = NULL;
	}
	if (is_sandbox ||
		!config_has_token(config)) { /* without one: only `check`, which sends nothing */
		settings.token = SANDBOX_TOKEN;
		settings.token_file = NULL;
	}
	host->hubspot = hubspot_create(host->loop, &settings, error, HOST_ERROR_SIZE);
	config_forget_token(host->config);
	return host->hubspot != NULL;
}

static void end_by_account(void *ctx) {
	stop_now(
		ctx, NULL); /* nothing may be written into a foreign account, not even what waits */
}

static void ask_account(void *ctx) {
	struct host *host = ctx;
	api_token_changed(host->api);
}

/* As an installed tree has it, or a build tree. */
static char *find_docs(void) {
	char *folder = folder_beside(HSC_DOCS_FROM_BIN);
	return folder != NULL ? folder : folder_beside("docs");
}

static bool make_api(struct host *host, char error[HOST_ERROR_SIZE]) {
	char *docs = host->command->verb == COMMAND_SERVE ? find_docs() : NULL;
	const struct api_settings settings = {
		.version = HSC_VERSION,
		.public_url = host->config->public_url,
		.docs_folder = docs,
		.needs_key = anonymous_of(host) == HTTP_ANONYMOUS_NO,
		.account_id = host->command->is_sandbox ? NULL : host->config->account_id,
		.token_name =
			host->command->is_sandbox ? "the sandbox's own" : host->config->token_name,
		.on_wrong_account = end_by_account,
		.ctx = host,
	};
	host->api = api_create(host->loop, host->hubspot, &settings);
	free(docs);
	if (host->hubspot != NULL) {
		hubspot_on_token_change(host->hubspot, ask_account, host);
	}
	return api_add_routes(host->api, host->http, error, HOST_ERROR_SIZE);
}

/* With the sandbox there is nothing to steal, and a developer at work. */
static enum plugins_trust trust_of(const struct host *host) {
	if (host->command->is_sandbox || is_alone(host) ||
		host->config->strict_plugins == CONFIG_STRICT_NO) {
		return PLUGINS_TRUST_WARN;
	}
	return host->config->strict_plugins == CONFIG_STRICT_YES ? PLUGINS_TRUST_STRICT
								 : PLUGINS_TRUST_AUTO;
}

static void free_all(char *texts[ASKED_MAX]) {
	for (size_t i = 0; i < ASKED_MAX; i++) {
		free(texts[i]);
	}
}

/* The setting is the plugin's own, where it has one: its section gets what CONNECTOR_OBJECT_DIR says. */
static bool tell_object_dir(const struct config *config, char error[HOST_ERROR_SIZE]) {
	json_t *section = json_object_get(config->sections, OBJECT_FILES);
	if (section == NULL) {
		section = json_object();
		json_object_set_new(config->sections, OBJECT_FILES, section);
	}
	if (json_object_get(section, "folder") != NULL) {
		snprintf(error, HOST_ERROR_SIZE,
			"CONNECTOR_OBJECT_DIR is set, and so is plugins.%s.folder: say it once",
			OBJECT_FILES);
		return false;
	}
	json_object_set_new(section, "folder", json_string(config->object_dir));
	return true;
}

/* The plugins that a setting asks for without naming them; `found` is the caller's to free. */
static bool find_asked(
	const struct host *host, char *found[ASKED_MAX], char error[HOST_ERROR_SIZE]) {
	const struct config *config = host->config;
	size_t count = 0;
	if (host->command->is_sandbox || is_alone(host)) {
		found[count++] = plugin_find(config, "sandbox", error);
	}
	if (config->object_dir != NULL && !is_alone(host)) {
		if (!tell_object_dir(config, error)) {
			return false;
		}
		found[count++] = plugin_find(config, OBJECT_FILES, error);
	}
	return (count == 0 || found[count - 1] != NULL) && (count < 2 || found[0] != NULL);
}

static bool load_plugins(struct host *host, char error[HOST_ERROR_SIZE]) {
	const struct config *config = host->config;
	const struct command *command = host->command;
	static const char *const NONE[] = {NULL};
	char *asked[ASKED_MAX] = {NULL};
	const char *files[COMMAND_PLUGINS_MAX + ASKED_MAX + 1] = {NULL};
	size_t count = 0;
	if (!find_asked(host, asked, error)) {
		free_all(asked);
		return false;
	}
	for (size_t i = 0; i < ASKED_MAX && asked[i] != NULL; i++) {
		files[count++] = asked[i];
	}
	for (size_t i = 0; command->plugins[i] != NULL; i++) {
		files[count++] = command->plugins[i];
	}
	const char **folders = plugin_folders(config);
	const struct plugins_settings settings = {
		.version = HSC_VERSION,
		.folders = is_alone(host) ? NONE : folders,
		.files = files,
		.names = is_alone(host) ? NULL : (const char *const *)config->plugins,
		.trust = trust_of(host),
		.optional = (const char *const *)config->plugins_optional,
		.objects = config->objects,
		.config = is_alone(host) ? NULL : config->sections,
	};
	host->plugins = plugins_load(
		host->loop, host->http, host->hubspot, &settings, error, HOST_ERROR_SIZE);
	free(folders);
	free_all(asked);
	return host->plugins != NULL;
}

/* ---- objects.* of the configuration ---- */

/* A section that no object takes would be an operator's word unheard; but a plugin that may be
 * absent takes its with it. */
static bool check_objects(const struct host *host, char error[HOST_ERROR_SIZE]) {
	const char *name;
	json_t *section;
	json_object_foreach (host->config->objects, name, section) {
		char why[HOST_ERROR_SIZE / 2];
		if (!object_check_overrides(name, section, why, sizeof(why))) {
			snprintf(error, HOST_ERROR_SIZE, "CONNECTOR_CONFIG: %s", why);
			return false;
		}
		if (object_find(name) != NULL || is_alone(host)) {
			continue;
		}
		const char *nearest = object_nearest(name);
		if (host->config->plugins_optional != NULL) {
			LOG_WARN("section of no object", log_text("section", name),
				log_text("did_you_mean", nearest));
			continue;
		}
		snprintf(error, HOST_ERROR_SIZE,
			"CONNECTOR_CONFIG: objects.%.100s: no loaded plugin declares this "
			"object%s%s%s",
			name, nearest != NULL ? "; did you mean " : "",
			nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
		return false;
	}
	return true;
}

static void tell_api(const struct object *object, void *ctx) {
	struct host *host = ctx;
	api_add_object(host->api, object_path(object), object_hubspot_type(object));
}

bool host_open(struct host *host, const struct command *command, struct config *config,
	char error[HOST_ERROR_SIZE]) {
	*host = (struct host){.command = command, .config = config, .loop = loop_create()};
	crash_install();
	make_http(host);
	if (!keys_load(host, error) || !make_hubspot(host, error) || !make_api(host, error) ||
		!load_plugins(host, error) || !check_objects(host, error)) {
		return false;
	}
	object_each(tell_api, host);
	return true;
}

/* Plugins first: what they wait for is ended before they are. Then the client, whose last results
 * are replies, then http, whose routes borrow the objects and the pages. */
void host_close(struct host *host) {
	api_drain(host->api);
	loop_close_posts(host->loop);
	plugins_stop(host->plugins);
	if (host->hubspot != NULL) {
		hubspot_destroy(host->hubspot);
	}
	http_destroy(host->http);
	json_decref(host->api_keys);
	object_close_all();
	api_destroy(host->api);
	loop_timer_finish(&host->grace);
	loop_timer_finish(&host->reload);
	loop_destroy(host->loop);
	crash_uninstall();
	prctl(PR_SET_DUMPABLE, 1); /* the token is wiped: leak checkers may look again */
	*host = (struct host){.command = NULL};
}
