#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	(void)state;
	return faulty_add(host, faulty_fine);
}

HSC_PLUGIN(.name = FAULTY_NAME, .init = init);
