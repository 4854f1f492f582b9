/*
 * The operator's file: {"keys": [{"name", "hash", "scopes", ...}]}, judged before anything of it is
 * taken. What is wrong is told in one line that names the file, the entry and the culprit; nothing
 * unknown is passed over, because a misspelled "expires" would be a key for ever.
 */
#include "http/api_keys.h"

#include "base/json.h"
#include "base/str.h"

enum { NAME_MAX_BYTES = 64, SCOPES_MAX = 64, TOLD = 64, WEIGHT_MAX = 100 };

struct reading {
	const char *file;
	size_t place;           /* of the entry */
	const json_t *entry;    /* NULL: the file as a whole */
	json_t *names, *hashes; /* of the entries before it */
	char *error;
	size_t error_size;
};

/* What stands in a file may be anything; the line that tells of it is one line. */
static void make_plain(char *text) {
	for (; *text != '\0'; text++) {
		*text = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
	}
}

__attribute__((format(printf, 2, 3))) static bool fail(
	const struct reading *reading, const char *format, ...) {
	char what[320];
	char where[TOLD + 48] = "";
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	if (reading->entry != NULL) {
		const char *name = json_member_text(reading->entry, "name");
		snprintf(where, sizeof(where), "keys[%zu]%s%.*s%s: ", reading->place,
			name != NULL ? " \"" : "", TOLD, name != NULL ? name : "",
			name != NULL ? "\"" : "");
	}
	make_plain(where);
	make_plain(what);
	snprintf(reading->error, reading->error_size, "%.300s: %s%s", reading->file, where, what);
	return false;
}

/* ---- the members of an entry ---- */

typedef bool check_fn(struct reading *reading, const char *member, const json_t *value);

/* What metrics call those who have no key, and those who are not told one by one. */
static bool is_taken(const char *name) {
	return str_is_equal(name, "none") || str_is_equal(name, "anonymous") ||
		str_is_equal(name, "other");
}

/* In metrics, logs and on a command line it stands as it is. */
static bool is_name(const char *name) {
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	return *name != '\0' && strchr("._-", *name) == NULL && strlen(name) <= NAME_MAX_BYTES &&
		name[strspn(name, letters)] == '\0' && !is_taken(name);
}

/* Is `text` there for the first time? */
static bool is_new(json_t *seen, const char *text, size_t place, json_int_t *before) {
	const json_t *known = json_object_get(seen, text);
	if (known != NULL) {
		*before = json_integer_value(known);
		return false;
	}
	*before = -1;
	return json_object_set_new(seen, text, json_integer((json_int_t)place)) == 0;
}

static bool fail_twice(const struct reading *reading, const char *member, json_int_t before) {
	if (before < 0) {
		return fail(reading, "out of memory");
	}
	return fail(reading, "%s: keys[%lld] has the same one", member, (long long)before);
}

static bool check_name(struct reading *reading, const char *member, const json_t *value) {
	const char *name = json_string_value(value);
	json_int_t before;
	if (name == NULL || !is_name(name)) {
		return fail(reading,
			"%s: expected 1 to %d letters, digits, \".\", \"_\" or \"-\", the first of "
			"them a letter or digit, and not \"none\", \"anonymous\" or \"other\"",
			member, NAME_MAX_BYTES);
	}
	return is_new(reading->names, name, reading->place, &before) ||
		fail_twice(reading, member, before);
}

static bool check_hash(struct reading *reading, const char *member, const json_t *value) {
	unsigned char hash[API_KEY_DIGEST_SIZE];
	const char *text = json_string_value(value);
	json_int_t before;
	if (text == NULL || !api_key_read_hash(text, hash)) {
		return fail(
			reading, "%s: expected \"sha256:\" and 64 lower-case hex digits", member);
	}
	return is_new(reading->hashes, text, reading->place, &before) ||
		fail_twice(reading, member, before);
}

static bool check_scopes(struct reading *reading, const char *member, const json_t *value) {
	size_t i;
	json_t *scope;
	if (!json_is_array(value) || json_array_size(value) == 0 ||
		json_array_size(value) > SCOPES_MAX) {
		return fail(reading, "%s: expected an array of 1 to %d scopes", member, SCOPES_MAX);
	}
	json_array_foreach (value, i, scope) {
		const char *text = json_string_value(scope);
		if (text == NULL || !scope_is_good(text, true)) {
			return fail(reading,
				"%s[%zu]: \"%.*s\" is no scope: expected OBJECT:read, "
				"OBJECT:write, "
				"OBJECT:admin or OBJECT:raw, such as contacts:write",
				member, i, TOLD, text != NULL ? text : "");
		}
	}
	return true;
}

static bool check_priority(struct reading *reading, const char *member, const json_t *value) {
	const char *word = json_string_value(value);
	return str_is_equal(word, "interactive") || str_is_equal(word, "normal") ||
		str_is_equal(word, "bulk") ||
		fail(reading, "%s: expected interactive, normal or bulk", member);
}

static bool is_between(const json_t *value, json_int_t min, json_int_t max) {
	return json_is_integer(value) && json_integer_value(value) >= min &&
		json_integer_value(value) <= max;
}

static bool check_weight(struct reading *reading, const char *member, const json_t *value) {
	return is_between(value, 1, WEIGHT_MAX) ||
		fail(reading, "%s: expected a number from 1 to %d", member, WEIGHT_MAX);
}

static bool check_rate(struct reading *reading, const char *member, const json_t *value) {
	bool is_good = json_object_size(value) == 2 &&
		is_between(json_object_get(value, "requests"), 1, RATE_REQUESTS_MAX) &&
		is_between(json_object_get(value, "seconds"), 1, RATE_SECONDS_MAX);
	return is_good ||
		fail(reading,
			"%s: expected {\"requests\": 1 to %d, \"seconds\": 1 to %d} and nothing "
			"else",
			member, RATE_REQUESTS_MAX, RATE_SECONDS_MAX);
}

static bool check_time(struct reading *reading, const char *member, const json_t *value) {
	const char *text = json_string_value(value);
	uint64_t wall_ms;
	return (text != NULL && api_keys_read_time(text, &wall_ms)) ||
		fail(reading, "%s: expected a time such as \"2027-01-01T00:00:00Z\"", member);
}

static const struct member {
	const char *name;
	check_fn *check;
	bool is_needed;
} MEMBERS[] = {{"name", check_name, true}, {"hash", check_hash, true},
	{"scopes", check_scopes, true}, {"priority", check_priority, false},
	{"batch_priority", check_priority, false}, {"weight", check_weight, false},
	{"rate", check_rate, false}, {"created", check_time, false},
	{"expires", check_time, false}};

enum { MEMBERS_COUNT = sizeof(MEMBERS) / sizeof(MEMBERS[0]) };

static bool is_member(const char *name) {
	for (size_t i = 0; i < MEMBERS_COUNT; i++) {
		if (strcmp(MEMBERS[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

static bool check_entry(struct reading *reading) {
	const char *name;
	json_t *value;
	json_t *entry = (json_t *)reading->entry;
	if (!json_is_object(entry)) {
		return fail(reading, "expected an object");
	}
	json_object_foreach (entry, name, value) {
		if (!is_member(name)) {
			return fail(reading, "unknown member \"%.*s\"", TOLD, name);
		}
	}
	for (size_t i = 0; i < MEMBERS_COUNT; i++) {
		value = json_object_get(entry, MEMBERS[i].name);
		if (value == NULL && MEMBERS[i].is_needed) {
			return fail(reading, "\"%s\" is missing", MEMBERS[i].name);
		}
		if (value != NULL && !MEMBERS[i].check(reading, MEMBERS[i].name, value)) {
			return false;
		}
	}
	return true;
}

/* ---- the file ---- */

static bool check_all(struct reading *reading, const json_t *root) {
	const json_t *list = json_object_get(root, "keys");
	json_t *entry;
	if (!json_is_array(list) || json_object_size(root) != 1) {
		return fail(reading, "expected {\"keys\": [...]} and nothing else");
	}
	if (json_array_size(list) > HTTP_API_KEYS_MAX) {
		return fail(reading, "there are more than %d keys", HTTP_API_KEYS_MAX);
	}
	json_array_foreach (list, reading->place, entry) {
		reading->entry = entry;
		if (!check_entry(reading)) {
			return false;
		}
	}
	return true;
}

json_t *http_read_api_keys(
	const char *file, const char *text, size_t length, char *error, size_t error_size) {
	char why[JSON_ERROR_SIZE];
	struct reading reading = {.file = file, .error = error, .error_size = error_size};
	json_t *root = json_read(text, length, JSON_DEPTH_MAX, why);
	if (root == NULL) {
		fail(&reading, "%s", why);
		return NULL;
	}
	reading.names = json_object();
	reading.hashes = json_object();
	bool is_good = reading.names != NULL && reading.hashes != NULL
		? check_all(&reading, root)
		: fail(&reading, "out of memory");
	json_decref(reading.names);
	json_decref(reading.hashes);
	if (!is_good) {
		json_decref(root);
		return NULL;
	}
	return root;
}
