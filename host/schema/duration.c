#include "schema/format.h"

/* RFC 3339, appendix A: units in their order without a gap, weeks alone; and no fractions. */

/* Reads numbers, each with the next of `units` or a later one as its first, then those that follow
 * it without a gap. How many; -1: something else stands there. */
static int read_units(const char **text, const char *units) {
	int count = 0;
	const char *next = NULL;
	while (is_digit(**text)) {
		const char *at = *text;
		while (is_digit(*at)) {
			at++;
		}
		const char *unit = *at != '\0' ? strchr(units, *at) : NULL;
		if (unit == NULL || (next != NULL && unit != next)) {
			return -1;
		}
		next = unit + 1;
		*text = at + 1;
		count++;
	}
	return count;
}

static bool is_duration(const char *text, const char *end) {
	if (*text++ != 'P') {
		return false;
	}
	const char *weeks = text;
	if (read_units(&weeks, "W") == 1) {
		return weeks == end;
	}
	int of_date = read_units(&text, "YMD");
	if (of_date < 0 || *text != 'T') {
		return of_date > 0 && text == end;
	}
	text++;
	return read_units(&text, "HMS") > 0 && text == end;
}

const char *duration_complain(const char *text, size_t length) {
	return is_duration(text, text + length) ? NULL : "must be a duration, such as P1DT12H";
}
