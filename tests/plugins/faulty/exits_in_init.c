#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	(void)state;
	exit(faulty_add(host, faulty_fine));
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
