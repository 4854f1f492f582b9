/*
 * HubSpot's shapes of associations: rows of two ids -> one request, and its reply -> what became of
 * each row.
 *
 * There are no trace ids. A link is told twice, once from each end, so a row is known by its pair
 * of ids in either order; two rows with the same ids crosswise never share a call (batch.c takes
 * them for equal), or one's success would look like the other's. An error names one id, of either
 * end and without its type: it means the rows that have it and were not told to be done. So no id
 * stands at one end of a row and at the other end of another, unless both ends are of one type.
 */
#include "hubspot/inside.h"

#include "base/json.h"
#include "base/str.h"

enum { ID_TEXT_SIZE = 24, PAIR_TEXT_SIZE = 2 * ID_TEXT_SIZE + 2 };

bool wire_is_link(enum step step) {
	return step == STEP_LINK || step == STEP_UNLINK;
}

/* ---- towards HubSpot ---- */

void wire_link_path(struct buf *path, const char *api_version, const struct operation *first) {
	(void)wire_add_area(path, api_version, "{associations}");
	buf_add_char(path, '/');
	str_add_url_escaped(path, first->object);
	buf_add_char(path, '/');
	str_add_url_escaped(path, first->to_object);
	buf_add_text(
		path, first->step == STEP_LINK ? "/batch/associate/default" : "/batch/archive");
}

/* The other end of a link that is to go is one of a list. */
void wire_link_input(struct buf *body, const struct operation *row) {
	bool is_list = row->step == STEP_UNLINK;
	buf_add_text(body, "{\"from\":{\"id\":");
	json_add_string(body, row->id);
	buf_add_text(body, is_list ? "},\"to\":[{\"id\":" : "},\"to\":{\"id\":");
	json_add_string(body, row->to_id);
	buf_add_text(body, is_list ? "}]}" : "}}");
}

bool wire_link_is_same(const struct operation *row, const struct operation *other) {
	return wire_is_link(row->step) && strcmp(row->id, other->id) == 0 &&
		strcmp(row->to_id, other->to_id) == 0;
}

bool wire_link_crosses(const struct call *call, const struct operation *row) {
	if (!wire_is_link(row->step) || strcmp(row->object, row->to_object) == 0) {
		return false;
	}
	list_for_each (other, &call->rows, struct operation, link) {
		if (strcmp(row->id, other->to_id) == 0 || strcmp(row->to_id, other->id) == 0) {
			return true;
		}
	}
	return false;
}

/* ---- from HubSpot ---- */

/* Ids come as strings, and in older versions as numbers. False: it is none. */
static bool read_id(const json_t *id, char text[ID_TEXT_SIZE]) {
	const char *string = json_string_value(id);
	int length = string != NULL ? snprintf(text, ID_TEXT_SIZE, "%s", string)
		: json_is_integer(id)
		? snprintf(text, ID_TEXT_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(id))
		: 0;
	return length > 0 && length < ID_TEXT_SIZE;
}

static void say(const struct call *call, const char *pair, const json_t *result) {
	uint32_t hash = wire_hash(pair, strlen(pair));
	list_for_each (row, &call->rows, struct operation, link) {
		if (row->step_hash == hash && strcmp(row->pair, pair) == 0) {
			row->said = result;
			return;
		}
	}
}

static void match_result(const struct call *call, const json_t *result) {
	char from[ID_TEXT_SIZE], to[ID_TEXT_SIZE], pair[PAIR_TEXT_SIZE];
	if (!read_id(json_object_get(json_object_get(result, "from"), "id"), from) ||
		!read_id(json_object_get(json_object_get(result, "to"), "id"), to)) {
		return;
	}
	bool is_first = strcmp(from, to) < 0;
	snprintf(pair, sizeof(pair), "%s %s", is_first ? from : to, is_first ? to : from);
	say(call, pair, result);
}

static bool has_end(const struct operation *row, const char *id) {
	return strcmp(row->id, id) == 0 || strcmp(row->to_id, id) == 0;
}

static bool name_ids(const struct call *call, const json_t *ids, const json_t *error) {
	bool is_any_named = false;
	size_t index;
	json_t *item;
	json_array_foreach (ids, index, item) {
		char id[ID_TEXT_SIZE];
		bool is_id = read_id(item, id);
		list_for_each (row, &call->rows, struct operation, link) {
			if (is_id && row->said == NULL && has_end(row, id)) {
				row->said_error = row->said_error != NULL ? row->said_error : error;
				is_any_named = true;
			}
		}
	}
	return is_any_named;
}

/* The rows that an error names; false: it names none. */
static bool match_error(const struct call *call, const json_t *error) {
	static const char *const MEMBERS[] = {"id", "ids", "fromObjectId", "toObjectId"};
	const json_t *context = json_object_get(error, "context");
	bool is_any_named = false;
	for (size_t i = 0; i < sizeof(MEMBERS) / sizeof(MEMBERS[0]); i++) {
		is_any_named |= name_ids(call, json_object_get(context, MEMBERS[i]), error);
	}
	return is_any_named;
}

static void forget_said(const struct call *call) {
	list_for_each (row, &call->rows, struct operation, link) {
		row->said = NULL;
		row->said_error = NULL;
	}
}

void wire_link_match(const struct call *call, const json_t *reply) {
	struct operation *first = list_first(&call->rows, struct operation, link);
	const json_t *errors = json_object_get(reply, "errors");
	const json_t *nameless = NULL;
	size_t index;
	json_t *item;
	forget_said(call);
	json_array_foreach (json_object_get(reply, "results"), index, item) {
		match_result(call, item);
	}
	json_array_foreach (errors, index, item) {
		nameless = match_error(call, item) ? nameless : item;
	}
	if (call->input_count == 1 && first->said == NULL && first->said_error == NULL) {
		/* There is nobody else whom it could mean: HubSpot may know a merged record by
		 * another id. */
		first->said = json_array_get(json_object_get(reply, "results"), 0);
		first->said_error = first->said == NULL ? nameless : NULL;
	}
	/* Of links that have gone nothing is said. */
	bool is_silence_good =
		first->step == STEP_UNLINK && nameless == NULL && json_is_object(reply);
	list_for_each (row, &call->rows, struct operation, link) {
		if (row->shares != NULL) { /* its leader stands before it */
			row->said = row->shares->said;
			row->said_error = row->shares->said_error;
		} else if (is_silence_good && row->said_error == NULL) {
			row->said = reply;
		}
	}
}

bool wire_link_names(const struct call *call, const json_t *reply) {
	size_t index;
	json_t *error;
	forget_said(call);
	bool is_any_named = match_error(call, reply);
	json_array_foreach (json_object_get(reply, "errors"), index, error) {
		is_any_named |= match_error(call, error);
	}
	return is_any_named;
}

bool wire_link_is_to_nobody(const json_t *error) {
	return str_is_equal(
		json_member_text(error, "subCategory"), "crm.associations.INVALID_IDENTIFIER");
}
