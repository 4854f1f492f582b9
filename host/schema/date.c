#include "schema/format.h"

/* RFC 3339. Years, offsets and leap seconds are checked, time zones are not: it knows none. */

static const char *const DATE_COMPLAINT = "must be a date, such as 2026-09-01";
static const char *const TIME_COMPLAINT = "must be a time of day with an offset, such as 08:30:00Z";
static const char *const DATE_TIME_COMPLAINT =
	"must be a date and time with an offset, such as 2026-09-01T08:30:00Z";

/* Reads exactly `count` digits at *text and steps over them; -1 when they are not there. */
static int read_digits(const char **text, int count) {
	int number = 0;
	for (int i = 0; i < count; i++) {
		char c = **text;
		if (c < '0' || c > '9') {
			return -1;
		}
		number = number * 10 + (c - '0');
		(*text)++;
	}
	return number;
}

static bool read_char(const char **text, char c) {
	if (**text != c) {
		return false;
	}
	(*text)++;
	return true;
}

static int days_of(int year, int month) {
	static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return DAYS[month - 1] + (month == 2 && is_leap);
}

static bool read_date(const char **text) {
	int year = read_digits(text, 4);
	if (year < 0 || !read_char(text, '-')) {
		return false;
	}
	int month = read_digits(text, 2);
	if (month < 1 || month > 12 || !read_char(text, '-')) {
		return false;
	}
	int day = read_digits(text, 2);
	return day >= 1 && day <= days_of(year, month);
}

/* Reads "hh:mm" as minutes; -1 when it is none. */
static int read_minutes(const char **text) {
	int hour = read_digits(text, 2);
	if (hour < 0 || hour > 23 || !read_char(text, ':')) {
		return -1;
	}
	int minute = read_digits(text, 2);
	return minute < 0 || minute > 59 ? -1 : hour * 60 + minute;
}

static bool read_fraction(const char **text) {
	if (!read_char(text, '.')) {
		return true;
	}
	if (read_digits(text, 1) < 0) {
		return false;
	}
	while (**text >= '0' && **text <= '9') {
		(*text)++;
	}
	return true;
}

/* Reads "Z" or "+hh:mm" as minutes east of UTC. */
static bool read_offset(const char **text, int *east) {
	*east = 0;
	if (read_char(text, 'Z') || read_char(text, 'z')) {
		return true;
	}
	int sign = **text == '+' ? 1 : **text == '-' ? -1 : 0;
	if (sign == 0) {
		return false;
	}
	(*text)++;
	int minutes = read_minutes(text);
	*east = sign * minutes;
	return minutes >= 0;
}

static bool read_time(const char **text) {
	enum { MINUTES_A_DAY = 24 * 60 };
	int minutes = read_minutes(text);
	if (minutes < 0 || !read_char(text, ':')) {
		return false;
	}
	int second = read_digits(text, 2);
	int east;
	if (second < 0 || second > 60 || !read_fraction(text) || !read_offset(text, &east)) {
		return false;
	}
	/* A leap second is the last of a UTC day, wherever it is told. */
	int utc = (minutes - east + 2 * MINUTES_A_DAY) % MINUTES_A_DAY;
	return second < 60 || utc == MINUTES_A_DAY - 1;
}

const char *date_complain(const char *text, size_t length) {
	const char *end = text;
	return read_date(&end) && end == text + length ? NULL : DATE_COMPLAINT;
}

const char *time_complain(const char *text, size_t length) {
	const char *end = text;
	return read_time(&end) && end == text + length ? NULL : TIME_COMPLAINT;
}

const char *date_time_complain(const char *text, size_t length) {
	const char *end = text;
	bool is_valid = read_date(&end) && (read_char(&end, 'T') || read_char(&end, 't')) &&
		read_time(&end) && end == text + length;
	return is_valid ? NULL : DATE_TIME_COMPLAINT;
}
