/*
 * What every shipped NAME.schema.json promises: that it is a schema, that it tells a reader what
 * there is to know, that its examples are right, and that HubSpot, as far as the sandbox knows it,
 * has these properties, of these types, and takes the examples.
 */
#include "ask.h"

#include <glob.h>

#include "base/str.h"
#include "fakes/fake_http.h"
#include "fakes/fake_hubspot.h"
#include "object/object.h"
#include "record.h"
#include "schema/schema.h"

enum { NAME_BYTES = 32, STRING_MAX = 65536 };

/* ---- each schema, each of its properties ---- */

struct shipped {
	char name[NAME_BYTES]; /* "contacts" */
	json_t *schema;
	json_t *properties; /* of the schema */
	struct type *type;  /* what the model knows of it */
};

typedef void visit_schema(const struct shipped *shipped);
typedef void visit_property(
	const struct shipped *shipped, const char *name, const json_t *property);

static void read_shipped(const char *file, struct shipped *shipped) {
	json_error_t error;
	const char *base = strrchr(file, '/') + 1;
	snprintf(shipped->name, sizeof(shipped->name), "%.*s", (int)strcspn(base, "."), base);
	shipped->schema = json_load_file(file, JSON_REJECT_DUPLICATES, &error);
	if (shipped->schema == NULL) {
		fail_msg("%s:%d: %s", file, error.line, error.text);
	}
	shipped->properties = json_object_get(shipped->schema, "properties");
	shipped->type = model_type_find(model, shipped->name);
	assert_non_null(shipped->type);
}

static void each_schema(visit_schema *visit) {
	static const char *const NAMES[] = {
		"contacts", "companies", "deals", "tickets", "products"};
	enum { COUNT = sizeof(NAMES) / sizeof(NAMES[0]) };
	glob_t files;
	size_t found = 0;
	assert_int_equal(glob(SOURCES "/plugins/*/*.schema.json", 0, NULL, &files), 0);
	assert_int_equal(
		glob(SOURCES "/tests/plugins/*/*.schema.json", GLOB_APPEND, NULL, &files), 0);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		struct shipped shipped;
		read_shipped(files.gl_pathv[i], &shipped);
		for (size_t n = 0; n < COUNT; n++) {
			found += strcmp(NAMES[n], shipped.name) == 0;
		}
		visit(&shipped);
		json_decref(shipped.schema);
	}
	globfree(&files);
	assert_int_equal(found, COUNT);
}

static visit_property *visiting;

static void each_property_of(const struct shipped *shipped) {
	const char *name;
	json_t *property;
	json_object_foreach (shipped->properties, name, property) {
		visiting(shipped, name, property);
	}
}

static void each_property(visit_property *visit) {
	visiting = visit;
	each_schema(each_property_of);
}

#define complain(format, ...) fail_msg("%s, %s: " format, shipped->name, name, ##__VA_ARGS__)

static const char *text_of(const json_t *property, const char *keyword) {
	const char *text = json_string_value(json_object_get(property, keyword));
	return text != NULL ? text : "";
}

static bool is_of_type(const json_t *property, const char *type) {
	return strcmp(text_of(property, "type"), type) == 0;
}

static bool is_read_only(const json_t *property) {
	return json_is_true(json_object_get(property, "readOnly"));
}

static const char *hubspot_name(const char *name, const json_t *property) {
	const char *mapped = text_of(property, "x-hubspot-property");
	return *mapped != '\0' ? mapped : name;
}

static struct schema *compile(const char *what, const json_t *definition) {
	char error[SCHEMA_ERROR_SIZE];
	struct schema *schema = schema_compile(definition, error);
	if (schema == NULL) {
		fail_msg("%s: %s", what, error);
	}
	return schema;
}

static void assert_valid(
	const struct schema *schema, const char *object, const char *name, const json_t *value) {
	json_t *errors = json_array();
	if (!schema_validate(schema, value, 0, errors)) {
		char *text = json_dumps(errors, JSON_COMPACT);
		char *given = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		fail_msg("%s, %s: %s is not valid: %s", object, name, given, text);
	}
	json_decref(errors);
}

/* ---- what can be seen in the file itself ---- */

static void check_schema(const struct shipped *shipped) {
	static const char *const EVERYWHERE[] = {"id", "created_at", "updated_at"};
	const json_t *required = json_object_get(shipped->schema, "required");
	size_t index;
	json_t *entry;
	schema_destroy(compile(shipped->name, shipped->schema));
	assert_true(*text_of(shipped->schema, "title") != '\0');
	assert_true(*text_of(shipped->schema, "description") != '\0');
	assert_true(json_is_false(json_object_get(shipped->schema, "additionalProperties")));
	for (size_t i = 0; i < sizeof(EVERYWHERE) / sizeof(EVERYWHERE[0]); i++) {
		const json_t *property = json_object_get(shipped->properties, EVERYWHERE[i]);
		assert_true(is_of_type(property, "string") && is_read_only(property));
	}
	json_array_foreach ((json_t *)required, index, entry) {
		const json_t *property =
			json_object_get(shipped->properties, json_string_value(entry));
		assert_true(property != NULL && !is_read_only(property));
	}
}

static void every_schema_is_one(void **state) {
	(void)state;
	each_schema(check_schema);
}

/* Options that an account can edit are told as examples; an enum would refuse what HubSpot takes.
 */
static void check_told(const struct shipped *shipped, const char *name, const json_t *property) {
	json_int_t longest = json_integer_value(json_object_get(property, "maxLength"));
	bool is_text = is_of_type(property, "string") && *text_of(property, "format") == '\0';
	if (*text_of(property, "title") == '\0' || *text_of(property, "description") == '\0' ||
		json_array_size(json_object_get(property, "examples")) == 0) {
		complain("expected a title, a description and examples");
	}
	if (json_object_get(property, "enum") != NULL ||
		json_object_get(property, "const") != NULL) {
		complain("the account decides which values there are");
	}
	if (str_starts_with(name, "hs_")) {
		complain("HubSpot's prefix has no place in our names");
	}
	if (str_is_equal(text_of(property, "x-hubspot-property"), name)) {
		complain("that is its name already");
	}
	if (is_text && !is_read_only(property) && (longest < 1 || longest > STRING_MAX)) {
		complain("HubSpot takes at most %d characters", STRING_MAX);
	}
}

static void every_property_is_told(void **state) {
	(void)state;
	each_property(check_told);
}

static void check_examples(
	const struct shipped *shipped, const char *name, const json_t *property) {
	struct schema *schema = compile(name, property);
	size_t index;
	json_t *example;
	json_array_foreach (json_object_get(property, "examples"), index, example) {
		assert_valid(schema, shipped->name, name, example);
	}
	schema_destroy(schema);
}

static void every_example_is_valid(void **state) {
	(void)state;
	each_property(check_examples);
}

/* ---- what HubSpot has ---- */

static bool ends_in(const char *text, const char *end) {
	size_t length = strlen(text), tail = strlen(end);
	return length >= tail && strcmp(text + length - tail, end) == 0;
}

/* Numbers that are ids stay text; a text of HubSpot's that is a list may be told as one. */
static bool is_right_type(const struct property *theirs, const char *name, const json_t *ours) {
	switch (theirs->kind) {
	case KIND_NUMBER:
		return is_of_type(ours, "number") || is_of_type(ours, "integer") ||
			(ends_in(name, "id") && is_of_type(ours, "string"));
	case KIND_BOOL:
		return is_of_type(ours, "boolean");
	case KIND_DATE:
		return strcmp(text_of(ours, "format"), "date") == 0;
	case KIND_DATETIME:
		return strcmp(text_of(ours, "format"), "date-time") == 0;
	case KIND_ENUMERATION:
		return is_of_type(
			ours, (theirs->flags & PROPERTY_MULTIPLE) != 0 ? "array" : "string");
	case KIND_STRING:
		return is_of_type(ours, "string") ||
			(is_of_type(ours, "array") && is_read_only(ours));
	}
	return false;
}

static void check_there(const struct shipped *shipped, const char *name, const json_t *property) {
	struct property theirs;
	const char *hubspot = hubspot_name(name, property);
	if (!model_type_property(shipped->type, hubspot, &theirs) ||
		(theirs.flags & PROPERTY_STANDARD) == 0) {
		complain("HubSpot has no property \"%s\"", hubspot);
	}
	if ((theirs.flags & PROPERTY_READ_ONLY) != 0 && !is_read_only(property)) {
		complain("HubSpot's \"%s\" cannot be written", hubspot);
	}
	if (!is_right_type(&theirs, name, property)) {
		complain("HubSpot's \"%s\" is of another type", hubspot);
	}
}

static void every_property_is_hubspots(void **state) {
	(void)state;
	each_property(check_there);
}

/* ---- what HubSpot takes: each example is written, read back, and the same ---- */

static struct http *http;
static struct hubspot *hubspot;

static struct object *open_shipped(const struct shipped *shipped) {
	char path[NAME_BYTES + 1], error[256] = "";
	char *text = json_dumps(shipped->schema, 0);
	snprintf(path, sizeof(path), "/%s", shipped->name);
	const struct hsc_object declaration = HSC_OBJECT(.offers = HSC_OBJECT_ALL, .path = path,
		.name = shipped->type->singular, .hubspot = shipped->name, .schema = text);
	http = fake_http_make();
	hubspot = fake_hubspot_reset();
	struct object *object =
		object_open(http, hubspot, &declaration, &(struct object_owner){.name = "test"},
			NULL, error, sizeof(error));
	free(text);
	assert_string_equal(error, "");
	assert_non_null(object);
	return object;
}

static void take_first(const struct shipped *shipped, json_t *record, const char *name) {
	const json_t *property = json_object_get(shipped->properties, name);
	json_object_set(record, name, json_array_get(json_object_get(property, "examples"), 0));
}

/* The first examples of what a create needs; of a company HubSpot wants a name or a domain. */
static json_t *least(const struct shipped *shipped) {
	json_t *record = json_object();
	size_t index;
	json_t *name;
	json_array_foreach (json_object_get(shipped->schema, "required"), index, name) {
		take_first(shipped, record, json_string_value(name));
	}
	if (json_object_size(record) == 0) {
		take_first(shipped, record, "name");
	}
	return record;
}

/* Creates `record` in the model, and reads it back as a caller would get it. A new reference; NULL:
 * refused, and `reply` holds why. */
static json_t *written(const struct shipped *shipped, const struct object *object, json_t *record) {
	char url[64];
	json_t *asked = json_array();
	json_t *body = json_pack("{s:o}", "properties", object_to_hubspot(object, record));
	char *text = json_dumps(body, 0);
	snprintf(url, sizeof(url), "/crm/objects/2026-09/%s", shipped->name);
	int status = ask("POST", url, text);
	json_decref(body);
	free(text);
	if (status != 201) {
		json_decref(asked);
		return NULL;
	}
	for (const char *const *name = object_properties(object); *name != NULL; name++) {
		json_array_append_new(asked, json_string(*name));
	}
	body = json_pack("{s:[{s:O}], s:o}", "inputs", "id", at("id"), "properties", asked);
	text = json_dumps(body, 0);
	snprintf(url, sizeof(url), "/crm/objects/2026-09/%s/batch/read", shipped->name);
	assert_int_equal(ask("POST", url, text), 200);
	json_decref(body);
	free(text);
	return object_from_hubspot(object, at("results.0"));
}

/* The same value, or the same moment in other words. */
static bool is_same(const json_t *property, const json_t *sent, const json_t *read) {
	struct instant left, right;
	if (strcmp(text_of(property, "format"), "date-time") != 0 || !json_is_string(read)) {
		return json_equal(sent, read);
	}
	return model_instant_read(json_string_value(sent), &left) &&
		model_instant_read(json_string_value(read), &right) && left.ms == right.ms;
}

static struct object *open_now;
static struct schema *schema_now;

static void write_example(const struct shipped *shipped, const char *name, json_t *example) {
	json_t *record = least(shipped);
	json_object_set(record, name, example);
	control("{\"reset\":true}");
	control("{\"limit\":\"off\"}");
	json_t *read = written(shipped, open_now, record);
	if (read == NULL) {
		complain("HubSpot refuses an example: %s", reply.bytes);
	}
	if (!is_same(json_object_get(shipped->properties, name), example,
		    json_object_get(read, name))) {
		char *text = json_dumps(read, JSON_COMPACT);
		complain("an example comes back changed: %s", text);
	}
	assert_valid(schema_now, shipped->name, name, read);
	json_decref(record);
	json_decref(read);
}

/* An owner's address is not HubSpot's to take: the host looks it up first. */
static bool is_for_hubspot(const char *name, const json_t *example) {
	const char *text = json_string_value(example);
	return strcmp(name, "hubspot_owner_id") != 0 || strchr(text, '@') == NULL;
}

static void write_examples(const struct shipped *shipped) {
	const char *name;
	json_t *property;
	open_now = open_shipped(shipped);
	schema_now = compile(shipped->name, shipped->schema);
	json_object_foreach (shipped->properties, name, property) {
		size_t index;
		json_t *example;
		json_array_foreach (json_object_get(property, "examples"), index, example) {
			if (!is_read_only(property) && is_for_hubspot(name, example)) {
				write_example(shipped, name, example);
			}
		}
	}
	schema_destroy(schema_now);
	hubspot_destroy(hubspot);
	http_destroy(http);
	object_close_all();
}

static void hubspot_takes_every_example(void **state) {
	(void)state;
	each_schema(write_examples);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(every_schema_is_one),
		TEST(every_property_is_told),
		TEST(every_example_is_valid),
		TEST(every_property_is_hubspots),
		TEST(hubspot_takes_every_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
