#include "faulty.h"

extern HSC_EXPORT const struct hsc_plugin hsc_plugin;
const struct hsc_plugin hsc_plugin = {.size = sizeof(struct hsc_plugin),
	.abi_major = HSC_ABI_MAJOR + 1,
	.name = FAULTY_NAME,
	.version = "1.0"};
