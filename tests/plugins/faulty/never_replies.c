#include "faulty.h"

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)host;
	(void)request;
	(void)state;
	return HSC_LATER;
}

FAULTY_ROUTE(handle);
