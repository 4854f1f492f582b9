#include "base/random.h"

#include <sys/random.h>

#include "base/clock.h"

uint32_t random_bits(void) {
	static uint32_t pool[256];
	static size_t left;
	if (left == 0) {
		if (getrandom(pool, sizeof(pool), GRND_NONBLOCK) != sizeof(pool)) {
			static uint32_t count; /* early at boot: no id needs better */
			return (uint32_t)clock_wall_ms() * 2654435761u + ++count * 40503u;
		}
		left = sizeof(pool) / sizeof(pool[0]);
	}
	return pool[--left];
}

double random_share(void) {
	return random_bits() / 4294967296.0;
}
