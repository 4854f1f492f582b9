/*
 * The frame of a plugin in which one thing is wrong: its file says which, and is called so. FAULTY_NAME
 * comes from CMakeLists.txt.
 */
#ifndef PLUGINS_FAULTY_FAULTY_H
#define PLUGINS_FAULTY_FAULTY_H

#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <stdlib.h>

#ifndef FAULTY_NAME
#define FAULTY_NAME "faulty"
#endif
#define FAULTY_PATH "/" FAULTY_NAME
#define UNUSED __attribute__((unused))

/* GET of the plugin's one path. */
UNUSED static int faulty_add(const struct hsc_host *host,
	int (*handle)(const struct hsc_host *, struct hsc_request *, void *state)) {
	const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = FAULTY_PATH, .handle = handle);
	return host->http->add_route(host, &route);
}

/* A handler without fault. */
UNUSED static int faulty_fine(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

/* Never, but no compiler knows. */
UNUSED static int faulty_never(const struct hsc_host *host) {
	return host->size == 1;
}

/* Reads record 1 for the request; `done` is to reply. */
UNUSED static int faulty_read(const struct hsc_host *host, struct hsc_request *request, hsc_done_fn *done, void *ctx) {
	const struct hsc_operation operation =
		HSC_OPERATION(.kind = HSC_READ, .object = "contacts", .id = "1", .request = request);
	int error = host->hubspot->submit(host, &operation, done, ctx, NULL);
	return error != 0 ? error : HSC_LATER;
}

/* A plugin whose one route is wrong: after the definition of handle(). */
#define FAULTY_ROUTE(handle)                                                                       \
	static int init(const struct hsc_host *host, void **state) {                               \
		(void)state;                                                                       \
		return faulty_add(host, handle);                                                   \
	}                                                                                          \
	HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init)

#endif
