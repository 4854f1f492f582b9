#include "config/config.h"

#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "config/inside.h"

enum { NEAR_EDITS = 3, CONNECTIONS_DEFAULT = 10000, SHOWN_BYTES = 80 };

/* A value, and where it stands. */
struct found {
	enum config_origin origin;
	char *value; /* borrowed; NULL: nowhere */
	char spelling[SPELLING_SIZE];
	bool is_file;
	unsigned line;
};

struct loading {
	const struct config_sources *sources;
	struct dotenv dotenv;
	struct config *config;
	char *error;
};

char *environment_find(char *const *environment, const char *name) {
	size_t length = strlen(name);
	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
		if (strncmp(environment[i], name, length) == 0 && environment[i][length] == '=') {
			return environment[i] + length + 1;
		}
	}
	return NULL;
}

/* ---- looking for a value ---- */

/* Names the place: "NAME" or "NAME (.env, line 3)". */
static void name_place(
	const struct loading *loading, const struct found *found, char *place, size_t size) {
	if (found->origin == ORIGIN_FILE) {
		snprintf(place, size, "%s (%.200s, line %u)", found->spelling, loading->dotenv.file,
			found->line);
	} else if (found->origin == ORIGIN_COMMAND_LINE) {
		snprintf(place, size, "%s (command line)", found->spelling);
	} else {
		snprintf(place, size, "%s", found->spelling);
	}
}

/* The value of one spelling in one source; inside `found` only when it is there. */
static bool look(const struct loading *loading, enum config_origin origin, const char *spelling,
	struct found *found) {
	found->line = 0;
	found->value = NULL;
	if (origin == ORIGIN_ENVIRONMENT) {
		found->value = environment_find(loading->sources->environment, spelling);
	} else {
		const struct dotenv_entry *entry = dotenv_find(&loading->dotenv, spelling);
		found->value = entry != NULL ? entry->value : NULL;
		found->line = entry != NULL ? entry->line : 0;
	}
	found->origin = origin;
	snprintf(found->spelling, SPELLING_SIZE, "%s", spelling);
	return found->value != NULL;
}

/* All spellings of a setting in one source: at most one may have a value. */
static bool look_source(const struct loading *loading, const struct setting *setting,
	enum config_origin origin, struct found *found) {
	struct found one;
	for (size_t n = 0; setting_spelling(setting, n, one.spelling, &one.is_file); n++) {
		char spelling[SPELLING_SIZE];
		snprintf(spelling, sizeof(spelling), "%s", one.spelling);
		if (!look(loading, origin, spelling, &one)) {
			continue;
		}
		bool is_second =
			found->value != NULL && *found->value != '\0' && *one.value != '\0';
		if (is_second) {
			snprintf(loading->error, CONFIG_ERROR_SIZE,
				"%s and %s are both set: expected one of them", found->spelling,
				one.spelling);
			return false;
		}
		if (found->value == NULL || *found->value == '\0') {
			*found = one;
		}
	}
	return true;
}

static bool find_value(
	const struct loading *loading, const struct setting *setting, struct found *found) {
	const struct config_sources *sources = loading->sources;
	const char *given = setting->offset == offsetof(struct config, listen) ? sources->listen
		: setting->offset == offsetof(struct config, plugin_dir)       ? sources->plugin_dir
									       : NULL;
	*found = (struct found){.origin = ORIGIN_DEFAULT};
	snprintf(found->spelling, SPELLING_SIZE, "%s", setting->name);
	if (given != NULL) {
		found->origin = ORIGIN_COMMAND_LINE;
		found->value = (char *)(uintptr_t)given;
		return true;
	}
	return look_source(loading, setting, ORIGIN_ENVIRONMENT, found) &&
		(found->value != NULL || look_source(loading, setting, ORIGIN_FILE, found));
}

/* ---- taking it ---- */

static bool refuse(const struct loading *loading, const struct setting *setting,
	const struct found *found, const char *expected) {
	char place[SPELLING_SIZE + 240];
	name_place(loading, found, place, sizeof(place));
	/* What looks like "user:password@", or like a token in the wrong place, is not repeated
	 * either. */
	if (setting->is_secret) {
		snprintf(loading->error, CONFIG_ERROR_SIZE, "%s: expected %s", place, expected);
	} else if (strchr(found->value, '@') != NULL || strcasestr(found->value, "pat-") != NULL) {
		snprintf(loading->error, CONFIG_ERROR_SIZE,
			"%s: expected %s, found something else (not shown)", place, expected);
	} else {
		snprintf(loading->error, CONFIG_ERROR_SIZE, "%s: expected %s, found \"%.*s\"",
			place, expected, SHOWN_BYTES, found->value);
	}
	return false;
}

/* NAME_FILE: looked at now, so that a wrong one stops the start; its user reads it again. */
static bool take_secret_file(const struct loading *loading, const struct found *found) {
	char place[SPELLING_SIZE + 240];
	char why[512];
	name_place(loading, found, place, sizeof(place));
	char *secret = secret_read(found->value, why, sizeof(why));
	if (secret == NULL) {
		snprintf(loading->error, CONFIG_ERROR_SIZE, "%s: %s", place, why);
		return false;
	}
	const char *fault = secret_fault(secret);
	memory_wipe(secret, strlen(secret));
	free(secret);
	if (fault != NULL) {
		snprintf(loading->error, CONFIG_ERROR_SIZE, "%s (in the file): expected %s", place,
			fault);
		return false;
	}
	loading->config->token_file = must_strdup(found->value);
	return true;
}

static bool take(struct loading *loading, size_t index) {
	const struct setting *setting = &settings_table[index];
	struct config *config = loading->config;
	char expected[SETTING_EXPECTED_SIZE] = "";
	struct found found;
	if (setting->is_secret && loading->sources->is_sandbox) {
		return true;
	}
	if (!find_value(loading, setting, &found)) {
		return false;
	}
	bool is_given = found.value != NULL && *found.value != '\0';
	if (!is_given) {
		return *setting->fallback == '\0' ||
			setting->type->read(setting, setting->fallback,
				setting_member(setting, config), expected);
	}
	config->origins[index] = found.origin;
	if (setting->is_secret) {
		snprintf(config->token_name, sizeof(config->token_name), "%s", found.spelling);
	}
	if (found.is_file) {
		return take_secret_file(loading, &found);
	}
	return setting->type->read(
		       setting, found.value, setting_member(setting, config), expected) ||
		refuse(loading, setting, &found, expected);
}

/* ---- names ---- */

/* What Kubernetes sets for a service named "connector". */
static bool is_service_link(const char *name) {
	return str_ends_with(name, "_SERVICE_HOST") || strstr(name, "_SERVICE_PORT") != NULL ||
		str_ends_with(name, "_PORT") || strstr(name, "_PORT_") != NULL;
}

static bool check_name(const struct loading *loading, const char *name, const char *where) {
	bool is_ours = str_starts_with(name, "CONNECTOR_");
	if ((!is_ours && !str_starts_with(name, "HUBSPOT_")) || setting_find(name) != NULL) {
		return true;
	}
	const char *near = setting_nearest(name, NEAR_EDITS);
	if (!is_ours) {
		if (near != NULL) {
			LOG_WARN("unknown variable", log_text("name", name),
				log_text("did_you_mean", near));
		}
		return true;
	}
	snprintf(loading->error, CONFIG_ERROR_SIZE, "%.100s%s: there is no such setting%s%s%s",
		name, where,
		near != NULL ? "; did you mean " : "; hubspot-connector help settings lists them",
		near != NULL ? near : "", near != NULL ? "?" : "");
	return false;
}

static bool check_names(const struct loading *loading) {
	char *const *environment = loading->sources->environment;
	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++) {
		char name[SPELLING_SIZE * 2];
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(environment[i], "="),
			environment[i]);
		if (!(str_starts_with(name, "CONNECTOR_") && is_service_link(name)) &&
			!check_name(loading, name, "")) {
			return false;
		}
	}
	for (size_t i = 0; i < loading->dotenv.count; i++) {
		char where[CONFIG_ERROR_SIZE / 2];
		snprintf(where, sizeof(where), " (%.200s, line %u)", loading->dotenv.file,
			loading->dotenv.entries[i].line);
		if (!check_name(loading, loading->dotenv.entries[i].name, where)) {
			return false;
		}
	}
	return true;
}

/* ---- the end of loading ---- */

/* Whoever reads /proc/PID/environ, or is started by us, finds no secret. */
static void wipe_secrets(char *const *environment) {
	for (size_t i = 0; i < settings_count; i++) {
		char spelling[SPELLING_SIZE];
		bool is_file;
		for (size_t n = 0; settings_table[i].is_secret &&
			setting_spelling(&settings_table[i], n, spelling, &is_file);
			n++) {
			char *value = is_file ? NULL : environment_find(environment, spelling);
			if (value != NULL) {
				memory_wipe(value, strlen(value));
			}
		}
	}
}

static uint32_t raise_open_files(void) {
	struct rlimit limit;
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return CONNECTIONS_DEFAULT;
	}
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
			getrlimit(RLIMIT_NOFILE, &limit);
		}
	}
	rlim_t half = limit.rlim_cur / 2;
	return half < CONNECTIONS_DEFAULT ? (uint32_t)half : CONNECTIONS_DEFAULT;
}

/* The defaults that depend on where we are. */
static void derive(struct config *config) {
	uint32_t connections = raise_open_files();
	if (config->max_connections == 0) {
		config->max_connections = connections > 0 ? connections : 1;
	}
	if (config->origins[setting_find("CONNECTOR_LOG_FORMAT") - settings_table] ==
		ORIGIN_DEFAULT) {
		config->log_format = isatty(STDERR_FILENO) ? LOG_TEXT : LOG_JSON;
	}
}

static bool take_all(struct loading *loading) {
	struct config *config = loading->config;
	for (size_t i = 0; i < settings_count; i++) {
		if (!take(loading, i)) {
			return false;
		}
	}
	return config->file == NULL ||
		config_read_file(config, config->file, loading->sources->environment,
			&loading->dotenv, loading->error);
}

bool config_load(struct config *config, const struct config_sources *sources,
	char error[CONFIG_ERROR_SIZE]) {
	struct loading loading = {.sources = sources, .config = config, .error = error};
	const char *file = sources->env_file != NULL ? sources->env_file : ".env";
	*config = (struct config){.objects = json_object(), .sections = json_object()};
	snprintf(config->token_name, sizeof(config->token_name), "%s", settings_table[0].name);
	bool is_good = dotenv_load(&loading.dotenv, file, sources->env_file != NULL, error) &&
		check_names(&loading) && take_all(&loading);
	wipe_secrets(sources->environment);
	dotenv_finish(&loading.dotenv);
	if (!is_good) {
		config_finish(config);
		return false;
	}
	derive(config);
	return true;
}

void config_forget_token(struct config *config) {
	SETTING_TOKEN.finish(&config->token);
}

void config_finish(struct config *config) {
	for (size_t i = 0; i < settings_count; i++) {
		if (settings_table[i].type->finish != NULL) {
			settings_table[i].type->finish(setting_member(&settings_table[i], config));
		}
	}
	free(config->token_file);
	json_decref(config->objects);
	json_decref(config->sections);
	*config = (struct config){.token_name = ""};
}

bool config_has_token(const struct config *config) {
	return config->token != NULL || config->token_file != NULL;
}

void config_setup_log(char *const *environment) {
	char expected[SETTING_EXPECTED_SIZE];
	uint32_t level = LOG_INFO;
	uint32_t format = isatty(STDERR_FILENO) ? LOG_TEXT : LOG_JSON;
	const char *text = environment_find(environment, "CONNECTOR_LOG_LEVEL");
	if (text != NULL) {
		SETTING_CHOICE.read(setting_find("CONNECTOR_LOG_LEVEL"), text, &level, expected);
	}
	text = environment_find(environment, "CONNECTOR_LOG_FORMAT");
	if (text != NULL) {
		SETTING_CHOICE.read(setting_find("CONNECTOR_LOG_FORMAT"), text, &format, expected);
	}
	log_setup((enum log_level)level, (enum log_format)format);
}
