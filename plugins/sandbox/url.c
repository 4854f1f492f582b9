#include "inside.h"

#include <stdlib.h>
#include <string.h>

static int hex(char c) {
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* In place; a NUL or half an escape is refused. */
static bool decode(char *text, bool is_query) {
	char *out = text;
	for (const char *in = text; *in != '\0'; in++) {
		if (*in == '+' && is_query) {
			*out++ = ' ';
		} else if (*in != '%') {
			*out++ = *in;
		} else {
			int high = hex(in[1]);
			int low = high < 0 ? -1 : hex(in[2]);
			if (low < 0 || (high == 0 && low == 0)) {
				return false;
			}
			*out++ = (char)(high * 16 + low);
			in += 2;
		}
	}
	*out = '\0';
	json_t *proof = json_string(text);
	json_decref(proof);
	return proof != NULL;
}

static bool is_version(const char *text) {
	static const char *const versions[] = {"v3", "v4", "2026-03", "2026-09"};
	for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (strcmp(text, versions[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* /crm/v3/AREA/..., /crm/AREA/2026-09/..., /account-info/VERSION/... and
 * /oauth/VERSION/... become AREA and the rest. */
static void find_area(struct call *call) {
	const char *const *segments = call->segments;
	size_t count = call->segment_count;
	size_t taken = 3;
	if (count >= 3 && strcmp(segments[0], "crm") == 0 && is_version(segments[1])) {
		call->area = segments[2];
		call->version = segments[1];
	} else if (count >= 3 && strcmp(segments[0], "crm") == 0 && is_version(segments[2])) {
		call->area = segments[1];
		call->version = segments[2];
	} else if (count >= 2 && strcmp(segments[0], "account-info") == 0 &&
		is_version(segments[1])) {
		call->area = segments[0];
		taken = 2;
	} else if (count >= 2 && strcmp(segments[0], "oauth") == 0) {
		call->area = segments[0];
		taken = 2;
	} else {
		return;
	}
	call->normalises = call->version != NULL && strcmp(call->version, "2026-09") == 0;
	call->rest = segments + taken;
	call->rest_count = count - taken;
}

bool model_url_split(struct call *call) {
	call->path = strdup(call->request->path);
	if (call->path == NULL) {
		return false;
	}
	char *rest = call->path;
	for (char *segment = strsep(&rest, "/"); segment != NULL; segment = strsep(&rest, "/")) {
		if (*segment == '\0') {
			continue;
		}
		if (call->segment_count == SEGMENTS_MAX || !decode(segment, false)) {
			return false;
		}
		call->segments[call->segment_count++] = segment;
	}
	find_area(call);
	return true;
}

static bool add_value(json_t *query, const char *name, const char *value) {
	const json_t *before = json_object_get(query, name);
	json_t *joined = before == NULL ? json_string(value)
					: json_sprintf("%s,%s", json_string_value(before), value);
	return json_object_set_new(query, name, joined) == 0;
}

bool model_url_query(struct call *call) {
	call->query = json_object();
	char *copy = strdup(call->request->query == NULL ? "" : call->request->query);
	bool is_good = copy != NULL;
	char *rest = copy;
	for (char *value = strsep(&rest, "&"); value != NULL && is_good;
		value = strsep(&rest, "&")) {
		char *name = strsep(&value, "=");
		value = value == NULL ? name + strlen(name) : value;
		if (*name != '\0') {
			is_good = decode(name, true) && decode(value, true) &&
				add_value(call->query, name, value);
		}
	}
	free(copy);
	return is_good;
}

const char *model_query_value(const struct call *call, const char *name) {
	return json_string_value(json_object_get(call->query, name));
}

bool model_query_is_true(const struct call *call, const char *name) {
	const char *text = model_query_value(call, name);
	return text != NULL && strcmp(text, "true") == 0;
}

long long model_query_number(const struct call *call, const char *name, long long missing,
	long long low, long long high) {
	const char *text = model_query_value(call, name);
	if (text == NULL || *text == '\0') {
		return missing;
	}
	size_t length = strlen(text);
	if (length > 18 || strspn(text, "0123456789") != length) {
		return -1;
	}
	long long number = strtoll(text, NULL, 10);
	return number < low || number > high ? -1 : number;
}

json_t *model_query_set(const struct call *call, const char *name) {
	const char *value = model_query_value(call, name);
	char *copy = value == NULL ? NULL : strdup(value);
	if (copy == NULL) {
		return NULL;
	}
	json_t *set = json_object();
	char *rest = copy;
	for (char *word = strsep(&rest, ","); word != NULL; word = strsep(&rest, ",")) {
		if (*word != '\0') {
			json_object_set_new(set, word, json_true());
		}
	}
	free(copy);
	return set;
}
