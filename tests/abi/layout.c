/*
 * The layout of the SDK header. First the rules that every struct keeps, whatever its version: it
 * begins with its size, it has no hole and no padding at its end (the same layout under every compiler
 * and language). Then what each minor has fixed for good: where a member stands, and what a constant
 * is worth, on 64-bit machines (x86-64 and aarch64 agree).
 *
 * compile.sh compiles this file in each language that the header promises, with the header as it is
 * and with each frozen one; it makes no program.
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

CHECK(HSC_ABI_MAJOR == 1, "the header is of another major: this file is about 1");
CHECK(sizeof(void *) == 8 && sizeof(size_t) == 8 && sizeof(int) == 4, "this machine is not LP64");

#define AT(type, member, offset)                                                                   \
	CHECK(offsetof(struct type, member) == (offset), #type "." #member " has moved")
#define VALUE(name, value) CHECK((name) == (value), #name " is worth something else")

/* ---- 1.0 ---- */

#if HSC_ABI_MINOR == 0
#define SIZE(type, size) CHECK(sizeof(struct type) == (size), #type " has another size")
#else
#define SIZE(type, size) CHECK(sizeof(struct type) >= (size), #type " has shrunk")
#endif

/* clang-format off */
AT(hsc_route, size, 0); AT(hsc_route, flags, 4); AT(hsc_route, method, 8); AT(hsc_route, path, 16);
AT(hsc_route, summary, 24); AT(hsc_route, scope, 32); AT(hsc_route, query_schema, 40);
AT(hsc_route, timeout_ms, 48); AT(hsc_route, max_body_bytes, 52); AT(hsc_route, body_schema, 56);
AT(hsc_route, reply_schema, 64); AT(hsc_route, handle, 72);
SIZE(hsc_route, 80);

AT(hsc_http, size, 0); AT(hsc_http, reserved, 4); AT(hsc_http, add_schema, 8);
AT(hsc_http, add_route, 16); AT(hsc_http, add_object, 24); AT(hsc_http, method, 32);
AT(hsc_http, path_param, 40); AT(hsc_http, query_param, 48); AT(hsc_http, header, 56);
AT(hsc_http, url, 64); AT(hsc_http, request_id, 72); AT(hsc_http, caller, 80);
AT(hsc_http, deadline_ms, 88); AT(hsc_http, raw_body, 96); AT(hsc_http, body, 104);
AT(hsc_http, reply_header, 112); AT(hsc_http, reply, 120); AT(hsc_http, reply_bytes, 128);
AT(hsc_http, refuse, 136); AT(hsc_http, on_gone, 144);
SIZE(hsc_http, 152);

AT(hsc_operation, size, 0); AT(hsc_operation, kind, 4); AT(hsc_operation, timeout_ms, 8);
AT(hsc_operation, flags, 12); AT(hsc_operation, object, 16); AT(hsc_operation, id, 24);
AT(hsc_operation, id_property, 32); AT(hsc_operation, properties, 40); AT(hsc_operation, body, 48);
AT(hsc_operation, associations, 56); AT(hsc_operation, to_object, 64); AT(hsc_operation, to_id, 72);
AT(hsc_operation, request, 80);
SIZE(hsc_operation, 88);

AT(hsc_result, size, 0); AT(hsc_result, error, 4); AT(hsc_result, status, 8);
AT(hsc_result, attempts, 12); AT(hsc_result, created, 16); AT(hsc_result, outcome, 20);
AT(hsc_result, retry_after_ms, 24); AT(hsc_result, reply_status, 28); AT(hsc_result, id, 32);
AT(hsc_result, body, 40); AT(hsc_result, associations, 48); AT(hsc_result, problem, 56);
AT(hsc_result, host, 64); AT(hsc_result, request, 72);
SIZE(hsc_result, 80);

AT(hsc_hubspot, size, 0); AT(hsc_hubspot, reserved, 4); AT(hsc_hubspot, submit, 8);
AT(hsc_hubspot, submit_all, 16); AT(hsc_hubspot, cancel, 24); AT(hsc_hubspot, relay, 32);
SIZE(hsc_hubspot, 40);

AT(hsc_loop, size, 0); AT(hsc_loop, reserved, 4); AT(hsc_loop, post, 8); AT(hsc_loop, after, 16);
AT(hsc_loop, stop, 24); AT(hsc_loop, now_ms, 32);
SIZE(hsc_loop, 40);

AT(hsc_watch, size, 0); AT(hsc_watch, reserved, 4); AT(hsc_watch, log, 8); AT(hsc_watch, counter, 16);
AT(hsc_watch, gauge, 24); AT(hsc_watch, histogram, 32); AT(hsc_watch, record, 40);
SIZE(hsc_watch, 48);

AT(hsc_host, size, 0); AT(hsc_host, abi_major, 4); AT(hsc_host, abi_minor, 6); AT(hsc_host, version, 8);
AT(hsc_host, config, 16); AT(hsc_host, http, 24); AT(hsc_host, hubspot, 32); AT(hsc_host, loop, 40);
AT(hsc_host, watch, 48); AT(hsc_host, extension, 56); AT(hsc_host, provide, 64);
SIZE(hsc_host, 72);

AT(hsc_wire, size, 0); AT(hsc_wire, reserved, 4); AT(hsc_wire, reset, 8); AT(hsc_wire, bytes, 16);
SIZE(hsc_wire, 24);

AT(hsc_object, size, 0); AT(hsc_object, offers, 4); AT(hsc_object, path, 8); AT(hsc_object, name, 16);
AT(hsc_object, hubspot, 24); AT(hsc_object, key, 32); AT(hsc_object, schema, 40);
AT(hsc_object, prepare, 48);
SIZE(hsc_object, 56);

AT(hsc_plugin, size, 0); AT(hsc_plugin, abi_major, 4); AT(hsc_plugin, abi_minor, 6);
AT(hsc_plugin, flags, 8); AT(hsc_plugin, reserved, 12); AT(hsc_plugin, name, 16);
AT(hsc_plugin, version, 24); AT(hsc_plugin, config_schema, 32); AT(hsc_plugin, init, 40);
AT(hsc_plugin, start, 48); AT(hsc_plugin, fini, 56);
SIZE(hsc_plugin, 64);

VALUE(HSC_EINVAL, -1); VALUE(HSC_ESTATE, -2); VALUE(HSC_ENOMEM, -3); VALUE(HSC_EGONE, -4);
VALUE(HSC_EBUSY, -5); VALUE(HSC_ENET, -6); VALUE(HSC_EHUBSPOT, -7); VALUE(HSC_DEBUG, 0);
VALUE(HSC_INFO, 1); VALUE(HSC_WARN, 2); VALUE(HSC_ERROR, 3); VALUE(HSC_REPLIED, 0); VALUE(HSC_LATER, 1);
VALUE(HSC_ROUTE_OPEN, 1); VALUE(HSC_ROUTE_RAW_BODY, 2); VALUE(HSC_ROUTE_HIDDEN, 4); VALUE(HSC_READ, 1);
VALUE(HSC_CREATE, 2); VALUE(HSC_UPDATE, 3); VALUE(HSC_UPSERT, 4); VALUE(HSC_ARCHIVE, 5);
VALUE(HSC_RAW, 6); VALUE(HSC_LIST, 7); VALUE(HSC_SEARCH, 8); VALUE(HSC_ASSOCIATE, 9);
VALUE(HSC_DISSOCIATE, 10); VALUE(HSC_FINISH, 1); VALUE(HSC_REPEATABLE, 2); VALUE(HSC_BULK, 4);
VALUE(HSC_APPLIED, 0); VALUE(HSC_NOT_APPLIED, 1); VALUE(HSC_UNKNOWN, 2); VALUE(HSC_OBJECT_UPSERT, 1);
VALUE(HSC_OBJECT_CRUD, 2); VALUE(HSC_OBJECT_LIST, 4); VALUE(HSC_OBJECT_BATCH, 8);
VALUE(HSC_OBJECT_LINKS, 16); VALUE(HSC_OBJECT_ALL, 31); VALUE(HSC_PLUGIN_BY_NAME, 1);
/* clang-format on */
