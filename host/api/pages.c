#include "api/inside.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "http/http.h"

enum { METRICS_BYTES_MAX = 64 * 1024 * 1024 };

static int refuse_memory(struct http_request *request) {
	http_refuse(request,
		&(struct http_problem){.status = 503,
			.code = "out_of_memory",
			.message = "the host is out of memory",
			.is_retryable = true,
			.retry_after_ms = 1000});
	return HTTP_REPLIED;
}

static int reply(struct http_request *request, int status, json_t *body) {
	if (body == NULL) {
		return refuse_memory(request);
	}
	http_reply_header(request, "Cache-Control", "no-store");
	http_reply(request, status, body);
	json_decref(body);
	return HTTP_REPLIED;
}

int pages_health(struct http_request *request, void *ctx) {
	(void)ctx;
	return reply(request, 200, json_pack("{s:s}", "status", "ok"));
}

static const char *status_of(const struct api *api, const struct hubspot_state *state) {
	return api->is_draining           ? "draining"
		: api->is_wrong_account   ? "wrong_account"
		: state->is_token_refused ? "token_refused"
		: !api->is_ready          ? "starting"
		: api->is_held            ? "account_unconfirmed"
					  : "ready";
}

int pages_ready(struct http_request *request, void *ctx) {
	struct api *api = ctx;
	struct hubspot_state state = {.is_up = true};
	if (api->hubspot != NULL) {
		hubspot_state(api->hubspot, &state);
	}
	const char *status = status_of(api, &state);
	bool is_ready = strcmp(status, "ready") == 0;
	/* json_pack: "*" leaves out what is NULL. */
	json_t *body = json_pack("{s:s,s:s*,s:O*,s:o*}", "status", status, "hubspot",
		api->hubspot == NULL  ? NULL
			: state.is_up ? "up"
				      : "down",
		"account", api->account, "missing_scopes", scopes_missing(api));
	return reply(request, is_ready ? 200 : 503, body);
}

/* ---- metrics: those of the process itself; the modules have their own ---- */

/* What Prometheus calls them for every program; a counter here is set, not added to. */
static const struct metric_family FAMILIES[PROCESS_METRICS] = {
	[PROCESS_START] = {.type = METRIC_GAUGE,
		.name = "process_start_time_seconds",
		.help = "When the process started, in seconds since 1970",
		.decimals = 3},
	[PROCESS_CPU] = {.type = METRIC_COUNTER,
		.name = "process_cpu_seconds_total",
		.help = "Processor time used, user and system together",
		.decimals = 6},
	[PROCESS_MEMORY] = {.type = METRIC_GAUGE,
		.name = "process_resident_memory_bytes",
		.help = "Memory in use"},
	[PROCESS_FDS] = {.type = METRIC_GAUGE,
		.name = "process_open_fds",
		.help = "Descriptors that are open"},
	[PROCESS_MAX_FDS] = {.type = METRIC_GAUGE,
		.name = "process_max_fds",
		.help = "Descriptors that may be open"},
	[PROCESS_LOG_LOST] = {.type = METRIC_COUNTER,
		.name = "connector_log_lines_lost_total",
		.help = "Log lines that standard error would not take"},
};

void pages_init(struct api *api) {
	for (size_t i = 0; i < PROCESS_METRICS; i++) {
		api->process[i] = metric_make_of(&FAMILIES[i], NULL);
	}
	metric_set(api->process[PROCESS_START], (int64_t)clock_wall_ms());
}

static int64_t resident_bytes(void) {
	char text[128] = "";
	unsigned long size = 0, resident = 0;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0) {
		close(fd);
	}
	bool is_read = length > 0 && sscanf(text, "%lu %lu", &size, &resident) == 2;
	return is_read ? (int64_t)resident * sysconf(_SC_PAGESIZE) : METRIC_UNKNOWN;
}

static int64_t open_descriptors(void) {
	int64_t count = -3; /* ".", ".." and the folder's own */
	DIR *folder = opendir("/proc/self/fd");
	if (folder == NULL) {
		return METRIC_UNKNOWN;
	}
	while (readdir(folder) != NULL) {
		count++;
	}
	closedir(folder);
	return count;
}

static int64_t in_us(const struct timeval *time) {
	return (int64_t)time->tv_sec * 1000000 + time->tv_usec;
}

static void measure(const struct api *api) {
	struct rusage used;
	struct rlimit descriptors;
	if (getrusage(RUSAGE_SELF, &used) == 0) {
		metric_set(
			api->process[PROCESS_CPU], in_us(&used.ru_utime) + in_us(&used.ru_stime));
	}
	if (getrlimit(RLIMIT_NOFILE, &descriptors) == 0) {
		metric_set(api->process[PROCESS_MAX_FDS], (int64_t)descriptors.rlim_cur);
	}
	metric_set(api->process[PROCESS_MEMORY], resident_bytes());
	metric_set(api->process[PROCESS_FDS], open_descriptors());
	metric_set(api->process[PROCESS_LOG_LOST], (int64_t)log_lost());
}

int pages_metrics(struct http_request *request, void *ctx) {
	const struct api *api = ctx;
	struct buf text;
	measure(api);
	buf_init(&text, METRICS_BYTES_MAX);
	metric_render(&text);
	if (text.is_failed) {
		refuse_memory(request);
	} else {
		http_reply_bytes(request, 200, "text/plain; version=0.0.4; charset=utf-8",
			buf_text(&text), text.length);
	}
	buf_finish(&text);
	return HTTP_REPLIED;
}
