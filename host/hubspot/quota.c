/*
 * What HubSpot's replies say of our share in ten seconds, and of the day.
 *
 * Others may use the same token. HubSpot says how many calls it has counted, and we know the most
 * that can have been ours: what is over is surely theirs. So that estimate rises at once; it falls
 * by half in five seconds, because others come back. It errs to the low side by just the calls of
 * ours that are held and not counted, so estimate and slots together stay within HubSpot's maximum.
 *
 * A 429 that neither explains means that others are faster than we can see, or that HubSpot's
 * window is coarser than it says: slots are held longer from then on, for a while.
 */
#include "hubspot/limit.h"

#include "base/log.h"

enum {
	DEFAULT_MAX = 100,
	SANE_MAX = 10000, /* a header that says more is not believed */
	LONGEST_WINDOW_MS = 60000,
	PERIOD_MS = 100, /* in which the estimate falls once at most */
	FALL_MS = 7200,  /* to a part of 1/e */
	FOREIGN_MARGIN = 2,
	LEAST_PART = 20, /* is ours, whatever others do: else we would not see them go */
	GUARD_STEP_MS = 250,
	GUARD_MOST_MS = 1500,
	GUARD_FALL_MS = 50,
	GUARD_QUIET_MS = 600000,
	DAY_SHORT_PERCENT = 5,
	DAY_PROBE_MS = 300000,
};

void quota_init(struct quota *quota, uint32_t ceiling) {
	*quota = (struct quota){.ceiling = ceiling,
		.max = ceiling != 0 ? ceiling : DEFAULT_MAX,
		.window_ms = LIMIT_WINDOW_MS,
		.daily_max = -1,
		.daily_remaining = -1};
}

/* ---- our share ---- */

static uint32_t foreign_calls(const struct quota *quota) {
	return (uint32_t)(quota->foreign + 0.999);
}

uint32_t quota_max(const struct quota *quota) {
	return quota->ceiling != 0 && quota->ceiling < quota->max ? quota->ceiling : quota->max;
}

uint32_t quota_calls(const struct quota *quota, uint64_t now_ms) {
	uint32_t foreign = foreign_calls(quota) > 0 ? foreign_calls(quota) + FOREIGN_MARGIN : 0;
	uint32_t least = quota->max / LEAST_PART > 0 ? quota->max / LEAST_PART : 1;
	uint32_t calls = foreign + least < quota->max ? quota->max - foreign : least;
	if (now_ms < quota->others_until_ms && calls > quota->max - quota->others) {
		calls = quota->max - quota->others;
	}
	return calls < quota_max(quota) ? calls : quota_max(quota);
}

uint64_t quota_window_ms(struct quota *quota, uint64_t now_ms) {
	uint64_t times = (now_ms - quota->guard_since_ms) / GUARD_QUIET_MS;
	if (quota->guard_ms > 0 && times > 0) {
		uint64_t fall_ms = times * GUARD_FALL_MS;
		quota->guard_ms -= fall_ms < quota->guard_ms ? (uint32_t)fall_ms : quota->guard_ms;
		quota->guard_since_ms = now_ms;
	}
	return quota->window_ms + quota->guard_ms;
}

/* What is left of 1 after so long: a half after 5 s. */
static double left_after(uint64_t passed_ms) {
	double left = FALL_MS / (double)(FALL_MS + passed_ms / 8);
	left *= left;
	left *= left;
	return left * left;
}

/* Replies overtake each other, so one that says less counts for little. */
static void see_foreign(struct quota *quota, uint64_t now_ms, uint32_t used, uint32_t ours) {
	double seen = used > ours ? used - ours : 0;
	uint64_t passed_ms = now_ms - quota->foreign_since_ms;
	if (seen < quota->foreign && passed_ms < PERIOD_MS) {
		return;
	}
	quota->foreign = seen < quota->foreign
		? seen + (quota->foreign - seen) * left_after(passed_ms)
		: seen;
	quota->foreign = quota->foreign < 0.5 ? 0 : quota->foreign;
	quota->foreign_since_ms = now_ms;
}

/* A window shorter than documented is not believed: too long costs speed, too short a 429. */
static void learn_max(struct quota *quota, const struct call_headers *headers) {
	quota->max = (uint32_t)headers->rate_max;
	quota->others = quota->others < quota->max ? quota->others : quota->max;
	if (headers->rate_interval_ms > (int64_t)quota->window_ms &&
		headers->rate_interval_ms <= LONGEST_WINDOW_MS) {
		quota->window_ms = (uint64_t)headers->rate_interval_ms;
	}
}

static bool tells_used(const struct call_headers *headers) {
	return headers->rate_remaining >= 0 && headers->rate_remaining <= headers->rate_max;
}

bool quota_learn(
	struct quota *quota, uint64_t now_ms, const struct call_headers *headers, uint32_t ours) {
	if (headers->rate_max < 1 || headers->rate_max > SANE_MAX) {
		return false;
	}
	learn_max(quota, headers);
	if (tells_used(headers)) {
		see_foreign(quota, now_ms, (uint32_t)(headers->rate_max - headers->rate_remaining),
			ours);
	}
	return true;
}

void quota_begin(
	struct quota *quota, uint64_t now_ms, const struct call_headers *headers, uint32_t ours) {
	int64_t used = headers->rate_max - headers->rate_remaining;
	if (tells_used(headers) && used > ours) {
		quota->others = (uint32_t)(used - ours);
		quota->others_until_ms = now_ms + quota->window_ms + 1;
	}
}

/* Calls that were under way together are refused together, and move the guard once. */
void quota_refused(struct quota *quota, uint64_t now_ms, uint64_t sent_ms, uint32_t ours) {
	uint32_t others = now_ms < quota->others_until_ms ? quota->others : 0;
	uint32_t theirs = others > foreign_calls(quota) ? others : foreign_calls(quota);
	if (ours + theirs < quota->max) {
		quota->impossible++;
		if (quota->guard_ms < GUARD_MOST_MS &&
			(quota->guard_ms == 0 || sent_ms >= quota->guard_since_ms)) {
			quota->guard_ms += GUARD_STEP_MS;
			quota->guard_ms =
				quota->guard_ms < GUARD_MOST_MS ? quota->guard_ms : GUARD_MOST_MS;
		}
		quota->guard_since_ms = now_ms;
		LOG_WARN("hubspot's limit was met unexpectedly", log_uint("ours", ours),
			log_uint("others", theirs), log_uint("max", quota->max),
			log_uint("guard_ms", quota->guard_ms));
	}
	see_foreign(quota, now_ms, quota->max, ours);
}

/* ---- the day ---- */

static bool tells_day(const struct call_headers *headers) {
	return headers->daily_max >= 1 && headers->daily_remaining >= 0 &&
		headers->daily_remaining <= headers->daily_max;
}

static void note_day(struct quota *quota, const struct call_headers *headers) {
	quota->daily_max = headers->daily_max;
	quota->daily_remaining = headers->daily_remaining;
	bool is_short = headers->daily_remaining < headers->daily_max / 100 * DAY_SHORT_PERCENT;
	if (is_short && !quota->is_day_short) {
		LOG_WARN("hubspot's daily limit is near",
			log_int("remaining", headers->daily_remaining),
			log_int("max", headers->daily_max));
	}
	quota->is_day_short = is_short;
}

static void end_day(struct quota *quota, uint64_t now_ms, double random) {
	if (!quota->is_day_over) {
		LOG_ERROR("hubspot's daily limit is used up", log_int("max", quota->daily_max));
	}
	quota->is_day_over = true;
	quota->probe_ms =
		now_ms + DAY_PROBE_MS * 8 / 10 + (uint64_t)(random * DAY_PROBE_MS * 4 / 10);
}

/* Only a call sent since then can say that the day is not over, or that a new one has begun. */
void quota_learn_day(struct quota *quota, uint64_t now_ms, uint64_t sent_ms, int status,
	const struct call_headers *headers, bool is_refused, double random) {
	bool has_more = status < 500 && status != 429, has_none = is_refused;
	if (tells_day(headers)) {
		note_day(quota, headers);
		has_more = headers->daily_remaining > 0 && !is_refused;
		has_none = !has_more;
	}
	if (has_none) {
		end_day(quota, now_ms, random);
	} else if (quota->is_day_over && has_more && sent_ms >= quota->probe_ms) {
		quota->is_day_over = false;
		LOG_INFO("hubspot's daily limit is free again");
	}
}
