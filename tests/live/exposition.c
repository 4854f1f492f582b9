#include "exposition.h"

#include <math.h>
#include <stdbool.h>

enum { NAME_MAX_BYTES = 128, SERIES_MAX_BYTES = 512 };

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
static const char letters_and_digits[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

struct reader {
	const char *at;
	const char *why; /* the first fault; or NULL */
	json_t *types;
	json_t *series;

	/* the family that samples belong to */
	char family[NAME_MAX_BYTES];
	char type[16];
	bool has_help;

	/* the histogram whose buckets come just now */
	char open[SERIES_MAX_BYTES]; /* its labels without `le`; "" and !is_open: none */
	bool is_open;
	double last_bound, last_count, infinite_count;
	bool has_sum;
};

struct sample {
	char name[NAME_MAX_BYTES];
	char labels[SERIES_MAX_BYTES]; /* without `le`, which stands apart */
	char whole[SERIES_MAX_BYTES];  /* as written, name included */
	char bound[32];                /* the value of `le`; "" when there is none */
	double value;
};

static bool fail(struct reader *reader, const char *why) {
	reader->why = reader->why != NULL ? reader->why : why;
	return false;
}

static bool read_char(struct reader *reader, char c, const char *why) {
	return *reader->at == c ? (reader->at++, true) : fail(reader, why);
}

static bool read_name(struct reader *reader, char name[NAME_MAX_BYTES]) {
	size_t length = strspn(reader->at, letters_and_digits);
	if (length == 0 || length >= NAME_MAX_BYTES || strchr(letters, *reader->at) == NULL) {
		return fail(reader, "not a name");
	}
	snprintf(name, NAME_MAX_BYTES, "%.*s", (int)length, reader->at);
	reader->at += length;
	return true;
}

static bool ends_with(const char *text, const char *end) {
	size_t length = strlen(text), tail = strlen(end);
	return length > tail && strcmp(text + length - tail, end) == 0;
}

/* ---- comments ---- */

static bool read_help(struct reader *reader) {
	char name[NAME_MAX_BYTES];
	if (!read_name(reader, name) || !read_char(reader, ' ', "HELP without words")) {
		return false;
	}
	if (json_object_get(reader->types, name) != NULL) {
		return fail(reader, "a family comes twice");
	}
	size_t length = strcspn(reader->at, "\n");
	if (length == 0 || memchr(reader->at, '\\', length) != NULL) {
		return fail(reader, "HELP without words, or with an escape");
	}
	reader->at += length;
	snprintf(reader->family, sizeof(reader->family), "%s", name);
	reader->has_help = true;
	return true;
}

static bool read_type(struct reader *reader) {
	static const char *const TYPES[] = {"counter", "gauge", "histogram"};
	char name[NAME_MAX_BYTES], type[NAME_MAX_BYTES];
	if (!read_name(reader, name) || !read_char(reader, ' ', "TYPE without a type") ||
		!read_name(reader, type)) {
		return false;
	}
	if (!reader->has_help || strcmp(name, reader->family) != 0) {
		return fail(reader, "TYPE without its HELP before it");
	}
	bool is_known = false;
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		is_known = is_known || strcmp(type, TYPES[i]) == 0;
	}
	if (!is_known) {
		return fail(reader, "an unknown type");
	}
	if ((strcmp(type, "counter") == 0) != ends_with(name, "_total")) {
		return fail(reader, "_total is for counters, and for all of them");
	}
	snprintf(reader->type, sizeof(reader->type), "%.15s", type);
	reader->has_help = false;
	json_object_set_new(reader->types, name, json_string(type));
	return true;
}

static bool read_comment(struct reader *reader) {
	if (reader->is_open) {
		return fail(reader, "a histogram without its count");
	}
	if (strncmp(reader->at, "# HELP ", 7) == 0) {
		reader->at += 7;
		return reader->has_help ? fail(reader, "HELP without its TYPE") : read_help(reader);
	}
	if (strncmp(reader->at, "# TYPE ", 7) == 0) {
		reader->at += 7;
		return read_type(reader);
	}
	return fail(reader, "another comment");
}

/* ---- samples ---- */

/* name="value"; `le` goes to the sample's bound, all others to its labels. */
static bool read_label(struct reader *reader, struct sample *sample) {
	const char *begin = reader->at;
	char name[NAME_MAX_BYTES];
	if (!read_name(reader, name) || !read_char(reader, '=', "a label without =") ||
		!read_char(reader, '"', "a label's value without quotes")) {
		return false;
	}
	const char *value = reader->at;
	while (*reader->at != '"') {
		if (*reader->at == '\n' || *reader->at == '\0') {
			return fail(reader, "a label's value without an end");
		}
		if (*reader->at == '\\' && strchr("\\\"n", *++reader->at) == NULL) {
			return fail(reader, "an unknown escape");
		}
		reader->at++;
	}
	int length = (int)(reader->at++ - value);
	if (strcmp(name, "le") == 0) {
		snprintf(sample->bound, sizeof(sample->bound), "%.*s", length, value);
		return length > 0 && length < (int)sizeof(sample->bound) - 1
			? true
			: fail(reader, "a strange bound");
	}
	char wanted[NAME_MAX_BYTES + 2];
	snprintf(wanted, sizeof(wanted), ",%s=", name);
	if (strstr(sample->labels, wanted) != NULL) {
		return fail(reader, "a label comes twice");
	}
	size_t used = strlen(sample->labels);
	snprintf(sample->labels + used, sizeof(sample->labels) - used, ",%.*s",
		(int)(reader->at - begin), begin);
	return true;
}

static bool read_labels(struct reader *reader, struct sample *sample) {
	if (*reader->at != '{') {
		return true;
	}
	do {
		reader->at++;
		if (!read_label(reader, sample)) {
			return false;
		}
	} while (*reader->at == ',');
	return read_char(reader, '}', "labels without an end");
}

static bool read_value(struct reader *reader, double *value) {
	char *end = NULL;
	*value = strtod(reader->at, &end);
	bool is_number = strchr("-0123456789", *reader->at) != NULL && end != reader->at;
	reader->at = end;
	return is_number && isfinite(*value) ? true : fail(reader, "not a finite number");
}

static bool read_sample(struct reader *reader, struct sample *sample) {
	const char *begin = reader->at;
	*sample = (struct sample){.value = 0};
	if (!read_name(reader, sample->name) || !read_labels(reader, sample)) {
		return false;
	}
	if (reader->at - begin >= (int)sizeof(sample->whole)) {
		return fail(reader, "a series of an endless name");
	}
	snprintf(sample->whole, sizeof(sample->whole), "%.*s", (int)(reader->at - begin), begin);
	return read_char(reader, ' ', "a sample without a value") &&
		read_value(reader, &sample->value);
}

/* ---- what belongs together ---- */

static bool take_bucket(struct reader *reader, const struct sample *sample) {
	bool is_first = !reader->is_open;
	bool is_infinite = strcmp(sample->bound, "+Inf") == 0;
	char *end = NULL;
	double bound = is_infinite ? HUGE_VAL : strtod(sample->bound, &end);
	if (sample->bound[0] == '\0' || (end != NULL && *end != '\0')) {
		return fail(reader, "a bucket without a bound");
	}
	if (!is_first && strcmp(reader->open, sample->labels) != 0) {
		return fail(reader, "a histogram within another");
	}
	if (!is_first && (bound <= reader->last_bound || sample->value < reader->last_count)) {
		return fail(reader, "buckets that do not ascend");
	}
	if (is_first) {
		snprintf(reader->open, sizeof(reader->open), "%s", sample->labels);
		reader->is_open = true;
		reader->has_sum = false;
	}
	reader->last_bound = bound;
	reader->last_count = sample->value;
	reader->infinite_count = is_infinite ? sample->value : -1;
	return true;
}

static bool take_of_histogram(struct reader *reader, const struct sample *sample) {
	const char *suffix = sample->name + strlen(reader->family);
	if (strcmp(suffix, "_bucket") == 0) {
		return take_bucket(reader, sample);
	}
	if (!reader->is_open || strcmp(reader->open, sample->labels) != 0 ||
		sample->bound[0] != '\0' || reader->infinite_count < 0) {
		return fail(reader, "a sum or count without all its buckets");
	}
	if (strcmp(suffix, "_sum") == 0) {
		reader->has_sum = true;
		return true;
	}
	reader->is_open = false;
	return strcmp(suffix, "_count") == 0 && reader->has_sum &&
			sample->value == reader->infinite_count
		? true
		: fail(reader, "a count that its buckets do not have");
}

static bool take(struct reader *reader, const struct sample *sample) {
	bool is_histogram = strcmp(reader->type, "histogram") == 0;
	size_t family = strlen(reader->family);
	bool is_of_family = family > 0 && !reader->has_help &&
		strncmp(sample->name, reader->family, family) == 0 &&
		(is_histogram || sample->name[family] == '\0');
	if (!is_of_family) {
		return fail(reader, "a sample outside its family");
	}
	if (json_object_get(reader->series, sample->whole) != NULL) {
		return fail(reader, "a series comes twice");
	}
	if (strcmp(reader->type, "gauge") != 0 && sample->value < 0) {
		return fail(reader, "a count below 0");
	}
	if (!is_histogram && sample->bound[0] != '\0') {
		return fail(reader, "a bound outside a histogram");
	}
	json_object_set_new(reader->series, sample->whole, json_real(sample->value));
	return !is_histogram || take_of_histogram(reader, sample);
}

static bool read_line(struct reader *reader) {
	struct sample sample;
	bool is_read = *reader->at == '#' ? read_comment(reader)
					  : read_sample(reader, &sample) && take(reader, &sample);
	return is_read && read_char(reader, '\n', "something behind the value");
}

json_t *exposition_read(const char *text, char error[EXPOSITION_ERROR_SIZE]) {
	struct reader reader = {.at = text, .types = json_object(), .series = json_object()};
	const char *line = text;
	while (*reader.at != '\0' && read_line(&reader)) {
		line = reader.at;
	}
	if (reader.why == NULL && (reader.is_open || reader.has_help)) {
		fail(&reader, "a family without its end");
	}
	if (reader.why == NULL) {
		return json_pack("{s:o,s:o}", "types", reader.types, "series", reader.series);
	}
	snprintf(error, EXPOSITION_ERROR_SIZE, "%s: %.*s", reader.why,
		(int)(strcspn(line, "\n") < 160 ? strcspn(line, "\n") : 160), line);
	json_decref(reader.types);
	json_decref(reader.series);
	return NULL;
}
