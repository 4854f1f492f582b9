/*
 * The bytes of one exchange, as libcurl asks for them and hands them over; nothing here knows libcurl.
 *
 * Of the reply's headers a few are kept. A value that makes no sense counts as absent: nothing that a
 * proxy or a mistake puts there may stop the client or let it loose.
 */
#include "hubspot/inside.h"

#include <ctype.h>

#include "base/clock.h"
#include "base/str.h"

enum { REPLY_MAX_BYTES = 16 * 1024 * 1024, HEADERS_MAX_BYTES = 64 * 1024 };
enum { VALUE_MAX_BYTES = 128, SANE_NUMBER = 1000000000, SHORTEST_INTERVAL_MS = 1000, LONGEST_INTERVAL_MS = 60000 };

static const uint64_t RETRY_AFTER_MOST_MS = 24ull * 3600 * 1000;

static void forget_headers(struct call_headers *headers) {
	*headers = (struct call_headers){.rate_max = -1,
		.rate_remaining = -1,
		.rate_interval_ms = -1,
		.daily_max = -1,
		.daily_remaining = -1};
}

static int64_t number(const char *text, uint64_t min, uint64_t max) {
	uint64_t value;
	return str_to_uint(text, min, max, &value) ? (int64_t)value : -1;
}

static void read_rate_max(struct call_headers *headers, const char *text) {
	headers->rate_max = number(text, 1, SANE_NUMBER);
}

static void read_rate_remaining(struct call_headers *headers, const char *text) {
	headers->rate_remaining = number(text, 0, SANE_NUMBER);
}

static void read_rate_interval(struct call_headers *headers, const char *text) {
	headers->rate_interval_ms = number(text, SHORTEST_INTERVAL_MS, LONGEST_INTERVAL_MS);
}

static void read_daily_max(struct call_headers *headers, const char *text) {
	headers->daily_max = number(text, 1, SANE_NUMBER);
}

static void read_daily_remaining(struct call_headers *headers, const char *text) {
	headers->daily_remaining = number(text, 0, SANE_NUMBER);
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" -> milliseconds from now; 0 when it is past, or no date. */
static uint64_t until(const char *text) {
	struct tm when = {0};
	const char *end = strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &when);
	time_t at = end != NULL && *end == '\0' ? timegm(&when) : -1;
	uint64_t at_ms = at > 0 ? (uint64_t)at * 1000 : 0;
	return at_ms > clock_wall_ms() ? at_ms - clock_wall_ms() : 0;
}

static void read_retry_after(struct call_headers *headers, const char *text) {
	uint64_t seconds, wait_ms;
	if (*text != '\0' && strspn(text, "0123456789") == strlen(text)) {
		wait_ms = str_to_uint(text, 0, SANE_NUMBER, &seconds) ? seconds * 1000 : RETRY_AFTER_MOST_MS;
	} else {
		wait_ms = until(text);
	}
	headers->retry_after_ms = wait_ms < RETRY_AFTER_MOST_MS ? wait_ms : RETRY_AFTER_MOST_MS;
}

static void read_correlation_id(struct call_headers *headers, const char *text) {
	size_t length = strlen(text);
	for (const char *c = text; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && *c != '-') {
			return;
		}
	}
	if (length < sizeof(headers->correlation_id)) {
		memcpy(headers->correlation_id, text, length + 1);
	}
}

static const struct {
	const char *name;
	void (*read)(struct call_headers *headers, const char *text);
} HEADERS[] = {
	{"X-HubSpot-RateLimit-Max", read_rate_max},
	{"X-HubSpot-RateLimit-Remaining", read_rate_remaining},
	{"X-HubSpot-RateLimit-Interval-Milliseconds", read_rate_interval},
	{"X-HubSpot-RateLimit-Daily", read_daily_max},
	{"X-HubSpot-RateLimit-Daily-Remaining", read_daily_remaining},
	{"X-HubSpot-Correlation-Id", read_correlation_id},
	{"Retry-After", read_retry_after},
};

/* The value without the blanks around it; false when it is longer than any we want. */
static bool copy_value(const char *text, size_t length, char value[VALUE_MAX_BYTES]) {
	while (length > 0 && isspace((unsigned char)text[length - 1])) {
		length--;
	}
	while (length > 0 && isspace((unsigned char)*text)) {
		text++;
		length--;
	}
	if (length >= VALUE_MAX_BYTES || memchr(text, '\0', length) != NULL) {
		return false;
	}
	memcpy(value, text, length);
	value[length] = '\0';
	return true;
}

static void read_header(struct call_headers *headers, const char *line, size_t length) {
	const char *colon = memchr(line, ':', length);
	size_t name_length = colon != NULL ? (size_t)(colon - line) : 0;
	char value[VALUE_MAX_BYTES];
	for (size_t i = 0; name_length > 0 && i < sizeof(HEADERS) / sizeof(HEADERS[0]); i++) {
		bool is_it = strlen(HEADERS[i].name) == name_length &&
			     strncasecmp(line, HEADERS[i].name, name_length) == 0;
		if (is_it && copy_value(colon + 1, length - name_length - 1, value)) {
			HEADERS[i].read(headers, value);
		}
	}
}

void traffic_init(struct traffic *traffic, struct call *call) {
	*traffic = (struct traffic){.call = call};
	call->status = 0;
	call->is_timeout = false;
	call->error[0] = '\0';
	buf_restart(&call->reply, REPLY_MAX_BYTES);
	forget_headers(&call->headers);
}

size_t traffic_write(char *bytes, size_t size, size_t count, void *ctx) {
	struct traffic *traffic = ctx;
	size_t length = size * count;
	if (!buf_add(&traffic->call->reply, bytes, length)) {
		traffic->complaint = "the reply's body is too large";
		return length + 1; /* any other number than asked ends the exchange */
	}
	return length;
}

size_t traffic_header(char *line, size_t size, size_t count, void *ctx) {
	struct traffic *traffic = ctx;
	size_t length = size * count;
	traffic->header_bytes += length;
	if (traffic->header_bytes > HEADERS_MAX_BYTES) {
		traffic->complaint = "the reply's headers are too large";
		return length + 1;
	}
	if (length >= 5 && strncasecmp(line, "HTTP/", 5) == 0) {
		forget_headers(&traffic->call->headers); /* those before were of an interim reply */
	} else {
		read_header(&traffic->call->headers, line, length);
	}
	return length;
}
