/* A library that is no plugin. */
#include <hubspot-connector/plugin.h>

HSC_EXPORT const int some_other_symbol = 1;
