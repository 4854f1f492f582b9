#include "http/inside.h"

#include "base/str.h"

static bool has_control(const char *text) {
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < 0x20 || c == 0x7f) {
			return true;
		}
	}
	return false;
}

static const char *decode_segment(char *segment) {
	if (strcasestr(segment, "%2f") != NULL) {
		return "a slash in a path segment cannot be escaped";
	}
	if (!str_url_unescape(segment)) {
		return "the path has a bad % escape";
	}
	if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0) {
		return "the path has a \".\" or \"..\" segment";
	}
	if (has_control(segment) || !str_is_utf8(segment)) {
		return "the path is not UTF-8 text";
	}
	return NULL;
}

static const char *split_path(struct target *target, char *path) {
	char *rest = path + 1;
	do {
		char *segment = strsep(&rest, "/");
		if (target->segment_count == SEGMENTS_MAX) {
			return "the path has too many segments";
		}
		const char *fault = decode_segment(segment);
		if (fault != NULL) {
			return fault;
		}
		target->segments[target->segment_count++] = segment;
	} while (rest != NULL);
	return NULL;
}

static bool decode_query(char *text) {
	for (char *at = text; *at != '\0'; at++) {
		if (*at == '+') {
			*at = ' ';
		}
	}
	return str_url_unescape(text) && str_is_utf8(text);
}

static const char *split_query(struct target *target, char *query) {
	while (query != NULL) {
		char *value = strsep(&query, "&");
		if (*value == '\0') {
			continue;
		}
		char *name = strsep(&value, "=");
		if (!decode_query(name) || (value != NULL && !decode_query(value))) {
			return "the query has a bad % escape, or is not UTF-8 text";
		}
		target->query[target->query_count++] =
			(struct query_item){.name = name, .value = value == NULL ? "" : value};
	}
	return NULL;
}

static bool is_printable(const char *raw) {
	for (; *raw != '\0'; raw++) {
		unsigned char c = (unsigned char)*raw;
		if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '#') {
			return false;
		}
	}
	return true;
}

static size_t query_room(const char *query) {
	size_t room = 1;
	for (; *query != '\0'; query++) {
		room += *query == '&';
	}
	return room;
}

enum target_fault target_parse(struct target *target, const char *raw, const char **why) {
	*target = (struct target){.text = NULL};
	if (raw[0] != '/' || !is_printable(raw)) {
		*why = "the request target must be a path that begins with \"/\", without raw "
		       "special characters";
		return TARGET_BAD;
	}
	target->text = strdup(raw);
	if (target->text == NULL) {
		return TARGET_NO_MEMORY;
	}
	char *query = strchr(target->text, '?');
	if (query != NULL) {
		*query++ = '\0';
		target->query = calloc(query_room(query), sizeof(*target->query));
		if (target->query == NULL) {
			return TARGET_NO_MEMORY;
		}
	}
	*why = split_path(target, target->text);
	if (*why == NULL) {
		*why = split_query(target, query);
	}
	return *why == NULL ? TARGET_OK : TARGET_BAD;
}

void target_finish(struct target *target) {
	free(target->text);
	free(target->query);
	*target = (struct target){.text = NULL};
}
