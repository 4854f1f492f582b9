#include "base/clock.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

static uint64_t now_ms;
static bool is_set_by_test;

static uint64_t read_clock(clockid_t id) {
	struct timespec time;
	clock_gettime(id, &time);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

uint64_t clock_now_ms(void) {
	if (now_ms == 0) {
		clock_update();
	}
	return now_ms;
}

void clock_update(void) {
	if (!is_set_by_test) {
		now_ms = read_clock(CLOCK_MONOTONIC);
	}
}

uint64_t clock_precise_ms(void) {
	return is_set_by_test ? now_ms : read_clock(CLOCK_MONOTONIC);
}

void clock_set_ms(uint64_t fixed_ms) {
	is_set_by_test = true;
	now_ms = fixed_ms;
}

uint64_t clock_wall_ms(void) {
	return read_clock(CLOCK_REALTIME);
}

void clock_format_iso(uint64_t wall_ms, char *text) {
	/* Every log line asks; the date changes once a second. */
	static _Thread_local time_t last = -1;
	static _Thread_local char date[CLOCK_ISO_SIZE - 6]; /* room for the year of UINT64_MAX */
	time_t seconds = (time_t)(wall_ms / 1000);
	if (seconds != last) {
		struct tm parts;
		gmtime_r(&seconds, &parts);
		strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &parts);
		last = seconds;
	}
	size_t length = strlen(date);
	unsigned ms = (unsigned)(wall_ms % 1000);
	const char fraction[] = {'.', (char)('0' + ms / 100), (char)('0' + ms / 10 % 10),
		(char)('0' + ms % 10), 'Z', '\0'};
	memcpy(text, date, length);
	memcpy(text + length, fraction, sizeof(fraction));
}
