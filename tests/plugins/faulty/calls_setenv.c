#include "faulty.h"

#include <stdlib.h>

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	if (faulty_never(host)) {
		(void)setenv("TZ", "UTC", 1);
	}
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
