/*
 * The rules that every struct of the SDK header keeps, whatever its version: it begins with its
 * size, it has no hole and no padding at its end (the same layout under every compiler and language).
 * compile.sh compiles this file in each language that the header promises; it makes no program.
 */
#pragma GCC diagnostic error "-Wpadded"
#include <hubspot-connector/plugin.h>

#ifdef __cplusplus
#include <type_traits>
#define IS_UINT32(expression) std::is_same<decltype(expression), uint32_t>::value
#define CHECK(claim, words) static_assert(claim, words)
#else
#define IS_UINT32(expression) _Generic(&(expression), uint32_t *: 1, default: 0)
#define CHECK(claim, words) _Static_assert(claim, words)
#endif

#define BEGINS_WITH_ITS_SIZE(type)                                                                 \
	CHECK(offsetof(struct type, size) == 0, #type " does not begin with its size");            \
	CHECK(IS_UINT32(((struct type *)0)->size), #type ": its size is no uint32_t")

/* compile.sh compares this list with the header's. */
BEGINS_WITH_ITS_SIZE(hsc_route);
BEGINS_WITH_ITS_SIZE(hsc_http);
BEGINS_WITH_ITS_SIZE(hsc_operation);
BEGINS_WITH_ITS_SIZE(hsc_result);
BEGINS_WITH_ITS_SIZE(hsc_hubspot);
BEGINS_WITH_ITS_SIZE(hsc_loop);
BEGINS_WITH_ITS_SIZE(hsc_watch);
BEGINS_WITH_ITS_SIZE(hsc_host);
BEGINS_WITH_ITS_SIZE(hsc_wire);
BEGINS_WITH_ITS_SIZE(hsc_object);
BEGINS_WITH_ITS_SIZE(hsc_plugin);
