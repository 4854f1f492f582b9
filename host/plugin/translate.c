#include "plugin/operation.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"
#include "object/object.h"

enum {
	LIST_LIMIT_MAX = 100, /* HubSpot's; without one as much */
	LINKS_MAX = 100,
	CURSOR_MAX = 1024,
	CALL_CEILING = 256 * 1024,
	CALL_LENGTH_MAX = 8000, /* longer ones some servers refuse */
	FLAGS = HSC_FINISH | HSC_REPEATABLE | HSC_BULK
};

static const struct kind_rule KINDS[] = {
	[HSC_READ] = {.as = HUBSPOT_READ, .needs_id = true, .is_read = true},
	[HSC_CREATE] = {.as = HUBSPOT_CREATE, .needs_body = true, .may_link = true},
	[HSC_UPDATE] = {.as = HUBSPOT_UPDATE,
		.needs_id = true,
		.needs_body = true,
		.may_link = true},
	[HSC_UPSERT] = {.as = HUBSPOT_UPSERT,
		.needs_id = true,
		.needs_body = true,
		.may_link = true},
	[HSC_ARCHIVE] = {.as = HUBSPOT_ARCHIVE, .needs_id = true},
	[HSC_RAW] = {.as = HUBSPOT_RAW},
	[HSC_LIST] = {.as = HUBSPOT_RAW, .is_read = true, .is_page = true},
	[HSC_SEARCH] = {.as = HUBSPOT_RAW, .needs_body = true, .is_read = true, .is_page = true},
	[HSC_ASSOCIATE] = {.as = HUBSPOT_LINK, .needs_id = true},
	[HSC_DISSOCIATE] = {.as = HUBSPOT_UNLINK, .needs_id = true},
};

const struct kind_rule *kind_rule(uint32_t kind) {
	return &KINDS[kind];
}

/* ---- what may be asked ---- */

size_t count_associations(const json_t *associations) {
	const char *name = NULL;
	json_t *ids = NULL;
	size_t count = 0;
	json_object_foreach ((json_t *)associations, name, ids) {
		count += json_array_size(ids);
	}
	return count;
}

static bool are_associations(const json_t *associations) {
	const char *name = NULL;
	json_t *ids = NULL;
	size_t index = 0;
	json_t *id = NULL;
	json_object_foreach ((json_t *)associations, name, ids) {
		json_array_foreach (ids, index, id) {
			if (json_string_length(id) == 0) {
				return false;
			}
		}
		if (*name == '\0' || !json_is_array(ids)) {
			return false;
		}
	}
	return json_is_object(associations) && count_associations(associations) <= LINKS_MAX;
}

/* NULL, or what is wrong with the body of an HSC_LIST, which may be NULL. */
static const char *page_fault(const json_t *body) {
	const char *name = NULL;
	json_t *value = NULL;
	json_object_foreach ((json_t *)body, name, value) {
		bool is_limit = strcmp(name, "limit") == 0 && json_integer_value(value) >= 1 &&
			json_integer_value(value) <= LIST_LIMIT_MAX;
		bool is_cursor = json_is_null(value) ||
			(json_is_string(value) && json_string_length(value) <= CURSOR_MAX);
		if (!is_limit && !(is_cursor && strcmp(name, "after") == 0)) {
			return "body of an HSC_LIST has no more than \"limit\", from 1 to 100, and "
			       "\"after\", the page before's";
		}
	}
	return body != NULL && !json_is_object(body) ? "body is no JSON object" : NULL;
}

static bool is_text(const char *text) {
	return text != NULL && text[0] != '\0';
}

/* What belongs to one kind only. */
static const char *special_fault(const struct hsc_operation *asked) {
	bool is_link = asked->kind == HSC_ASSOCIATE || asked->kind == HSC_DISSOCIATE;
	if (asked->kind == HSC_UPSERT && asked->id_property == NULL) {
		return "an HSC_UPSERT needs id_property";
	}
	if (asked->kind == HSC_LIST) {
		return page_fault(asked->body);
	}
	if (is_link && (!is_text(asked->to_object) || !is_text(asked->to_id))) {
		return "to_object or to_id is missing";
	}
	if (is_link && asked->id_property != NULL) {
		return "records are associated by their ids: id_property is to be NULL";
	}
	return NULL;
}

const char *operation_fault(const struct hsc_operation *asked) {
	if (asked->kind < HSC_READ || asked->kind >= sizeof(KINDS) / sizeof(KINDS[0])) {
		return "kind is none of HSC_READ ... HSC_DISSOCIATE";
	}
	const struct kind_rule *rule = kind_rule(asked->kind);
	if ((asked->flags & ~(uint32_t)FLAGS) != 0) {
		return "flags are not all known";
	}
	if (!is_text(asked->object)) {
		return "object is missing";
	}
	if (asked->kind == HSC_RAW) {
		const char *path = strstr(asked->object, " /");
		return path == NULL || path == asked->object
			? "object of an HSC_RAW is \"METHOD /path\""
			: NULL;
	}
	if (rule->needs_body && !json_is_object(asked->body)) {
		return "body is no JSON object";
	}
	if (rule->needs_id && !is_text(asked->id)) {
		return "id is missing";
	}
	if (asked->associations != NULL &&
		(!rule->may_link || !are_associations(asked->associations))) {
		return "associations are of a create, update or upsert: {\"companies\": [\"12\"]}, "
		       "at most 100";
	}
	return special_fault(asked);
}

/* ---- in HubSpot's words ---- */

static size_t count_names(const char *const *names) {
	size_t count = 0;
	while (names[count] != NULL) {
		count++;
	}
	return count;
}

/* The wanted properties as HubSpot calls them; NULL: no memory. */
static const char **translate_names(const struct object *object, const char *const *properties) {
	size_t count = count_names(properties);
	const char **names = calloc(count + 1, sizeof(*names));
	for (size_t i = 0; names != NULL && i < count; i++) {
		names[i] = object_property_name(object, properties[i]);
	}
	return names;
}

/* What a declared object's schema says in other words. */
static bool translate_record(const struct object *object, const struct hsc_operation *asked,
	struct translation *to, struct hubspot_operation *given) {
	bool has_key = asked->id != NULL && asked->id_property != NULL;
	bool has_body = kind_rule(asked->kind)->needs_body;
	to->id = has_key ? object_key_value(object, asked->id_property, asked->id) : NULL;
	to->body = has_body ? object_to_hubspot(object, asked->body) : NULL;
	given->body = to->body;
	if (has_key) {
		given->id = to->id;
		given->id_property = object_property_name(object, asked->id_property);
	}
	return (!has_key || to->id != NULL) && (!has_body || to->body != NULL);
}

/* ---- pages ---- */

static bool add_names(struct buf *call, const char *const *names) {
	for (size_t i = 0; names != NULL && names[i] != NULL; i++) {
		buf_add_text(call, i == 0 ? "&properties=" : ",");
		str_add_url_escaped(call, names[i]);
	}
	return !call->is_failed;
}

/* "GET {objects}/contacts?limit=100&after=..&properties=..": the names are left out when it gets
 * too long with them. */
static bool write_list(const char *type, const json_t *body, const char *const *names,
	struct buf *call, bool *is_bare) {
	const json_t *limit = json_object_get(body, "limit");
	const char *after = json_member_text(body, "after");
	buf_add_text(call, "GET {objects}/");
	str_add_url_escaped(call, type);
	buf_printf(
		call, "?limit=%d", limit != NULL ? (int)json_integer_value(limit) : LIST_LIMIT_MAX);
	if (is_text(after)) {
		buf_add_text(call, "&after=");
		str_add_url_escaped(call, after);
	}
	size_t length = call->length;
	bool is_done = add_names(call, names);
	*is_bare = names != NULL && call->length > CALL_LENGTH_MAX;
	if (*is_bare) {
		buf_cut(call, length);
		is_done = buf_add_text(call, "&properties=hs_object_id");
	}
	return is_done;
}

static bool translate_list(const char *type, const struct hsc_operation *asked,
	struct translation *to, struct hubspot_operation *given) {
	struct buf call;
	buf_init(&call, CALL_CEILING);
	bool is_done = write_list(type, asked->body, given->properties, &call, &to->is_bare);
	to->call = is_done ? buf_take(&call) : NULL;
	buf_finish(&call);
	return to->call != NULL;
}

/* The first fault of a search, for the log. */
static int refuse_search(const json_t *faults, struct translation *to) {
	const json_t *first = json_array_get(faults, 0);
	const char *field = json_member_text(first, "field");
	const char *message = json_member_text(first, "message");
	if (first == NULL) {
		return HSC_ENOMEM;
	}
	snprintf(to->fault, sizeof(to->fault), "the search: %s: %s", field != NULL ? field : "",
		message != NULL ? message : "invalid");
	return HSC_EINVAL;
}

/* Puts the names into the body, which must be nobody else's. */
static bool put_names(json_t *body, const char *const *names) {
	json_t *list = json_array();
	bool is_done = list != NULL;
	for (size_t i = 0; is_done && names[i] != NULL; i++) {
		is_done = json_array_append_new(list, json_string(names[i])) == 0;
	}
	if (!is_done) {
		json_decref(list);
		return false;
	}
	return json_object_set_new(body, "properties", list) == 0;
}

/* 0 or HSC_E... */
static int translate_search(const struct object *object, const char *type,
	const struct hsc_operation *asked, const char *const *names, struct translation *to) {
	json_auto_t *faults = json_array();
	if (faults == NULL) {
		return HSC_ENOMEM;
	}
	to->body = object != NULL ? object_search_to_hubspot(object, asked->body, faults)
				  : json_copy((json_t *)(uintptr_t)asked->body);
	if (to->body == NULL) {
		return refuse_search(faults, to);
	}
	if (asked->properties != NULL && !put_names(to->body, names)) {
		return HSC_ENOMEM;
	}
	struct buf call;
	buf_init(&call, CALL_CEILING);
	buf_add_text(&call, "POST {objects}/");
	str_add_url_escaped(&call, type);
	buf_add_text(&call, "/search");
	to->call = buf_take(&call);
	buf_finish(&call);
	return to->call != NULL ? 0 : HSC_ENOMEM;
}

/* 0 or HSC_E... */
static int translate_page(const struct object *object, const struct hsc_operation *asked,
	struct translation *to, struct hubspot_operation *given) {
	const char *type = given->object;
	int error = 0;
	if (asked->kind == HSC_SEARCH) {
		error = translate_search(object, type, asked, given->properties, to);
	} else if (!translate_list(type, asked, to, given)) {
		error = HSC_ENOMEM;
	}
	given->object = to->call;
	given->body = to->body;
	given->flags |= HUBSPOT_REPEATABLE;
	return error;
}

/* ---- the whole ---- */

static const char *type_of(const char *object_name) {
	const struct object *object = object_find(object_name);
	return object != NULL ? object_hubspot_type(object) : object_name;
}

int translation_open(const struct object *object, const struct hsc_operation *asked,
	struct translation *translation, struct hubspot_operation *given) {
	const struct kind_rule *rule = kind_rule(asked->kind);
	if (object != NULL) {
		given->object = object_hubspot_type(object);
		given->properties = object_properties(object);
	}
	if (object != NULL && asked->properties != NULL) {
		translation->names = translate_names(object, asked->properties);
		given->properties = translation->names;
		if (translation->names == NULL) {
			return HSC_ENOMEM;
		}
	}
	if (rule->is_page) {
		return translate_page(object, asked, translation, given);
	}
	if (rule->as == HUBSPOT_LINK || rule->as == HUBSPOT_UNLINK) {
		given->to_object = type_of(asked->to_object);
		given->to_id = asked->to_id;
	}
	return object == NULL || translate_record(object, asked, translation, given) ? 0
										     : HSC_ENOMEM;
}

void translation_close(struct translation *translation) {
	free(translation->names);
	free(translation->id);
	free(translation->call);
	json_decref(translation->body);
}
