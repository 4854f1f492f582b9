#include "faulty.h"

static int count;

__attribute__((constructor)) static void begin_early(void) {
	count++;
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	return count == 1 ? faulty_fine(host, request, state) : HSC_EINVAL;
}

FAULTY_ROUTE(handle);
