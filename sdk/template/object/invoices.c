#include <hubspot-connector/plugin.h>

#include "invoices.schema.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object object = HSC_OBJECT(.offers = HSC_OBJECT_ALL,
		.path = "/invoices", .name = "invoice", .hubspot = "invoices", .schema = invoices_schema);
	(void)state;
	return host->http->add_object(host, &object);
}

HSC_PLUGIN(.name = "invoices", .version = "1.0", .init = init);
