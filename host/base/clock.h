/*
 * base/clock.h - one "now" per turn of the loop, layer 0.
 *
 * clock_now_ms() is monotonic and stands still until clock_update(); the loop calls that once a
 * turn. Everything that decides by time asks here, so a test owns time with clock_set_ms().
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/banned.h"

#include <stdint.h>

/* Milliseconds since some fixed moment, as of the last clock_update(). Loop thread only. */
uint64_t clock_now_ms(void);

/* Reads the monotonic clock, unless a test has taken it over. */
void clock_update(void);

/* Milliseconds right now, past the cache: to measure how long something took. Any thread. */
uint64_t clock_precise_ms(void);

/* Tests: from now on the clock says `now_ms`, until the next call. */
void clock_set_ms(uint64_t now_ms);

/* Wall time in milliseconds since 1970 (UTC): for log lines and for dates that leave the process. */
uint64_t clock_wall_ms(void);

/* Writes `wall_ms` as "2026-09-01T08:30:00.123Z" to `text`, which holds at least CLOCK_ISO_SIZE bytes. */
enum { CLOCK_ISO_SIZE = 32 };
void clock_format_iso(uint64_t wall_ms, char *text);

#endif
