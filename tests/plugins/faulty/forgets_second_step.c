/* The first operation's failure is told, the second one's is not. */
#include "faulty.h"

static void second_done(const struct hsc_result *result, void *ctx) {
	(void)ctx;
	if (result->error == 0) {
		result->host->hubspot->relay(result->host, result->request, result);
	}
}

static void first_done(const struct hsc_result *result, void *ctx) {
	if (result->error != 0 ||
		faulty_read(result->host, result->request, second_done, ctx) != HSC_LATER) {
		result->host->hubspot->relay(result->host, result->request, result);
	}
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	return faulty_read(host, request, first_done, state);
}

FAULTY_ROUTE(handle);
