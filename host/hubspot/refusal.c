/*
 * HubSpot's error bodies -> our words. They come in several ages: with or without category, property
 * names in a context or in JSON that stands inside the message. Nothing is relied on to be there, and
 * nothing is passed on unbounded.
 */
#include "hubspot/inside.h"

#include <ctype.h>

#include "base/json.h"
#include "base/str.h"

enum { NAME_MAX_BYTES = 100, ID_MAX_DIGITS = 20, EMBEDDED_MAX_BYTES = 256 * 1024, EMBEDDED_DEPTH = 16 };

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
	return plain(message, end != NULL ? (size_t)(end - message) : strlen(message), REFUSAL_MESSAGE_MAX);
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
				   : message != NULL && strcasestr(message, POLICIES[i].words) != NULL) {
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
	if (json_array_size(errors) >= REFUSAL_ERRORS_MAX || (property == NULL && message == NULL)) {
		json_decref(entry);
		return;
	}
	set_text(entry, "property", property, NAME_MAX_BYTES);
	set_text(entry, "code", code, NAME_MAX_BYTES);
	set_text(entry, "message", message, REFUSAL_MESSAGE_MAX);
	(void)json_array_append_new(errors, entry);
}

/* errors[] of today: {"message","code","context":{"propertyName":["x"]}} */
static bool add_listed(json_t *errors, const json_t *list) {
	bool has_property = false;
	size_t index;
	json_t *item;
	json_array_foreach(list, index, item) {
		const char *property = context_text(item, "propertyName");
		const char *code = json_member_text(item, "code");
		has_property |= property != NULL;
		add_error(errors, property, code != NULL ? code : json_member_text(item, "subCategory"),
			json_member_text(item, "message"));
	}
	return has_property;
}

/* {"isValid":false,"message","error","name"}: inside a message, or as "validationResults" */
static void add_results(json_t *errors, const json_t *results) {
	size_t index;
	json_t *item;
	json_array_foreach(results, index, item) {
		if (!json_is_true(json_object_get(item, "isValid"))) {
			add_error(errors, json_member_text(item, "name"), json_member_text(item, "error"),
				json_member_text(item, "message"));
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

static json_t *read_errors(const json_t *error, const char *message) {
	json_t *errors = json_array();
	if (!add_listed(errors, json_object_get(error, "errors"))) {
		json_t *named = json_array();
		add_embedded(named, message);
		add_results(named, json_object_get(error, "validationResults"));
		if (json_array_size(named) > 0) { /* they say which property: better than those that do not */
			json_decref(errors);
			errors = json_incref(named);
		}
		json_decref(named);
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
