#include "faulty.h"

static void done(const struct hsc_result *result, void *ctx) {
	(void)ctx;
	if (result->error != HSC_EGONE) {
		result->host->hubspot->relay(result->host, result->request, result);
	}
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	return faulty_read(host, request, done, state);
}

FAULTY_ROUTE(handle);
