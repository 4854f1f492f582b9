#include "object/links.h"

#include "base/str.h"
#include "schema/schema.h"

enum { KNOWN_SIZE = 256, MESSAGE_SIZE = 512 };

static const char schema_text[] = // clang-format off
	"{\"description\":\"Records to link it with, by object: {\\\"companies\\\": [{\\\"id\\\": \\\"7\\\"}, "
		"{\\\"domain\\\": \\\"example.com\\\", \\\"create\\\": true}]}. Each by its id or by its object's key; with create, "
		"one that is missing is created. At most 100 in all.\","
	"\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"maxItems\":100,\"items\":{"
		"\"type\":\"object\",\"minProperties\":1,\"properties\":{"
			"\"id\":{\"type\":\"string\",\"pattern\":\"^[1-9][0-9]{0,19}$\"},"
			"\"create\":{\"type\":\"boolean\",\"default\":false}}}}}"; // clang-format on

json_t *links_schema(void) {
	return json_loads(schema_text, 0, NULL);
}

/* ---- which objects there are ---- */

struct known {
	char *text;
	size_t size;
};

static void add_known(const struct object *object, void *ctx) {
	struct known *known = ctx;
	size_t length = strlen(known->text);
	snprintf(known->text + length, known->size - length, "%s%s", length > 0 ? ", " : "",
		object->path + 1);
}

void links_known(char *text, size_t size) {
	struct known known = {.text = text, .size = size};
	text[0] = '\0';
	object_each(add_known, &known);
}

/* ---- errors, each with a place of its own ---- */

/* Takes `error`, whose field is below `place`. */
static void add_below(json_t *errors, const char *place, json_t *error) {
	const char *field = json_string_value(json_object_get(error, "field"));
	char *whole = field != NULL ? str_format("%s%s", place, field) : NULL;
	if (whole != NULL && json_array_size(errors) < SCHEMA_ERRORS_MAX &&
		json_object_set_new(error, "field", json_string(whole)) == 0) {
		(void)json_array_append(errors, error);
	}
	free(whole);
	json_decref(error);
}

/* Whatever else is wrong would not be told: nobody looks for it. */
static bool is_full(const json_t *errors) {
	return json_array_size(errors) >= SCHEMA_ERRORS_MAX;
}

/* False, for whoever refuses with it. */
static bool complain(json_t *errors, const char *place, const char *name, const char *code,
	const char *message) {
	add_below(errors, place, field_error(name, code, message));
	return false;
}

/* ---- one entry; fields are the entry's ---- */

char *links_key_value(const struct object *other, const json_t *entry, json_t *errors) {
	const struct property *key = other->key;
	bool may_create = json_is_true(json_object_get(entry, "create"));
	json_auto_t *record = json_pack("{s:O}", key->name, json_object_get(entry, key->name));
	json_auto_t *accepted = record == NULL
		? NULL
		: record_accept(other, record, may_create ? 0 : SCHEMA_PARTIAL, errors);
	const char *value = json_string_value(json_object_get(accepted, key->hubspot));
	if (value != NULL && *value != '\0') {
		return object_key_value(other, key->name, value);
	}
	if (accepted != NULL) {
		complain(errors, "", key->name, "required", "must have a value");
	}
	return NULL;
}

static bool check_key(const struct object *other, const json_t *entry, json_t *errors) {
	const json_t *create = json_object_get(entry, "create");
	char message[MESSAGE_SIZE];
	if (other->key == NULL) {
		return complain(errors, "", "id", "required",
			"is required: this object has no key to know its records by");
	}
	if (json_object_get(entry, other->key->name) == NULL) {
		snprintf(message, sizeof(message),
			"is required, unless \"%.64s\" says which record it is", other->key->name);
		return complain(errors, "", "id", "required", message);
	}
	if (create != NULL && !json_is_boolean(create)) {
		return complain(errors, "", "create", "type", "must be true or false");
	}
	char *value = links_key_value(other, entry, errors);
	free(value);
	return value != NULL;
}

static bool check_members(const struct object *other, const json_t *entry, json_t *errors) {
	bool has_id = json_object_get(entry, "id") != NULL;
	bool is_good = true;
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)entry, name, value) {
		bool is_of_key = strcmp(name, "create") == 0 ||
			(other->key != NULL && strcmp(name, other->key->name) == 0);
		if (strcmp(name, "id") == 0 || (is_of_key && !has_id)) {
			continue;
		}
		if (is_full(errors)) {
			return false;
		}
		is_good = complain(errors, "", name, "additionalProperties",
			is_of_key
				? "cannot stand beside an id"
				: "is not known here: a link names a record by its id or its key");
	}
	return is_good;
}

static bool check_entry(const struct object *other, const json_t *entry, json_t *errors) {
	const json_t *id = json_object_get(entry, "id");
	if (!json_is_object(entry)) {
		return complain(errors, "", NULL, "type", "must be an object");
	}
	if (!check_members(other, entry, errors)) {
		return false;
	}
	if (id == NULL) {
		return check_key(other, entry, errors);
	}
	return id_is_plausible(json_string_value(id)) ||
		complain(errors, "", "id", "pattern",
			"must be a record's id: a string of 1 to 20 digits, the first of them no "
			"0");
}

/* ---- all of them ---- */

static const char place[] = "/associations";

static bool check_object(const char *name, const json_t *entries, json_t *errors) {
	const struct object *other = object_find(name);
	if (other == NULL) {
		char known[KNOWN_SIZE], message[MESSAGE_SIZE];
		links_known(known, sizeof(known));
		snprintf(message, sizeof(message), "no object is called so here; there are: %s",
			known);
		return complain(errors, place, name, "additionalProperties", message);
	}
	if (!json_is_array(entries)) {
		return complain(errors, place, name, "type",
			"must be an array of {\"id\": ...} or of keys");
	}
	bool are_good = true;
	size_t index = 0;
	json_t *entry = NULL;
	json_array_foreach (entries, index, entry) {
		if (is_full(errors)) {
			break;
		}
		json_auto_t *found = json_array();
		are_good = check_entry(other, entry, found) && are_good;
		char *at = str_format("%s/%s/%zu", place, name, index);
		size_t number = 0;
		json_t *error = NULL;
		json_array_foreach (found, number, error) {
			add_below(errors, at != NULL ? at : place, json_incref(error));
		}
		free(at);
	}
	return are_good;
}

bool links_check(const json_t *associations, json_t *errors) {
	const char *name = NULL;
	json_t *entries = NULL;
	bool are_good = true;
	if (!json_is_object(associations)) {
		return complain(errors, "", "associations", "type",
			"must be an object: {\"companies\": [{\"id\": ...}]}");
	}
	if (links_count(associations) > LINKS_MAX) {
		return complain(errors, "", "associations", "maxItems",
			"must not hold more than 100 links in all");
	}
	json_object_foreach ((json_t *)associations, name, entries) {
		are_good = check_object(name, entries, errors) && are_good;
		if (is_full(errors)) {
			break;
		}
	}
	return are_good;
}
