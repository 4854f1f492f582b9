/*
 * base/banned.h - functions that do not compile here: each has a bounded or checked counterpart.
 * Included by every other header of base, so the whole host obeys it; tests/architecture greps for
 * the same names where this header is not seen (plugins, the SDK).
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

/* The headers that declare them come first: poisoning a name forbids its declaration too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#if defined(__GNUC__)
/* Fortified under clang, some of them are macros, and a macro is not to be poisoned. */
#undef strcpy
#undef strcat
#undef strncpy
#undef strncat
#undef sprintf
#undef vsprintf
#pragma GCC poison strcpy strcat strncpy strncat sprintf vsprintf strtok atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime
#endif

#endif
