#include <hubspot-connector/plugin.h>

#include "companies.schema.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object companies =
		HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/companies", .name = "company",
			.hubspot = "companies", .key = "domain", .schema = companies_schema);
	(void)state;
	return host->http->add_object(host, &companies);
}

HSC_PLUGIN(.name = "companies", .version = "0.9.0", .init = init);
