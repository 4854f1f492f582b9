#include "faulty.h"

#include <unistd.h>

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	while (!faulty_never(host)) {
		sleep(1);
	}
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
