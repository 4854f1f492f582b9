/*
 * A true rolling window: each granted call leaves a stamp, and counts until
 * WINDOW_MS after it. The ring holds as many stamps as the limit allows, so a
 * full ring whose oldest stamp still counts is a refusal. A refused call leaves
 * no stamp, but is counted for the day.
 */
#include "inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DAY_MS = 86400000,
	ZONE_MS = 14400000,
	LOCK_MS = 2000
}; /* the account's midnight is 04:00 UTC */

static bool resize(struct window *window, uint32_t capacity) {
	uint64_t *stamps = calloc(capacity, sizeof(*stamps));
	if (stamps == NULL) {
		return false;
	}
	uint32_t kept = window->count < capacity ? window->count : capacity;
	uint32_t skipped = window->count - kept;
	for (uint32_t i = 0; i < kept; i++) {
		stamps[i] = window->stamps[(window->first + skipped + i) % window->capacity];
	}
	free(window->stamps);
	window->stamps = stamps;
	window->capacity = capacity;
	window->first = 0;
	window->count = kept;
	return true;
}

/* The window of `token`; a new one takes the place of the emptiest when there
 * are too many. */
static struct window *window_of(struct limit *limit, uint64_t token) {
	struct window *emptiest = &limit->windows[0];
	for (size_t i = 0; i < limit->window_count; i++) {
		if (limit->windows[i].token == token) {
			return &limit->windows[i];
		}
		if (limit->windows[i].count < emptiest->count) {
			emptiest = &limit->windows[i];
		}
	}
	if (limit->window_count < WINDOWS_MAX) {
		emptiest = &limit->windows[limit->window_count++];
	}
	emptiest->token = token;
	emptiest->count = 0;
	return emptiest;
}

static void forget_old(struct window *window, uint64_t now_ms) {
	while (window->count > 0 && window->stamps[window->first] + WINDOW_MS <= now_ms) {
		window->first = (window->first + 1) % window->capacity;
		window->count--;
	}
}

static bool take_burst(struct limit *limit, uint64_t token, uint64_t now_ms) {
	struct window *window = window_of(limit, token);
	if (window->capacity != limit->burst && !resize(window, limit->burst)) {
		return true;
	}
	forget_old(window, now_ms);
	if (window->count == window->capacity) {
		return false;
	}
	window->stamps[(window->first + window->count++) % window->capacity] = now_ms;
	return true;
}

static uint64_t day_of(uint64_t wall_ms) {
	return wall_ms < ZONE_MS ? 0 : (wall_ms - ZONE_MS) / DAY_MS;
}

uint64_t model_limit_resets_at_ms(uint64_t wall_ms) {
	return (day_of(wall_ms) + 1) * DAY_MS + ZONE_MS;
}

/* Five searches in any second; a refused one counts for nothing but the day. */
static bool take_search(struct limit *limit, uint64_t now_ms) {
	size_t kept = 0;
	for (size_t i = 0; i < limit->search_count; i++) {
		if (limit->searches[i] + 1000 > now_ms) {
			limit->searches[kept++] = limit->searches[i];
		}
	}
	limit->search_count = kept;
	if (kept >= limit->search) {
		return false;
	}
	limit->searches[limit->search_count++] = now_ms;
	return true;
}

static bool is_search(const struct call *call) {
	return call->route != NULL && (call->route->flags & ROUTE_SEARCH) != 0;
}

bool model_limit_upserts(struct call *call, size_t rows) {
	struct limit *limit = &call->model->limit;
	uint32_t most = call->model->modes.write_lock;
	if (most == 0) {
		return true;
	}
	if (call->now_ms < limit->locked_until_ms) {
		return false;
	}
	if (limit->upserts_since_ms + 1000 <= call->now_ms) {
		limit->upserts_since_ms = call->now_ms;
		limit->upserts = 0;
	}
	limit->upserts += (uint32_t)rows;
	if (limit->upserts > most) {
		limit->locked_until_ms = call->now_ms + LOCK_MS;
		limit->upserts = 0;
	}
	return limit->locked_until_ms <= call->now_ms;
}

enum verdict model_limit_take(struct call *call) {
	struct limit *limit = &call->model->limit;
	uint64_t today = day_of(call->model->wall_ms);
	if (limit->day != today) {
		limit->day = today;
		limit->daily_used = 0;
	}
	if (limit->daily_used >= limit->daily) {
		return LIMIT_DAILY;
	}
	limit->daily_used++;
	if (is_search(call)) {
		bool is_on = limit->burst > 0 && limit->search > 0;
		return !is_on || take_search(limit, call->now_ms) ? LIMIT_GRANTED : LIMIT_SECONDLY;
	}
	bool is_granted = limit->burst == 0 || take_burst(limit, call->token, call->now_ms);
	return is_granted ? LIMIT_GRANTED : LIMIT_BURST;
}

static void number_header(struct call *call, const char *name, uint32_t number) {
	char text[16];
	snprintf(text, sizeof(text), "%" PRIu32, number);
	model_reply_header(call, name, text);
}

static uint32_t in_last_second(const struct window *window, uint64_t now_ms) {
	uint32_t calls = 0;
	while (calls < window->count) {
		uint32_t place = (window->first + window->count - 1 - calls) % window->capacity;
		if (window->stamps[place] + 1000 <= now_ms) {
			break;
		}
		calls++;
	}
	return calls;
}

static void burst_headers(struct call *call) {
	struct limit *limit = &call->model->limit;
	struct window *window = window_of(limit, call->token);
	forget_old(window, call->now_ms);
	uint32_t secondly = limit->burst / 10;
	uint32_t used = in_last_second(window, call->now_ms);
	uint32_t left = window->count < limit->burst ? limit->burst - window->count : 0;
	number_header(call, "X-HubSpot-RateLimit-Max", limit->burst);
	number_header(call, "X-HubSpot-RateLimit-Remaining", left);
	number_header(call, "X-HubSpot-RateLimit-Interval-Milliseconds", WINDOW_MS);
	number_header(call, "X-HubSpot-RateLimit-Secondly", secondly);
	number_header(call, "X-HubSpot-RateLimit-Secondly-Remaining",
		used < secondly ? secondly - used : 0);
}

void model_limit_headers(struct call *call) {
	struct limit *limit = &call->model->limit;
	bool is_hidden = call->model->modes.hides_rate_headers ||
		(call->has_fault && call->fault.kind.how == HOW_NO_RATE_HEADERS);
	if (is_hidden || is_search(call)) {
		return;
	}
	if (limit->burst > 0) {
		burst_headers(call);
	}
	uint32_t left = limit->daily_used < limit->daily ? limit->daily - limit->daily_used : 0;
	number_header(call, "X-HubSpot-RateLimit-Daily", limit->daily);
	number_header(call, "X-HubSpot-RateLimit-Daily-Remaining", left);
}

void model_limit_set_burst(struct limit *limit, uint32_t burst) {
	limit->burst = burst;
	if (burst == 0) {
		for (size_t i = 0; i < limit->window_count; i++) {
			limit->windows[i].count = 0;
		}
	}
}

void model_limit_finish(struct limit *limit) {
	for (size_t i = 0; i < limit->window_count; i++) {
		free(limit->windows[i].stamps);
	}
	memset(limit, 0, sizeof(*limit));
}
