/* It wants what its schema does not tell how to make. */
#include "faulty.h"

static int init(const struct hsc_host *host, void **state) {
	(void)state;
	return faulty_add(host, faulty_fine);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init,
	.config_schema =
		"{\"type\":\"object\",\"required\":[\"secret\"],\"properties\":{\"secret\":"
		"{\"type\":\"string\",\"pattern\":\"^(?=.*[0-9])(?=.*[a-z])[a-z0-9]{8,}$\"}}}");
