#include "faulty.h"

static void done(const struct hsc_result *result, void *ctx) {
	(void)ctx;
	result->host->hubspot->relay(result->host, result->request, result);
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	int taken = faulty_read(host, request, done, state);
	return taken == HSC_LATER ? HSC_REPLIED : taken;
}

FAULTY_ROUTE(handle);
