/*
 * The quick way through HubSpot's reply to a batch of writes of which only ids are wanted.
 *
 * HubSpot answers with all that every record holds. Building that costs more than all else that is
 * done for a row, so this walks over the text and picks "id", "new" and "objectWriteTraceId" of
 * each result. It takes only what it expects to the letter, every row's result among it; with
 * anything else, such as a warning, the reply is read the slow way.
 */
#include "hubspot/inside.h"

#include "base/json.h"

struct walk {
	const char *text;
	size_t length;
	size_t at;
	struct operation *by_place[ROWS_MAX];
};

/* A piece of the text between two quotes. */
struct piece {
	const char *bytes;
	size_t length;
};

static void skip_space(struct walk *walk) {
	while (walk->at < walk->length && strchr(" \t\r\n", walk->text[walk->at]) != NULL) {
		walk->at++;
	}
}

/* Is `c` next? Then steps over it. */
static bool take(struct walk *walk, char c) {
	skip_space(walk);
	if (walk->at >= walk->length || walk->text[walk->at] != c) {
		return false;
	}
	walk->at++;
	return true;
}

static bool take_string(struct walk *walk, struct piece *piece) {
	skip_space(walk);
	size_t begin = walk->at;
	if (begin >= walk->length || walk->text[begin] != '"') {
		return false;
	}
	walk->at = json_skip(walk->text, walk->length, begin);
	*piece = (struct piece){walk->text + begin + 1, walk->at - begin - 2};
	return walk->at < walk->length && walk->text[walk->at - 1] == '"';
}

static bool skip_value(struct walk *walk) {
	skip_space(walk);
	walk->at = json_skip(walk->text, walk->length, walk->at);
	return walk->at < walk->length;
}

static bool is_called(const struct piece *piece, const char *name) {
	return piece->length == strlen(name) && memcmp(piece->bytes, name, piece->length) == 0;
}

/* ---- one result ---- */

struct result {
	struct piece id, trace;
	bool is_new;
};

static bool read_member(struct walk *walk, const struct piece *name, struct result *result) {
	if (is_called(name, "id")) {
		return take_string(walk, &result->id);
	}
	if (is_called(name, "objectWriteTraceId")) {
		return take_string(walk, &result->trace);
	}
	if (is_called(name, "warnings")) { /* they are for the caller to see */
		return take(walk, '[') && take(walk, ']');
	}
	if (is_called(name, "new")) {
		skip_space(walk);
		result->is_new = walk->text[walk->at] == 't';
	}
	return skip_value(walk);
}

/* The members of an object whose "{" has been taken, up to its "}". */
static bool read_members(struct walk *walk, struct result *result) {
	struct piece name;
	if (take(walk, '}')) {
		return true;
	}
	do {
		if (!take_string(walk, &name) || !take(walk, ':') ||
			!read_member(walk, &name, result)) {
			return false;
		}
	} while (take(walk, ','));
	return take(walk, '}');
}

static bool is_decimal(const struct piece *piece) {
	for (size_t i = 0; i < piece->length; i++) {
		if (piece->bytes[i] < '0' || piece->bytes[i] > '9') {
			return false;
		}
	}
	return piece->length > 0 && piece->length <= 20;
}

static struct operation *row_of(const struct walk *walk, const struct piece *trace) {
	if (trace->length != TRACE_ID_LENGTH) {
		return NULL;
	}
	unsigned long place = strtoul((char[]){trace->bytes[12], trace->bytes[13], trace->bytes[14],
					      trace->bytes[15], '\0'},
		NULL, 16);
	struct operation *row = place < ROWS_MAX ? walk->by_place[place] : NULL;
	return row != NULL && memcmp(row->trace_id, trace->bytes, TRACE_ID_LENGTH) == 0 ? row
											: NULL;
}

static bool read_result(struct walk *walk, size_t *found) {
	struct result result = {0};
	if (!take(walk, '{') || !read_members(walk, &result) || !is_decimal(&result.id)) {
		return false;
	}
	struct operation *row = row_of(walk, &result.trace);
	if (row == NULL || row->skimmed_id != NULL) {
		return false;
	}
	row->skimmed_id = strndup(result.id.bytes, result.id.length);
	row->is_skimmed_new = result.is_new;
	(*found)++;
	return row->skimmed_id != NULL;
}

/* ---- the whole ---- */

static bool read_results(struct walk *walk, size_t *found) {
	if (!take(walk, '[')) {
		return false;
	}
	if (take(walk, ']')) {
		return true;
	}
	do {
		if (!read_result(walk, found)) {
			return false;
		}
	} while (take(walk, ','));
	return take(walk, ']');
}

static bool read_reply(struct walk *walk, const struct call *call) {
	struct piece name;
	size_t found = 0;
	if (!take(walk, '{')) {
		return false;
	}
	do {
		if (!take_string(walk, &name) || !take(walk, ':') || is_called(&name, "errors")) {
			return false;
		}
		if (is_called(&name, "results") ? !read_results(walk, &found) : !skip_value(walk)) {
			return false;
		}
	} while (take(walk, ','));
	if (!take(walk, '}')) {
		return false;
	}
	skip_space(walk);
	return walk->at == walk->length && found == call->input_count;
}

static bool is_wanted(const struct call *call) {
	if (call->end != CALL_ANSWERED || call->is_alone ||
		(call->status != 200 && call->status != 201)) {
		return false;
	}
	list_for_each (row, &call->rows, struct operation, link) {
		bool is_write = row->step == STEP_CREATE || row->step == STEP_UPDATE ||
			row->step == STEP_UPSERT;
		if (!is_write || !(row->flags & HUBSPOT_ID_ONLY)) {
			return false;
		}
	}
	return true;
}

bool wire_skim(struct call *call) {
	struct walk walk = {.text = buf_text(&call->reply), .length = call->reply.length};
	if (!is_wanted(call)) {
		return false;
	}
	list_for_each (row, &call->rows, struct operation, link) {
		walk.by_place[row->place_in_call] = row;
	}
	bool is_whole = read_reply(&walk, call);
	if (!is_whole) {
		list_for_each (row, &call->rows, struct operation, link) {
			free(row->skimmed_id);
			row->skimmed_id = NULL;
		}
	}
	return is_whole;
}
