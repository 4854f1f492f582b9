#include "base/log.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/str.h"

enum { LINE_MAX_BYTES = 4096, BUFFER_BYTES = 65536 };

static const char *const LEVEL_NAMES[] = {"debug", "info", "warn", "error"};

static struct {
	pthread_mutex_t lock;
	enum log_level level;
	enum log_format format;
	char bytes[BUFFER_BYTES];
	size_t length;
	uint64_t lost;      /* lines that standard error would not take */
	uint64_t told_lost; /* of these, how many a line has told of */
	void (*sink)(const char *line, void *ctx);
	void *ctx;
} logger = {.lock = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO, .format = LOG_TEXT};

void log_setup(enum log_level level, enum log_format format) {
	logger.level = level;
	logger.format = format;
}

bool log_is_on(enum log_level level) {
	return level >= logger.level;
}

void log_redirect(void (*sink)(const char *line, void *ctx), void *ctx) {
	logger.sink = sink;
	logger.ctx = ctx;
}

/* How many bytes need no second look: printable ASCII but the two that JSON escapes. */
static size_t plain_length(const unsigned char *s) {
	size_t length = 0;
	while (s[length] >= 0x20 && s[length] < 0x7f && s[length] != '"' && s[length] != '\\') {
		length++;
	}
	return length;
}

static void add_escaped(struct buf *line, const char *text) {
	for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
		size_t plain = plain_length(s);
		if (plain > 0) {
			buf_add(line, s, plain);
			s += plain;
			continue;
		}
		size_t length = str_utf8_length((const char *)s);
		if (length == 0) {
			buf_printf(line, "\\ufffd");
			s++;
		} else if (length == 1 && (*s < 0x20 || *s == 0x7f)) {
			buf_printf(line, "\\u%04x", *s);
			s++;
		} else if (length == 2 && *s == 0xc2 &&
			s[1] < 0xa0) { /* C1: terminals obey these too */
			buf_printf(line, "\\u%04x", s[1]);
			s += 2;
		} else {
			if (*s == '"' || *s == '\\') {
				buf_add_char(line, '\\');
			}
			buf_add(line, s, length);
			s += length;
		}
	}
}

static void add_value(struct buf *line, const struct log_field *field) {
	switch (field->type) {
	case LOG_FIELD_TEXT:
		buf_add_char(line, '"');
		add_escaped(line, field->value.text);
		buf_add_char(line, '"');
		break;
	case LOG_FIELD_INT:
		buf_add_int(line, field->value.number);
		break;
	case LOG_FIELD_UINT:
		buf_add_uint(line, field->value.count);
		break;
	case LOG_FIELD_BOOL:
		buf_add_text(line, field->value.is_true ? "true" : "false");
		break;
	}
}

static bool has_value(const struct log_field *field) {
	return field->type != LOG_FIELD_TEXT || field->value.text != NULL;
}

static void format_line(struct buf *line, enum log_level level, const char *event,
	const struct log_field *fields, size_t count) {
	char time[CLOCK_ISO_SIZE];
	clock_format_iso(clock_wall_ms(), time);
	bool is_json = logger.format == LOG_JSON;
	if (is_json) {
		buf_add_text(line, "{\"time\":\"");
		buf_add_text(line, time);
		buf_add_text(line, "\",\"level\":\"");
		buf_add_text(line, LEVEL_NAMES[level]);
		buf_add_text(line, "\",\"event\":\"");
		add_escaped(line, event);
		buf_add_char(line, '"');
	} else {
		buf_printf(line, "%s %-5s ", time, LEVEL_NAMES[level]);
		add_escaped(line, event);
	}
	for (size_t i = 0; i < count; i++) {
		if (has_value(&fields[i])) {
			buf_add_text(line, is_json ? ",\"" : " ");
			buf_add_text(line, fields[i].name);
			buf_add_text(line, is_json ? "\":" : "=");
			add_value(line, &fields[i]);
		}
	}
	if (is_json) {
		buf_add_char(line, '}');
	}
}

/* ---- out: a reader who has stalled must not stop the service ---- */

static bool has_room(size_t length) {
	return logger.length + length + 1 <= sizeof(logger.bytes);
}

static void add_line(const struct buf *line) {
	memcpy(logger.bytes + logger.length, line->bytes, line->length);
	logger.length += line->length;
	logger.bytes[logger.length++] = '\n';
}

static void lose_all(void) {
	for (size_t i = 0; i < logger.length; i++) {
		logger.lost += logger.bytes[i] == '\n';
	}
	logger.length = 0;
}

/* Up to the end of a line, as many as a pipe with any room takes at once. */
static size_t piece_length(const char *bytes, size_t length) {
	if (length <= PIPE_BUF) {
		return length;
	}
	const char *end = memrchr(bytes, '\n', PIPE_BUF);
	return end != NULL ? (size_t)(end - bytes) + 1 : PIPE_BUF;
}

/* One piece: its length; 0: it would block; -1: it cannot be written. */
static ssize_t write_piece(const char *bytes, size_t length) {
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	if (poll(&out, 1, 0) == 0) {
		return 0;
	}
	ssize_t written = write(STDERR_FILENO, bytes, length);
	return written < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : written;
}

/* What would block stays in the buffer. True: something was written, and nothing is left. */
static bool write_out(void) {
	size_t done = 0;
	ssize_t written = 1;
	while (done < logger.length && written > 0) {
		written = write_piece(logger.bytes + done,
			piece_length(logger.bytes + done, logger.length - done));
		done += written > 0 ? (size_t)written : 0;
	}
	logger.length -= done;
	memmove(logger.bytes, logger.bytes + done, logger.length);
	if (written < 0) {
		lose_all();
	}
	return done > 0 && written > 0;
}

static void tell_lost(void) {
	const struct log_field count = log_uint("count", logger.lost - logger.told_lost);
	struct buf line;
	buf_init(&line, LINE_MAX_BYTES);
	format_line(&line, LOG_WARN, "log lines lost", &count, 1);
	if (!line.is_failed) {
		logger.told_lost = logger.lost;
		add_line(&line);
	}
	buf_finish(&line);
}

static void flush_locked(void) {
	if (write_out() && logger.lost > logger.told_lost) {
		tell_lost();
		write_out();
	}
}

static void keep(const struct buf *line) {
	if (!has_room(line->length)) {
		flush_locked();
	}
	if (has_room(line->length)) {
		add_line(line);
	} else {
		logger.lost++;
	}
}

void log_write(
	enum log_level level, const char *event, const struct log_field *fields, size_t count) {
	struct buf line;
	buf_init(&line, LINE_MAX_BYTES);
	format_line(&line, level, event, fields, count);
	if (line.is_failed) { /* too long: the event alone, and that it was cut */
		const struct log_field cut = log_bool("cut", true);
		buf_clear(&line);
		format_line(&line, level, strlen(event) < 200 ? event : "long line", &cut, 1);
	}
	pthread_mutex_lock(&logger.lock);
	if (logger.sink != NULL) {
		logger.sink(buf_text(&line), logger.ctx);
	} else if (!line.is_failed) {
		keep(&line);
		if (level >= LOG_WARN) {
			flush_locked();
		}
	}
	pthread_mutex_unlock(&logger.lock);
	buf_finish(&line);
}

uint64_t log_lost(void) {
	pthread_mutex_lock(&logger.lock);
	uint64_t lost = logger.lost;
	pthread_mutex_unlock(&logger.lock);
	return lost;
}

void log_flush(void) {
	pthread_mutex_lock(&logger.lock);
	flush_locked();
	pthread_mutex_unlock(&logger.lock);
}

void log_flush_dying(void) {
	if (pthread_mutex_trylock(&logger.lock) == 0) {
		write_out(); /* no more than poll() and write() */
		pthread_mutex_unlock(&logger.lock);
	}
}

bool log_is_json(void) {
	return logger.format == LOG_JSON;
}
