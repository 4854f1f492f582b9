/* A plugin that uses another one's table: it finds the sandbox's model, when that is loaded, in
 * start(). */
#include <hubspot-connector/plugin.h>
#include <jansson.h>

#include "sandbox.h"

static const struct sandbox_model *model; /* NULL: there is no sandbox */

static int count(const struct hsc_host *host, struct hsc_request *request, void *state) {
	const char *type = host->http->query_param(host, request, "type");
	(void)state;
	if (model == NULL) {
		return host->http->refuse(
			host, request, 404, "no_sandbox", "The sandbox is not loaded.", NULL);
	}
	json_t *body = json_pack("{s:I}", "code", (json_int_t)model->count(model, type));
	host->http->reply(host, request, 200, body);
	json_decref(body);
	return HSC_REPLIED;
}

static int reset(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	if (model != NULL) {
		model->reset(model);
	}
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_route routes[] = {
		HSC_ROUTE(.method = "GET", .path = "/finder/count", .handle = count),
		HSC_ROUTE(.method = "POST", .path = "/finder/reset", .handle = reset),
	};
	(void)state;
	model = host->extension(host, SANDBOX_MODEL); /* too early: NULL */
	int error = model == NULL ? host->http->add_route(host, &routes[0]) : HSC_EINVAL;
	return error != 0 ? error : host->http->add_route(host, &routes[1]);
}

static int start(const struct hsc_host *host, void *state) {
	(void)state;
	model = host->extension(host, SANDBOX_MODEL);
	return 0;
}

HSC_PLUGIN(.name = FIXTURE_NAME, .version = "1.0", .init = init, .start = start);
