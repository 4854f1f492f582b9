/*
 * The gate between a caller's records and HubSpot's, and the names on both sides of it. What
 * becomes of one value stands in value_out.c and value_in.c.
 */
#include "object/inside.h"

#include "base/buf.h"
#include "base/str.h"
#include "schema/schema.h"

enum { POINTER_BYTES_MAX = 1024 * 1024 };

/* ---- errors ---- */

static char *pointer_to(const char *name) {
	struct buf pointer;
	buf_init(&pointer, POINTER_BYTES_MAX);
	for (const char *c = name; c != NULL && *c != '\0'; c++) {
		if (c == name) {
			buf_add_char(&pointer, '/');
		}
		if (*c == '~' || *c == '/') {
			buf_add_text(&pointer, *c == '~' ? "~0" : "~1");
		} else {
			buf_add_char(&pointer, *c);
		}
	}
	return buf_take(&pointer);
}

static json_t *error_at(const char *pointer, const char *code, const char *message) {
	return json_pack("{s:s, s:s, s:s}", "field", pointer, "code", code, "message", message);
}

json_t *field_error(const char *name, const char *code, const char *message) {
	char *pointer = pointer_to(name);
	json_t *error = pointer == NULL ? NULL : error_at(pointer, code, message);
	free(pointer);
	return error;
}

/* The error that stands in `errors` for this place, borrowed; or NULL. */
static json_t *error_for(const json_t *errors, const char *pointer) {
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (errors, index, error) {
		if (str_is_equal(json_string_value(json_object_get(error, "field")), pointer)) {
			return error;
		}
	}
	return NULL;
}

/* Whatever else is wrong would not be told: nobody looks for it. */
static bool is_full(const json_t *errors) {
	return json_array_size(errors) >= SCHEMA_ERRORS_MAX;
}

/* What the schema has complained of already is not told twice; but where it is about the same, what
 * we say is the plainer reason. */
static void complain_at(
	json_t *errors, const char *pointer, const char *code, const char *message) {
	json_t *told = error_for(errors, pointer);
	if (told == NULL) {
		if (!is_full(errors)) {
			(void)json_array_append_new(errors, error_at(pointer, code, message));
		}
	} else if (strcmp(code, "type") != 0 &&
		str_is_equal(json_string_value(json_object_get(told, "code")), code)) {
		(void)json_object_set_new(told, "message", json_string(message));
	}
}

static bool complain(json_t *errors, const char *name, const char *code, const char *message) {
	char *pointer = pointer_to(name);
	if (pointer != NULL) {
		complain_at(errors, pointer, code, message);
	}
	free(pointer);
	return false;
}

/* ---- what the schema lets through and HubSpot has no form for ---- */

static bool check_items(const char *name, const json_t *list, json_t *errors) {
	bool is_valid = true;
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (list, index, item) {
		const char *fault = item_fault(item);
		if (fault == NULL) {
			continue;
		}
		is_valid = false;
		if (is_full(errors)) {
			break;
		}
		char *pointer = pointer_to(name);
		char *place = pointer == NULL ? NULL : str_format("%s/%zu", pointer, index);
		bool is_told = place == NULL || error_for(errors, pointer) != NULL;
		if (!is_told) {
			complain_at(
				errors, place, json_is_string(item) ? "pattern" : "type", fault);
		}
		free(place);
		free(pointer);
		if (is_told) {
			break;
		}
	}
	return is_valid;
}

/* An unknown member under HubSpot's name of one of ours would be a second value of it, or a way
 * around readOnly. */
static bool check_unknown(const struct object *object, const char *name, json_t *errors) {
	const struct property *ours = property_by_hubspot(object, name);
	if (ours == NULL) {
		return true;
	}
	char *message = str_format("is called \"%s\" here", ours->name);
	complain(errors, name, "additionalProperties",
		message != NULL ? message : "has another name here");
	free(message);
	return false;
}

static bool check_member(const struct object *object, const struct property *property,
	const char *name, const json_t *value, json_t *errors) {
	const char *fault = value_fault(property, value);
	if (fault != NULL) {
		return complain(errors, name, json_is_object(value) ? "type" : "format", fault);
	}
	return check_items(name, value, errors) &&
		(property != NULL || check_unknown(object, name, errors));
}

/* ---- out ---- */

/* With `errors`, all that has no form is appended to them, and *is_valid becomes false; without,
 * everything gets some form, and what is readOnly is left out. NULL: out of memory. */
static json_t *convert(
	const struct object *object, const json_t *record, json_t *errors, bool *is_valid) {
	json_t *converted = json_object();
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)record, name, value) {
		const struct property *property = property_by_name(object, name);
		if (property != NULL && property->is_read_only) {
			continue;
		}
		if (errors != NULL && !check_member(object, property, name, value, errors)) {
			*is_valid = false;
			if (is_full(errors)) {
				break;
			}
			continue;
		}
		const char *hubspot = property != NULL ? property->hubspot : name;
		if (json_object_set_new(converted, hubspot, value_out(property, value)) != 0) {
			json_decref(converted);
			return NULL;
		}
	}
	return converted;
}

json_t *object_to_hubspot(const struct object *object, const json_t *record) {
	return convert(object, record, NULL, NULL);
}

/* ---- what callers may write though the schema has another word for it ---- */

/* The list with values for labels, a new reference; NULL: it has none, or out of memory. */
static json_t *settled_list(const struct property *property, const json_t *list) {
	json_t *settled = NULL;
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (list, index, item) {
		json_t *option = option_value(property, item);
		if (option == NULL || json_equal(option, item)) {
			continue;
		}
		settled = settled != NULL ? settled : json_copy((json_t *)list);
		if (json_array_set(settled, index, option) != 0) {
			json_decref(settled);
			return NULL;
		}
	}
	return settled;
}

/* The value that is meant by this one, a new reference; NULL: itself. */
static json_t *meant_value(const struct property *property, const json_t *value) {
	if (json_is_array(value)) {
		return settled_list(property, value);
	}
	if (!json_is_string(value)) {
		return NULL;
	}
	if (json_string_length(value) == 0) {
		return property->is_clearable ? json_null() : NULL;
	}
	return json_incref(option_value(property, value));
}

/* The value that the schema is to judge in place of this one, a new reference; NULL: this one. */
static json_t *settled_value(const struct property *property, const json_t *value) {
	json_t *meant = meant_value(property, value);
	return meant != NULL || !json_is_string(value)
		? meant
		: number_beyond(property, json_string_value(value));
}

/* With other values where `form` has one. A new reference; NULL: out of memory. */
static json_t *settle(const struct object *object, const json_t *record,
	json_t *(*form)(const struct property *property, const json_t *value)) {
	json_t *settled = json_copy((json_t *)record);
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)record, name, value) {
		const struct property *property = property_by_name(object, name);
		json_t *other = property != NULL ? form(property, value) : NULL;
		if (other != NULL && json_object_set_new(settled, name, other) != 0) {
			json_decref(settled);
			return NULL;
		}
	}
	return settled;
}

json_t *record_meant(const struct object *object, const json_t *record) {
	json_auto_t *meant = settle(object, record, meant_value);
	return json_deep_copy(meant);
}

/* Most records are right as they are: only one that is not gets the closer look. */
static bool is_valid_record(
	const struct object *object, const json_t *record, unsigned how, json_t *errors) {
	how |= SCHEMA_REFUSE_READ_ONLY;
	if (schema_validate(object->body_schema, record, how, NULL)) {
		return true;
	}
	json_auto_t *settled = settle(object, record, settled_value);
	return settled != NULL && schema_validate(object->body_schema, settled, how, errors);
}

/* Most valid records are in HubSpot's form already: they are passed on as they are. Not one with an
 * owner, which may be looked up and changed. */
static bool is_in_form(const struct object *object, const json_t *record) {
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)record, name, value) {
		const struct property *property = property_by_name(object, name);
		if (property == NULL || property->type != PROPERTY_TEXT ||
			property->labels != NULL || !json_is_string(value) ||
			strcmp(property->hubspot, name) != 0 ||
			strcmp(name, "hubspot_owner_id") == 0) {
			return false;
		}
	}
	return true;
}

json_t *record_accept(
	const struct object *object, const json_t *record, unsigned how, json_t *errors) {
	if (!json_is_object(record)) {
		complain(errors, NULL, "type", "must be an object");
		return NULL;
	}
	bool is_valid = is_valid_record(object, record, how, errors);
	if (is_valid && is_in_form(object, record)) {
		return json_incref((json_t *)record);
	}
	json_t *converted = convert(object, record, errors, &is_valid);
	if (!is_valid) {
		json_decref(converted);
		return NULL;
	}
	return converted;
}

/* ---- in ---- */

static bool has_value(const json_t *value) {
	return value != NULL && !json_is_null(value) &&
		!(json_is_string(value) && json_string_length(value) == 0);
}

json_t *object_from_hubspot(const struct object *object, const json_t *record) {
	json_t *flat = json_object();
	const json_t *properties = json_object_get(record, "properties");
	json_t *id = json_object_get(record, "id");
	bool is_done = flat != NULL && (id == NULL || json_object_set(flat, "id", id) == 0);
	for (size_t i = 0; is_done && i < object->property_count; i++) {
		const struct property *property = &object->properties[i];
		json_t *value = json_object_get(properties, property->hubspot);
		if (has_value(value) && strcmp(property->name, "id") != 0) {
			is_done = json_object_set_new(
					  flat, property->name, value_in(property, value)) == 0;
		}
	}
	if (!is_done) {
		json_decref(flat);
		return NULL;
	}
	return flat;
}

/* ---- names and keys ---- */

const char *object_property_name(const struct object *object, const char *name) {
	const struct property *property = property_by_name(object, name);
	return property != NULL ? property->hubspot : name;
}

/* Without a port and the dot of the root. */
static size_t host_length(const char *host) {
	size_t length = strcspn(host, "/?#");
	size_t name = length;
	while (name > 0 && host[name - 1] >= '0' && host[name - 1] <= '9') {
		name--;
	}
	if (name > 0 && host[name - 1] == ':') {
		length = name - 1;
	}
	return length - (length > 0 && host[length - 1] == '.');
}

/* "https://WWW.Example.com.:443/a?b" -> "example.com", in place; what leaves nothing stays as it
 * is, and so does "www.com". */
static void normalise_domain(char *domain) {
	const char *begin = strstr(domain, "://");
	begin = begin != NULL ? begin + 3 : domain;
	size_t length = host_length(begin);
	if (length > 4 && strncasecmp(begin, "www.", 4) == 0 &&
		memchr(begin + 4, '.', length - 4) != NULL) {
		begin += 4;
		length -= 4;
	}
	if (length > 0) {
		memmove(domain, begin, length);
		domain[length] = '\0';
		str_lower(domain);
	}
}

char *object_key_value(const struct object *object, const char *name, const char *value) {
	char *key = strdup(value);
	const char *hubspot = object_property_name(object, name);
	if (key != NULL && strcmp(hubspot, "email") == 0) {
		str_lower(key);
	} else if (key != NULL && strcmp(hubspot, "domain") == 0) {
		normalise_domain(key);
	}
	return key;
}
