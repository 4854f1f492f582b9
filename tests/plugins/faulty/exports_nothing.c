/* A shared object that is no plugin. */
#include "faulty.h"

HSC_EXPORT extern const int exports_nothing_here;
const int exports_nothing_here = 1;
