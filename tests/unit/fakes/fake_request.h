/* fakes/fake_request.h - what the two files of the fake http share: a request from the inside. */
#ifndef FAKES_FAKE_REQUEST_H
#define FAKES_FAKE_REQUEST_H

#include "fakes/fake_http.h"

struct http_request {
	const struct http_route *route;
	const struct http_caller *caller;
	const char *const *scopes; /* NULL: all */
	char *method;
	char *target;
	json_t *params;
	json_t *query;
	json_t *headers;
	json_t *reply_headers;
	json_t *body;
	char *raw;
	bool is_gone;
	bool has_repeat;
	void (*gone)(struct http_request *request, void *ctx);
	void *gone_ctx;
	void (*end)(struct http_request *request, void *ctx);
	void *end_ctx;
};

/* Frees `request`; its end callback runs first. */
void fake_request_end(struct http_request *request);

void fake_reply_forget(void);

extern struct http_request *fake_current; /* or NULL */

#endif
