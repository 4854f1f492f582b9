#include "faulty.h"

static void *volatile lost;

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	lost = malloc(10);
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
