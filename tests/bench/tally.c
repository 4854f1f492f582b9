#include "load.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void note(struct latencies *latencies, uint64_t ns) {
	if (latencies->count == latencies->room) {
		size_t room = latencies->room * 2 + 4096;
		uint32_t *us = realloc(latencies->us, room * sizeof(*us));
		if (us == NULL) {
			fprintf(stderr, "load: out of memory\n");
			exit(1);
		}
		latencies->us = us;
		latencies->room = room;
	}
	uint64_t us = ns / 1000;
	latencies->us[latencies->count++] = us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

void tally_reply(
	struct tally *tally, enum verdict verdict, const struct reply *reply, uint64_t latency_ns) {
	tally->by_status[reply->status]++;
	switch (verdict) {
	case REPLY_GOOD:
		tally->good++;
		note(&tally->good_us, latency_ns);
		break;
	case REPLY_REFUSED:
		tally->refused++;
		tally->without_retry_after += reply->retry_after_s < 0;
		note(&tally->refused_us, latency_ns);
		break;
	case REPLY_FAILED:
		tally->failed++;
		break;
	case REPLY_WRONG:
		tally->wrong++;
		break;
	}
}

static int compare(const void *a, const void *b) {
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static double quantile_ms(const struct latencies *latencies, double q) {
	size_t at = (size_t)(q * (double)(latencies->count - 1) + 0.5);
	return latencies->us[at] / 1000.0;
}

static json_t *show_latencies(struct latencies *latencies) {
	if (latencies->count == 0) {
		return json_null();
	}
	qsort(latencies->us, latencies->count, sizeof(*latencies->us), compare);
	return json_pack("{s:f,s:f,s:f,s:f}", "p50", quantile_ms(latencies, 0.5), "p95",
		quantile_ms(latencies, 0.95), "p99", quantile_ms(latencies, 0.99), "max",
		quantile_ms(latencies, 1));
}

static json_t *show_statuses(const struct tally *tally) {
	json_t *statuses = json_object();
	for (int i = 0; i < 600; i++) {
		if (tally->by_status[i] > 0) {
			char name[8];
			snprintf(name, sizeof(name), "%d", i);
			json_object_set_new(
				statuses, name, json_integer((json_int_t)tally->by_status[i]));
		}
	}
	return statuses;
}

json_t *tally_show(struct tally *tally) {
	double seconds = (double)(tally->to_ns - tally->from_ns) / 1e9;
	double cpu = (double)(tally->cpu_to_us - tally->cpu_from_us);
	json_t *shown = json_pack("{s:f,s:I,s:f,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o}", "seconds",
		seconds, "good", (json_int_t)tally->good, "per_second",
		seconds > 0 ? (double)tally->good / seconds : 0.0, "refused",
		(json_int_t)tally->refused, "failed", (json_int_t)tally->failed, "wrong",
		(json_int_t)tally->wrong, "lost", (json_int_t)tally->lost, "timed_out",
		(json_int_t)tally->timed_out, "without_retry_after",
		(json_int_t)tally->without_retry_after, "by_status", show_statuses(tally), "ms",
		show_latencies(&tally->good_us), "refused_ms", show_latencies(&tally->refused_us));
	if (cpu > 0 && seconds > 0) {
		json_object_set_new(shown, "cpu_share", json_real(cpu / seconds / 1e6));
		json_object_set_new(shown, "cpu_us_per_record",
			tally->good > 0 ? json_real(cpu / (double)tally->good) : json_null());
	}
	return shown;
}

void tally_finish(struct tally *tally) {
	free(tally->good_us.us);
	free(tally->refused_us.us);
}

uint64_t cpu_us(pid_t pid) {
	char path[64], text[1024];
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	FILE *file = pid == 0 ? NULL : fopen(path, "r");
	if (file == NULL) {
		return 0;
	}
	size_t length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	/* The name may hold anything, so fields are counted from its closing parenthesis on. */
	const char *at = strrchr(text, ')');
	uint64_t user = 0, kernel = 0;
	if (at == NULL ||
		sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
			&user, &kernel) != 2) {
		return 0;
	}
	return (user + kernel) * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK);
}
