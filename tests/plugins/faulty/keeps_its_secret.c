/* No fault: a body that meets its schema exists, but the schema does not tell how to make one. */
#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_route route = HSC_ROUTE(.method = "POST", .path = FAULTY_PATH,
		.body_schema = FAULTY_NAME, .handle = faulty_fine);
	(void)state;
	int error = host->http->add_schema(
		host, FAULTY_NAME, "{\"type\":\"string\",\"pattern\":\"^(?=a)[a-z]$\"}");
	return error != 0 ? error : host->http->add_route(host, &route);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
