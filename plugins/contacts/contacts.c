#include <hubspot-connector/plugin.h>

#include "contacts.schema.h"

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_object contacts =
		HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = "/contacts", .name = "contact",
			.hubspot = "contacts", .key = "email", .schema = contacts_schema);
	(void)state;
	return host->http->add_object(host, &contacts);
}

HSC_PLUGIN(.name = "contacts", .version = "0.9.0", .init = init);
