#include "faulty.h"

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	if (host->http->method(host, request)[0] == 'G') {
		abort();
	}
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
