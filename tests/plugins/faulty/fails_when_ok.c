#include "faulty.h"

static void done(const struct hsc_result *result, void *ctx) {
	const struct hsc_host *host = result->host;
	(void)ctx;
	host->http->refuse(host, result->request, 500, "wrong", "This is never right.", NULL);
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	return faulty_read(host, request, done, state);
}

FAULTY_ROUTE(handle);
