#include "faulty.h"

static int inits;

static int init(const struct hsc_host *host, void **state) {
	(void)state;
	return inits++ == 0 ? faulty_add(host, faulty_fine) : HSC_ESTATE;
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
