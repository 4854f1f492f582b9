/* clang-format off */
/*
 * object_files.c - HubSpot objects with no compiler at all: each NAME.object.json of a folder
 * declares one.
 *
 *   {"path": "/invoices",          absent: "/NAME"
 *    "name": "invoice",            one of them: "hubspot_invoice_id", "Invoice created successfully"
 *    "hubspot": "2-123456",        absent: NAME
 *    "key": "invoice_number",      absent: POST creates
 *    "offers": ["upsert", "crud", "list", "batch", "links"],    absent: all
 *    "schema": {...}}              JSON Schema of one record
 *
 * A file that cannot be used stops the start, with a line that names it.
 */
/* clang-format on */
#include <hubspot-connector/plugin.h>
#include <jansson.h>

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096, FILE_BYTES_MAX = 4 * 1024 * 1024 };

static const char suffix[] = ".object.json";

static const char config_schema[] =
	"{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
	"\"folder\":{\"description\":\"holds NAME.object.json files; CONNECTOR_OBJECT_DIR\","
	"\"type\":\"string\",\"minLength\":1}}}";

struct declaration {
	const char *file; /* for messages */
	char path[256];   /* "/NAME", for what the file leaves out */
	struct hsc_object object;
};

static bool fail(
	const struct hsc_host *host, const char *file, const char *what, const char *found) {
	hsc_log(host, HSC_ERROR, NULL, "object file %s: %s%s%s", file, what,
		found != NULL ? " " : "", found != NULL ? found : "");
	return false;
}

/* ---- one file ---- */

static bool read_offers(
	const struct hsc_host *host, const json_t *names, struct declaration *declaration) {
	static const struct {
		const char *name;
		uint32_t offer;
	} offers[] = {{"upsert", HSC_OBJECT_UPSERT}, {"crud", HSC_OBJECT_CRUD},
		{"list", HSC_OBJECT_LIST}, {"batch", HSC_OBJECT_BATCH},
		{"links", HSC_OBJECT_LINKS}};
	size_t index;
	json_t *name;
	if (!json_is_array(names) || json_array_size(names) == 0) {
		return fail(host, declaration->file, "offers is no list of names", NULL);
	}
	declaration->object.offers = 0;
	json_array_foreach ((json_t *)(size_t)names, index, name) {
		uint32_t offer = 0;
		for (size_t i = 0; i < sizeof(offers) / sizeof(offers[0]); i++) {
			bool is_it = json_is_string(name) &&
				strcmp(json_string_value(name), offers[i].name) == 0;
			offer |= is_it ? offers[i].offer : 0;
		}
		if (offer == 0) {
			return fail(host, declaration->file,
				"offers are upsert, crud, list, batch and links, not",
				json_is_string(name) ? json_string_value(name) : "what is no name");
		}
		declaration->object.offers |= offer;
	}
	return true;
}

/* A member that is there is a string with something in it. */
static bool read_text(const struct hsc_host *host, const struct declaration *declaration,
	const json_t *value, const char *name, const char **to) {
	if (value != NULL && json_string_length(value) == 0) {
		return fail(host, declaration->file, "expected a text in the member", name);
	}
	*to = value != NULL ? json_string_value(value) : *to;
	return true;
}

static bool read_member(const struct hsc_host *host, struct declaration *declaration,
	const char *name, json_t *value) {
	struct hsc_object *object = &declaration->object;
	const struct {
		const char *name;
		const char **to;
	} texts[] = {{"path", &object->path}, {"name", &object->name},
		{"hubspot", &object->hubspot}, {"key", &object->key}};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (strcmp(name, texts[i].name) == 0) {
			return read_text(host, declaration, value, name, texts[i].to);
		}
	}
	if (strcmp(name, "offers") == 0) {
		return read_offers(host, value, declaration);
	}
	return strcmp(name, "schema") == 0 ||
		fail(host, declaration->file,
			"its members are path, name, hubspot, key, offers and schema, not", name);
}

static bool read_members(
	const struct hsc_host *host, struct declaration *declaration, json_t *members) {
	const char *name;
	json_t *value;
	if (!json_is_object(members)) {
		return fail(host, declaration->file, "expected a JSON object", NULL);
	}
	json_object_foreach (members, name, value) {
		if (!read_member(host, declaration, name, value)) {
			return false;
		}
	}
	if (declaration->object.name == NULL) {
		return fail(host, declaration->file, "a member is missing:", "name");
	}
	return json_object_get(members, "schema") != NULL ||
		fail(host, declaration->file, "a member is missing:", "schema");
}

/* The host takes copies, and says by itself what is wrong with path, key or schema. */
static bool declare(const struct hsc_host *host, struct declaration *declaration, json_t *members) {
	if (!read_members(host, declaration, members)) {
		return false;
	}
	char *schema = json_dumps(json_object_get(members, "schema"), JSON_ENCODE_ANY);
	declaration->object.schema = schema;
	int error =
		schema != NULL ? host->http->add_object(host, &declaration->object) : HSC_ENOMEM;
	free(schema);
	return error == 0 ||
		fail(host, declaration->file, "the host does not take it, see plugin misuse above",
			NULL);
}

static json_t *load(const struct hsc_host *host, const char *file) {
	struct stat status;
	json_error_t fault;
	if (stat(file, &status) != 0) {
		fail(host, file, "cannot be read:", strerror(errno));
		return NULL;
	}
	if (!S_ISREG(status.st_mode) ||
		status.st_size > FILE_BYTES_MAX) { /* a FIFO would wait for ever */
		fail(host, file, "expected a regular file of 4 MiB at most", NULL);
		return NULL;
	}
	json_t *members = json_load_file(file, JSON_REJECT_DUPLICATES, &fault);
	if (members == NULL) {
		char where[JSON_ERROR_TEXT_LENGTH + 32];
		bool is_read = fault.line > 0;
		snprintf(where, sizeof(where), "line %d, %s", fault.line, fault.text);
		fail(host, file,
			is_read ? "is not JSON:" : "cannot be read:", is_read ? where : fault.text);
	}
	return members;
}

static bool add_file(const struct hsc_host *host, const char *folder, const char *entry) {
	char file[PATH_BYTES];
	struct declaration declaration = {.file = file};
	int name_length = (int)(strlen(entry) - strlen(suffix));
	int length = snprintf(file, sizeof(file), "%s/%s", folder, entry);
	snprintf(declaration.path, sizeof(declaration.path), "/%.*s", name_length, entry);
	if (length < 0 || (size_t)length >= sizeof(file)) {
		return fail(host, folder, "the path is too long to", entry);
	}
	json_t *members = load(host, file);
	declaration.object = (struct hsc_object)HSC_OBJECT(.offers = HSC_OBJECT_ALL,
		.path = declaration.path, .hubspot = declaration.path + 1);
	bool is_good = members != NULL && declare(host, &declaration, members);
	json_decref(members);
	return is_good;
}

/* ---- the folder ---- */

static int is_object_file(const struct dirent *entry) {
	size_t length = strlen(entry->d_name), tail = strlen(suffix);
	return entry->d_name[0] != '.' && length > tail &&
		strcmp(entry->d_name + length - tail, suffix) == 0;
}

/* By bytes, not by the locale: the order must be the same everywhere. */
static int compare(const struct dirent **a, const struct dirent **b) {
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool add_folder(const struct hsc_host *host, const char *folder) {
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_object_file, compare);
	bool is_good =
		count >= 0 || fail(host, folder, "the folder cannot be read:", strerror(errno));
	for (int i = 0; i < count; i++) {
		is_good = is_good && add_file(host, folder, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	if (is_good) {
		hsc_log(host, HSC_INFO, NULL, "%d objects from %s", count, folder);
	}
	return is_good;
}

static int init(const struct hsc_host *host, void **state) {
	const char *folder = json_string_value(json_object_get(host->config, "folder"));
	(void)state;
	return folder == NULL || add_folder(host, folder) ? 0 : HSC_EINVAL;
}

HSC_PLUGIN(.name = "object-files", .version = "0.9.0", .config_schema = config_schema,
	.init = init);
