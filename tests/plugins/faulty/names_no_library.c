/* The cube root comes from a library that it is not linked to. */
#include "faulty.h"

extern double cbrt(double value);

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	if (cbrt((double)host->size) > 1000) {
		return HSC_EINVAL;
	}
	return faulty_fine(host, request, state);
}

FAULTY_ROUTE(handle);
