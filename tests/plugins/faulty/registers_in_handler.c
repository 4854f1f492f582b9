#include "faulty.h"

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)faulty_add(host, faulty_fine);
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
