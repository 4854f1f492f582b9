/* One value of one property: is it right, and how is it kept? */
#include "inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VALUE_MAX = 65536 };

void model_fault_property(
	const struct cleaning *cleaning, const char *name, const char *code, json_t *message) {
	json_array_append_new(cleaning->faults,
		json_pack("{s:b,s:O*,s:s,s:s,s:O*,s:I}", "isValid", 0, "message", message, "error",
			code, "name", name, "localizedErrorMessage", message, "portalId",
			model_portal(cleaning->model)));
	json_decref(message);
}

/* ---- options ---- */

static void label_of(const char *value, size_t length, char label[128]) {
	bool is_first = true;
	size_t i = 0;
	for (; i < length && i < 127; i++) {
		char c = value[i];
		bool is_small = !is_first && c >= 'A' && c <= 'Z';
		label[i] = c == '_' ? ' ' : (char)(is_small ? c | 0x20 : c);
		is_first = c == '_';
	}
	label[i] = '\0';
}

static json_t *option(const char *text, size_t length, int order) {
	const char *equals = memchr(text, '=', length);
	size_t value_length = equals == NULL ? length : (size_t)(equals - text);
	char label[128];
	if (equals != NULL) {
		snprintf(
			label, sizeof(label), "%.*s", (int)(length - value_length - 1), equals + 1);
	} else {
		label_of(text, length, label);
	}
	return json_pack("{s:s,s:s%,s:i,s:b}", "label", label, "value", text, value_length,
		"displayOrder", order, "hidden", 0);
}

static const char *options_text(const struct property *property) {
	return property->kind == KIND_BOOL ? "true=True|false=False" : property->options;
}

json_t *model_property_options(const struct type *type, const struct property *property) {
	const json_t *own = json_object_get(model_type_own(type, property->name), "options");
	if (json_array_size(own) > 0) {
		return json_deep_copy(own);
	}
	json_t *options = json_array();
	const char *text = options_text(property);
	for (int order = 0; text != NULL && *text != '\0'; order++) {
		size_t length = strcspn(text, "|");
		json_array_append_new(options, option(text, length, order));
		text += length + (text[length] == '|');
	}
	return options;
}

static bool is_in_text(const char *text, const char *value, size_t length) {
	while (*text != '\0') {
		size_t width = strcspn(text, "|");
		size_t value_width = strcspn(text, "=|");
		if (value_width == length && strncmp(text, value, length) == 0) {
			return true;
		}
		text += width + (text[width] == '|');
	}
	return false;
}

static bool is_in_list(const json_t *options, const char *value, size_t length) {
	size_t at;
	json_t *entry;
	json_array_foreach ((json_t *)options, at, entry) {
		const char *known = json_string_value(json_object_get(entry, "value"));
		if (known != NULL && strlen(known) == length &&
			strncmp(known, value, length) == 0) {
			return true;
		}
	}
	return false;
}

/* Options that nobody declared cannot be judged: HubSpot has lists that this
 * model has not. */
static bool is_option(const struct type *type, const struct property *property, const char *value,
	size_t length) {
	const json_t *own = model_type_own(type, property->name);
	bool is_external = json_is_true(json_object_get(own, "externalOptions"));
	const char *text = options_text(property);
	if (own != NULL && property->kind == KIND_ENUMERATION && !is_external) {
		return is_in_list(json_object_get(own, "options"), value, length);
	}
	return text == NULL || is_in_text(text, value, length);
}

static const char *text_in(const json_t *entry, const char *name) {
	const char *text = json_string_value(json_object_get(entry, name));
	return text == NULL ? "" : text;
}

static json_t *option_message(const json_t *options, const char *value) {
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	if (out == NULL) {
		return json_sprintf("%s was not one of the allowed options", value);
	}
	fprintf(out, "%s was not one of the allowed options: [", value);
	size_t at;
	json_t *entry;
	json_array_foreach ((json_t *)options, at, entry) {
		fprintf(out,
			"%slabel: \"%s\"\nvalue: \"%s\"\ndisplay_order: %zu\nhidden: false\n"
			"description: \"\"\nread_only: false\n",
			at == 0 ? "" : ", ", text_in(entry, "label"), text_in(entry, "value"), at);
	}
	fprintf(out, "]");
	fclose(out);
	json_t *message = json_string(text);
	free(text);
	return message;
}

void model_fault_option(
	const struct cleaning *cleaning, const char *name, const char *value, json_t *options) {
	model_fault_property(cleaning, name, "INVALID_OPTION", option_message(options, value));
	json_decref(options);
}

/* ---- one kind after the other: the value as it is kept, or NULL and a fault
 * ---- */

static bool has_word(const char *list, const char *word, size_t length) {
	while (list != NULL && *list != '\0') {
		size_t width = strcspn(list, ";");
		if (width == length && strncmp(list, word, length) == 0) {
			return true;
		}
		list += width + (list[width] == ';');
	}
	return false;
}

/* ";b" is added to what the record has. */
static json_t *appended(const char *before, const char *added) {
	json_t *list = json_string(before);
	while (*added != '\0') {
		size_t width = strcspn(added, ";");
		const char *now = json_string_value(list);
		if (width > 0 && !has_word(now, added, width)) {
			json_t *longer = json_sprintf("%s%s%.*s", now == NULL ? "" : now,
				now == NULL || *now == '\0' ? "" : ";", (int)width, added);
			json_decref(list);
			list = longer;
		}
		added += width + (added[width] == ';');
	}
	return list;
}

static json_t *clean_options(
	const struct cleaning *cleaning, const struct property *property, const char *value) {
	bool is_multiple = (property->flags & PROPERTY_MULTIPLE) != 0;
	const char *rest = value;
	while (*rest != '\0') {
		size_t width = is_multiple ? strcspn(rest, ";") : strlen(rest);
		if (width > 0 && !is_option(cleaning->type, property, rest, width)) {
			model_fault_option(cleaning, property->name, value,
				model_property_options(cleaning->type, property));
			return NULL;
		}
		rest += width + (rest[width] == ';');
	}
	if (!is_multiple || *value != ';') {
		return json_string(value);
	}
	const json_t *stored = cleaning->record == NULL ? NULL : cleaning->record->properties;
	const char *before = json_string_value(json_object_get(stored, property->name));
	return appended(before == NULL ? "" : before, value);
}

static bool is_number(const char *text) {
	text += *text == '-' || *text == '+';
	size_t whole = strspn(text, "0123456789");
	text += whole;
	size_t places = 0;
	if (*text == '.') {
		places = strspn(text + 1, "0123456789");
		text += 1 + places;
	}
	return *text == '\0' && whole + places > 0;
}

static json_t *clean_number(
	const struct cleaning *cleaning, const struct property *property, const char *value) {
	if (is_number(value)) {
		return json_string(value);
	}
	model_fault_property(cleaning, property->name, "INVALID_INTEGER",
		json_sprintf("%s was not a valid number", property->name));
	return NULL;
}

static void warn(const struct cleaning *cleaning, const struct property *property, const char *raw,
	const char *kept) {
	json_array_append_new(cleaning->warnings,
		json_pack("{s:s,s:o*,s:{s:s,s:s,s:s}}", "category", "PROPERTY_VALUE_NORMALIZED",
			"message", json_sprintf("%s was normalized", property->name), "context",
			"propertyName", property->name, "rawValue", raw, "normalizedValue", kept));
}

static json_t *midnight_message(const char *value, int64_t past) {
	int seconds = (int)(past / 1000);
	return json_sprintf("%s is at %d:%d:%d.%d UTC, not midnight!", value, seconds / 3600,
		seconds / 60 % 60, seconds % 60, (int)(past % 1000));
}

static json_t *clean_date(
	const struct cleaning *cleaning, const struct property *property, const char *value) {
	struct instant instant;
	char kept[ISO_SIZE];
	bool is_instant = model_instant_read(value, &instant);
	int64_t past = is_instant ? model_instant_past_midnight(instant.ms) : 0;
	bool is_exact = is_instant && past == 0 && (instant.is_date || instant.is_number);
	if (!is_instant || (!is_exact && !cleaning->normalises)) {
		model_fault_property(cleaning, property->name, "INVALID_DATE",
			is_instant ? midnight_message(value, past)
				   : json_sprintf("%s was not a valid date.", value));
		return NULL;
	}
	model_instant_date(instant.ms, kept);
	if (!is_exact) {
		warn(cleaning, property, value, kept);
	}
	return json_string(kept);
}

static json_t *clean_datetime(
	const struct cleaning *cleaning, const struct property *property, const char *value) {
	struct instant instant;
	char kept[ISO_SIZE];
	bool is_instant = model_instant_read(value, &instant);
	bool is_too_fine = is_instant && instant.fraction_digits > 3;
	if (!is_instant || (is_too_fine && !cleaning->normalises)) {
		model_fault_property(cleaning, property->name, "INVALID_LONG",
			json_sprintf("%s was not a valid long.", value));
		return NULL;
	}
	model_instant_iso(instant.ms, kept);
	if (is_too_fine) {
		warn(cleaning, property, value, kept);
	}
	return json_string(kept);
}

static json_t *clean_enumeration(
	const struct cleaning *cleaning, const struct property *property, const char *value) {
	if ((property->flags & PROPERTY_PIPELINE) != 0) {
		return json_string(value); /* rules.c looks at both of them together */
	}
	if ((property->flags & PROPERTY_OWNER) == 0) {
		return clean_options(cleaning, property, value);
	}
	if (model_owner_exists(cleaning->model, value)) {
		return json_string(value);
	}
	model_fault_property(cleaning, property->name, "INVALID_OWNER_ID",
		json_sprintf("Owner %s does not exist", value));
	return NULL;
}

static json_t *clean_string(
	const struct cleaning *cleaning, const struct property *property, const char *value) {
	if (cleaning->type->is_contact && strcmp(property->name, "email") == 0 &&
		!model_is_email(value)) {
		model_fault_property(cleaning, property->name, "INVALID_EMAIL",
			json_sprintf("Email address %s is invalid", value));
		return NULL;
	}
	return json_string(value);
}

static size_t characters(const char *text) {
	size_t count = 0;
	for (; *text != '\0'; text++) {
		count += ((unsigned char)*text & 0xc0) != 0x80; /* not those that continue one */
	}
	return count;
}

json_t *model_value_clean(
	const struct cleaning *cleaning, const struct property *property, const char *value) {
	typedef json_t *clean_fn(const struct cleaning *, const struct property *, const char *);
	static clean_fn *const kinds[] = {
		[KIND_STRING] = clean_string,
		[KIND_NUMBER] = clean_number,
		[KIND_BOOL] = clean_options,
		[KIND_ENUMERATION] = clean_enumeration,
		[KIND_DATE] = clean_date,
		[KIND_DATETIME] = clean_datetime,
	};
	if ((property->flags & PROPERTY_READ_ONLY) != 0) {
		model_fault_property(cleaning, property->name, "READ_ONLY_VALUE",
			json_sprintf("\"%s\" is a read only property; its value cannot be set.",
				property->name));
		return NULL;
	}
	if (characters(value) > VALUE_MAX) {
		model_fault_property(cleaning, property->name, "VALUE_TOO_LONG",
			json_sprintf("%s is longer than %d characters", property->name, VALUE_MAX));
		return NULL;
	}
	return *value == '\0' ? json_string("") : kinds[property->kind](cleaning, property, value);
}
