/*
 * base/metric.h - counters, gauges and histograms, and their Prometheus text, layer 0.
 *
 * Metrics are made at start and live as long as the process; the pointer is kept by whoever adds to
 * it, so nothing is looked up later. Adding is lock-free and allowed on any thread, all else is the
 * loop thread's. Values are whole numbers, but those of real gauges; one that is told in seconds is kept in
 * milliseconds or microseconds (`decimals`). Names follow Prometheus: [a-z_]+, the unit in the name, counters end in
 * _total. Labels are bounded: never a record, a path as sent, or another thing a stranger chooses.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/banned.h"
#include "base/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct metric;

enum metric_type { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM,
                   METRIC_REAL }; /* a gauge of any numbers, metric_set_real() alone; it has one cell and no decimals */

/* A gauge of this value is not known, and left out. */
#define METRIC_UNKNOWN INT64_MIN

/* What all metrics of one name have in common. Strings are copied, the two arrays borrowed for good. */
struct metric_family {
	enum metric_type type;
	const char *name;
	const char *help;          /* one line */
	unsigned decimals;         /* how many digits of a value come after its point: 3 for milliseconds told as seconds */
	const int64_t *bounds;     /* HISTOGRAM: of its buckets, ascending, as values are kept; ends in 0 */
	const char *label;         /* or NULL. Each metric has one cell for each of `values`, told by this label; */
	const char *const *values; /* ends in NULL. A counter's cell is left out while nothing was added to it */
};

/*
 * Makes the metric of that family with these labels, or finds it when it was made before with the same family and labels.
 * `labels` is NULL or Prometheus text such as `plugin="contacts"`, copied.
 * Returns NULL for a name or label that Prometheus would not take, for a family that was made otherwise before, and for a
 * name that is one of a histogram's lines, x_bucket, x_sum or x_count.
 */
struct metric *metric_make_of(const struct metric_family *family, const char *labels);

/* The same for a counter or a gauge, real or not, of one cell and no decimals. */
struct metric *metric_make(enum metric_type type, const char *name, const char *labels, const char *help);

/* Adds to a counter or a gauge (to its first cell); NULL is ignored. Any thread. */
void metric_add(struct metric *metric, int64_t amount);

/* Sets a gauge (its first cell); NULL is ignored. Any thread. */
void metric_set(struct metric *metric, int64_t value);

/* Sets a real gauge to a finite number; another one, and NULL, is ignored. Any thread. */
void metric_set_real(struct metric *metric, double value);

/* The same for the cell of values[cell]; one that is not there is ignored. Any thread. */
void metric_add_at(struct metric *metric, size_t cell, int64_t amount);
void metric_set_at(struct metric *metric, size_t cell, int64_t value);

/* Counts one `value`, 0 or more, in its bucket; NULL is ignored. Any thread. */
void metric_observe(struct metric *metric, int64_t value);

/* What a counter or gauge (its first cell, not a real one) stands at; of a histogram, how many values lie in its first bucket. */
int64_t metric_value(const struct metric *metric);

/* ---- telling ---- */

/* For gauges that are read when somebody asks: `measure` runs right before metrics are rendered. */
struct metric_reader {
	struct list link;
	void (*measure)(void *ctx);
	void *ctx;
};

/* Embedded in its owner, who gives it back before it ends. */
void metric_on_render(struct metric_reader *reader, void (*measure)(void *ctx), void *ctx);
void metric_off_render(struct metric_reader *reader);

/* Appends all metrics in Prometheus' text format 0.0.4, each family together. */
void metric_render(struct buf *to);

#endif
