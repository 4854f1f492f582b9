#include "faulty.h"

#include <fcntl.h>

static int init(const struct hsc_host *host, void **state) {
	(void)state;
	return open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0 ? faulty_add(host, faulty_fine)
							    : HSC_ENOMEM;
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
