#include "faulty.h"

#include <time.h>

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct timespec used;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	const long until_ms = used.tv_sec * 1000 + used.tv_nsec / 1000000 + 30;
	while (used.tv_sec * 1000 + used.tv_nsec / 1000000 < until_ms) {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	}
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
