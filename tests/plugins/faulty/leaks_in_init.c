#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	*state = malloc(24);
	return *state != NULL ? faulty_add(host, faulty_fine) : HSC_ENOMEM;
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
