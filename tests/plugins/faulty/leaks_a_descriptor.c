#include "faulty.h"

#include <fcntl.h>

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 ? faulty_fine(host, request, state)
							    : HSC_ENOMEM;
}

FAULTY_ROUTE(handle);
