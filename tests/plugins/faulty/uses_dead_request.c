#include "faulty.h"

static void done(const struct hsc_result *result, void *ctx) {
	const struct hsc_host *host = result->host;
	(void)ctx;
	host->hubspot->relay(host, result->request, result);
	hsc_log(host, HSC_DEBUG, NULL, "replied to %s", host->http->url(host, result->request));
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	return faulty_read(host, request, done, state);
}

FAULTY_ROUTE(handle);
