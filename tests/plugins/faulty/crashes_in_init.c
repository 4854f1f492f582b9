#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	static const volatile int *volatile nowhere;
	(void)state;
	return *nowhere + faulty_add(host, faulty_fine);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
