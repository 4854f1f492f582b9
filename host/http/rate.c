#include "http/rate.h"

static uint64_t token(const struct rate *rate) {
	return (uint64_t)rate->seconds * 1000;
}

static uint64_t whole(const struct rate *rate) {
	return token(rate) * rate->requests;
}

/* At the largest rate this is 8.64e13: no product here leaves 64 bits. */
static uint64_t spent_now(const struct bucket *bucket, const struct rate *rate, uint64_t now_ms) {
	uint64_t passed_ms = now_ms > bucket->at_ms ? now_ms - bucket->at_ms : 0;
	if (passed_ms >= token(rate)) {
		return 0; /* a whole period fills any bucket */
	}
	uint64_t back = passed_ms * rate->requests;
	return bucket->spent > back ? bucket->spent - back : 0;
}

static uint64_t until(uint64_t spent, uint64_t wanted, const struct rate *rate) {
	return spent > wanted ? (spent - wanted + rate->requests - 1) / rate->requests : 0;
}

bool bucket_take(struct bucket *bucket, const struct rate *rate, uint64_t now_ms) {
	uint64_t spent = spent_now(bucket, rate, now_ms) + token(rate);
	if (spent > whole(rate)) {
		return false;
	}
	*bucket = (struct bucket){.spent = spent, .at_ms = now_ms};
	return true;
}

uint32_t bucket_left(const struct bucket *bucket, const struct rate *rate, uint64_t now_ms) {
	return (uint32_t)((whole(rate) - spent_now(bucket, rate, now_ms)) / token(rate));
}

uint64_t bucket_wait_ms(const struct bucket *bucket, const struct rate *rate, uint64_t now_ms) {
	return until(spent_now(bucket, rate, now_ms), whole(rate) - token(rate), rate);
}

uint64_t bucket_full_ms(const struct bucket *bucket, const struct rate *rate, uint64_t now_ms) {
	return until(spent_now(bucket, rate, now_ms), 0, rate);
}
