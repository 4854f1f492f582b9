#include "faulty.h"

#include <time.h>

static int init(const struct hsc_host *host, void **state) {
	struct timespec used;
	static int was_here;
	(void)state;
	while (!was_here) { /* once is enough for the test, which has other things to do */
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
		was_here = used.tv_sec * 1000 + used.tv_nsec / 1000000 > 1100;
	}
	return faulty_add(host, faulty_fine);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
