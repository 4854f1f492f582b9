#include "inside.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "fakes/fake_loop.h"
#include "object/object.h"
#include "plugin/plugin.h"

enum {
	ERROR_SIZE = 1024,
	LAST_WORDS_SIZE = 16 * 1024,
	JSON_DEPTH = 64,
	TIMEOUT_MS = 30 * 1000,
	IDLE_MS = 60 * 1000,
	BODY_MAX = 1024 * 1024,
	HEAD_MAX = 16 * 1024,
	CONNECTIONS_MAX = 1024
};

struct kept {
	struct list link;
	char text[];
};

struct hsck *kit_open;
static char last_error[ERROR_SIZE];
static char last_words[LAST_WORDS_SIZE];

/* ---- small things ---- */

void kit_die(const char *format, ...) {
	va_list args;
	va_start(args, format);
	fputs("testkit: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

const char *kit_keep(struct hsck *kit, const char *text) {
	if (text == NULL) {
		return NULL;
	}
	size_t size = strlen(text) + 1;
	struct kept *kept = must_calloc(1, sizeof(*kept) + size);
	memcpy(kept->text, text, size);
	list_append(&kit->kept, &kept->link);
	return kept->text;
}

json_t *kit_json(const char *text, const char *what) {
	char error[JSON_ERROR_SIZE];
	if (text == NULL) {
		return NULL;
	}
	json_t *value = json_read(text, strlen(text), JSON_DEPTH, error);
	if (value == NULL) {
		kit_die("%s is no JSON: %s", what, error);
	}
	return value;
}

void kit_call(struct hsck *kit, loop_fn *run, void *ctx) {
	fake_loop_call(kit->loop, run, ctx);
}

/* ---- opening ---- */

static struct hsck *make(const struct hsck_options *options) {
	struct hsck *kit = must_calloc(1, sizeof(*kit));
	kit->options = *options;
	list_init(&kit->kept);
	list_init(&kit->requests);
	list_init(&kit->prepared);
	list_init(&kit->declared);
	pthread_mutex_init(&kit->log_lock, NULL);
	buf_init(&kit->log, KIT_TEXT_MAX);
	buf_init(&kit->told_log, KIT_TEXT_MAX);
	buf_init(&kit->first_metrics, KIT_TEXT_MAX);
	buf_init(&kit->metrics, KIT_TEXT_MAX);
	buf_init(&kit->faults, LAST_WORDS_SIZE);
	return kit;
}

static void open_neighbours(struct hsck *kit) {
	const uint32_t asked_ms = kit->options.request_timeout_ms;
	const struct http_settings settings = {
		.request_timeout_ms = asked_ms != 0 ? asked_ms : TIMEOUT_MS,
		.idle_timeout_ms = IDLE_MS,
		.max_body_bytes = BODY_MAX,
		.max_head_bytes = HEAD_MAX,
		.max_connections = CONNECTIONS_MAX,
		.anonymous = HTTP_ANONYMOUS_LOOPBACK};
	kit->loop = loop_create();
	kit->http = http_create(kit->loop, &settings);
	kit->hubspot = hubspot_open(kit);
}

static size_t count_of(const char *const *files) {
	size_t count = 0;
	while (files != NULL && files[count] != NULL) {
		count++;
	}
	return count;
}

/* Settings are borrowed during the call only, and so is what the test handed in. */
static bool load(struct hsck *kit) {
	const char *const *before = kit->options.before;
	size_t count = count_of(before);
	const char **files = must_calloc(count + 2, sizeof(*files));
	json_t *section = kit_json(kit->options.config, "the plugin's configuration");
	json_t *objects = kit_json(kit->options.objects, "the configuration of objects");
	json_t *config = section != NULL ? json_pack("{s:o}", kit->name, section) : json_object();
	for (size_t i = 0; i < count; i++) {
		files[i] = before[i];
	}
	files[count] = kit->file;
	kit->plugins = plugins_load(kit->loop, kit->http, kit->hubspot,
		&(struct plugins_settings){
			.version = "testkit", .files = files, .config = config, .objects = objects},
		last_error, sizeof(last_error));
	json_decref(config);
	json_decref(objects);
	free(files);
	return kit->plugins != NULL;
}

bool hsck_start(struct hsck *kit) {
	if (kit->is_started) {
		kit_die("start() has run already");
	}
	kit->is_started = true;
	return plugins_start(kit->plugins, last_error, sizeof(last_error));
}

struct hsck *hsck_open(const struct hsck_options *options) {
	last_error[0] = '\0';
	last_words[0] = '\0';
	if (kit_open != NULL) {
		kit_die("a kit is open already: hsck_close() it first");
	}
	plugins_forget();
	struct hsck *kit = make(options);
	kit_open = kit;
	watch_begin(kit);
	open_neighbours(kit);
	bool is_up = load_name(kit, last_error, sizeof(last_error)) && load(kit) &&
		(options->is_not_started || hsck_start(kit));
	if (!is_up) {
		hsck_close(kit);
		return NULL;
	}
	return kit;
}

const char *hsck_error(void) {
	return last_error;
}

/* ---- closing ---- */

static void free_all(struct hsck *kit) {
	list_for_each_safe (request, after, &kit->requests, struct hsck_request, link) {
		list_remove(&request->link);
		exchange_free(request);
	}
	load_forget(kit);
	list_for_each_safe (prepared, next, &kit->prepared, struct prepared, link) {
		prepared_free(prepared);
	}
	list_for_each_safe (kept, rest, &kit->kept, struct kept, link) {
		list_remove(&kept->link);
		free(kept);
	}
	json_decref(kit->keys);
	buf_finish(&kit->log);
	buf_finish(&kit->told_log);
	pthread_mutex_destroy(&kit->log_lock);
	buf_finish(&kit->first_metrics);
	buf_finish(&kit->metrics);
	buf_finish(&kit->faults);
	free(kit);
}

/* The order of the real host's end. */
static void stop(struct hsck *kit) {
	if (kit->plugins != NULL) {
		plugins_close_submits(kit->plugins);
	}
	loop_close_posts(kit->loop);
	plugins_stop(kit->plugins);
	kit->plugins = NULL;
	hubspot_destroy(kit->hubspot);
	http_destroy(kit->http);
	object_close_all();
	loop_destroy(kit->loop);
}

const char *hsck_close(struct hsck *kit) {
	if (kit == NULL) {
		return last_words;
	}
	buf_clear(&kit->faults);
	faults_of_requests(kit);
	faults_of_operations(kit);
	stop(kit);
	faults_of_rules(kit);
	snprintf(last_words, sizeof(last_words), "%s", buf_text(&kit->faults));
	watch_end(kit);
	kit_open = NULL;
	free_all(kit);
	return last_words;
}

/* ---- turns and time ---- */

bool hsck_turn(struct hsck *kit) {
	return fake_loop_turn_once(kit->loop);
}

void hsck_run(struct hsck *kit) {
	fake_loop_turn(kit->loop);
}

void hsck_pass(struct hsck *kit, uint64_t ms) {
	fake_loop_run_ms(kit->loop, ms);
}

uint64_t hsck_now_ms(const struct hsck *kit) {
	(void)kit;
	return clock_now_ms();
}

bool hsck_wait_post(struct hsck *kit, uint32_t timeout_ms) {
	bool is_there = fake_loop_wait_post(kit->loop, timeout_ms);
	fake_loop_turn(kit->loop);
	return is_there;
}

uint64_t hsck_longest_us(const struct hsck *kit) {
	return fake_loop_longest_us(kit->loop);
}
