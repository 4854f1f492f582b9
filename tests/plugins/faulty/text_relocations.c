/* An address stands in the code. */
#include "faulty.h"

__asm__(".text\n\t.balign 8\n\t.quad faulty_here\nfaulty_here:\n\t.text\n");

FAULTY_ROUTE(faulty_fine);
