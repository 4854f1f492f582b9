/*
 * base/metric.h - counters and gauges, and their Prometheus text, layer 0.
 *
 * Metrics are made at start and live as long as the process; adding to one is lock-free and allowed
 * on any thread. Names follow Prometheus: [a-z_]+, the unit in the name, counters end in _total.
 */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H

#include "base/banned.h"

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct metric;

enum metric_type { METRIC_COUNTER, METRIC_GAUGE };

/*
 * Makes the metric `name`, or finds it when it was made before with the same type and labels.
 * `labels` is NULL or Prometheus text such as `plugin="contacts"`; `help` is one line. All copied.
 * Returns NULL for a name or label that Prometheus would not take. Loop thread, at start.
 */
struct metric *metric_make(enum metric_type type, const char *name, const char *labels, const char *help);

/* Adds to a counter or a gauge; NULL is ignored. Any thread. */
void metric_add(struct metric *metric, int64_t amount);

/* Sets a gauge; NULL is ignored. Any thread. */
void metric_set(struct metric *metric, int64_t value);

int64_t metric_value(const struct metric *metric);

/* Appends all metrics in Prometheus' text format 0.0.4, each family together. */
void metric_render(struct buf *to);

#endif
