/*
 * HubSpot's error bodies -> our words. They come in several ages: with or without category,
 * property names in a context or in JSON that stands inside the message. Nothing is relied on to be
 * there, and nothing is passed on unbounded.
 */
#include "hubspot/inside.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

enum {
	SCOPES_MAX_BYTES = 64 * 1024,
	VALUE_SHOWN = 200,
	NAME_MAX_BYTES = 100,
	ID_MAX_DIGITS = 20,
	EMBEDDED_MAX_BYTES = 256 * 1024,
	EMBEDDED_DEPTH = 16
};

static const char EXISTING_ID[] = "Existing ID: ";
static const char ALREADY_HAS[] = " already has that value";
static const char EMBEDDED[] = ": [{";

/* ---- bounded copies ---- */

/* At most `most` bytes of `text`, never half a character. */
static size_t cut(const char *text, size_t length, size_t most) {
	if (length <= most) {
		return length;
	}
	while (most > 0 && ((unsigned char)text[most] & 0xc0) == 0x80) {
		most--;
	}
	return most;
}

/* A copy on one line; NULL when there is nothing, or no memory. */
static char *plain(const char *text, size_t length, size_t most) {
	length = cut(text, length, most);
	char *copy = length > 0 ? malloc(length + 1) : NULL;
	if (copy == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		copy[i] = (char)(c < ' ' || c == 0x7f ? ' ' : c);
	}
	copy[length] = '\0';
	return copy;
}

/* A copy when `text` is letters, digits, '-', '_', '.' alone. */
static char *name(const char *text) {
	size_t length = text != NULL ? strlen(text) : 0;
	if (length == 0 || length > NAME_MAX_BYTES) {
		return NULL;
	}
	for (const char *c = text; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) && strchr("-_.", *c) == NULL) {
			return NULL;
		}
	}
	return strdup(text);
}

static char *digits(const char *text, size_t length) {
	return length > 0 && length <= ID_MAX_DIGITS ? strndup(text, length) : NULL;
}

/* ---- parts ---- */

/* The first text of context's list `member`, borrowed; or NULL. */
static const char *context_text(const json_t *error, const char *member) {
	const json_t *value = json_object_get(json_object_get(error, "context"), member);
	return json_string_value(json_is_array(value) ? json_array_get(value, 0) : value);
}

static char *read_category(const json_t *error) {
	char *category = name(json_member_text(error, "category"));
	return category != NULL ? category : name(json_member_text(error, "errorType"));
}

/* Without the JSON that follows "Property values were not valid: ". */
static char *read_message(const char *message) {
	const char *end = message != NULL ? strstr(message, EMBEDDED) : NULL;
	if (message == NULL) {
		return NULL;
	}
	return plain(message, end != NULL ? (size_t)(end - message) : strlen(message),
		REFUSAL_MESSAGE_MAX);
}

static char *read_existing_id(const json_t *error, const char *message) {
	const char *told = context_text(error, "existingId");
	if (told != NULL && *told != '\0' && strspn(told, "0123456789") == strlen(told)) {
		return digits(told, strlen(told));
	}
	const char *before = message != NULL ? strstr(message, EXISTING_ID) : NULL;
	if (before != NULL) {
		before += sizeof(EXISTING_ID) - 1;
		return digits(before, strspn(before, "0123456789"));
	}
	const char *after = message != NULL ? strstr(message, ALREADY_HAS) : NULL;
	const char *begin = after;
	while (begin != NULL && begin > message && isdigit((unsigned char)begin[-1])) {
		begin--;
	}
	return begin != NULL ? digits(begin, (size_t)(after - begin)) : NULL;
}

/* The documented name, or what the official clients go by: the message. */
static enum refusal_policy read_policy(const json_t *error, const char *message) {
	static const struct {
		const char *policy;
		const char *words;
		enum refusal_policy is;
	} POLICIES[] = {
		{"DAILY", "your daily limit", REFUSAL_DAILY},
		{"TEN_SECONDLY_ROLLING", "ten_secondly", REFUSAL_TEN_SECONDLY},
		{"SECONDLY", "secondly limit", REFUSAL_SECONDLY},
	};
	const char *policy = json_member_text(error, "policyName");
	for (size_t i = 0; i < sizeof(POLICIES) / sizeof(POLICIES[0]); i++) {
		if (policy != NULL ? strcasecmp(policy, POLICIES[i].policy) == 0
				   : message != NULL &&
					strcasestr(message, POLICIES[i].words) != NULL) {
			return POLICIES[i].is;
		}
	}
	return REFUSAL_NO_POLICY;
}

/* ---- the errors ---- */

static void set_text(json_t *object, const char *member, const char *text, size_t most) {
	char *copy = text != NULL ? plain(text, strlen(text), most) : NULL;
	if (copy != NULL) {
		(void)json_object_set_new(object, member, json_string(copy));
		free(copy);
	}
}

static void add_error(json_t *errors, const char *property, const char *code, const char *message) {
	json_t *entry = json_object();
	if (json_array_size(errors) >= REFUSAL_ERRORS_MAX ||
		(property == NULL && message == NULL)) {
		json_decref(entry);
		return;
	}
	set_text(entry, "property", property, NAME_MAX_BYTES);
	set_text(entry, "code", code, NAME_MAX_BYTES);
	set_text(entry, "message", message, REFUSAL_MESSAGE_MAX);
	(void)json_array_append_new(errors, entry);
}

/* Sentences that name a property where nothing else does: it stands between these. */
static const struct {
	const char *before; /* "": at the beginning */
	const char *after;
} SENTENCES[] = {
	{"A value for ", " must be provided"},
	{"", " is required because of a conditional property rule"},
	{"propertyName=", ", value="},
	{"Property \"", "\" does not exist"},
	{"\"", "\" is a read only property"},
	{"\"", "\" is a calculated property"},
};

/* A copy of what stands between the two; NULL: they are not there, or it is no name. */
static char *name_between(const char *text, const char *before, const char *after) {
	const char *begin = *before != '\0' ? strstr(text, before) : text;
	begin = begin != NULL ? begin + strlen(before) : NULL;
	const char *end = begin != NULL ? strstr(begin, after) : NULL;
	char *found = end != NULL ? strndup(begin, (size_t)(end - begin)) : NULL;
	char *checked = name(found);
	free(found);
	return checked;
}

/* The property that an error is about, from its "in" or its message; NULL: it names none. */
static char *name_in(const json_t *error) {
	const char *in = json_member_text(error, "in");
	const char *message = json_member_text(error, "message");
	if (in != NULL && str_starts_with(in, "properties.")) {
		return name(in + strlen("properties."));
	}
	for (size_t i = 0; message != NULL && i < sizeof(SENTENCES) / sizeof(SENTENCES[0]); i++) {
		char *found = name_between(message, SENTENCES[i].before, SENTENCES[i].after);
		if (found != NULL) {
			return found;
		}
	}
	return NULL;
}

/* The names of the missing scopes, apart by commas, after the sentence that announces them; NULL:
 * none is named. */
static char *scopes_message(const json_t *error) {
	const json_t *scopes =
		json_object_get(json_object_get(error, "context"), "requiredGranularScopes");
	const char *sentence = json_member_text(error, "message");
	struct buf text;
	size_t index;
	json_t *scope;
	if (json_array_size(scopes) == 0) {
		return NULL;
	}
	buf_init(&text, SCOPES_MAX_BYTES);
	buf_add_text(&text, sentence != NULL ? sentence : "These scopes are required");
	while (text.length > 0 && buf_text(&text)[text.length - 1] == '.') {
		buf_cut(&text, text.length - 1);
	}
	json_array_foreach (scopes, index, scope) {
		const char *wanted = json_string_value(scope);
		buf_add_text(&text, index == 0 ? ": " : ", ");
		buf_add_text(&text, wanted != NULL ? wanted : "?");
	}
	return buf_take(&text);
}

static bool add_scopes(json_t *errors, const json_t *error) {
	char *message = scopes_message(error);
	if (message == NULL) {
		return false;
	}
	add_error(errors, NULL, "MISSING_SCOPES", message);
	free(message);
	return true;
}

/* One error for each property that an entry is about. */
static bool add_entry(json_t *errors, const json_t *entry) {
	const json_t *names = json_object_get(json_object_get(entry, "context"), "propertyName");
	const char *code = json_member_text(entry, "code");
	const char *message = json_member_text(entry, "message");
	size_t index;
	json_t *item;
	code = code != NULL ? code : json_member_text(entry, "subCategory");
	if (json_array_size(names) <= 1) {
		const char *told = context_text(entry, "propertyName");
		char *named = told != NULL ? strdup(told) : name_in(entry);
		bool is_named = named != NULL;
		add_error(errors, named, code, message);
		free(named);
		return is_named;
	}
	json_array_foreach (names, index, item) {
		add_error(errors, json_string_value(item), code, message);
	}
	return true;
}

/* errors[] of today: {"message","code","in","context":{"propertyName":["x"]}} */
static bool add_listed(json_t *errors, const json_t *list) {
	bool has_property = false;
	size_t index;
	json_t *item;
	json_array_foreach (list, index, item) {
		if (!add_scopes(errors, item)) {
			has_property |= add_entry(errors, item);
		}
	}
	return has_property;
}

/* {"isValid":false,"message","error","name"}: inside a message, or as "validationResults" */
static void add_results(json_t *errors, const json_t *results) {
	size_t index;
	json_t *item;
	json_array_foreach (results, index, item) {
		if (!json_is_true(json_object_get(item, "isValid"))) {
			add_error(errors, json_member_text(item, "name"),
				json_member_text(item, "error"), json_member_text(item, "message"));
		}
	}
}

static void add_embedded(json_t *errors, const char *message) {
	char error[JSON_ERROR_SIZE];
	const char *begin = message != NULL ? strstr(message, EMBEDDED) : NULL;
	const char *end = begin != NULL ? strrchr(begin, ']') : NULL;
	if (end == NULL || end - begin > EMBEDDED_MAX_BYTES) {
		return;
	}
	begin += sizeof(EMBEDDED) - sizeof("[{");
	json_t *results = json_read(begin, (size_t)(end - begin) + 1, EMBEDDED_DEPTH, error);
	add_results(errors, results);
	json_decref(results);
}

/* No list, but a sentence that names a property. */
static void add_named(json_t *errors, const json_t *error) {
	char *named = name_in(error);
	if (named != NULL) {
		add_error(errors, named, NULL, json_member_text(error, "message"));
	}
	free(named);
}

static json_t *read_errors(const json_t *error, const char *message) {
	json_t *errors = json_array();
	if (!add_listed(errors, json_object_get(error, "errors"))) {
		json_t *named = json_array();
		add_embedded(named, message);
		add_results(named, json_object_get(error, "validationResults"));
		if (json_array_size(named) >
			0) { /* they say which property: better than those that do not */
			json_decref(errors);
			errors = json_incref(named);
		}
		json_decref(named);
	}
	if (json_array_size(errors) == 0 && !add_scopes(errors, error)) {
		add_named(errors, error);
	}
	if (json_array_size(errors) == 0) {
		json_decref(errors);
		return NULL;
	}
	return errors;
}

void refusal_read(const json_t *error, struct refusal *refusal) {
	const char *message = json_member_text(error, "message");
	*refusal = (struct refusal){
		.category = read_category(error),
		.message = read_message(message),
		.correlation_id = name(json_member_text(error, "correlationId")),
		.existing_id = read_existing_id(error, message),
		.errors = read_errors(error, message),
		.policy = read_policy(error, message),
	};
}

void refusal_finish(struct refusal *refusal) {
	free(refusal->category);
	free(refusal->message);
	free(refusal->correlation_id);
	free(refusal->existing_id);
	json_decref(refusal->errors);
	json_decref(refusal->existing_ids);
	*refusal = (struct refusal){0};
}

/* ---- warnings ---- */

/* "date_of_birth was normalized: 1579179660000 became 2020-01-16" */
static char *warning_message(const json_t *warning) {
	const char *message = json_member_text(warning, "message");
	const char *before = context_text(warning, "rawValue");
	const char *after = context_text(warning, "normalizedValue");
	if (before == NULL || after == NULL) {
		return strdup(message != NULL ? message : "");
	}
	return str_format("%s: %.*s became %.*s", message != NULL ? message : "normalized",
		(int)cut(before, strlen(before), VALUE_SHOWN), before,
		(int)cut(after, strlen(after), VALUE_SHOWN), after);
}

json_t *refusal_warnings(const json_t *record) {
	const json_t *list = json_object_get(record, "warnings");
	size_t index;
	json_t *warning;
	if (json_array_size(list) == 0) {
		return NULL;
	}
	json_t *warnings = json_array();
	json_array_foreach (list, index, warning) {
		const char *code = json_member_text(warning, "category");
		char *message = warning_message(warning);
		add_error(warnings, context_text(warning, "propertyName"),
			code != NULL ? code : json_member_text(warning, "code"), message);
		free(message);
	}
	return warnings;
}
