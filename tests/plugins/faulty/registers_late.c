#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	(void)host;
	(void)state;
	return 0;
}

static int start(const struct hsc_host *host, void *state) {
	(void)state;
	(void)faulty_add(host, faulty_fine);
	return 0;
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init, .start = start);
