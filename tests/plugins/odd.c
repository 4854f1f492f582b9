/*
 * A plugin in which one thing is odd: CMakeLists.txt says which, with ODD_FIELDS (of hsc_plugin) or
 * with ODD_INIT.
 */
#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <stdlib.h>

#define UNUSED __attribute__((unused))
#define BETA_CONFIG                                                                                \
	"{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{\"size\":{\"type\":"  \
	"\"integer\"}}}"

#ifndef ODD_INIT
#define ODD_INIT plain
#endif
#ifndef ODD_FIELDS
#define ODD_FIELDS .flags = 0
#endif

static int handle(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply(host, request, 204, NULL);
	return HSC_REPLIED;
}

UNUSED static int plain(const struct hsc_host *host, void **state) {
	(void)host;
	(void)state;
	return 0;
}

UNUSED static int needs_memory(const struct hsc_host *host, void **state) {
	(void)host;
	*state = malloc(1);
	return *state != NULL ? 0 : HSC_ENOMEM;
}

UNUSED static int failing_start(const struct hsc_host *host, void *state) {
	(void)host;
	(void)state;
	return HSC_ENET;
}

static void tick(void *ctx) {
	(void)ctx;
	abort(); /* a plugin that was left out must never be called again */
}

UNUSED static int failing_init(const struct hsc_host *host, void **state) {
	const struct hsc_route route =
		HSC_ROUTE(.method = "GET", .path = "/left-behind", .handle = handle);
	(void)state;
	if (host->loop->after(host, 1, tick, NULL) == NULL ||
		host->loop->post(host, tick, NULL) != 0 ||
		host->http->add_schema(host, "left.behind", "{}") != 0 ||
		host->http->add_route(host, &route) != 0) {
		return HSC_EINVAL;
	}
	return HSC_ENOMEM;
}

UNUSED static int bad_schema(const struct hsc_host *host, void **state) {
	(void)state;
	return host->http->add_schema(host, "odd.schema", "{\"minimun\":1}");
}

UNUSED static int bad_object(const struct hsc_host *host, void **state) {
	const struct hsc_object object = HSC_OBJECT(.path = "/things", .name = "thing",
		.hubspot = "things", .offers = HSC_OBJECT_ALL, .key = "absent",
		.schema = "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"}}}");
	(void)state;
	return host->http->add_object(host, &object);
}

static int add(const struct hsc_host *host, const char *path) {
	const struct hsc_route route = HSC_ROUTE(.method = "GET", .path = path, .handle = handle);
	return host->http->add_route(host, &route);
}

UNUSED static int reserved_route(const struct hsc_host *host, void **state) {
	(void)state;
	return add(host, "/metrics");
}

UNUSED static int duplicate_route(const struct hsc_host *host, void **state) {
	(void)state;
	int error = add(host, "/twice/{one}");
	return error != 0 ? error : add(host, "/twice/{another}");
}

UNUSED static int taken_route(const struct hsc_host *host, void **state) {
	(void)state;
	return add(host, "/good/later");
}

static void fini(void *state) {
	free(state);
}

#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
HSC_PLUGIN(.name = FIXTURE_NAME, .version = "1", .init = ODD_INIT, .fini = fini, ODD_FIELDS);
