/*
 * The client's metrics, all of them: what happens is counted here, when it happens; what is so is
 * read when somebody asks for the metrics (watch_gauges.c). Labels are bounded: steps and statuses.
 */
#include "hubspot/inside.h"

#include "base/memory.h"
#include "base/metric.h"

enum { LABELS_SIZE = 192, CALLERS_MAX = 100, CALL_PARTS = 1000000 };

const char *const STEP_NAMES[] = {
	[STEP_READ] = "read",
	[STEP_SEARCH] = "search",
	[STEP_CREATE] = "create",
	[STEP_UPDATE] = "update",
	[STEP_UPSERT] = "upsert",
	[STEP_ARCHIVE] = "archive",
	[STEP_LINK] = "link",
	[STEP_UNLINK] = "unlink",
	[STEP_RAW] = "raw",
	[STEP_COUNT] = NULL,
};

/* ---- the families ---- */

/* Any other status, then the reasons why there was none. */
static const char *const STATUSES[] = {"200", "201", "202", "204", "207", "400", "401", "403",
	"404", "405", "409", "413", "414", "415", "422", "423", "429", "477", "500", "502", "503",
	"504", "507", "521", "522", "523", "524", "525", "526", "other", "timeout", "broken",
	"not_sent", "unsafe", NULL};
enum {
	STATUS_UNSAFE = sizeof(STATUSES) / sizeof(STATUSES[0]) - 2,
	STATUS_NOT_SENT = STATUS_UNSAFE - 1,
	STATUS_BROKEN = STATUS_UNSAFE - 2,
	STATUS_TIMEOUT = STATUS_UNSAFE - 3,
	STATUS_OTHER = STATUS_UNSAFE - 4
};

enum row_end_kind { ROW_DONE, ROW_AGAIN, ROW_APART, ROW_LOOK_UP, ROW_REFUSED, ROW_GAVE_UP };
static const char *const ROW_ENDS[] = {[ROW_DONE] = "done",
	[ROW_AGAIN] = "again",
	[ROW_APART] = "apart",
	[ROW_LOOK_UP] = "look_up",
	[ROW_REFUSED] = "refused",
	[ROW_GAVE_UP] = "gave_up",
	[ROW_GAVE_UP + 1] = NULL};

static const int64_t BOUNDS_MS[] = {
	10, 25, 50, 100, 200, 400, 800, 1500, 3000, 5000, 8000, 15000, 0};
static const int64_t BOUNDS_ROWS[] = {1, 2, 5, 10, 25, 50, 75, 99, 100, 0};

static const struct metric_family CALLS = {.type = METRIC_COUNTER,
	.name = "connector_hubspot_calls_total",
	.help = "Calls to HubSpot by step and by status, or why there was none",
	.label = "status",
	.values = STATUSES};
static const struct metric_family DURATION = {.type = METRIC_HISTOGRAM,
	.name = "connector_hubspot_call_duration_seconds",
	.help = "From sending a call to the end of its reply",
	.decimals = 3,
	.bounds = BOUNDS_MS};
static const struct metric_family FILL = {.type = METRIC_HISTOGRAM,
	.name = "connector_hubspot_call_rows",
	.help = "Rows in the request of a call; equal reads share one",
	.bounds = BOUNDS_ROWS};
static const struct metric_family ROWS = {.type = METRIC_COUNTER,
	.name = "connector_hubspot_rows_total",
	.help = "Rows that calls have carried, by step and by what became of them",
	.label = "end",
	.values = ROW_ENDS};
static const struct metric_family RETRIES = {.type = METRIC_COUNTER,
	.name = "connector_hubspot_retries_total",
	.help = "Calls that carried a row which an earlier call had carried in vain",
	.label = "step",
	.values = STEP_NAMES};

/* A caller's rows, and what of HubSpot's quota they were worth. */
static const struct metric_family CALLER_ROWS = {.type = METRIC_COUNTER,
	.name = "connector_hubspot_caller_rows_total",
	.help = "Rows that calls have carried, by caller"};
static const struct metric_family CALLER_CALLS = {.type = METRIC_COUNTER,
	.name = "connector_hubspot_caller_calls_total",
	.help = "Calls to HubSpot by caller; one that several share counts in parts",
	.decimals = 6};

struct watch {
	struct gauges *gauges;
	struct metric *calls[STEP_COUNT], *duration[STEP_COUNT], *fill[STEP_COUNT],
		*rows[STEP_COUNT];
	struct metric *retries, *late;
	char *callers[CALLERS_MAX]; /* who have labels of their own */
	size_t caller_count;
};

/* ---- what happens ---- */

static size_t status_of(const struct call *call) {
	static const size_t WHY[] = {[CALL_NOT_SENT] = STATUS_NOT_SENT,
		[CALL_UNKNOWN] = STATUS_BROKEN,
		[CALL_UNSAFE] = STATUS_UNSAFE};
	if (call->end != CALL_ANSWERED) {
		return call->is_timeout ? STATUS_TIMEOUT : WHY[call->end];
	}
	char text[16];
	size_t i = 0;
	snprintf(text, sizeof(text), "%d", call->status);
	while (i < STATUS_OTHER && strcmp(STATUSES[i], text) != 0) {
		i++;
	}
	return i;
}

static bool has_repeated_row(const struct call *call) {
	list_for_each (row, &call->rows, struct operation, link) {
		if (row->tries > 1) {
			return true;
		}
	}
	return false;
}

void watch_call(const struct call *call) {
	struct watch *watch = call->client->watch;
	const struct operation *first = list_first(&call->rows, struct operation, link);
	metric_add_at(watch->calls[first->step], status_of(call), 1);
	metric_observe(watch->duration[first->step], (int64_t)(call->ended_ms - call->sent_ms));
	metric_observe(watch->fill[first->step], (int64_t)call->input_count);
	metric_add_at(watch->retries, first->step, has_repeated_row(call));
}

static enum row_end_kind kind_of(const struct ending *ending) {
	if (ending->is_look_up) {
		return ROW_LOOK_UP;
	}
	switch (ending->failure) {
	case HUBSPOT_OK:
		return ROW_DONE;
	case HUBSPOT_INVALID:
	case HUBSPOT_NOT_FOUND:
	case HUBSPOT_CONFLICT:
	case HUBSPOT_AMBIGUOUS:
		return ROW_REFUSED;
	default:
		return ROW_GAVE_UP;
	}
}

static void count_row(const struct operation *row, enum row_end_kind kind) {
	metric_add_at(row->client->watch->rows[row->step], kind, 1);
}

void watch_row_ended(const struct operation *row) {
	count_row(row, kind_of(&row->ending));
}

void watch_row_again(const struct operation *row) {
	count_row(row, ROW_AGAIN);
}

void watch_row_apart(const struct operation *row) {
	count_row(row, ROW_APART);
}

/* ---- callers ---- */

static struct caller_metrics metrics_of(const char *name) {
	char labels[LABELS_SIZE];
	int length = snprintf(labels, sizeof(labels), "caller=\"%s\"", name);
	if (length < 0 || (size_t)length >= sizeof(labels)) {
		return (struct caller_metrics){NULL, NULL};
	}
	return (struct caller_metrics){
		metric_make_of(&CALLER_ROWS, labels), metric_make_of(&CALLER_CALLS, labels)};
}

static bool has_label(struct watch *watch, const char *name) {
	for (size_t i = 0; i < watch->caller_count; i++) {
		if (strcmp(watch->callers[i], name) == 0) {
			return true;
		}
	}
	if (watch->caller_count == CALLERS_MAX) {
		return false;
	}
	watch->callers[watch->caller_count++] = must_strdup(name);
	return true;
}

/* A name that no label can hold is one of the others, too. */
struct caller_metrics watch_caller(struct watch *watch, const char *name) {
	struct caller_metrics metrics = {NULL, NULL};
	if (has_label(watch, name)) {
		metrics = metrics_of(*name != '\0' ? name : "none");
	}
	return metrics.rows != NULL ? metrics : metrics_of("other");
}

void watch_sent(const struct caller_metrics *caller, size_t leading) {
	metric_add(caller->rows, 1);
	metric_add(caller->calls, leading > 0 ? CALL_PARTS / (int64_t)leading : 0);
}

void watch_late(const struct operation *operation) {
	metric_add(operation->client->watch->late, 1);
}

/* ---- life ---- */

static void make_steps(struct watch *watch) {
	for (size_t i = 0; i < STEP_COUNT; i++) {
		char labels[LABELS_SIZE];
		snprintf(labels, sizeof(labels), "step=\"%s\"", STEP_NAMES[i]);
		watch->calls[i] = metric_make_of(&CALLS, labels);
		watch->duration[i] = metric_make_of(&DURATION, labels);
		watch->fill[i] = metric_make_of(&FILL, labels);
		watch->rows[i] = metric_make_of(&ROWS, labels);
	}
}

struct watch *watch_create(struct hubspot *client) {
	struct watch *watch = must_calloc(1, sizeof(*watch));
	make_steps(watch);
	watch->retries = metric_make_of(&RETRIES, NULL);
	watch->late = metric_make(METRIC_COUNTER, "connector_hubspot_late_results_total", NULL,
		"Operations whose end came after their caller had been answered");
	watch->gauges = gauges_create(client);
	return watch;
}

void watch_destroy(struct watch *watch) {
	if (watch != NULL) {
		gauges_destroy(watch->gauges);
		for (size_t i = 0; i < watch->caller_count; i++) {
			free(watch->callers[i]);
		}
		free(watch);
	}
}
