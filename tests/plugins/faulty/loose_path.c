/* It is its linking that is wrong: see CMakeLists.txt. */
#include "faulty.h"

FAULTY_ROUTE(faulty_fine);
