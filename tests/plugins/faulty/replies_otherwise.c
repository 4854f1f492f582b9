/* Its reply is not what it says of it in reply_schema. */
#include "faulty.h"

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	json_t *body = json_pack("{s:s}", "count", "many");
	(void)state;
	host->http->reply(host, request, 200, body);
	json_decref(body);
	return HSC_REPLIED;
}

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = FAULTY_PATH,
		.reply_schema = FAULTY_NAME, .handle = handle);
	(void)state;
	int error = host->http->add_schema(host, FAULTY_NAME,
		"{\"type\":\"object\",\"properties\":{\"count\":{\"type\":\"integer\"}}}");
	return error != 0 ? error : host->http->add_route(host, &route);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
