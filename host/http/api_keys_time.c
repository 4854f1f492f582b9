/* Moments as RFC 3339 writes them: "2027-01-01T00:00:00Z", "2027-01-01T01:30:00.5+01:30". */
#include "http/api_keys.h"

static bool take_digits(const char **at, size_t count, int min, int max, int *number) {
	*number = 0;
	for (size_t i = 0; i < count; i++, ++*at) {
		if (**at < '0' || **at > '9') {
			return false;
		}
		*number = *number * 10 + (**at - '0');
	}
	return *number >= min && *number <= max;
}

static bool take_char(const char **at, char c) {
	bool is_there = **at == c;
	*at += is_there ? 1 : 0;
	return is_there;
}

/* "Z", or "+02:00" as seconds. */
static bool take_offset(const char **at, long *seconds) {
	int sign = **at == '-' ? -1 : 1;
	int hours, minutes;
	*seconds = 0;
	if (take_char(at, 'Z')) {
		return true;
	}
	if ((!take_char(at, '+') && !take_char(at, '-')) || !take_digits(at, 2, 0, 23, &hours) ||
		!take_char(at, ':') || !take_digits(at, 2, 0, 59, &minutes)) {
		return false;
	}
	*seconds = sign * (hours * 3600L + minutes * 60L);
	return true;
}

static bool take_fraction(const char **at) {
	if (!take_char(at, '.')) {
		return true;
	}
	size_t digits = strspn(*at, "0123456789");
	*at += digits;
	return digits > 0;
}

bool api_keys_read_time(const char *text, uint64_t *wall_ms) {
	struct tm when = {.tm_isdst = 0};
	int year, month, day;
	long offset;
	bool is_good = take_digits(&text, 4, 1970, 9999, &year) && take_char(&text, '-') &&
		take_digits(&text, 2, 1, 12, &month) && take_char(&text, '-') &&
		take_digits(&text, 2, 1, 31, &day) && take_char(&text, 'T') &&
		take_digits(&text, 2, 0, 23, &when.tm_hour) && take_char(&text, ':') &&
		take_digits(&text, 2, 0, 59, &when.tm_min) && take_char(&text, ':') &&
		take_digits(&text, 2, 0, 59, &when.tm_sec) && take_fraction(&text) &&
		take_offset(&text, &offset) && *text == '\0';
	if (!is_good) {
		return false;
	}
	when.tm_year = year - 1900;
	when.tm_mon = month - 1;
	when.tm_mday = day;
	time_t seconds = timegm(&when) - offset;
	if (when.tm_mday != day || seconds < 0) {
		return false; /* February has no 30th day */
	}
	*wall_ms = (uint64_t)seconds * 1000;
	return true;
}
