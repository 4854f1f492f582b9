/*
 * `properties pull`: the account's definitions as fragments for objects.NAME.properties.
 *
 * The object is opened without the operator's fragments, so that what is printed takes the place of
 * all of them, and a configuration file that has gone wrong there can be mended with it. Names that
 * the operator has chosen in it are kept.
 */
#include "check.h"

#include "ask.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "fragment.h"
#include "object/object.h"
#include "ours.h"

enum { NEAR_EDITS = 3, PLACE_SIZE = 160, INDENT = 2 };

static const char MAPPED[] = "x-hubspot-property";

struct pull {
	const char *object;  /* "contacts" */
	json_t *own;         /* the operator's fragments, {our name: fragment}; borrowed; or NULL */
	json_t *shipped;     /* ours_of() the plugin's own schema */
	json_t *account;     /* whose the definitions are; NULL: not known */
	json_t *definitions; /* {HubSpot's name: definition} */
	json_t *fragments;   /* {our name: fragment}: what is printed */
	size_t hubspot_defined; /* how many of them are no account's own */
};

static bool fail(char error[HOST_ERROR_SIZE], const char *what, const char *found,
	const char *where, const char *near) {
	snprintf(error, HOST_ERROR_SIZE, "%s \"%.100s\"%s%s%.100s%s", what, found, where,
		near != NULL ? "; did you mean " : "", near != NULL ? near : "",
		near != NULL ? "?" : "");
	return false;
}

/* ---- names ---- */

/* HubSpot's name of what the operator's fragment `name` is about. */
static const char *hubspot_of_own(
	const struct pull *pull, const char *name, const json_t *fragment) {
	const char *mapped = json_member_text(fragment, MAPPED);
	const char *shipped = ours_hubspot(pull->shipped, name);
	return mapped != NULL ? mapped : shipped != NULL ? shipped : name;
}

/* The name by which HubSpot's property is known already; NULL: it is not. */
static const char *known_name(const struct pull *pull, const char *hubspot) {
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach (pull->own, name, value) {
		if (str_is_equal(hubspot_of_own(pull, name, value), hubspot)) {
			return name;
		}
	}
	json_object_foreach (pull->fragments, name, value) {
		const char *mapped = json_member_text(value, MAPPED);
		if (str_is_equal(mapped != NULL ? mapped : name, hubspot)) {
			return name;
		}
	}
	const char *shipped = ours_find(pull->shipped, hubspot);
	bool is_moved = shipped != NULL && json_object_get(pull->own, shipped) != NULL;
	return is_moved ? NULL : shipped; /* the operator calls another one so */
}

/* "associations" is a member of every record that is written. */
static bool is_taken(const struct pull *pull, const char *name) {
	return str_is_equal(name, "associations") || json_object_get(pull->shipped, name) != NULL ||
		json_object_get(pull->own, name) != NULL ||
		json_object_get(pull->fragments, name) != NULL;
}

/* What HubSpot's property is to be called: as before, or as HubSpot does, unless another one is
 * called so. The caller frees it; NULL: out of memory. */
static char *choose_name(const struct pull *pull, const char *hubspot) {
	const char *known = known_name(pull, hubspot);
	char *name = strdup(known != NULL ? known : hubspot);
	while (known == NULL && name != NULL && is_taken(pull, name)) {
		char *longer = str_format("hubspot_%s", name);
		free(name);
		name = longer;
	}
	return name;
}

/* ---- fragments ---- */

/* A fragment without a mapping would inherit that of the shipped property that it replaces. */
static bool needs_mapping(const struct pull *pull, const char *name, const char *hubspot) {
	const char *inherited = ours_hubspot(pull->shipped, name);
	return strcmp(name, hubspot) != 0 || (inherited != NULL && strcmp(inherited, hubspot) != 0);
}

static bool add(struct pull *pull, const char *hubspot, const json_t *definition) {
	char *name = choose_name(pull, hubspot);
	json_auto_t *fragment = fragment_of(definition);
	bool is_added = name != NULL && fragment != NULL &&
		(!needs_mapping(pull, name, hubspot) ||
			json_object_set_new(fragment, MAPPED, json_string(hubspot)) == 0);
	if (is_added && json_object_get(pull->fragments, name) == NULL) {
		pull->hubspot_defined +=
			json_is_true(json_object_get(definition, "hubspotDefined"));
	}
	is_added = is_added && json_object_set(pull->fragments, name, fragment) == 0;
	free(name);
	return is_added;
}

static bool add_all(struct pull *pull, char error[HOST_ERROR_SIZE]) {
	const char *hubspot = NULL;
	json_t *definition = NULL;
	json_object_foreach (pull->definitions, hubspot, definition) {
		if (ours_find(pull->shipped, hubspot) == NULL && !add(pull, hubspot, definition)) {
			snprintf(error, HOST_ERROR_SIZE, "out of memory");
			return false;
		}
	}
	return true;
}

static const char *nearest_definition(const struct pull *pull, const char *name) {
	const char *nearest = NULL, *other = NULL;
	json_t *definition = NULL;
	size_t edits = NEAR_EDITS + 1;
	json_object_foreach (pull->definitions, other, definition) {
		size_t distance = str_distance(name, other, NEAR_EDITS);
		if (distance < edits) {
			edits = distance;
			nearest = other;
		}
	}
	return nearest;
}

/* A name is HubSpot's or else one of ours. */
static bool add_named(struct pull *pull, const char *name, char error[HOST_ERROR_SIZE]) {
	const char *hubspot = name;
	if (json_object_get(pull->definitions, name) == NULL) {
		const json_t *fragment = json_object_get(pull->own, name);
		hubspot = hubspot_of_own(pull, name, fragment);
	}
	const json_t *definition = json_object_get(pull->definitions, hubspot);
	if (definition == NULL) {
		return fail(error, "there is no property", name, " in the account",
			nearest_definition(pull, name));
	}
	if (!add(pull, hubspot, definition)) {
		snprintf(error, HOST_ERROR_SIZE, "out of memory");
		return false;
	}
	return true;
}

/* `names`: apart by commas. */
static bool add_each(struct pull *pull, const char *names, char error[HOST_ERROR_SIZE]) {
	char *words = must_strdup(names);
	char *rest = NULL;
	bool is_good = true;
	for (char *word = strtok_r(words, ", ", &rest); word != NULL && is_good;
		word = strtok_r(NULL, ", ", &rest)) {
		is_good = add_named(pull, word, error);
	}
	free(words);
	return is_good;
}

/* ---- the command ---- */

/* Of `objects` only what the question needs: which type the object is in HubSpot. NULL: out of
 * memory. */
static json_t *without_fragments(const json_t *objects, const char *name) {
	json_t *type = json_object_get(json_object_get(objects, name), "hubspot");
	return type == NULL ? json_object() : json_pack("{s:{s:O}}", name, "hubspot", type);
}

static bool print(const json_t *fragments) {
	char *text = json_dumps(fragments, JSON_INDENT(INDENT));
	bool is_printed = text != NULL && puts(text) >= 0 && fflush(stdout) == 0;
	free(text);
	return is_printed;
}

static void hint(const struct pull *pull) {
	char place[PLACE_SIZE];
	snprintf(place, sizeof(place), "objects.%.100s.properties", pull->object);
	LOG_INFO("properties pulled", log_uint("count", json_object_size(pull->fragments)),
		log_uint("hubspot_defined", pull->hubspot_defined), log_text("for", place),
		log_text("account", json_member_text(pull->account, "id")),
		log_text("type", json_member_text(pull->account, "type")));
}

static bool pull_from(struct host *host, struct pull *pull, const struct object *object,
	char error[HOST_ERROR_SIZE]) {
	const char *names = host->command->names;
	pull->shipped = ours_of(object);
	pull->fragments = json_object();
	if (pull->shipped == NULL || pull->fragments == NULL) {
		snprintf(error, HOST_ERROR_SIZE, "out of memory");
		return false;
	}
	if (!ask_account(host, &pull->account, error)) {
		return false;
	}
	pull->definitions = ask_definitions(host, object_hubspot_type(object), error);
	if (pull->definitions == NULL ||
		!(names != NULL ? add_each(pull, names, error) : add_all(pull, error))) {
		return false;
	}
	if (!print(pull->fragments)) {
		snprintf(error, HOST_ERROR_SIZE, "standard output does not take it");
		return false;
	}
	hint(pull);
	return true;
}

static int refuse(const char *why, int code) {
	LOG_ERROR("properties not pulled", log_text("why", why));
	return code;
}

static int pull_with(struct host *host, struct pull *pull) {
	char error[HOST_ERROR_SIZE];
	const struct object *object = object_find(pull->object);
	if (object == NULL) {
		fail(error, "no loaded plugin declares an object", pull->object, "",
			object_nearest(pull->object));
		return refuse(error, EXIT_WRONG);
	}
	bool is_good = pull_from(host, pull, object, error);
	json_decref(pull->fragments);
	json_decref(pull->definitions);
	json_decref(pull->account);
	json_decref(pull->shipped);
	return is_good ? EXIT_GOOD : refuse(error, EXIT_FAILED);
}

int pull_run(const struct command *command, struct config *config) {
	struct host host;
	char error[HOST_ERROR_SIZE];
	struct command as = ask_command(command);
	if (!ask_may(command, config, error)) {
		return refuse(error, EXIT_WRONG);
	}
	json_t *objects = config->objects;
	json_t *bare = without_fragments(objects, command->pull);
	if (bare == NULL) {
		return refuse("out of memory", EXIT_FAILED);
	}
	config->objects = bare;
	struct pull pull = {.object = command->pull,
		.own = json_object_get(json_object_get(objects, command->pull), "properties")};
	int code = host_open(&host, &as, config, error) ? pull_with(&host, &pull)
							: refuse(error, EXIT_FAILED);
	host_close(&host);
	json_decref(objects);
	return code;
}
