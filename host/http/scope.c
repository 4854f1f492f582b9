/*
 * Scopes: "OBJECT:ACTION", such as contacts:write. A key's may have "*" for its object; a route's
 * never does. No action includes another one.
 */
#include "http/api_keys.h"

#include "base/str.h"

static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

static bool begins_object(char c) {
	return c != '_' && c != '-' && c != '\0' && strchr(letters, c) != NULL;
}

static bool is_action(const char *action) {
	static const char *const ACTIONS[] = {"read", "write", "admin", "raw"};
	for (size_t i = 0; i < sizeof(ACTIONS) / sizeof(ACTIONS[0]); i++) {
		if (strcmp(action, ACTIONS[i]) == 0) {
			return true;
		}
	}
	return false;
}

bool scope_is_good(const char *scope, bool may_be_any) {
	size_t object = strspn(scope, letters);
	if (may_be_any && scope[0] == '*') {
		object = 1;
	} else if (!begins_object(scope[0])) {
		return false;
	}
	return scope[object] == ':' && strlen(scope) < SCOPE_SIZE && is_action(scope + object + 1);
}

bool scope_is_held(const json_t *scopes, const char *wanted) {
	size_t i;
	json_t *scope;
	const char *action = strchr(wanted, ':');
	json_array_foreach (scopes, i, scope) {
		const char *held = json_string_value(scope);
		if (strcmp(held, wanted) == 0 ||
			(held[0] == '*' && str_is_equal(held + 1, action))) {
			return true;
		}
	}
	return false;
}

void scope_derive(const char *method, const char *path, const char *owner, char scope[SCOPE_SIZE]) {
	bool is_read =
		method != NULL && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
	const char *segment = str_starts_with(path, "/v1/") ? path + strlen("/v1/")
		: path[0] == '/'                            ? path + 1
							    : path;
	size_t length = strcspn(segment, "/");
	char object[SCOPE_SIZE - sizeof(":write")];
	snprintf(object, sizeof(object), "%.*s", (int)length, segment);
	str_lower(object);
	if (!begins_object(object[0])) {
		snprintf(object, sizeof(object), "%s", owner); /* "/" or "/{id}" */
		str_lower(object);
	}
	for (char *at = object; *at != '\0'; at++) {
		*at = strchr(letters, *at) != NULL ? *at : '-';
	}
	snprintf(scope, SCOPE_SIZE, "%s:%s", begins_object(object[0]) ? object : "host",
		is_read ? "read" : "write");
}
