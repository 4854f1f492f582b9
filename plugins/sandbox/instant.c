/* Dates and moments as HubSpot takes them: ISO 8601, or milliseconds since
 * 1970. */
#include "inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAY_MS = 86400000, YEARS_AHEAD_MAX = 9999 };

/* `count` digits of `*text`, which moves behind them; or -1. */
static int take_digits(const char **text, int count) {
	int number = 0;
	for (int i = 0; i < count; i++) {
		char c = (*text)[i];
		if (c < '0' || c > '9') {
			return -1;
		}
		number = number * 10 + (c - '0');
	}
	*text += count;
	return number;
}

static bool take_char(const char **text, const char *wanted) {
	bool is_there = **text != '\0' && strchr(wanted, **text) != NULL;
	*text += is_there;
	return is_there;
}

static int days_in(int year, int month) {
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && is_leap);
}

static bool take_date(const char **text, int64_t *ms) {
	int year = take_digits(text, 4);
	int month = year < 1 || !take_char(text, "-") ? -1 : take_digits(text, 2);
	int day = month < 1 || month > 12 || !take_char(text, "-") ? -1 : take_digits(text, 2);
	if (day < 1 || day > days_in(year, month)) {
		return false;
	}
	struct tm parts = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
	*ms = (int64_t)timegm(&parts) * 1000;
	return true;
}

/* A fraction of a second, of which HubSpot keeps three digits. */
static int take_fraction(const char **text, int *digits) {
	int milliseconds = 0;
	for (*digits = 0; **text >= '0' && **text <= '9'; (*digits)++, (*text)++) {
		milliseconds = *digits < 3 ? milliseconds * 10 + (**text - '0') : milliseconds;
	}
	for (int i = *digits; i < 3; i++) {
		milliseconds *= 10;
	}
	return milliseconds;
}

/* "Z", "+02:00" or "+0200", as milliseconds to take away. */
static bool take_zone(const char **text, int64_t *offset_ms) {
	*offset_ms = 0;
	if (take_char(text, "Zz")) {
		return true;
	}
	int sign = **text == '-' ? -1 : 1;
	if (!take_char(text, "+-")) {
		return false;
	}
	int hours = take_digits(text, 2);
	take_char(text, ":");
	int minutes = hours < 0 ? -1 : take_digits(text, 2);
	*offset_ms = (int64_t)sign * (hours * 60 + minutes) * 60000;
	return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59;
}

static bool read_iso(const char *text, struct instant *instant) {
	if (!take_date(&text, &instant->ms)) {
		return false;
	}
	instant->is_date = *text == '\0';
	if (instant->is_date) {
		return true;
	}
	int64_t offset_ms = 0;
	int hour = take_char(&text, "T ") ? take_digits(&text, 2) : -1;
	int minute = hour < 0 || !take_char(&text, ":") ? -1 : take_digits(&text, 2);
	int second = minute < 0 || !take_char(&text, ":") ? -1 : take_digits(&text, 2);
	int fraction = take_char(&text, ".") ? take_fraction(&text, &instant->fraction_digits) : 0;
	if (hour > 23 || minute > 59 || second < 0 || second > 59 ||
		!take_zone(&text, &offset_ms)) {
		return false;
	}
	instant->ms += ((int64_t)hour * 3600 + minute * 60 + second) * 1000 + fraction - offset_ms;
	return *text == '\0';
}

static bool read_number(const char *text, struct instant *instant) {
	const char *digits = text + (*text == '-');
	size_t length = strlen(digits);
	if (length == 0 || length > 15 || strspn(digits, "0123456789") != length) {
		return false;
	}
	instant->ms = strtoll(text, NULL, 10);
	instant->is_number = true;
	return true;
}

bool model_instant_read(const char *text, struct instant *instant) {
	memset(instant, 0, sizeof(*instant));
	return read_number(text, instant) || read_iso(text, instant);
}

int64_t model_instant_past_midnight(int64_t ms) {
	int64_t rest = ms % DAY_MS;
	return rest < 0 ? rest + DAY_MS : rest;
}

static void split(int64_t ms, struct tm *parts, int *milliseconds) {
	int64_t rest = ms % 1000;
	rest += rest < 0 ? 1000 : 0;
	time_t seconds = (time_t)((ms - rest) / 1000);
	*milliseconds = (int)rest;
	if (gmtime_r(&seconds, parts) == NULL || parts->tm_year > YEARS_AHEAD_MAX - 1900) {
		memset(parts, 0, sizeof(*parts));
		parts->tm_mday = 1;
	}
}

void model_instant_date(int64_t ms, char text[ISO_SIZE]) {
	struct tm parts;
	int milliseconds;
	split(ms, &parts, &milliseconds);
	if (strftime(text, ISO_SIZE, "%Y-%m-%d", &parts) == 0) {
		text[0] = '\0';
	}
}

void model_instant_iso(int64_t ms, char text[ISO_SIZE]) {
	struct tm parts;
	int milliseconds;
	char whole[24];
	split(ms, &parts, &milliseconds);
	if (strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &parts) == 0) {
		whole[0] = '\0';
	}
	if (milliseconds == 0) {
		snprintf(text, ISO_SIZE, "%sZ", whole);
	} else {
		snprintf(text, ISO_SIZE, "%s.%03dZ", whole, milliseconds);
	}
}
