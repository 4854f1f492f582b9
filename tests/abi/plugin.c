/*
 * A plugin that uses each macro of the SDK header, in the common part of C11 and C++20. compile.sh
 * compiles it with all warnings in each language that the header promises; it is never loaded.
 */
#include <hubspot-connector/plugin.h>

static int show(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	if (!HSC_HAS(host->http, path_param)) {
		return HSC_EINVAL;
	}
	hsc_log(host, HSC_DEBUG, request, "about %s", host->http->path_param(host, request, "id"));
	struct hsc_operation read = HSC_OPERATION(.kind = HSC_READ, .object = "leads", .request = request);
	read.id = host->http->path_param(host, request, "id");
	return hsc_pass(host, &read);
}

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object leads = HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/leads",
		.name = "lead", .hubspot = "leads", .schema = "{\"type\":\"object\"}");
	static const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = "/leads/{id}/raw", .handle = show);
	(void)state;
	int error = host->http->add_object(host, &leads);
	return error ? error : host->http->add_route(host, &route);
}

HSC_PLUGIN(.name = "leads", .version = "1.0", .init = init);
