#include <hubspot-connector/plugin.h>

#include "deals.schema.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object deals = HSC_OBJECT(.offers = HSC_OBJECT_ALL,
		.path = "/deals", .name = "deal", .hubspot = "deals", .schema = deals_schema);
	(void)state;
	return host->http->add_object(host, &deals);
}

HSC_PLUGIN(.name = "deals", .version = "0.9.0", .init = init);
