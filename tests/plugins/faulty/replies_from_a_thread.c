#include "faulty.h"

#include <pthread.h>

struct work {
	const struct hsc_host *host;
	struct hsc_request *request;
};

static void *reply(void *ctx) {
	struct work *work = ctx;
	(void)faulty_fine(work->host, work->request, NULL);
	return NULL;
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct work work = {.host = host, .request = request};
	pthread_t thread;
	if (pthread_create(&thread, NULL, reply, &work) != 0) {
		return HSC_ENOMEM;
	}
	pthread_join(thread, NULL);
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
