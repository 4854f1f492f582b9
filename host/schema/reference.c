#include "schema/inside.h"

#include "base/buf.h"
#include "base/memory.h"

enum { URI_MAX = 1 << 20 };

struct part {
	const char *at;
	size_t length;
	bool is_there; /* an empty one may be */
};

/* scheme ":" "//" authority path "?" query, by RFC 3986, appendix B */
struct parts {
	struct part scheme, authority, path, query;
};

static struct part take(const char **at, const char *stops) {
	struct part part = {*at, strcspn(*at, stops), true};
	*at += part.length;
	return part;
}

static struct parts split(const char *uri) {
	struct parts parts = {0};
	size_t scheme = strcspn(uri, ":/?#");
	if (scheme > 0 && uri[scheme] == ':') {
		parts.scheme = take(&uri, ":");
		uri++;
	}
	if (uri[0] == '/' && uri[1] == '/') {
		uri += 2;
		parts.authority = take(&uri, "/?#");
	}
	parts.path = take(&uri, "?#");
	if (*uri == '?') {
		uri++;
		parts.query = take(&uri, "#");
	}
	return parts;
}

/* Removes the last segment of what was written after `start`, with its slash. */
static void drop_segment(struct buf *to, size_t start) {
	size_t length = to->length;
	while (length > start && to->bytes[length - 1] != '/') {
		length--;
	}
	buf_cut(to, length > start ? length - 1 : start);
}

static bool starts(const char *at, const char *end, const char *prefix) {
	size_t length = strlen(prefix);
	return (size_t)(end - at) >= length && memcmp(at, prefix, length) == 0;
}

static bool is_all(const char *at, const char *end, const char *text) {
	return (size_t)(end - at) == strlen(text) && starts(at, end, text);
}

/* RFC 3986, section 5.2.4. */
static void add_without_dots(struct buf *to, const char *path, size_t length) {
	const char *at = path, *end = path + length;
	size_t start = to->length;
	while (at < end) {
		if (starts(at, end, "../")) {
			at += 3;
		} else if (starts(at, end, "./") || starts(at, end, "/./")) {
			at += 2;
		} else if (is_all(at, end, "/.")) {
			buf_add_char(to, '/');
			at = end;
		} else if (starts(at, end, "/../")) {
			drop_segment(to, start);
			at += 3;
		} else if (is_all(at, end, "/..")) {
			drop_segment(to, start);
			buf_add_char(to, '/');
			at = end;
		} else if (is_all(at, end, ".") || is_all(at, end, "..")) {
			at = end;
		} else {
			const char *next = memchr(at + 1, '/', (size_t)(end - at) - 1);
			next = next != NULL ? next : end;
			buf_add(to, at, (size_t)(next - at));
			at = next;
		}
	}
}

static void add_part(struct buf *to, const char *before, struct part part, const char *after) {
	if (part.is_there) {
		buf_add_text(to, before);
		buf_add(to, part.at, part.length);
		buf_add_text(to, after);
	}
}

/* RFC 3986, section 5.2.3. */
static void add_merged(struct buf *to, const struct parts *base, struct part path) {
	struct buf merged;
	buf_init(&merged, URI_MAX);
	if (base->authority.is_there && base->path.length == 0) {
		buf_add_char(&merged, '/');
	} else {
		size_t length = base->path.length;
		while (length > 0 && base->path.at[length - 1] != '/') {
			length--;
		}
		buf_add(&merged, base->path.at, length);
	}
	buf_add(&merged, path.at, path.length);
	add_without_dots(to, buf_text(&merged), merged.length);
	buf_finish(&merged);
}

char *uri_resolve(const char *base_uri, const char *reference) {
	struct parts base = split(base_uri), of = split(reference);
	struct buf uri;
	buf_init(&uri, URI_MAX);
	bool is_absolute = of.scheme.is_there;
	bool has_authority = is_absolute || of.authority.is_there;
	add_part(&uri, "", is_absolute ? of.scheme : base.scheme, ":");
	add_part(&uri, "//", has_authority ? of.authority : base.authority, "");
	if (has_authority || (of.path.length > 0 && of.path.at[0] == '/')) {
		add_without_dots(&uri, of.path.at, of.path.length);
	} else if (of.path.length == 0) {
		buf_add(&uri, base.path.at, base.path.length);
		of.query = of.query.is_there ? of.query : base.query;
	} else {
		add_merged(&uri, &base, of.path);
	}
	add_part(&uri, "?", of.query, "");
	char *text = buf_take(&uri);
	return text != NULL ? text : must_strdup("");
}
