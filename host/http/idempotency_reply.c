/*
 * A reply that is kept: which, what of it, and how it is given again. All of its headers are kept
 * but X-Request-Id, which is each request's own, and those that the host gives every reply.
 */
#include "http/idempotency.h"

#include <strings.h>

#include "base/json.h"
#include "base/str.h"
#include "http/inside.h"
#include "http/replay.h"

enum http_outcome idempotency_outcome(const json_t *body) {
	const char *word = json_member_text(body, "outcome");
	return str_is_equal(word, "not_applied") ? HTTP_NOT_APPLIED
		: str_is_equal(word, "unknown")  ? HTTP_UNKNOWN
						 : HTTP_OUTCOME_NONE;
}

bool idempotency_is_kept(enum http_outcome outcome, int status) {
	if (outcome != HTTP_OUTCOME_NONE) {
		return outcome == HTTP_UNKNOWN;
	}
	return status < 400 || (status >= 500 && status != 503);
}

/* ---- copying ---- */

static bool is_own_of_each(const char *name) {
	return strcasecmp(name, "X-Request-Id") == 0;
}

/* Of the defaults, which are added again, the one that is not the same in all replies. */
static const char *type_of(const struct reply *reply) {
	static const char name[] = "Content-Type";
	const size_t most = sizeof(reply->defaults) / sizeof(reply->defaults[0]);
	for (size_t i = 0; i < most; i++) {
		if (str_is_equal(reply->defaults[i].name, name) &&
			!reply_has_header(reply->headers, name)) {
			return reply->defaults[i].value;
		}
	}
	return NULL;
}

/* Writes at `to`, when it is not NULL; the length. */
static size_t put(char *to, const void *bytes, size_t length) {
	if (to != NULL && length > 0) {
		memcpy(to, bytes, length);
	}
	return length;
}

static size_t put_header(char *to, const char *name, const char *value) {
	size_t length = put(to, name, strlen(name) + 1);
	return length + put(to == NULL ? NULL : to + length, value, strlen(value) + 1);
}

static size_t put_headers(char *to, const struct reply *reply) {
	const char *type = type_of(reply);
	size_t length = 0;
	list_for_each (header, reply->headers, struct reply_header, link) {
		if (!is_own_of_each(header->name)) {
			length += put_header(
				to == NULL ? NULL : to + length, header->name, header->value);
		}
	}
	if (type != NULL) {
		length += put_header(to == NULL ? NULL : to + length, "Content-Type", type);
	}
	return length;
}

void idempotency_copy(struct replay_reply *to, const struct reply *reply) {
	struct replay_reply copy = {.status = reply->status,
		.header_bytes = put_headers(NULL, reply),
		.body_bytes = reply->has_body ? reply->length : 0};
	if (copy.header_bytes + copy.body_bytes > IDEMPOTENCY_BYTES_MAX) {
		return;
	}
	copy.block = malloc(copy.header_bytes + copy.body_bytes + 1);
	if (copy.block != NULL) {
		put_headers(copy.block, reply);
		put(copy.block + copy.header_bytes, reply->bytes, copy.body_bytes);
		replay_reply_finish(to);
		*to = copy;
	}
}

/* ---- giving ---- */

static void give_lost(struct http_request *request) {
	const struct http_problem problem = {.status = 500,
		.code = "reply_lost",
		.message = "the first request with this Idempotency-Key was worked on, but its "
			   "reply could not be kept",
		.outcome = HTTP_UNKNOWN};
	http_refuse(request, &problem);
}

static bool add_headers(struct http_request *request, const struct replay_reply *reply) {
	bool is_added = http_reply_header(request, "Idempotent-Replayed", "true");
	for (size_t i = 0; i < reply->header_bytes;) {
		const char *name = reply->block + i;
		const char *value = name + strlen(name) + 1;
		is_added = is_added && http_reply_header(request, name, value);
		i += strlen(name) + strlen(value) + 2;
	}
	return is_added;
}

void idempotency_give(struct http_request *request, const struct replay_reply *reply) {
	if (!add_headers(request, reply)) {
		http_reply_reset(request); /* no memory; "not applied" would not be true */
	} else if (reply->status == 0) {
		give_lost(request);
	} else {
		http_reply_bytes(request, reply->status, NULL, reply->block + reply->header_bytes,
			reply->body_bytes);
	}
}
