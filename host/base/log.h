/*
 * base/log.h - one structured line per event, layer 0. Any thread.
 *
 * Who writes where, for the whole program: standard error carries the log and nothing else, one line
 * an event, the access log included; standard output carries only what a command was asked to print
 * (check, help, version). So `serve` prints nothing on standard output.
 *
 * Format: LOG_JSON, an object a line: {"time","level","event",...fields}, or LOG_TEXT for people.
 * Control characters and invalid UTF-8 are escaped, so a line is always one line; a line is cut at
 * 4 KiB. There is no field type for a secret: a secret cannot be logged by mistake.
 *
 * A reader of standard error who has stalled stops nothing: 64 KiB wait for him, further lines are
 * lost and counted, and one line ("log lines lost") tells how many once he reads again.
 *
 *     LOG_INFO("plugin loaded", log_text("plugin", name), log_uint("routes", count));
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/banned.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_field {
	const char *name;
	enum { LOG_FIELD_TEXT, LOG_FIELD_INT, LOG_FIELD_UINT, LOG_FIELD_BOOL } type;
	union {
		const char *text; /* NULL: the field is left out */
		int64_t number;
		uint64_t count;
		bool is_true;
	} value;
};

static inline struct log_field log_text(const char *name, const char *text) {
	return (struct log_field){.name = name, .type = LOG_FIELD_TEXT, .value.text = text};
}
static inline struct log_field log_int(const char *name, int64_t number) {
	return (struct log_field){.name = name, .type = LOG_FIELD_INT, .value.number = number};
}
static inline struct log_field log_uint(const char *name, uint64_t count) {
	return (struct log_field){.name = name, .type = LOG_FIELD_UINT, .value.count = count};
}
static inline struct log_field log_bool(const char *name, bool is_true) {
	return (struct log_field){.name = name, .type = LOG_FIELD_BOOL, .value.is_true = is_true};
}

/* Lines below `level` are dropped. Defaults: LOG_INFO, LOG_TEXT. */
void log_setup(enum log_level level, enum log_format format);

/* Would a line of this level be written? */
bool log_is_on(enum log_level level);

/* Writes one line with `count` fields; everything is copied. Buffered; LOG_WARN and above flush. */
void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/* Writes out what is buffered, as far as that does not block. The loop calls it at the end of every
 * turn. */
void log_flush(void);

/* For the signal handler of a process that is about to end: log_flush(), unless the log is in use this very moment (perhaps by
 * whom the signal interrupted). And whether lines are LOG_JSON's. Both are async-signal-safe. */
void log_flush_dying(void);
bool log_is_json(void);

/* How many lines standard error would not take (a full pipe, a full disk), so far. */
uint64_t log_lost(void);

/* Tests: lines go to `sink` (without the newline) instead of standard error; NULL ends that. */
void log_redirect(void (*sink)(const char *line, void *ctx), void *ctx);

#define LOG_LINE(level, event, ...)                                                                \
	do {                                                                                       \
		if (log_is_on(level)) {                                                            \
			const struct log_field fields_[] = {{.name = NULL}, __VA_ARGS__};          \
			log_write(level, event, fields_ + 1,                                       \
				sizeof(fields_) / sizeof(fields_[0]) - 1);                         \
		}                                                                                  \
	} while (0)

#define LOG_DEBUG(...) LOG_LINE(LOG_DEBUG, __VA_ARGS__)
#define LOG_INFO(...) LOG_LINE(LOG_INFO, __VA_ARGS__)
#define LOG_WARN(...) LOG_LINE(LOG_WARN, __VA_ARGS__)
#define LOG_ERROR(...) LOG_LINE(LOG_ERROR, __VA_ARGS__)

#endif
