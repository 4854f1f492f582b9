/* `key new`, `key list`, `key revoke`. */
#include "keys.h"

#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "command.h"
#include "host.h"
#include "http/http.h"
#include "key_file.h"

enum { DATE_LENGTH = 10, SECONDS_LENGTH = 19 };

struct change {
	const struct command_key *asked;
	struct key_file file;
	char key[HTTP_API_KEY_SIZE];
	char hash[HTTP_API_KEY_HASH_SIZE];
	int code; /* of the program */
	char error[HOST_ERROR_SIZE];
};

__attribute__((format(printf, 3, 4))) static bool fail(
	struct change *change, int code, const char *format, ...) {
	va_list args;
	va_start(args, format);
	vsnprintf(change->error, sizeof(change->error), format, args);
	va_end(args);
	change->code = code;
	return false;
}

/* ---- the entries ---- */

static json_t *scopes_of(const struct command_key *asked) {
	json_t *scopes = json_array();
	for (size_t i = 0; asked->scopes[i] != NULL; i++) {
		json_array_append_new(scopes, json_string(asked->scopes[i]));
	}
	return scopes;
}

/* "100/10s"; NULL: it is not that. */
static json_t *read_rate(const char *text) {
	char requests[16];
	char seconds[16];
	uint64_t many, span;
	const char *slash = strchr(text, '/');
	size_t length = slash == NULL ? 0 : strlen(slash + 1);
	if (length < 2 || slash[length] != 's' || (size_t)(slash - text) >= sizeof(requests) ||
		length > sizeof(seconds)) {
		return NULL;
	}
	snprintf(requests, sizeof(requests), "%.*s", (int)(slash - text), text);
	snprintf(seconds, sizeof(seconds), "%.*s", (int)length - 1, slash + 1);
	if (!str_to_uint(requests, 1, INT32_MAX, &many) ||
		!str_to_uint(seconds, 1, INT32_MAX, &span)) {
		return NULL;
	}
	return json_pack("{s:I, s:I}", "requests", (json_int_t)many, "seconds", (json_int_t)span);
}

static void now_text(char text[CLOCK_ISO_SIZE]) {
	clock_format_iso(clock_wall_ms(), text);
	snprintf(text + SECONDS_LENGTH, CLOCK_ISO_SIZE - SECONDS_LENGTH, "Z");
}

/* Moments of UTC are compared to the second; of others the day says enough. */
static bool is_past(const char *expires) {
	char now[CLOCK_ISO_SIZE];
	now_text(now);
	return str_ends_with(expires, "Z") ? strncmp(expires, now, SECONDS_LENGTH) <= 0
					   : strncmp(expires, now, DATE_LENGTH) < 0;
}

/* A day means its first moment, in UTC. */
static bool add_expiry(struct change *change, json_t *entry, const char *expires) {
	char text[64];
	snprintf(text, sizeof(text), "%.40s%s", expires,
		strlen(expires) == DATE_LENGTH ? "T00:00:00Z" : "");
	if (is_past(text)) {
		return fail(change, EXIT_WRONG, "--expires: %.40s is past", expires);
	}
	return json_object_set_new(entry, "expires", json_string(text)) == 0;
}

static bool add_options(struct change *change, json_t *entry) {
	const struct command_key *asked = change->asked;
	uint64_t weight;
	if (asked->priority != NULL) {
		json_object_set_new(entry, "priority", json_string(asked->priority));
	}
	if (asked->batch_priority != NULL) {
		json_object_set_new(entry, "batch_priority", json_string(asked->batch_priority));
	}
	if (asked->weight != NULL) {
		if (!str_to_uint(asked->weight, 0, INT32_MAX, &weight)) {
			return fail(
				change, EXIT_WRONG, "--weight: expected a number from 1 to 100");
		}
		json_object_set_new(entry, "weight", json_integer((json_int_t)weight));
	}
	if (asked->rate != NULL) {
		json_t *rate = read_rate(asked->rate);
		if (rate == NULL) {
			return fail(change, EXIT_WRONG,
				"--rate: expected REQUESTS/SECONDSs, such as 100/10s");
		}
		json_object_set_new(entry, "rate", rate);
	}
	return true;
}

static bool add_key(struct change *change) {
	const struct command_key *asked = change->asked;
	char created[CLOCK_ISO_SIZE];
	if (asked->scopes[0] == NULL) {
		return fail(change, EXIT_WRONG,
			"what may it do? say --scope OBJECT:write, such as contacts:write");
	}
	if (!http_make_api_key(change->key, change->hash)) {
		return fail(change, EXIT_FAILED, "the system gives no random bits");
	}
	now_text(created);
	json_auto_t *entry = json_pack("{s:s, s:s, s:o, s:s}", "name", asked->name, "hash",
		change->hash, "scopes", scopes_of(asked), "created", created);
	if (entry == NULL) {
		return fail(change, EXIT_WRONG, "a name or scope is not valid UTF-8");
	}
	return add_options(change, entry) &&
		(asked->expires == NULL || add_expiry(change, entry, asked->expires)) &&
		(json_array_append(json_object_get(change->file.keys, "keys"), entry) == 0 ||
			fail(change, EXIT_FAILED, "out of memory"));
}

static bool remove_key(struct change *change) {
	json_t *list = json_object_get(change->file.keys, "keys");
	json_t *key;
	size_t i;
	json_array_foreach (list, i, key) {
		if (str_is_equal(json_member_text(key, "name"), change->asked->name)) {
			return json_array_remove(list, i) == 0;
		}
	}
	return fail(change, EXIT_WRONG, "%.400s has no key \"%.80s\"; key list says which it has",
		change->file.path, change->asked->name);
}

/* ---- the commands ---- */

static bool run_change(struct change *change, const char *path, bool is_new) {
	struct key_file *file = &change->file;
	return key_file_open(file, path, is_new, change->error) &&
		(is_new ? add_key(change) : remove_key(change)) &&
		key_file_write(file, change->error, &change->code);
}

static const char advice[] = "a running connector reads its keys again on SIGHUP";

/* Shown once, and alone on standard output: `KEY=$(hubspot-connector key new ...)`. */
static bool show_key(struct change *change) {
	bool is_shown = puts(change->key) >= 0 && fflush(stdout) == 0;
	memory_wipe(change->key, sizeof(change->key));
	if (!is_shown) {
		return fail(change, EXIT_FAILED,
			"standard output does not take the key, which is in the file now: "
			"revoke \"%.80s\"",
			change->asked->name);
	}
	LOG_INFO("API key made", log_text("name", change->asked->name),
		log_text("file", change->file.path),
		log_text("note", "it is shown this once, the file has only its hash"),
		log_text("advice", advice));
	return true;
}

static bool list_keys(struct change *change, const char *path) {
	struct buf text;
	json_auto_t *keys = keys_read(path, change->error);
	if (keys == NULL) {
		return false;
	}
	buf_init(&text, HTTP_API_KEYS_BYTES_MAX * 2);
	keys_print(keys, "", &text);
	bool is_told = fputs(buf_text(&text), stdout) >= 0 && fflush(stdout) == 0;
	buf_finish(&text);
	return is_told || fail(change, EXIT_FAILED, "standard output does not take it");
}

static bool run(struct change *change, enum command_verb verb, const char *path) {
	if (verb == COMMAND_KEY_LIST) {
		return list_keys(change, path);
	}
	if (!run_change(change, path, verb == COMMAND_KEY_NEW)) {
		return false;
	}
	if (verb == COMMAND_KEY_NEW) {
		return show_key(change);
	}
	LOG_INFO("API key revoked", log_text("name", change->asked->name),
		log_text("file", change->file.path), log_text("advice", advice));
	return true;
}

/* --file, or else the setting; the caller frees it. NULL, with a line. */
static char *choose_file(const struct command *command, char error[HOST_ERROR_SIZE]) {
	const struct config_sources sources = {
		.environment = environ, .env_file = command->env_file, .is_sandbox = true};
	struct config config;
	if (command->key.file != NULL) {
		return must_strdup(command->key.file);
	}
	if (!config_load(&config, &sources, error)) {
		return NULL;
	}
	char *file = config.api_keys_file == NULL ? NULL : must_strdup(config.api_keys_file);
	if (file == NULL) {
		snprintf(error, HOST_ERROR_SIZE,
			"which file? say --file keys.json, or set CONNECTOR_API_KEYS_FILE");
	}
	config_finish(&config);
	return file;
}

int key_run(const struct command *command) {
	struct change change = {.asked = &command->key, .code = EXIT_FAILED};
	key_file_init(&change.file);
	host_protect(false);
	char *path = choose_file(command, change.error);
	if (path == NULL) {
		change.code = EXIT_WRONG;
	} else if (run(&change, command->verb, path)) {
		change.code = EXIT_GOOD;
	}
	if (change.code != EXIT_GOOD) {
		LOG_ERROR("key command failed", log_text("why", change.error));
	}
	key_file_close(&change.file);
	free(path);
	return change.code;
}
