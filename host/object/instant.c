#include "object/inside.h"

#include "base/str.h"

static const char NO_DATE[] = "must be a date, such as 2026-09-01";
static const char DATE_WITH_TIME[] =
	"must be a date alone, such as 2026-09-01: HubSpot keeps no time of day here";
static const char NO_SUCH_DATE[] = "there is no such date";
static const char NO_INSTANT[] = "must be a date and time, such as 2026-09-01T08:30:00Z";
static const char NO_SUCH_TIME[] = "there is no such time of day";
static const char NO_ZONE[] = "has no time zone: it must end with Z or an offset such as +02:00, "
			      "for nobody can tell which "
			      "moment is meant";
static const char BAD_ZONE[] = "must end with Z or an offset such as +02:00";
static const char OUT_OF_RANGE[] = "must be in the years 0000 to 9999, in UTC";

enum { DAY_MS = 24 * 60 * 60 * 1000, MINUTE_MS = 60 * 1000, EPOCH_DIGITS_MAX = 15 };

static const int64_t FIRST_MS = -719528LL * DAY_MS; /* 0000-01-01 */
static const int64_t LAST_MS = 2932897LL * DAY_MS - 1;

/* ---- the calendar ---- */

static int days_of(int year, int month) {
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && is_leap);
}

/* Days from 1970-01-01. Years begin in March, so that the leap day is the last of its year. */
static int64_t day_number(int year, int month, int day) {
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
		day_of_year - 719468;
}

static void write_date(int64_t number, char text[INSTANT_SIZE]) {
	int64_t z = number + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;
	int day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	month += month < 10 ? 3 : -9;
	int year = (int)(year_of_era + era * 400 + (month <= 2));
	snprintf(text, INSTANT_SIZE, "%04d-%02d-%02d", year, (int)month, day);
}

/* ---- reading: each steps over what it has read ---- */

static bool read_char(const char **text, char c) {
	if (**text != c) {
		return false;
	}
	(*text)++;
	return true;
}

/* Exactly `count` digits, not more; -1 when they are not there. */
static int read_digits(const char **text, int count) {
	int number = 0;
	for (int i = 0; i < count; i++, (*text)++) {
		if (**text < '0' || **text > '9') {
			return -1;
		}
		number = number * 10 + (**text - '0');
	}
	return number;
}

static const char *read_date(const char **text, int64_t *ms) {
	int year = read_digits(text, 4);
	int month = year >= 0 && read_char(text, '-') ? read_digits(text, 2) : -1;
	int day = month >= 0 && read_char(text, '-') ? read_digits(text, 2) : -1;
	if (day < 0) {
		return NO_DATE;
	}
	if (month < 1 || month > 12 || day < 1 || day > days_of(year, month)) {
		return NO_SUCH_DATE;
	}
	*ms = day_number(year, month, day) * DAY_MS;
	return NULL;
}

/* Digits after the third are read and forgotten: HubSpot keeps milliseconds, and refuses more. */
static bool read_fraction(const char **text, int64_t *ms) {
	if (!read_char(text, '.')) {
		return true;
	}
	const char *begin = *text;
	int64_t weight = 100;
	for (; **text >= '0' && **text <= '9'; (*text)++, weight /= 10) {
		*ms += (**text - '0') * weight;
	}
	return *text > begin;
}

/* "hh:mm:ss.fff", added to *ms. A leap second is the first of the next day, as on every clock that
 * counts from 1970; whether it is one is looked at when the offset is known. */
static const char *read_time(const char **text, int64_t *ms, bool *is_leap) {
	int hour = read_digits(text, 2);
	int minute = hour >= 0 && read_char(text, ':') ? read_digits(text, 2) : -1;
	int second = minute >= 0 && read_char(text, ':') ? read_digits(text, 2) : -1;
	if (second < 0) {
		return NO_INSTANT;
	}
	if (hour > 23 || minute > 59 || second > 60) {
		return NO_SUCH_TIME;
	}
	*ms += ((hour * 60 + minute) * 60LL + second) * 1000;
	*is_leap = second == 60;
	return read_fraction(text, ms) ? NULL : NO_INSTANT;
}

static const char *read_zone(const char **text, int64_t *ms) {
	if (**text == '\0') {
		return NO_ZONE;
	}
	if (read_char(text, 'Z') || read_char(text, 'z')) {
		return NULL;
	}
	int sign = **text == '+' ? 1 : **text == '-' ? -1 : 0;
	(*text) += sign != 0;
	int hours = sign != 0 ? read_digits(text, 2) : -1;
	int minutes = hours >= 0 && read_char(text, ':') ? read_digits(text, 2) : -1;
	if (minutes < 0 || minutes > 59 || hours > 23) {
		return BAD_ZONE;
	}
	*ms -= sign * (hours * 60LL + minutes) * MINUTE_MS;
	return NULL;
}

const char *date_read(const char *text, int64_t *ms) {
	int64_t read_ms = 0;
	const char *fault = read_date(&text, &read_ms);
	if (fault != NULL || *text != '\0') {
		return fault != NULL                   ? fault
			: *text == 'T' || *text == 't' ? DATE_WITH_TIME
						       : NO_DATE;
	}
	*ms = read_ms;
	return NULL;
}

const char *instant_read(const char *text, int64_t *ms) {
	int64_t read_ms = 0;
	bool is_leap = false;
	const char *fault = read_date(&text, &read_ms);
	if (fault != NULL) {
		return fault == NO_DATE ? NO_INSTANT : fault;
	}
	if (!read_char(&text, 'T') && !read_char(&text, 't')) {
		return NO_INSTANT;
	}
	fault = read_time(&text, &read_ms, &is_leap);
	fault = fault != NULL ? fault : read_zone(&text, &read_ms);
	if (fault != NULL || *text != '\0') {
		return fault != NULL ? fault : BAD_ZONE;
	}
	int64_t of_day = ((read_ms % DAY_MS) + DAY_MS) % DAY_MS;
	if (is_leap && of_day >= 1000) {
		return NO_SUCH_TIME;
	}
	if (read_ms < FIRST_MS || read_ms > LAST_MS) {
		return OUT_OF_RANGE;
	}
	*ms = read_ms;
	return NULL;
}

bool epoch_read(const char *text, int64_t *ms) {
	const char *digits = text + (*text == '-');
	size_t length = strspn(digits, "0123456789");
	if (length == 0 || length > EPOCH_DIGITS_MAX || digits[length] != '\0') {
		return false;
	}
	int64_t read_ms = strtoll(text, NULL, 10);
	if (read_ms < FIRST_MS || read_ms > LAST_MS) {
		return false;
	}
	*ms = read_ms;
	return true;
}

/* ---- writing ---- */

bool date_write(int64_t ms, char text[INSTANT_SIZE]) {
	if (ms % DAY_MS != 0) {
		return false;
	}
	write_date(ms / DAY_MS, text);
	return true;
}

void instant_write(int64_t ms, char text[INSTANT_SIZE]) {
	int64_t of_day = ((ms % DAY_MS) + DAY_MS) % DAY_MS;
	write_date((ms - of_day) / DAY_MS, text);
	size_t length = strlen(text);
	int seconds = (int)(of_day / 1000);
	int parts = (int)(of_day % 1000);
	int added = snprintf(text + length, INSTANT_SIZE - length, "T%02d:%02d:%02d",
		seconds / 3600, seconds / 60 % 60, seconds % 60);
	length += (size_t)added;
	if (parts == 0) {
		snprintf(text + length, INSTANT_SIZE - length, "Z");
	} else {
		snprintf(text + length, INSTANT_SIZE - length, ".%03dZ", parts);
	}
}
