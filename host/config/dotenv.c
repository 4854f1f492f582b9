#include "config/inside.h"

#include <errno.h>

#include "base/file.h"
#include "base/buf.h"
#include "base/memory.h"
#include "base/str.h"

enum { NAME_MAX_BYTES = 128 };

struct reader {
	const char *file;
	const char *at;
	const char *end;
	unsigned line;
	char *error;
};

static bool fail(const struct reader *reader, unsigned line, const char *words) {
	snprintf(reader->error, CONFIG_ERROR_SIZE, "%s, line %u: %s", reader->file, line, words);
	return false;
}

static char peek(const struct reader *reader) {
	return reader->at < reader->end ? *reader->at : '\0';
}

static void skip_blanks(struct reader *reader) {
	while (peek(reader) == ' ' || peek(reader) == '\t') {
		reader->at++;
	}
}

static bool is_line_end(const struct reader *reader) {
	char c = peek(reader);
	return c == '\0' || c == '\n' ||
		(c == '\r' && (reader->at + 1 == reader->end || reader->at[1] == '\n'));
}

static void skip_line(struct reader *reader) {
	while (reader->at < reader->end && *reader->at != '\n') {
		reader->at++;
	}
	if (reader->at < reader->end) {
		reader->at++;
		reader->line++;
	}
}

static bool is_name_char(char c, bool is_first) {
	return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(!is_first && c >= '0' && c <= '9');
}

static bool take_name(struct reader *reader, char name[NAME_MAX_BYTES]) {
	static const char EXPORT[] = "export";
	size_t length = 0;
	size_t word = sizeof(EXPORT) - 1;
	if ((size_t)(reader->end - reader->at) > word && memcmp(reader->at, EXPORT, word) == 0 &&
		(reader->at[word] == ' ' || reader->at[word] == '\t')) {
		reader->at += word;
		skip_blanks(reader);
	}
	while (is_name_char(peek(reader), length == 0)) {
		if (length == NAME_MAX_BYTES - 1) {
			return fail(reader, reader->line, "the name is too long");
		}
		name[length++] = *reader->at++;
	}
	name[length] = '\0';
	skip_blanks(reader);
	if (length == 0 || peek(reader) != '=') {
		return fail(reader, reader->line, "expected NAME=value");
	}
	reader->at++;
	return true;
}

/* A backslash before anything else stands for itself. */
static char unescape(char c) {
	static const char FROM[] = "nrt\"\\$", TO[] = "\n\r\t\"\\$";
	const char *place = c != '\0' ? strchr(FROM, c) : NULL;
	return place != NULL ? TO[place - FROM] : '\0';
}

static bool take_quoted(struct reader *reader, struct buf *value) {
	unsigned line = reader->line;
	char quote = *reader->at++;
	while (reader->at < reader->end && *reader->at != quote) {
		char c = *reader->at++;
		reader->line += c == '\n';
		char escaped = quote == '"' && c == '\\' ? unescape(peek(reader)) : '\0';
		if (escaped != '\0') {
			reader->at++;
			c = escaped;
		}
		buf_add_char(value, c);
	}
	if (reader->at == reader->end) {
		return fail(reader, line, "a quote is opened and never closed");
	}
	reader->at++;
	const char *after = reader->at;
	skip_blanks(reader);
	if (!is_line_end(reader) && (peek(reader) != '#' || reader->at == after)) {
		return fail(reader, reader->line, "there is more after the closing quote");
	}
	return true;
}

static bool take_plain(struct reader *reader, struct buf *value) {
	bool is_after_blank = true;
	while (!is_line_end(reader) && !(is_after_blank && peek(reader) == '#')) {
		char c = *reader->at++;
		if (c == '"' || c == '\'') {
			return fail(reader, reader->line,
				"a quote inside a value: quote the whole value");
		}
		is_after_blank = c == ' ' || c == '\t';
		buf_add_char(value, c);
	}
	while (value->length > 0 &&
		(value->bytes[value->length - 1] == ' ' ||
			value->bytes[value->length - 1] == '\t')) {
		value->bytes[--value->length] = '\0';
	}
	return true;
}

static bool take_value(struct reader *reader, struct buf *value) {
	skip_blanks(reader);
	bool is_quoted = peek(reader) == '"' || peek(reader) == '\'';
	return (is_quoted ? take_quoted(reader, value) : take_plain(reader, value)) &&
		(!value->is_failed || fail(reader, reader->line, "the value is too long"));
}

static void add_entry(struct dotenv *dotenv, const char *name, const char *value, unsigned line) {
	struct dotenv_entry *entries = must_calloc(dotenv->count + 1, sizeof(*entries));
	if (dotenv->count > 0) {
		memcpy(entries, dotenv->entries, dotenv->count * sizeof(*entries));
	}
	free(dotenv->entries);
	dotenv->entries = entries;
	entries[dotenv->count++] = (struct dotenv_entry){
		.name = must_strdup(name), .value = must_strdup(value), .line = line};
}

static bool take_entry(struct reader *reader, struct dotenv *dotenv) {
	char name[NAME_MAX_BYTES];
	unsigned line = reader->line;
	if (!take_name(reader, name)) {
		return false;
	}
	const struct dotenv_entry *earlier = dotenv_find(dotenv, name);
	if (earlier != NULL) {
		char words[NAME_MAX_BYTES + 40];
		snprintf(words, sizeof(words), "%s is set twice, first on line %u", name,
			earlier->line);
		return fail(reader, line, words);
	}
	struct buf value;
	buf_init(&value, DOTENV_BYTES_MAX + 1);
	bool is_good = take_value(reader, &value);
	if (is_good) {
		add_entry(dotenv, name, buf_text(&value), line);
	}
	if (value.length > 0) {
		memory_wipe(value.bytes, value.length);
	}
	buf_finish(&value);
	return is_good;
}

bool dotenv_read(struct dotenv *dotenv, const char *file, const char *bytes, size_t length,
	char error[CONFIG_ERROR_SIZE]) {
	struct reader reader = {
		.file = file, .at = bytes, .end = bytes + length, .line = 1, .error = error};
	*dotenv = (struct dotenv){.file = file};
	const char *nul = length > 0 ? memchr(bytes, '\0', length) : NULL;
	if (nul != NULL) {
		for (const char *c = bytes; c < nul; c++) {
			reader.line += *c == '\n';
		}
		return fail(&reader, reader.line, "a NUL character is not allowed");
	}
	if (length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
		reader.at += 3; /* editors on Windows leave it */
	}
	while (reader.at < reader.end) {
		skip_blanks(&reader);
		if (!is_line_end(&reader) && peek(&reader) != '#' && !take_entry(&reader, dotenv)) {
			dotenv_finish(dotenv);
			return false;
		}
		skip_line(&reader);
	}
	return true;
}

bool dotenv_load(
	struct dotenv *dotenv, const char *file, bool must_exist, char error[CONFIG_ERROR_SIZE]) {
	*dotenv = (struct dotenv){.file = file};
	char *bytes = must_calloc(DOTENV_BYTES_MAX + 1, 1);
	const char *why;
	ssize_t length = file_read(file, bytes, DOTENV_BYTES_MAX + 1, &why);
	bool is_absent = length < 0 && errno == ENOENT;
	bool is_good = false;
	if (length < 0) {
		snprintf(error, CONFIG_ERROR_SIZE, "%s cannot be read: %s", file, why);
	} else if (length > DOTENV_BYTES_MAX) {
		snprintf(error, CONFIG_ERROR_SIZE, "%s is larger than %d KiB", file,
			DOTENV_BYTES_MAX / 1024);
	} else {
		is_good = dotenv_read(dotenv, file, bytes, (size_t)length, error);
	}
	memory_wipe(bytes, DOTENV_BYTES_MAX);
	free(bytes);
	return is_good || (is_absent && !must_exist);
}

const struct dotenv_entry *dotenv_find(const struct dotenv *dotenv, const char *name) {
	for (size_t i = 0; i < dotenv->count; i++) {
		if (str_is_equal(dotenv->entries[i].name, name)) {
			return &dotenv->entries[i];
		}
	}
	return NULL;
}

void dotenv_finish(struct dotenv *dotenv) {
	for (size_t i = 0; i < dotenv->count; i++) {
		memory_wipe(dotenv->entries[i].value, strlen(dotenv->entries[i].value));
		free(dotenv->entries[i].value);
		free(dotenv->entries[i].name);
	}
	free(dotenv->entries);
	*dotenv = (struct dotenv){.file = NULL};
}
