#include "base/buf.h"

/* A log line or a small reply grows once or twice. */
enum { FIRST_CAPACITY = 240 };

void buf_init(struct buf *buf, size_t ceiling) {
	*buf = (struct buf){.ceiling = ceiling};
}

void buf_finish(struct buf *buf) {
	free(buf->bytes);
	buf_init(buf, buf->ceiling);
}

void buf_clear(struct buf *buf) {
	buf->length = 0;
	buf->is_failed = false;
	if (buf->bytes != NULL) {
		buf->bytes[0] = '\0';
	}
}

void buf_restart(struct buf *buf, size_t ceiling) {
	buf_clear(buf);
	buf->ceiling = ceiling;
}

void buf_cut(struct buf *buf, size_t length) {
	if (!buf->is_failed && length < buf->length) {
		buf->length = length;
		buf->bytes[length] = '\0';
	}
}

static bool fail(struct buf *buf) {
	buf_finish(buf);
	buf->is_failed = true;
	return false;
}

static bool reserve(struct buf *buf, size_t more) {
	if (buf->is_failed) {
		return false;
	}
	if (more > buf->ceiling - buf->length) {
		return fail(buf);
	}
	if (buf->length + more + 1 <= buf->capacity) {
		return true;
	}
	size_t capacity = buf->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : buf->capacity * 2;
	if (capacity < buf->length + more + 1) {
		capacity = buf->length + more + 1;
	}
	char *bytes = realloc(buf->bytes, capacity);
	if (bytes == NULL) {
		return fail(buf);
	}
	buf->bytes = bytes;
	buf->capacity = capacity;
	return true;
}

bool buf_add(struct buf *buf, const void *bytes, size_t length) {
	if (!reserve(buf, length)) {
		return false;
	}
	if (length > 0) {
		memcpy(buf->bytes + buf->length, bytes, length);
	}
	buf->length += length;
	buf->bytes[buf->length] = '\0';
	return true;
}

bool buf_add_text(struct buf *buf, const char *text) {
	return buf_add(buf, text, strlen(text));
}

bool buf_add_char(struct buf *buf, char c) {
	if (!reserve(buf, 1)) {
		return false;
	}
	buf->bytes[buf->length++] = c;
	buf->bytes[buf->length] = '\0';
	return true;
}

bool buf_add_uint(struct buf *buf, uint64_t number) {
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number > 0);
	return buf_add(buf, digits + at, sizeof(digits) - at);
}

bool buf_add_int(struct buf *buf, int64_t number) {
	uint64_t size = number < 0 ? -(uint64_t)number : (uint64_t)number;
	return (number >= 0 || buf_add_char(buf, '-')) && buf_add_uint(buf, size);
}

bool buf_printf(struct buf *buf, const char *format, ...) {
	va_list args;
	/* Most pieces are short: with that much room already there, one pass does it. */
	size_t room =
		!buf->is_failed && buf->capacity > buf->length ? buf->capacity - buf->length : 0;
	va_start(args, format);
	int length = vsnprintf(room > 0 ? buf->bytes + buf->length : NULL, room, format, args);
	va_end(args);
	if (length >= 0 && (size_t)length < room && (size_t)length <= buf->ceiling - buf->length) {
		buf->length += (size_t)length;
		return true;
	}
	if (room > 0) {
		buf->bytes[buf->length] = '\0';
	}
	if (length < 0 || !reserve(buf, (size_t)length)) {
		return length < 0 ? fail(buf) : false;
	}
	va_start(args, format);
	vsnprintf(buf->bytes + buf->length, (size_t)length + 1, format, args);
	va_end(args);
	buf->length += (size_t)length;
	return true;
}

const char *buf_text(const struct buf *buf) {
	return buf->bytes != NULL ? buf->bytes : "";
}

char *buf_take(struct buf *buf) {
	char *bytes = NULL;
	if (!buf->is_failed) {
		bytes = buf->bytes != NULL ? buf->bytes : calloc(1, 1);
	}
	if (bytes == buf->bytes) {
		buf->bytes = NULL;
	}
	buf_finish(buf);
	return bytes;
}
