#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object object = HSC_OBJECT(.path = FAULTY_PATH, .name = "thing",
		.hubspot = "things", .offers = HSC_OBJECT_ALL,
		.schema = "{\"type\":\"object\",\"properties\":{\"size\":{\"minimun\":1}}}");
	(void)state;
	return host->http->add_object(host, &object);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
