#include "faulty.h"

static void done(const struct hsc_result *result, void *ctx) {
	result->host->hubspot->relay(result->host, result->request, result);
	if (result->status != 500) {
		free(ctx);
	}
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	void *ctx = malloc(10);
	(void)state;
	int taken = ctx != NULL ? faulty_read(host, request, done, ctx) : HSC_ENOMEM;
	if (taken < 0) {
		free(ctx);
	}
	return taken;
}

FAULTY_ROUTE(handle);
