/*
 * Texts that do not change while the process runs, and their tags: FNV-1a of the bytes, which tells
 * two builds apart, and protects nothing.
 */
#include "api/inside.h"

#include <inttypes.h>

#include "http/http.h"

void text_init(struct text *text, char *bytes, size_t length) {
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < length; i++) {
		hash = (hash ^ (unsigned char)bytes[i]) * UINT64_C(0x100000001b3);
	}
	*text = (struct text){.bytes = bytes, .length = length};
	snprintf(text->etag, sizeof(text->etag), "\"%016" PRIx64 "\"", hash);
}

void text_finish(struct text *text) {
	free(text->bytes);
	*text = (struct text){.bytes = NULL};
}

/* If-None-Match: a list of tags, weak ones too, or "*" (RFC 9110, 13.1.2). */
static bool has_it(const struct http_request *request, const struct text *text) {
	const char *tags = http_header(request, "If-None-Match");
	return tags != NULL && (strcmp(tags, "*") == 0 || strstr(tags, text->etag) != NULL);
}

int text_reply(struct http_request *request, const struct text *text, const char *type) {
	(void)http_reply_header(request, "ETag", text->etag);
	(void)http_reply_header(request, "Cache-Control", "no-cache"); /* kept, and asked about */
	if (has_it(request, text)) {
		http_reply_bytes(request, 304, NULL, NULL, 0);
	} else {
		http_reply_bytes(request, 200, type, text->bytes, text->length);
	}
	return HTTP_REPLIED;
}
