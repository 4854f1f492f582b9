#include "faulty.h"

struct later {
	const struct hsc_host *host;
	struct hsc_request *request;
};

static void reply_again(void *ctx) {
	struct later *later = ctx;
	later->host->http->reply(later->host, later->request, 204, NULL);
	free(later);
}

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	struct later *later = malloc(sizeof(*later));
	if (later == NULL) {
		return HSC_ENOMEM;
	}
	*later = (struct later){.host = host, .request = request};
	if (host->loop->after(host, 1, reply_again, later) == NULL) {
		free(later);
		return HSC_ENOMEM;
	}
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
