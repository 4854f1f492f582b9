#include "faulty.h"

static void gone(struct hsc_request *request, void *ctx) {
	const volatile int *nowhere = ctx;
	(void)request;
	(void)*nowhere;
}

static void done(const struct hsc_result *result, void *ctx) {
	(void)ctx;
	result->host->hubspot->relay(result->host, result->request, result);
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	host->http->on_gone(host, request, gone, state);
	return faulty_read(host, request, done, state);
}

FAULTY_ROUTE(handle);
