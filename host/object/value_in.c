#include "object/inside.h"

#include <errno.h>
#include <limits.h>
#include <math.h>

#include "base/json.h"

enum { NUMBER_SIZE = 64 };

/* Each gives a new reference, or NULL when the string does not fit. */

/* ---- numbers ---- */

static json_t *integer_in(const char *text) {
	if (*text == '\0' || text[strspn(text, "+-0123456789")] != '\0') {
		return NULL;
	}
	char *end = NULL;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	return errno != 0 || end == text || *end != '\0' ? NULL : json_integer(number);
}

/* Of a decimal from its "e" on. One that is out of all bounds stays so, with room to count on. */
static long exponent_in(const char *text) {
	const long most = LONG_MAX / 4;
	long exponent = *text != '\0' ? strtol(text + 1, NULL, 10) : 0;
	return exponent > most ? most : exponent < -most ? -most : exponent;
}

/* A decimal as its sign, its digits without zeros at both ends, and its exponent: "-01.50" ->
 * "-15e-1". False: it has more digits than a double could hold. */
static bool normalise(const char *text, char to[NUMBER_SIZE]) {
	char digits[NUMBER_SIZE / 2];
	size_t length = 0;
	long exponent = 0;
	bool is_fraction = false;
	const char *sign = *text == '-' ? "-" : "";
	for (text += *text == '-' || *text == '+'; *text != '\0' && strchr("eE", *text) == NULL;
		text++) {
		is_fraction |= *text == '.';
		exponent -= is_fraction && *text != '.';
		if (*text == '.' || (length == 0 && *text == '0')) {
			continue;
		}
		if (length == sizeof(digits) - 1) {
			return false;
		}
		digits[length++] = *text;
	}
	for (; length > 0 && digits[length - 1] == '0'; length--) {
		exponent++;
	}
	exponent = length == 0 ? 0 : exponent + exponent_in(text);
	snprintf(to, NUMBER_SIZE, "%s%.*se%ld", sign, (int)length, digits, exponent);
	return true;
}

/* Would a reply say the same number that HubSpot said? */
static bool is_exact(const char *text, double value) {
	char own[NUMBER_SIZE], theirs[NUMBER_SIZE], ours[NUMBER_SIZE];
	snprintf(own, sizeof(own), "%.*e", json_real_digits(value) - 1, value);
	return normalise(text, theirs) && normalise(own, ours) && strcmp(theirs, ours) == 0;
}

static json_t *number_in(const char *text) {
	json_t *integer = integer_in(text);
	if (integer != NULL || *text == '\0' || text[strspn(text, "+-.0123456789eE")] != '\0') {
		return integer;
	}
	char *end = NULL;
	double number = strtod(text, &end);
	bool is_number = end != text && *end == '\0' && isfinite(number);
	return is_number && is_exact(text, number) ? json_real(number) : NULL;
}

/* HubSpot writes some integers as "5.0". */
static json_t *whole_in(const char *text) {
	json_t *number = number_in(text);
	if (!json_is_real(number)) {
		return number;
	}
	double value = json_real_value(number);
	json_decref(number);
	const double exact_max = 9007199254740992.0;
	bool is_whole =
		value >= -exact_max && value <= exact_max && (double)(json_int_t)value == value;
	return is_whole ? json_integer((json_int_t)value) : NULL;
}

/* Digits with at most one point between them, and a sign. */
static bool is_decimal(const char *text) {
	text += *text == '-';
	size_t whole = strspn(text, "0123456789");
	text += whole;
	if (whole > 0 && *text == '.') {
		size_t places = strspn(text + 1, "0123456789");
		return places > 0 && text[1 + places] == '\0';
	}
	return whole > 0 && *text == '\0';
}

json_t *number_beyond(const struct property *property, const char *text) {
	bool is_integer = property->type == PROPERTY_INTEGER;
	if ((!is_integer && property->type != PROPERTY_NUMBER) || !is_decimal(text) ||
		(is_integer && strchr(text, '.') != NULL)) {
		return NULL;
	}
	json_auto_t *exact = number_in(text);
	double near = strtod(text, NULL);
	return exact == NULL && isfinite(near) ? json_real(near) : NULL;
}

/* ---- the others ---- */

static json_t *boolean_in(const char *text) {
	if (strcmp(text, "true") == 0) {
		return json_true();
	}
	return strcmp(text, "false") == 0 ? json_false() : NULL;
}

static json_t *list_in(const char *text) {
	json_t *list = json_array();
	while (*text != '\0') {
		size_t length = strcspn(text, ";");
		if (length > 0 && json_array_append_new(list, json_stringn(text, length)) != 0) {
			json_decref(list);
			return NULL;
		}
		text += length + (text[length] == ';');
	}
	return list;
}

/* HubSpot tells some dates in the form in which it stores them, right after a write. */
static bool moment_in(const char *text, int64_t *ms) {
	return epoch_read(text, ms) || instant_read(text, ms) == NULL;
}

static json_t *date_in(const char *text) {
	char date[INSTANT_SIZE];
	int64_t ms = 0;
	bool is_date = date_read(text, &ms) == NULL || moment_in(text, &ms);
	return is_date && date_write(ms, date) ? json_string(date) : NULL;
}

static json_t *instant_in(const char *text) {
	char instant[INSTANT_SIZE];
	int64_t ms = 0;
	if (!moment_in(text, &ms)) {
		return NULL;
	}
	instant_write(ms, instant);
	return json_string(instant);
}

json_t *value_in(const struct property *property, json_t *value) {
	static json_t *(*const readers[])(const char *) = {
		[PROPERTY_INTEGER] = whole_in,
		[PROPERTY_NUMBER] = number_in,
		[PROPERTY_BOOLEAN] = boolean_in,
		[PROPERTY_LIST] = list_in,
		[PROPERTY_DATE] = date_in,
		[PROPERTY_INSTANT] = instant_in,
	};
	json_t *typed = NULL;
	if (property->type != PROPERTY_TEXT && json_is_string(value)) {
		typed = readers[property->type](json_string_value(value));
	}
	return typed != NULL ? typed : json_incref(value);
}
