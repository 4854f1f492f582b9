/*
 * A cursor says all that is needed to go on, so nothing is kept between two pages, and every
 * instance and the next version take it. Its sum is no secret: it keeps apart the cursors of
 * different questions, and what was cut, mistyped or made up.
 */
#include "object/pages.h"

#include "base/str.h"

enum { SUM_DIGITS = 16, ID_DIGITS_MAX = 20 };

static const char letters[] = {[WINDOW_LIST] = 'l', [WINDOW_ID] = 'i', [WINDOW_COUNT] = 'n'};

/* FNV-1a; the NUL counts, so that "ab" and "c" are not "a" and "bc". */
uint64_t window_digest(uint64_t digest, const char *text) {
	if (digest == 0) {
		digest = 14695981039346656037u;
	}
	do {
		digest = (digest ^ (unsigned char)*text) * 1099511628211u;
	} while (*text++ != '\0');
	return digest;
}

static uint64_t sum_of(const struct window *window) {
	char position[64];
	snprintf(position, sizeof(position), "%c%d %llu %llx", letters[window->kind],
		window->is_descending, (unsigned long long)window->told,
		(unsigned long long)window->question);
	return window_digest(window_digest(0, position), window->from);
}

void window_write(const struct window *window, char cursor[WINDOW_TEXT_SIZE]) {
	snprintf(cursor, WINDOW_TEXT_SIZE, "%c%016llx%llu.%s", letters[window->kind],
		(unsigned long long)sum_of(window), (unsigned long long)window->told, window->from);
}

/* The sum of what follows it must be right, so there is one text only for each window. */
static bool is_ours(const struct window *window, const char *cursor) {
	char own[WINDOW_TEXT_SIZE];
	window_write(window, own);
	return strcmp(own, cursor) == 0;
}

bool window_read(struct window *window, const char *cursor) {
	struct window read = *window;
	read.told = 0;
	read.from[0] = '\0';
	if (cursor == NULL || *cursor == '\0') {
		*window = read;
		return true;
	}
	size_t length = strnlen(cursor, WINDOW_TEXT_SIZE);
	const char *dot = memchr(cursor, '.', length);
	char told[ID_DIGITS_MAX + 1];
	if (length == WINDOW_TEXT_SIZE || dot == NULL || dot - cursor <= 1 + SUM_DIGITS ||
		dot - cursor - 1 - SUM_DIGITS > ID_DIGITS_MAX) {
		return false;
	}
	snprintf(told, sizeof(told), "%.*s", (int)(dot - cursor - 1 - SUM_DIGITS),
		cursor + 1 + SUM_DIGITS);
	int written = snprintf(read.from, sizeof(read.from), "%s", dot + 1);
	if (written >= (int)sizeof(read.from) ||
		!str_to_uint(told, 0, UINT64_MAX / 2, &read.told) || !is_ours(&read, cursor)) {
		return false;
	}
	*window = read;
	return true;
}
