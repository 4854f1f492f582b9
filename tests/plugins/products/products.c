#include <hubspot-connector/plugin.h>

#include "products.schema.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object products =
		HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/products", .name = "product",
			.hubspot = "products", .schema = products_schema);
	(void)state;
	return host->http->add_object(host, &products);
}

HSC_PLUGIN(.name = "products", .version = "0.9.0", .init = init);
