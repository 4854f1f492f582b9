/*
 * HubSpot's shapes, towards it: rows -> one HTTP request.
 *
 * The batch form is the usual one, with a trace id of its own on every written row. The single form
 * is for a row that must be told alone: HubSpot answers it more plainly, and follows merged ids.
 * The body is written as text, row by row, so that a call can stop growing at its ceiling.
 */
#include "hubspot/inside.h"

#include "base/json.h"
#include "base/str.h"

enum {
	PATH_MAX_BYTES = 65536,
	BODY_MAX_BYTES = 128 * 1024 * 1024 /* more than any request may hold */,
	CALL_FULL_BYTES = 1024 * 1024,
	SEARCH_PAGE = 200,
	SEARCH_FULL_BYTES = 2800 /* HubSpot takes 3,000 */
};

/* ---- paths ---- */

void wire_objects_path(const char *api_version, char *path, size_t size) {
	bool is_legacy = str_is_equal(api_version, "v3");
	snprintf(path, size, is_legacy ? "/crm/%s/objects" : "/crm/objects/%s", api_version);
}

static void add_objects(struct buf *path, const char *api_version) {
	char prefix[64];
	wire_objects_path(api_version, prefix, sizeof(prefix));
	buf_add_text(path, prefix);
}

static void add_object_path(
	struct buf *path, const char *api_version, const char *object, const char *tail) {
	add_objects(path, api_version);
	buf_add_char(path, '/');
	str_add_url_escaped(path, object);
	buf_add_text(path, tail);
}

struct area {
	const char *name;
	const char *dated;
	const char *legacy; /* of version "v3" */
};

/* The area whose name `text` begins with; or NULL. */
static const struct area *find_area(const char *text) {
	static const struct area AREAS[] = {{"{objects}", "objects", "v3/objects"},
		{"{owners}", "owners", "v3/owners"}, {"{pipelines}", "pipelines", "v3/pipelines"},
		{"{properties}", "properties", "v3/properties"},
		{"{linked}", "objects", "v4/objects"},
		{"{associations}", "associations", "v4/associations"}};
	for (size_t i = 0; i < sizeof(AREAS) / sizeof(AREAS[0]); i++) {
		if (str_starts_with(text, AREAS[i].name)) {
			return &AREAS[i];
		}
	}
	return NULL;
}

static size_t area_length(const char *text) {
	const struct area *area = find_area(text);
	return area != NULL ? strlen(area->name) : 0;
}

size_t wire_add_area(struct buf *path, const char *api_version, const char *text) {
	const struct area *area = find_area(text);
	if (area == NULL) {
		return 0;
	}
	if (str_is_equal(api_version, "v3")) {
		buf_printf(path, "/crm/%s", area->legacy);
	} else {
		buf_printf(path, "/crm/%s/%s", area->dated, api_version);
	}
	return strlen(area->name);
}

/* "/a/{version}/b" or "{objects}/contacts?limit=1" */
static void add_raw_path(struct buf *path, const char *api_version, const char *text) {
	static const char VERSION[] = "{version}";
	while (*text != '\0') {
		size_t length = wire_add_area(path, api_version, text);
		if (length > 0) {
			text += length;
		} else if (str_starts_with(text, VERSION)) {
			buf_add_text(path, api_version);
			text += sizeof(VERSION) - 1;
		} else {
			buf_add_char(path, *text++);
		}
	}
}

/* The method that "METHOD /path" begins with, or NULL. */
static const char *raw_method(const char *text) {
	static const char *const METHODS[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
	for (size_t i = 0; i < sizeof(METHODS) / sizeof(METHODS[0]); i++) {
		if (str_starts_with(text, METHODS[i]) && text[strlen(METHODS[i])] == ' ') {
			return METHODS[i];
		}
	}
	return NULL;
}

bool wire_is_raw(const char *text) {
	const char *method = raw_method(text);
	const char *path = method != NULL ? text + strlen(method) + 1 : "";
	for (const char *c = path; *c != '\0'; c++) {
		if ((unsigned char)*c <= ' ' || *c == 0x7f) {
			return false;
		}
	}
	size_t length = area_length(path);
	return *path == '/' || (length > 0 && (path[length] == '/' || path[length] == '?'));
}

/* ---- what is read ---- */

static void add_name(json_t *names, const char *name) {
	(void)json_object_set_new_nocheck(names, name, json_true()); /* a set: no name twice */
}

/* What a row wants to read, and what is needed to tell whose result is whose. */
static void add_names(json_t *names, const struct operation *row) {
	const char *name;
	json_t *value;
	for (const char *const *wanted = row->step_properties; wanted != NULL && *wanted != NULL;
		wanted++) {
		add_name(names, *wanted);
	}
	json_object_foreach (row->step_body, name, value) {
		add_name(names, name);
	}
	if (row->step_id_property != NULL) {
		add_name(names, row->step_id_property);
		if (str_is_equal(row->step_id_property, "email")) {
			add_name(names, WIRE_ADDITIONAL_EMAILS);
		}
	}
}

/* A call of rows that name nothing reads HubSpot's defaults. */
static json_t *names_to_read(const struct call *call) {
	json_t *names = json_object();
	list_for_each (row, &call->rows, struct operation, link) {
		add_names(names, row);
	}
	return names;
}

/* ---- the batch form ---- */

static void add_row(struct buf *body, const struct operation *row) {
	if (row->step == STEP_SEARCH) {
		json_add_string(body, row->step_id);
		return;
	}
	if (wire_is_link(row->step)) {
		wire_link_input(body, row);
		return;
	}
	buf_add_char(body, '{');
	if (row->step != STEP_CREATE) {
		buf_add_text(body, "\"id\":");
		json_add_string(body, row->step_id);
	}
	if (row->step == STEP_UPSERT) {
		buf_add_text(body, ",\"idProperty\":");
		json_add_string(body, row->step_id_property);
	}
	if (row->step != STEP_READ && row->step != STEP_ARCHIVE) {
		buf_printf(body, "%s\"objectWriteTraceId\":\"%s\",\"properties\":",
			row->step == STEP_CREATE ? "" : ",", row->trace_id);
		json_write(body, row->step_body);
	}
	buf_add_char(body, '}');
}

/* ,"properties":["a","b"] */
static void add_properties(struct call *call) {
	const char *name;
	json_t *value;
	json_t *names = names_to_read(call);
	const char *separator = ",\"properties\":[";
	json_object_foreach (names, name, value) {
		buf_add_text(&call->request, separator);
		json_add_string(&call->request, name);
		separator = ",";
	}
	if (json_object_size(names) > 0) {
		buf_add_char(&call->request, ']');
	}
	json_decref(names);
}

static void begin_body(struct call *call, const struct operation *first) {
	if (first->step != STEP_SEARCH) {
		buf_add_text(&call->request, "{\"inputs\":[");
		return;
	}
	buf_add_text(&call->request, "{\"filterGroups\":[{\"filters\":[{\"propertyName\":");
	json_add_string(&call->request, first->step_id_property);
	buf_add_text(&call->request, ",\"operator\":\"IN\",\"values\":[");
}

static void end_body(struct call *call, const struct operation *first) {
	if (first->step == STEP_SEARCH) {
		buf_add_text(&call->request, "]}]}]");
		add_properties(call);
		buf_printf(&call->request, ",\"limit\":%d}", SEARCH_PAGE);
		return;
	}
	buf_add_char(&call->request, ']');
	if (first->step == STEP_READ) {
		add_properties(call);
		if (first->step_id_property != NULL) {
			buf_add_text(&call->request, ",\"idProperty\":");
			json_add_string(&call->request, first->step_id_property);
		}
	}
	buf_add_char(&call->request, '}');
}

/* ---- the single form ---- */

static void add_query(struct buf *path, const struct operation *row) {
	const char *name;
	json_t *value;
	json_t *names = json_object();
	char separator = '?';
	if (row->step_id_property != NULL) {
		buf_add_text(path, "?idProperty=");
		str_add_url_escaped(path, row->step_id_property);
		separator = '&';
	}
	add_names(names, row);
	bool is_first = true;
	json_object_foreach (names, name, value) {
		buf_printf(path, is_first ? "%cproperties=" : ",", separator);
		str_add_url_escaped(path, name);
		is_first = false;
	}
	json_decref(names);
}

static void write_alone(
	struct call *call, const struct operation *row, struct buf *path, const char *api_version) {
	static const char *const METHODS[] = {
		[STEP_READ] = "GET",
		[STEP_CREATE] = "POST",
		[STEP_UPDATE] = "PATCH",
		[STEP_ARCHIVE] = "DELETE",
	};
	call->method = METHODS[row->step];
	add_object_path(path, api_version, row->object, row->step == STEP_CREATE ? "" : "/");
	if (row->step != STEP_CREATE) {
		str_add_url_escaped(path, row->step_id);
	}
	if (row->step == STEP_READ) {
		add_query(path, row);
	} else if (row->step != STEP_ARCHIVE) {
		buf_add_text(&call->request, "{\"properties\":");
		json_write(&call->request, row->step_body);
		buf_add_char(&call->request, '}');
	}
}

static void write_raw(
	struct call *call, const struct operation *row, struct buf *path, const char *api_version) {
	call->method = raw_method(row->object);
	add_raw_path(path, api_version, row->object + strlen(call->method) + 1);
	if (row->step_body != NULL) {
		json_write(&call->request, row->step_body);
	}
}

/* HubSpot has no single upsert, a link is told as plainly in a batch of one, and no escape keeps
 * "." and ".." from being steps of a path. */
static bool has_single_form(const struct operation *row) {
	return row->step != STEP_UPSERT && row->step != STEP_SEARCH && !wire_is_link(row->step) &&
		!str_is_equal(row->step_id, ".") && !str_is_equal(row->step_id, "..");
}

/* ---- a call, from its first row to its last ---- */

bool wire_begin(struct call *call, const struct operation *first, const char *api_version) {
	static const char *const TAILS[] = {
		[STEP_READ] = "/batch/read",
		[STEP_SEARCH] = "/search",
		[STEP_CREATE] = "/batch/create",
		[STEP_UPDATE] = "/batch/update",
		[STEP_UPSERT] = "/batch/upsert",
		[STEP_ARCHIVE] = "/batch/archive",
	};
	struct buf path;
	buf_init(&path, PATH_MAX_BYTES);
	buf_restart(&call->request, BODY_MAX_BYTES);
	call->is_alone =
		first->step == STEP_RAW || (first->must_be_alone && has_single_form(first));
	if (first->step == STEP_RAW) {
		write_raw(call, first, &path, api_version);
	} else if (call->is_alone) {
		write_alone(call, first, &path, api_version);
	} else if (wire_is_link(first->step)) {
		call->method = "POST";
		wire_link_path(&path, api_version, first);
		begin_body(call, first);
	} else {
		call->method = "POST";
		add_object_path(&path, api_version, first->object, TAILS[first->step]);
		begin_body(call, first);
	}
	call->path = buf_take(&path);
	return call->path != NULL;
}

bool wire_add(struct call *call, const struct operation *row) {
	if (call->is_alone) {
		return call->input_count == 0;
	}
	size_t length = call->request.length;
	if (call->input_count > 0) {
		buf_add_char(&call->request, ',');
	}
	add_row(&call->request, row);
	size_t full = row->step == STEP_SEARCH ? SEARCH_FULL_BYTES : CALL_FULL_BYTES;
	if (call->request.length <= full || call->input_count == 0 || call->request.is_failed) {
		return true;
	}
	buf_cut(&call->request, length);
	return false;
}

bool wire_end(struct call *call) {
	const struct operation *first = list_first(&call->rows, struct operation, link);
	if (!call->is_alone) {
		end_body(call, first);
	}
	if (call->request.length == 0 && !call->request.is_failed) {
		return true;
	}
	call->body_length = call->request.length;
	call->body = call->request.is_failed ? NULL : call->request.bytes;
	return call->body != NULL;
}
