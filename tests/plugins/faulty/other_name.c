#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	(void)state;
	return faulty_add(host, faulty_fine);
}

HSC_PLUGIN(.name = "somebody-else", .version = "1.0", .init = init);
