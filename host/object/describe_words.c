#include "object/describe.h"

#include <ctype.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/str.h"

enum { NOUN_BYTES_MAX = 256, TEXT_BYTES_MAX = 64 * 1024 };

/* ---- names ---- */

static char *pascal(const char *text, const char *tail) {
	struct buf to;
	bool is_start = true;
	buf_init(&to, NOUN_BYTES_MAX);
	for (const char *c = text; *c != '\0'; c++) {
		unsigned char letter = (unsigned char)*c;
		if (isalnum(letter)) {
			buf_add_char(&to, (char)(is_start ? toupper(letter) : letter));
		}
		is_start = !isalnum(letter);
	}
	buf_add_text(&to, tail);
	char *noun = buf_take(&to);
	return noun != NULL ? noun : must_strdup("Record");
}

struct search {
	const struct object *object;
	bool is_shared;
};

static void look(const struct object *other, void *ctx) {
	struct search *search = ctx;
	search->is_shared |=
		other != search->object && strcmp(other->name, search->object->name) == 0;
}

/* Schemas that are not of one object, and what comes of them with Page, Result and Problem behind
 * it. */
static bool is_taken(const char *noun) {
	static const char *const TAKEN[] = {"Associations", "FieldError", "Health", "HubSpot",
		"HubSpotProblem", "Link", "Paging", "Problem", "Readiness", "Search"};
	for (size_t i = 0; i < sizeof(TAKEN) / sizeof(TAKEN[0]); i++) {
		if (strcmp(noun, TAKEN[i]) == 0) {
			return true;
		}
	}
	return false;
}

char *describe_noun(const struct object *object) {
	struct search search = {.object = object};
	object_each(look, &search);
	const char *name = search.is_shared ? object->path + 1 : object->name;
	char *noun = pascal(name, "");
	if (is_taken(noun)) {
		free(noun);
		noun = pascal(name, "Record");
	}
	return noun;
}

/* "line_item" -> "line item" */
static json_t *spaced(const char *name) {
	char *text = must_strdup(name);
	for (char *c = text; *c != '\0'; c++) {
		*c = strchr("_-", *c) != NULL ? ' ' : *c;
	}
	json_t *spaced = json_string(text);
	free(text);
	return spaced;
}

/* ---- the words of an object ---- */

static void set(json_t *to, const char *word, json_t *value) {
	json_object_set_new(to, word, value != NULL ? value : json_null());
}

static void add_names(json_t *texts, const struct object *object) {
	char *noun = describe_noun(object);
	char *nouns = pascal(object->path, "");
	json_auto_t *name = spaced(object->name);
	const char *text = json_string_value(name);
	set(texts, "@Noun@", json_string(noun));
	set(texts, "@Nouns@", json_string(nouns));
	set(texts, "@Title@", json_string(object->title));
	set(texts, "@noun@", json_incref(name));
	set(texts, "@nouns@", spaced(object->path + 1));
	set(texts, "@a noun@",
		json_sprintf("%s %s", strchr("aeiou", *text) != NULL ? "an" : "a", text));
	set(texts, "@id member@", json_string(object->id_member));
	free(noun);
	free(nouns);
}

static void add_sentences(json_t *texts, const struct object *object) {
	const char *key = object->key != NULL ? object->key->name : NULL;
	bool has_links = (object->offers & HSC_OBJECT_LINKS) != 0;
	set(texts, "@Verb@", json_string(key != NULL ? "Create or update" : "Create"));
	set(texts, "@such as@",
		key != NULL ? json_sprintf(", such as `%s`", key) : json_string(""));
	set(texts, "@by key@",
		key != NULL
			? json_sprintf("Looked up by `%s`: what is there is updated, else it is "
				       "created.",
				  key)
			: json_string("Every request creates one: this object has no key to know "
				      "its records by."));
	set(texts, "@links@",
		json_string(has_links
				? " With `associations` it is linked, too, once it is written."
				: ""));
}

static void list_object(const struct object *object, void *ctx) {
	json_array_append_new(ctx, json_string(object->path + 1));
}

static void add_parts(json_t *parts, const struct object *object) {
	json_t *objects = json_array();
	object_each(list_object, objects);
	set(parts, "@objects@", objects);
	set(parts, "@modes@",
		object->key != NULL ? json_pack("[s, s, s]", "upsert", "create", "update")
				    : json_pack("[s, s]", "upsert", "create"));
	json_t *write = example_write(object);
	set(parts, "@example record@", example_record(object, write));
	set(parts, "@example patch@", example_patch(object, write));
	set(parts, "@example search@", example_search(object, write));
	set(parts, "@example write@", write);
}

void words_init(struct words *words, const struct object *object) {
	*words = (struct words){.texts = json_object(), .parts = json_object()};
	add_names(words->texts, object);
	add_sentences(words->texts, object);
	add_parts(words->parts, object);
}

void words_finish(struct words *words) {
	json_decref(words->texts);
	json_decref(words->parts);
}

/* ---- filling in ---- */

static json_t *fill_text(const struct words *words, const char *text) {
	struct buf to;
	buf_init(&to, TEXT_BYTES_MAX);
	while (*text != '\0') {
		size_t plain = strcspn(text, "@");
		buf_add(&to, text, plain);
		text += plain;
		const char *end = *text == '@' ? strchr(text + 1, '@') : NULL;
		size_t length = end != NULL ? (size_t)(end - text) + 1 : *text == '@';
		const char *word = json_string_value(json_object_getn(words->texts, text, length));
		if (word != NULL) {
			buf_add_text(&to, word);
		} else {
			buf_add(&to, text, length);
		}
		text += length;
	}
	json_t *filled = json_string(buf_text(&to));
	buf_finish(&to);
	return filled;
}

static json_t *fill_object(const struct words *words, const json_t *value) {
	json_t *filled = json_object();
	const char *name = NULL;
	json_t *member = NULL;
	json_object_foreach ((json_t *)value, name, member) {
		json_t *one = words_fill(words, member);
		json_auto_t *as = fill_text(words, name);
		if (one != NULL) {
			json_object_set_new(filled, json_string_value(as), one);
		}
	}
	return filled;
}

static json_t *fill_array(const struct words *words, const json_t *value) {
	json_t *filled = json_array();
	size_t index = 0;
	json_t *item = NULL;
	json_array_foreach (value, index, item) {
		json_t *one = words_fill(words, item);
		if (one == NULL) { /* an array without it would say something else */
			json_decref(filled);
			return NULL;
		}
		json_array_append_new(filled, one);
	}
	return filled;
}

json_t *words_fill(const struct words *words, const json_t *value) {
	const char *text = json_string_value(value);
	const json_t *part = text != NULL ? json_object_get(words->parts, text) : NULL;
	if (part != NULL) {
		return json_is_null(part) ? NULL : json_deep_copy(part);
	}
	return json_is_object(value)   ? fill_object(words, value)
		: json_is_array(value) ? fill_array(words, value)
		: text != NULL         ? fill_text(words, text)
				       : json_deep_copy(value);
}
