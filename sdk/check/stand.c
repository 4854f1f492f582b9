#include "stand.h"

#include <string.h>

#include "check.h"
#include "example.h"

#include "base/json.h"
#include "base/memory.h"
#include "schema/schema.h"

enum { LINE_SIZE = 512, SCHEMA_DEPTH = 64 };

struct hsck *stand_open(const struct subject *subject, int hubspot, bool is_started) {
	at_place(is_started ? "init() and start()" : "init()");
	struct hsck *kit = hsck_open(&(struct hsck_options){.file = subject->file,
		.config = subject->config,
		.objects = subject->objects,
		.hubspot = hubspot,
		.is_not_started = !is_started});
	if (kit == NULL) {
		fail("the host refuses it: %s", hsck_error());
	}
	return kit;
}

const char *stand_line(const char *text, char *line, size_t size) {
	size_t length = strcspn(text, "\n");
	snprintf(line, size, "%.*s", (int)length, text);
	text += length;
	return *text == '\n' && text[1] != '\0' ? text + 1 : NULL;
}

/* Says each line of `faults` that is not in `known`, too. */
static void judge_lines(const char *faults, const char *known, const char *what) {
	char line[LINE_SIZE];
	while (faults != NULL && faults[0] != '\0') {
		faults = stand_line(faults, line, sizeof(line));
		if (strstr(line, "late_registration") == NULL && strstr(known, line) == NULL) {
			fail("%s: %s", what, line);
		}
	}
}

void stand_judge(struct hsck *kit, const char *what) {
	judge_lines(hsck_faults(kit), "", what);
}

void stand_close(struct hsck *kit, const char *what) {
	char *known = must_strdup(hsck_faults(kit));
	at_place("fini()");
	judge_lines(hsck_close(kit), known, what);
	free(known);
}

/* ---- schemas ---- */

struct schema *schema_read(const char *text, json_t **definition, char error[SCHEMA_FAULT_SIZE]) {
	char syntax[JSON_ERROR_SIZE];
	char fault[SCHEMA_ERROR_SIZE];
	json_t *value = json_read(text, strlen(text), SCHEMA_DEPTH, syntax);
	if (value == NULL) {
		snprintf(error, SCHEMA_FAULT_SIZE, "%s", syntax);
		return NULL;
	}
	struct schema *schema = schema_compile(value, fault);
	if (schema == NULL) {
		snprintf(error, SCHEMA_FAULT_SIZE, "%s", fault);
	}
	if (schema != NULL && definition != NULL) {
		*definition = json_incref(value);
	}
	json_decref(value);
	return schema;
}

struct promise {
	const char *whose;
	const json_t *root;
};

static void judge(const char *place, const json_t *part, const json_t *value, void *ctx) {
	const struct promise *promise = ctx;
	char error[SCHEMA_ERROR_SIZE];
	/* The part alone, with what its references mean. */
	json_t *alone = json_copy((json_t *)(uintptr_t)part);
	json_t *definitions = json_object_get(promise->root, "$defs");
	if (definitions != NULL) {
		json_object_set(alone, "$defs", definitions);
	}
	struct schema *schema = schema_compile(alone, error);
	json_t *errors = json_array();
	if (schema != NULL && !schema_validate(schema, value, 0, errors)) {
		const json_t *first = json_array_get(errors, 0);
		const char *field = json_member_text(first, "field");
		fail("%s: what stands in \"examples\" or \"default\" at %s does not meet the "
		     "schema there: %s%s%s",
			promise->whose, place[0] != '\0' ? place : "the root",
			field != NULL ? field : "", field != NULL && field[0] != '\0' ? ": " : "",
			json_member_text(first, "message"));
	}
	json_decref(errors);
	schema_destroy(schema);
	json_decref(alone);
}

void judge_promises(const char *whose, const char *text) {
	char error[JSON_ERROR_SIZE];
	json_t *root = json_read(text, strlen(text), SCHEMA_DEPTH, error);
	struct promise promise = {.whose = whose, .root = root};
	example_each(root, judge, &promise);
	json_decref(root);
}
