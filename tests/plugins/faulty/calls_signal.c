#include "faulty.h"

#include <signal.h>

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	if (faulty_never(host)) {
		(void)signal(SIGHUP, SIG_IGN);
	}
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
