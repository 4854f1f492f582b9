/*
 * http/access.h - who may call, for http's own files: API keys, their scopes and rates, and callers without one.
 *
 * A key that is sent is always judged, also where callers without one are let in; of HTTP_ROUTE_OPEN routes only when
 * their handler asks for a scope. As long as there is no file of keys nobody looks at what is sent: there is nothing to
 * judge it by. A request that was let in keeps its key, and all that belongs to it, until it ends.
 */
#ifndef HTTP_ACCESS_H
#define HTTP_ACCESS_H

#include "http/inside.h"

struct access;
struct api_key;

/* Aborts when out of memory. */
struct access *access_create(const struct http_settings *settings);
void access_destroy(struct access *access);

/* As http_use_api_keys(). */
bool access_use_keys(struct access *access, const json_t *keys, struct http_api_keys_change *change);

/* May this caller have this route? False: it has been refused. Then access_forget() is due all the same. */
bool access_allow(struct http_request *request);

/* The request ends. */
void access_forget(struct http_request *request);

/* What a caller with a rate is told of it on every reply; false: nothing. */
enum { ACCESS_RATE_SIZE = 48 };
bool access_tell_rate(const struct http_request *request, char policy[ACCESS_RATE_SIZE], char rate[ACCESS_RATE_SIZE]);

/* ---- anonymous.c ---- */

/* Is a caller without a key let in? */
bool access_is_anonymous(const struct exchange *exchange, enum http_anonymous anonymous);

/* Is the peer (an exchange's) on this machine: a loopback address, or a unix socket? */
bool access_is_near(const char *peer);

#endif
