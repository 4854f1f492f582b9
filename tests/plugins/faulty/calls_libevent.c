#include "faulty.h"

extern const char *event_get_version(void);

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	host->http->reply_header(host, request, "X-Version", event_get_version());
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
