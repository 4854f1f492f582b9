#include "faulty.h"

static void done(const struct hsc_result *result, void *ctx) {
	const volatile int *answer = ctx;
	if (result->error != 0 && result->status == 200) {
		(void)*answer;
	}
	result->host->hubspot->relay(result->host, result->request, result);
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	return faulty_read(host, request, done, state);
}

FAULTY_ROUTE(handle);
