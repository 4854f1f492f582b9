#include "base/metric.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

enum { NUMBER_SIZE = 32 };

/* Its metrics stand together, as the format wants it. */
struct family {
	struct list link;
	struct metric_family shape; /* name and help are our own */
	size_t bound_count;
	size_t cell_count; /* of a histogram: its buckets, one without a bound, the sum */
	struct list metrics;
	json_t *by_labels; /* their addresses, as numbers */
};

struct metric {
	struct list link;
	const struct family *family;
	char *labels;
	_Atomic int64_t cells[];
};

static struct list families = {&families, &families};
static struct list readers = {&readers, &readers};

/* ---- making ---- */

static bool is_name(const char *name) {
	return *name != '\0' &&
		strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(name) &&
		strchr("0123456789", name[0]) == NULL;
}

/* name="value" pairs, with commas between; values are plain, nothing in them needs an escape. */
static bool are_labels(const char *labels) {
	const char *at = labels;
	while (true) {
		size_t name = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789_");
		if (name == 0 || strchr("0123456789", *at) != NULL || at[name] != '=' ||
			at[name + 1] != '"') {
			return false;
		}
		at += name + 2;
		at += strcspn(at, "\"\n\\");
		if (*at++ != '"') {
			return false;
		}
		if (*at != ',') {
			return *at == '\0';
		}
		at++;
	}
}

static size_t count_bounds(const int64_t *bounds) {
	size_t count = 0;
	while (bounds != NULL && bounds[count] != 0) {
		count++;
	}
	return count;
}

static size_t count_cells(const struct metric_family *shape) {
	size_t count = 0;
	if (shape->type == METRIC_HISTOGRAM) {
		return count_bounds(shape->bounds) + 2;
	}
	while (shape->label != NULL && shape->values[count] != NULL) {
		count++;
	}
	return shape->label != NULL ? count : 1;
}

static bool is_same_shape(const struct metric_family *a, const struct metric_family *b) {
	return a->type == b->type && a->decimals == b->decimals && a->bounds == b->bounds &&
		a->values == b->values && str_is_equal(a->label, b->label);
}

static struct family *find_family(const char *name) {
	list_for_each (family, &families, struct family, link) {
		if (str_is_equal(family->shape.name, name)) {
			return family;
		}
	}
	return NULL;
}

/* Is `line` one of those that a histogram of this name is told in? */
static bool is_line_of(const char *line, const char *histogram) {
	static const char *const SUFFIXES[] = {"_bucket", "_sum", "_count"};
	size_t length = strlen(histogram);
	for (size_t i = 0; i < sizeof(SUFFIXES) / sizeof(SUFFIXES[0]); i++) {
		if (strncmp(line, histogram, length) == 0 &&
			str_is_equal(line + length, SUFFIXES[i])) {
			return true;
		}
	}
	return false;
}

static bool would_mix(const struct metric_family *shape) {
	list_for_each (family, &families, struct family, link) {
		const struct metric_family *other = &family->shape;
		if ((shape->type == METRIC_HISTOGRAM && is_line_of(other->name, shape->name)) ||
			(other->type == METRIC_HISTOGRAM && is_line_of(shape->name, other->name))) {
			return true;
		}
	}
	return false;
}

static struct family *make_family(const struct metric_family *shape) {
	struct family *family = must_calloc(1, sizeof(*family));
	family->shape = *shape;
	family->shape.name = must_strdup(shape->name);
	family->shape.help = must_strdup(shape->help);
	family->shape.label = shape->label != NULL ? must_strdup(shape->label) : NULL;
	family->bound_count = count_bounds(shape->bounds);
	family->cell_count = count_cells(shape);
	list_init(&family->metrics);
	family->by_labels = json_object();
	list_append(&families, &family->link);
	return family;
}

/* By its labels; of a family without them there is one. */
static struct metric *find_in(const struct family *family, const char *labels) {
	const json_t *place = json_object_get(family->by_labels, labels != NULL ? labels : "");
	return place != NULL ? (struct metric *)(uintptr_t)json_integer_value(place) : NULL;
}

static struct metric *make_in(struct family *family, const char *labels) {
	struct metric *there = find_in(family, labels);
	if (there != NULL) {
		return there;
	}
	struct metric *metric =
		must_calloc(1, sizeof(*metric) + family->cell_count * sizeof(metric->cells[0]));
	metric->family = family;
	metric->labels = labels != NULL ? must_strdup(labels) : NULL;
	list_append(&family->metrics, &metric->link);
	(void)json_object_set_new_nocheck(family->by_labels, labels != NULL ? labels : "",
		json_integer((json_int_t)(uintptr_t)metric));
	return metric;
}

struct metric *metric_make_of(const struct metric_family *shape, const char *labels) {
	if (!is_name(shape->name) || (labels != NULL && !are_labels(labels)) ||
		strpbrk(shape->help, "\n\\") != NULL) {
		return NULL;
	}
	struct family *family = find_family(shape->name);
	if (family != NULL ? !is_same_shape(&family->shape, shape) : would_mix(shape)) {
		return NULL;
	}
	return make_in(family != NULL ? family : make_family(shape), labels);
}

struct metric *metric_make(
	enum metric_type type, const char *name, const char *labels, const char *help) {
	const struct metric_family shape = {.type = type, .name = name, .help = help};
	return metric_make_of(&shape, labels);
}

/* ---- values ---- */

void metric_add_at(struct metric *metric, size_t cell, int64_t amount) {
	if (metric != NULL && cell < metric->family->cell_count) {
		atomic_fetch_add_explicit(&metric->cells[cell], amount, memory_order_relaxed);
	}
}

void metric_set_at(struct metric *metric, size_t cell, int64_t value) {
	if (metric != NULL && cell < metric->family->cell_count) {
		atomic_store_explicit(&metric->cells[cell], value, memory_order_relaxed);
	}
}

void metric_add(struct metric *metric, int64_t amount) {
	metric_add_at(metric, 0, amount);
}

void metric_set(struct metric *metric, int64_t value) {
	metric_set_at(metric, 0, value);
}

void metric_set_real(struct metric *metric, double value) {
	int64_t bits;
	if (isfinite(value)) {
		memcpy(&bits, &value, sizeof(bits));
		metric_set_at(metric, 0, bits);
	}
}

void metric_observe(struct metric *metric, int64_t value) {
	if (metric == NULL) {
		return;
	}
	const struct family *family = metric->family;
	size_t bucket = 0;
	while (bucket < family->bound_count && value > family->shape.bounds[bucket]) {
		bucket++;
	}
	metric_add_at(metric, bucket, 1);
	metric_add_at(metric, family->bound_count + 1, value);
}

static int64_t cell_value(const struct metric *metric, size_t cell) {
	return atomic_load_explicit(&metric->cells[cell], memory_order_relaxed);
}

int64_t metric_value(const struct metric *metric) {
	return metric != NULL ? cell_value(metric, 0) : 0;
}

/* ---- telling ---- */

void metric_on_render(struct metric_reader *reader, void (*measure)(void *ctx), void *ctx) {
	*reader = (struct metric_reader){.measure = measure, .ctx = ctx};
	list_init(&reader->link);
	list_append(&readers, &reader->link);
}

void metric_off_render(struct metric_reader *reader) {
	list_remove(&reader->link);
}

/* 1500 with 3 decimals: "1.5". */
static const char *number(char text[NUMBER_SIZE], int64_t value, unsigned decimals) {
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	uint64_t unit = 1;
	for (unsigned i = 0; i < decimals; i++) {
		unit *= 10;
	}
	uint64_t rest = size % unit;
	int length = snprintf(text, NUMBER_SIZE, "%s%" PRIu64, value < 0 ? "-" : "", size / unit);
	if (rest > 0) {
		for (; rest % 10 == 0; rest /= 10) {
			decimals--;
		}
		snprintf(text + length, NUMBER_SIZE - (size_t)length, ".%0*" PRIu64, (int)decimals,
			rest);
	}
	return text;
}

/* `label` with `value` comes on top of the metric's own labels; NULL: none does. */
static void add_line(struct buf *to, const struct metric *metric, const char *suffix,
	const char *label, const char *value, const char *amount) {
	const char *labels = metric->labels != NULL ? metric->labels : "";
	bool has_labels = *labels != '\0';
	buf_add_text(to, metric->family->shape.name);
	buf_add_text(to, suffix);
	if (label != NULL) {
		buf_printf(to, "{%s%s%s=\"%s\"}", labels, has_labels ? "," : "", label, value);
	} else if (has_labels) {
		buf_printf(to, "{%s}", labels);
	}
	buf_printf(to, " %s\n", amount);
}

static void add_histogram(struct buf *to, const struct metric *metric) {
	const struct family *family = metric->family;
	char bound[NUMBER_SIZE] = "", amount[NUMBER_SIZE];
	int64_t count = 0;
	for (size_t i = 0; i < family->bound_count; i++) {
		number(bound, family->shape.bounds[i], family->shape.decimals);
		count += cell_value(metric, i);
		add_line(to, metric, "_bucket", "le", bound, number(amount, count, 0));
	}
	count += cell_value(metric, family->bound_count);
	add_line(to, metric, "_bucket", "le", "+Inf", number(amount, count, 0));
	number(amount, cell_value(metric, family->bound_count + 1), family->shape.decimals);
	add_line(to, metric, "_sum", NULL, NULL, amount);
	add_line(to, metric, "_count", NULL, NULL, number(amount, count, 0));
}

/* The shortest text that reads back the same. */
static void add_real(struct buf *to, const struct metric *metric) {
	char amount[NUMBER_SIZE];
	int64_t bits = cell_value(metric, 0);
	double value;
	memcpy(&value, &bits, sizeof(value));
	snprintf(amount, sizeof(amount), "%.*g", json_real_digits(value), value);
	add_line(to, metric, "", NULL, NULL, amount);
}

static void add_cells(struct buf *to, const struct metric *metric) {
	const struct metric_family *shape = &metric->family->shape;
	bool is_counter = shape->type == METRIC_COUNTER;
	char amount[NUMBER_SIZE];
	for (size_t i = 0; i < metric->family->cell_count; i++) {
		int64_t value = cell_value(metric, i);
		bool is_unused = is_counter && shape->label != NULL && value == 0;
		if (!is_unused && (is_counter || value != METRIC_UNKNOWN)) {
			add_line(to, metric, "", shape->label,
				shape->label != NULL ? shape->values[i] : NULL,
				number(amount, value, shape->decimals));
		}
	}
}

void metric_render(struct buf *to) {
	static const char *const TYPES[] = {[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
		[METRIC_REAL] = "gauge"};
	list_for_each (reader, &readers, struct metric_reader, link) {
		reader->measure(reader->ctx);
	}
	list_for_each (family, &families, struct family, link) {
		const struct metric_family *shape = &family->shape;
		buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", shape->name, shape->help,
			shape->name, TYPES[shape->type]);
		list_for_each (metric, &family->metrics, struct metric, link) {
			if (shape->type == METRIC_HISTOGRAM) {
				add_histogram(to, metric);
			} else if (shape->type == METRIC_REAL) {
				add_real(to, metric);
			} else {
				add_cells(to, metric);
			}
		}
	}
}
