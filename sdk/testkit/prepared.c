#include "inside.h"

#include <string.h>

#include "base/memory.h"
#include "base/str.h"

static void check(const struct hsck_answer *answer) {
	if (answer->ends < HSCK_DONE || answer->ends > HSCK_DEADLINE) {
		kit_die("an answer ends with one of HSCK_DONE ... HSCK_DEADLINE, not %d",
			answer->ends);
	}
	bool is_status = answer->status == 0 || (answer->status >= 200 && answer->status <= 599);
	if (!is_status || (answer->ends != HSCK_DONE && answer->status != 0)) {
		kit_die("an answer's status is one of HTTP's, and of HSCK_DONE only, not %d",
			answer->status);
	}
}

static json_t *array_or_none(const char *text) {
	json_t *errors = kit_json(text, "an answer's errors");
	if (errors != NULL && !json_is_array(errors)) {
		kit_die("an answer's errors are an array");
	}
	return errors;
}

static json_t *object_or_none(const char *text) {
	json_t *record = kit_json(text, "an answer's record");
	if (record != NULL && !json_is_object(record)) {
		kit_die("an answer's record is an object of properties");
	}
	return record;
}

struct prepared *prepared_make(struct hsck *kit, const struct hsck_answer *answer) {
	struct prepared *prepared = must_calloc(1, sizeof(*prepared));
	check(answer);
	prepared->told = *answer;
	prepared->told.id = kit_keep(kit, answer->id);
	prepared->told.message = kit_keep(kit, answer->message);
	prepared->told.category = kit_keep(kit, answer->category);
	prepared->told.existing_id = kit_keep(kit, answer->existing_id);
	prepared->record = object_or_none(answer->record);
	prepared->body = kit_json(answer->body, "an answer's body");
	prepared->errors = array_or_none(answer->errors);
	list_append(&kit->prepared, &prepared->link);
	return prepared;
}

void prepared_free(struct prepared *prepared) {
	list_remove(&prepared->link);
	json_decref(prepared->record);
	json_decref(prepared->body);
	json_decref(prepared->errors);
	free(prepared);
}

/* ---- scripts ---- */

void hsck_script(
	struct hsck *kit, uint32_t kind, const char *object, const struct hsck_answer *answer) {
	if (kind == HSC_LIST || kind == HSC_SEARCH || kind > HSC_DISSOCIATE) {
		kit_die("an operation of kind %u does not come to HubSpot; a list or a search "
			"comes as "
			"an HSC_RAW",
			(unsigned)kind);
	}
	struct script *script = must_calloc(1, sizeof(*script));
	script->kind = kind;
	script->object = kit_keep(kit, object);
	script->answer = prepared_make(kit, answer);
	script->left = answer->times;
	list_insert(&kit->hubspot->scripts, &script->link);
}

static bool fits(const struct script *script, const struct hubspot_handle *operation) {
	const struct hsck_operation *shown = &operation->shown;
	if (script->kind != 0 && script->kind != shown->kind) {
		return false;
	}
	if (script->object == NULL) {
		return true;
	}
	return shown->kind == HSC_RAW ? str_starts_with(shown->object, script->object)
				      : str_is_equal(shown->object, script->object);
}

const struct prepared *script_find(
	struct hubspot *hubspot, const struct hubspot_handle *operation) {
	list_for_each (script, &hubspot->scripts, struct script, link) {
		if (!fits(script, operation)) {
			continue;
		}
		const struct prepared *answer = script->answer;
		if (script->left > 0 && --script->left == 0) {
			list_remove(&script->link);
			free(script);
		}
		return answer;
	}
	return NULL;
}

void scripts_forget(struct hubspot *hubspot) {
	list_for_each_safe (script, after, &hubspot->scripts, struct script, link) {
		list_remove(&script->link);
		free(script);
	}
}

void hsck_unscript(struct hsck *kit) {
	scripts_forget(kit->hubspot);
}
