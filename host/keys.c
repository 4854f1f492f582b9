#include "keys.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/str.h"
#include "host.h"
#include "http/http.h"

json_t *keys_read(const char *path, char *error) {
	char *text = config_read_secret(path, HTTP_API_KEYS_BYTES_MAX, error, HOST_ERROR_SIZE);
	json_t *keys = text == NULL
		? NULL
		: http_read_api_keys(path, text, strlen(text), error, HOST_ERROR_SIZE);
	free(text);
	return keys;
}

/* ---- telling ---- */

static void print_scopes(const json_t *scopes, struct buf *to) {
	size_t i;
	json_t *scope;
	json_array_foreach (scopes, i, scope) {
		buf_printf(to, "%s%s", i == 0 ? " " : ", ", json_string_value(scope));
	}
}

static void print_word(const json_t *key, const char *name, const char *told, struct buf *to) {
	const json_t *value = json_object_get(key, name);
	if (json_is_string(value)) {
		buf_printf(to, "; %s %s", told, json_string_value(value));
	} else if (json_is_integer(value)) {
		buf_printf(to, "; %s %d", told, (int)json_integer_value(value));
	}
}

static void print_key(const json_t *key, const char *margin, struct buf *to) {
	const json_t *rate = json_object_get(key, "rate");
	buf_printf(to, "%s%s:", margin, json_member_text(key, "name"));
	print_scopes(json_object_get(key, "scopes"), to);
	print_word(key, "priority", "priority", to);
	print_word(key, "batch_priority", "batch priority", to);
	print_word(key, "weight", "weight", to);
	if (rate != NULL) {
		buf_printf(to, "; rate %d/%ds",
			(int)json_integer_value(json_object_get(rate, "requests")),
			(int)json_integer_value(json_object_get(rate, "seconds")));
	}
	print_word(key, "created", "created", to);
	print_word(key, "expires", "expires", to);
	buf_add_char(to, '\n');
}

void keys_print(const json_t *keys, const char *margin, struct buf *to) {
	size_t i;
	json_t *key;
	json_array_foreach (json_object_get(keys, "keys"), i, key) {
		print_key(key, margin, to);
	}
}

/* ---- the host's ---- */

static bool use(struct host *host, struct http_api_keys_change *change, char *error) {
	json_auto_t *keys = keys_read(host->config->api_keys_file, error);
	if (keys == NULL) {
		return false;
	}
	if (!http_use_api_keys(host->http, keys, change)) {
		snprintf(error, HOST_ERROR_SIZE, "%.300s: out of memory or random bits",
			host->config->api_keys_file);
		return false;
	}
	json_decref(host->api_keys);
	host->api_keys = json_incref(keys);
	if (change->count == 0) {
		LOG_WARN("no API key is known, so every request that needs one is refused",
			log_text("file", host->config->api_keys_file),
			log_text("advice", "hubspot-connector key new"));
	}
	return true;
}

bool keys_load(struct host *host, char *error) {
	struct http_api_keys_change change;
	char why[HOST_ERROR_SIZE];
	if (host->config->api_keys_file == NULL || use(host, &change, why)) {
		return true;
	}
	snprintf(error, HOST_ERROR_SIZE, "CONNECTOR_API_KEYS_FILE: %.900s", why);
	host->exit_code = EXIT_WRONG;
	return false;
}

void keys_reload(struct host *host) {
	struct http_api_keys_change change;
	char why[HOST_ERROR_SIZE];
	if (host->config->api_keys_file == NULL) {
		return;
	}
	if (use(host, &change, why)) {
		LOG_INFO("API keys read again", log_uint("keys", change.count),
			log_uint("added", change.added), log_uint("gone", change.gone));
	} else {
		LOG_ERROR("API keys not read again, the old ones stay", log_text("why", why));
	}
}
