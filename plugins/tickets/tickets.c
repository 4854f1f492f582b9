#include <hubspot-connector/plugin.h>

#include "tickets.schema.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object tickets =
		HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/tickets", .name = "ticket",
			.hubspot = "tickets", .schema = tickets_schema);
	(void)state;
	return host->http->add_object(host, &tickets);
}

HSC_PLUGIN(.name = "tickets", .version = "0.9.0", .init = init);
