/*
 * Writes a text that a regular expression matches: walks the expression and takes the first of what
 * it allows. A repeat is taken as often as it must be, and those without an upper bound `extra`
 * times more, so that a text can be made longer.
 */
#include "example.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"

enum { TEXT_MAX = 4096, REPEAT_MAX = 1000, DEPTH_MAX = 16 };

struct writer {
	const char *at;
	struct buf *text;
	size_t extra;
	unsigned depth;
	bool is_mute; /* reads on without writing: an alternative that is not taken */
};

static bool write_choice(struct writer *writer);

static void write_char(struct writer *writer, char c) {
	if (!writer->is_mute) {
		buf_add_char(writer->text, c);
	}
}

/* One of what \d, \w and the like stand for; '\0': no such class. */
static char of_class(char name) {
	switch (name) {
	case 'd':
		return '1';
	case 'w':
	case 'D':
	case 'S':
		return 'a';
	case 's':
		return ' ';
	case 'W':
		return '-';
	case 'n':
		return '\n';
	case 't':
		return '\t';
	default:
		return isalnum((unsigned char)name) ? '\0' : name;
	}
}

/* Is `c` in the set whose inside begins at `set` and ends at `end`? Classes count by their one
 * example. */
static bool is_in(const char *set, const char *end, char c) {
	while (set < end) {
		char low = *set;
		if (low == '\\' && set + 1 < end) {
			low = of_class(*++set);
			if ((*set == 'd' && isdigit((unsigned char)c)) ||
				(*set == 'w' && (isalnum((unsigned char)c) || c == '_')) ||
				(*set == 's' && isspace((unsigned char)c))) {
				return true;
			}
		}
		set++;
		char high = low;
		if (set + 1 < end && *set == '-') {
			high = set[1];
			set += 2;
		}
		if (c >= low && c <= high) {
			return true;
		}
	}
	return false;
}

static bool write_set(struct writer *writer) {
	static const char TRIES[] =
		"a1A-_. "
		"@/"
		":+#zZ09bcdefghijklmnopqrstuvwxyBCDEFGHIJKLMNOPQRSTUVWXY2345678!$%&'()*,;<=>?[]^`{|"
		"}~\"\\\n\t";
	bool is_negated = *writer->at == '^';
	const char *set = writer->at + is_negated;
	const char *end = set;
	while (*end != '\0' && *end != ']') {
		end += *end == '\\' && end[1] != '\0' ? 2 : 1;
	}
	if (*end == '\0') {
		return false;
	}
	writer->at = end + 1;
	for (const char *c = TRIES; *c != '\0'; c++) {
		if (is_in(set, end, *c) != is_negated) {
			write_char(writer, *c);
			return true;
		}
	}
	return false;
}

static bool write_group(struct writer *writer) {
	if (writer->at[0] == '?' && writer->at[1] == ':') {
		writer->at += 2;
	} else if (writer->at[0] == '?' && writer->at[1] == '<' &&
		isalpha((unsigned char)writer->at[2])) {
		writer->at += strcspn(writer->at, ">");
		writer->at += *writer->at == '>';
	} else if (writer->at[0] == '?') {
		return false;
	}
	bool is_good = writer->depth < DEPTH_MAX;
	writer->depth++;
	is_good = is_good && write_choice(writer) && *writer->at == ')';
	writer->depth--;
	writer->at += is_good;
	return is_good;
}

/* One thing, as often as its repeat says once it has been read: so it is read first. */
static bool write_thing(struct writer *writer) {
	char c = *writer->at++;
	switch (c) {
	case '(':
		return write_group(writer);
	case '[':
		return write_set(writer);
	case '.':
		write_char(writer, 'a');
		return true;
	case '^':
	case '$':
		return true;
	case '\\':
		c = *writer->at != '\0' ? of_class(*writer->at++) : '\0';
		if (c == '\0') {
			return false;
		}
		break;
	case '*':
	case '+':
	case '?':
	case '{':
		return false;
	default:
		break;
	}
	write_char(writer, c);
	return true;
}

/* How often the thing before is to be written; moves past the repeat. */
static size_t read_repeat(struct writer *writer) {
	char c = *writer->at;
	size_t times = 1;
	if (c == '*' || c == '+') {
		times = (c == '+') + writer->extra;
		writer->at++;
	} else if (c == '?') {
		times = 0;
		writer->at++;
	} else if (c == '{' && isdigit((unsigned char)writer->at[1])) {
		char *end;
		times = strtoul(writer->at + 1, &end, 10);
		bool is_open = end[0] == ',' && end[1] == '}';
		size_t most = *end == ',' && !is_open ? strtoul(end + 1, &end, 10) : times;
		times += is_open ? writer->extra : 0;
		times = most > times ? (times + writer->extra < most ? times + writer->extra : most)
				     : times;
		writer->at = end + strcspn(end, "}");
		writer->at += *writer->at == '}';
	} else {
		return 1;
	}
	writer->at += *writer->at == '?'; /* as few as possible */
	return times < REPEAT_MAX ? times : REPEAT_MAX;
}

static bool write_sequence(struct writer *writer) {
	while (*writer->at != '\0' && *writer->at != '|' && *writer->at != ')') {
		struct writer reader = *writer;
		reader.is_mute = true;
		if (!write_thing(&reader)) {
			return false;
		}
		size_t times = read_repeat(&reader);
		for (size_t i = 0; i < times && !writer->is_mute; i++) {
			struct writer one = *writer;
			if (!write_thing(&one) || writer->text->length > TEXT_MAX / 2) {
				return false;
			}
		}
		writer->at = reader.at;
	}
	return true;
}

/* The first alternative is written, the others are only read. */
static bool write_choice(struct writer *writer) {
	bool was_mute = writer->is_mute;
	bool is_good = write_sequence(writer);
	writer->is_mute = true;
	while (is_good && *writer->at == '|') {
		writer->at++;
		is_good = write_sequence(writer);
	}
	writer->is_mute = was_mute;
	return is_good;
}

char *example_text(const char *pattern, size_t least) {
	struct buf text;
	buf_init(&text, TEXT_MAX);
	for (size_t extra = 0;; extra = extra * 2 + 1) {
		struct writer writer = {.at = pattern, .text = &text, .extra = extra};
		buf_clear(&text);
		if (!write_choice(&writer) || *writer.at != '\0') {
			buf_finish(&text);
			return NULL;
		}
		if (text.length >= least || extra > least) {
			break;
		}
	}
	buf_add(&text, "", 0);
	return buf_take(&text);
}
