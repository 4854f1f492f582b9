#include "faulty.h"

extern void *curl_easy_init(void);
extern void curl_easy_cleanup(void *curl);

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	curl_easy_cleanup(curl_easy_init());
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
