#include "faulty.h"

HSC_EXPORT int exports_two_helper(void);
int exports_two_helper(void) {
	return 1;
}

FAULTY_ROUTE(faulty_fine);
