/*
 * fakes/fake_http.h - http/http.h without sockets: routes are kept, a test sends a request by hand,
 * and what it was replied with is recorded.
 *
 *     struct http *http = fake_http_make();
 *     ... http_add_route(http, ...) ...
 *     fake_send(http, "POST", "/contacts?mode=create", "{\"email\":\"a@b.c\"}");
 *     assert_int_equal(fake_reply()->status, 201);
 *
 * A request's memory ends with its reply, as in the real module, so a use after it is a fault under
 * ASan. One request at a time is "the" request: the last one sent. Replying is allowed once; a
 * second reply cannot happen without such a fault.
 */
#ifndef FAKES_FAKE_HTTP_H
#define FAKES_FAKE_HTTP_H

#include "http/http.h"

enum { FAKE_NO_ROUTE = -100 };

/* The deadline and the id of every request. */
#define FAKE_DEADLINE_MS 12345u
#define FAKE_REQUEST_ID "request-1"

struct fake_reply {
	unsigned count; /* replies since fake_http_make() */
	bool was_sent;	/* false: the client was gone */
	bool is_reset;
	int status;
	json_t *body; /* or NULL */
	char *bytes;  /* of http_reply_bytes() and http_reply_wire(); NUL-terminated; or NULL */
	size_t length;
	char *type;
	json_t *headers; /* {name: value} given by http_reply_header() */
	uint64_t retry_after_ms;
};

/* An empty http; forgets the reply recorded before. http_destroy() frees it. */
struct http *fake_http_make(void);

/* Lets `count` more routes in; the next one is refused. */
void fake_http_take_routes(struct http *http, unsigned count);

/* The route with this method and path, or NULL. Valid until the next one is added. */
const struct http_route *fake_http_route(
	const struct http *http, const char *method, const char *path);
size_t fake_http_route_count(const struct http *http);

/* Sends "METHOD target" with a JSON body (or NULL; RAW_BODY routes get the bytes): the handler's
 * return, or FAKE_NO_ROUTE. A caller without the route's scope is refused with 403, a body that
 * breaks its schema with 422, as by the real module. */
int fake_send(struct http *http, const char *method, const char *target, const char *body);

/* For the next request sent: adds a header. */
void fake_set_header(struct http *http, const char *name, const char *value);

/* From now on every request is this caller's (borrowed; NULL: nobody's in particular, without a key),
 * who holds these scopes (ends in NULL, borrowed; NULL: all). A route's own scope is asked for, too. */
void fake_set_caller(
	struct http *http, const struct http_caller *caller, const char *const *scopes);

/* The last request sent, or NULL when it has ended. */
struct http_request *fake_request(void);

/* The client leaves, or the deadline passes: the request becomes gone, and its callback runs. */
void fake_leave(void);

/* The last reply; count is 0 before the first. */
const struct fake_reply *fake_reply(void);

#endif
