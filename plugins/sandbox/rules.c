/* What HubSpot asks of a record as a whole: required properties, and stages
 * that are their pipeline's. */
#include "inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct rule {
	const char *id; /* the type's */
	bool needs_all; /* of the required ones; else any */
	const char *required[3];
	const char *pipeline, *stage; /* properties; or NULL */
} rules[] = {
	{"0-2", false, {"name", "domain", NULL}, NULL, NULL},
	{"0-3", true, {"dealname", "dealstage", NULL}, "pipeline", "dealstage"},
	{"0-5", true, {"hs_pipeline_stage", NULL, NULL}, "hs_pipeline", "hs_pipeline_stage"},
};

static const struct rule *rule_of(const struct type *type) {
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (strcmp(rules[i].id, type->id) == 0) {
			return &rules[i];
		}
	}
	return NULL;
}

static const char *text_of(const json_t *properties, const char *name) {
	const char *text = json_string_value(json_object_get(properties, name));
	return text == NULL || *text == '\0' ? NULL : text;
}

/* ---- required properties ---- */

static json_t *find_missing(const struct rule *rule, const json_t *written) {
	json_t *missing = json_array();
	size_t count = 0;
	for (; rule->required[count] != NULL; count++) {
		if (text_of(written, rule->required[count]) == NULL) {
			json_array_append_new(missing, json_string(rule->required[count]));
		}
	}
	size_t absent = json_array_size(missing);
	bool is_enough = rule->needs_all ? absent == 0 : absent < count;
	if (is_enough) {
		json_array_clear(missing);
	}
	return missing;
}

static void say_missing_new(struct problem *problem, json_t *missing) {
	model_problem_say(
		problem, 400, "VALIDATION_ERROR", "The property values provided are invalid");
	json_t *errors = json_array();
	size_t at;
	json_t *name;
	json_array_foreach (missing, at, name) {
		json_array_append_new(errors,
			json_pack("{s:o,s:s,s:{s:[O]}}", "message",
				json_sprintf(
					"A value for %s must be provided", json_string_value(name)),
				"code", "MISSING_REQUIRED_PROPERTY", "context", "propertyName",
				name));
	}
	json_object_set_new(problem->body, "errors", errors);
}

static void say_missing_old(struct problem *problem, const struct type *type, json_t *missing) {
	char upper[NAME_SIZE];
	snprintf(upper, sizeof(upper), "%s", type->singular);
	for (char *c = upper; *c != '\0'; c++) {
		*c = (char)toupper((unsigned char)*c);
	}
	model_problem_say(problem, 400, "VALIDATION_ERROR",
		"Error creating %s. Some required properties were not set.", upper);
	json_object_set_new(problem->body, "context", json_pack("{s:O}", "properties", missing));
}

static bool check_required(
	struct row *row, const struct rule *rule, const struct cleaning *cleaning) {
	json_t *missing = find_missing(rule, row->written);
	bool is_good = json_array_size(missing) == 0;
	if (!is_good && cleaning->normalises) {
		say_missing_new(&row->problem, missing);
	} else if (!is_good) {
		say_missing_old(&row->problem, cleaning->type, missing);
	}
	json_decref(missing);
	return is_good;
}

/* ---- pipelines and stages ---- */

static json_t *as_options(const json_t *entries) {
	json_t *options = json_array();
	size_t at;
	json_t *entry;
	json_array_foreach ((json_t *)entries, at, entry) {
		json_array_append_new(options,
			json_pack("{s:O*,s:O*}", "label", json_object_get(entry, "label"), "value",
				json_object_get(entry, "id")));
	}
	return options;
}

static const char *wanted(const struct row *row, const char *name) {
	const char *text = text_of(row->written, name);
	return text != NULL || row->record == NULL ? text : text_of(row->record->properties, name);
}

static void set_text(json_t *properties, const char *name, const char *text) {
	json_object_set_new(properties, name, json_string(text));
}

/* What HubSpot works out from the stage. */
static void derive(struct row *row, const struct type *type, const json_t *stage) {
	const json_t *metadata = json_object_get(stage, "metadata");
	const char *is_closed = text_of(metadata, "isClosed");
	const char *chance = text_of(metadata, "probability");
	set_text(row->written, "hs_is_closed", is_closed == NULL ? "false" : is_closed);
	if (strcmp(type->id, "0-3") == 0 && chance != NULL) {
		bool is_won = strcmp(chance, "1.0") == 0;
		set_text(row->written, "hs_deal_stage_probability", chance);
		set_text(row->written, "hs_is_closed_won", is_won ? "true" : "false");
	}
}

static void check_stage(struct call *call, struct row *row, const struct rule *rule,
	const struct cleaning *cleaning) {
	json_t *pipelines = model_pipelines(call->model, call->type);
	const char *pipeline_id = wanted(row, rule->pipeline);
	if (pipeline_id == NULL) {
		const char *first =
			json_string_value(json_object_get(json_array_get(pipelines, 0), "id"));
		pipeline_id = first == NULL ? "" : first; /* the last one may be deleted */
		set_text(row->written, rule->pipeline, pipeline_id);
	}
	const json_t *pipeline = model_entry(pipelines, pipeline_id);
	if (pipeline == NULL) {
		model_fault_option(cleaning, rule->pipeline, pipeline_id, as_options(pipelines));
		return;
	}
	const json_t *stages = json_object_get(pipeline, "stages");
	const char *stage_id = wanted(row, rule->stage);
	const json_t *stage = stage_id == NULL ? NULL : model_entry(stages, stage_id);
	if (stage != NULL) {
		derive(row, call->type, stage);
	} else if (stage_id != NULL) {
		model_fault_option(cleaning, rule->stage, stage_id, as_options(stages));
	}
}

bool model_rules_check(struct call *call, struct row *row, const struct cleaning *cleaning) {
	const struct rule *rule = rule_of(call->type);
	if (rule == NULL) {
		return true;
	}
	bool is_new = row->record == NULL;
	bool is_moved = rule->stage != NULL &&
		(is_new || text_of(row->written, rule->pipeline) != NULL ||
			text_of(row->written, rule->stage) != NULL);
	if (is_moved) {
		check_stage(call, row, rule, cleaning);
	}
	/* Bad values are told first, and a bad one is not a missing one. */
	bool is_clean = json_array_size(cleaning->faults) == 0;
	return !is_new || !is_clean || check_required(row, rule, cleaning);
}
