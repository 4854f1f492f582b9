#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* NULL, or what is wrong with the value. */
typedef const char *apply_fn(struct call *call, json_t *value);

static const char *apply_reset(struct call *call, json_t *value) {
	if (!json_is_true(value)) {
		return "reset is true";
	}
	model_clear(call->model);
	return model_start(call->model) ? NULL : "out of memory";
}

static const char *apply_limit(struct call *call, json_t *value) {
	const char *word = json_string_value(value);
	json_int_t limit = json_integer_value(value);
	if (word != NULL && strcmp(word, "off") == 0) {
		model_limit_set_burst(&call->model->limit, 0);
		return NULL;
	}
	if (limit < 1 || limit > LIMIT_MAX) {
		return "limit is a number from 1 to 100000, or \"off\"";
	}
	model_limit_set_burst(&call->model->limit, (uint32_t)limit);
	return NULL;
}

static const char *apply_daily(struct call *call, json_t *value) {
	json_int_t daily = json_integer_value(value);
	if (!json_is_integer(value) || daily < 0 || daily > 1000000000) {
		return "daily is a number of calls";
	}
	call->model->limit.daily = (uint32_t)daily;
	return NULL;
}

static const char *apply_latency(struct call *call, json_t *value) {
	json_int_t latency_ms = json_integer_value(value);
	if (!json_is_integer(value) || latency_ms < 0 || latency_ms > 100000) {
		return "latency_ms is a number from 0 to 100000";
	}
	call->model->latency_ms = (uint32_t)latency_ms;
	return NULL;
}

static const char *apply_fail(struct call *call, json_t *value) {
	return model_fault_add(call->model, value);
}

/* A property's name, or {"name": ..., "hasUniqueValue": true} with more of a
 * definition. */
static bool declare(struct model *model, struct type *type, const json_t *property) {
	const json_t *name =
		json_is_object(property) ? json_object_get(property, "name") : property;
	const char *text = json_string_value(name);
	struct property known;
	bool exists = text != NULL && model_type_property(type, text, &known) &&
		(model_type_own(type, text) != NULL || (known.flags & PROPERTY_STANDARD) != 0);
	return exists || (text != NULL && model_definition_add(model, type, text, property));
}

static const char *apply_load(struct call *call, json_t *value) {
	return model_state_load(call->model, value);
}

static const char *apply_owners(struct call *call, json_t *value) {
	size_t at;
	json_t *owner;
	json_array_foreach (value, at, owner) {
		if (!json_is_string(json_object_get(owner, "id"))) {
			return "owners is a list of owners, each with an id";
		}
	}
	if (!json_is_array(value)) {
		return "owners is a list of owners, each with an id";
	}
	json_decref(call->model->owners);
	call->model->owners = json_deep_copy(value);
	return NULL;
}

static const char *apply_properties(struct call *call, json_t *value) {
	const char *word;
	json_t *names;
	if (!json_is_object(value)) {
		return "properties is an object of lists of names";
	}
	json_object_foreach (value, word, names) {
		struct type *type = model_type_find(call->model, word);
		size_t at;
		json_t *name;
		if (type == NULL || !json_is_array(names)) {
			return "properties has a list of names for each type of object";
		}
		json_array_foreach (names, at, name) {
			if (!declare(call->model, type, name)) {
				return "properties: a name is 1 to 63 bytes; a type has at most 10 "
				       "unique ones";
			}
		}
	}
	return NULL;
}

static const char *revoke_one(struct model *model, const json_t *token) {
	if (!json_is_string(token)) {
		return "revoke is a token or a list of them";
	}
	json_object_del(model->accepted, json_string_value(token));
	json_object_set_new(model->revoked, json_string_value(token), json_true());
	return NULL;
}

static const char *apply_revoke(struct call *call, json_t *value) {
	if (!json_is_array(value)) {
		return revoke_one(call->model, value);
	}
	size_t at;
	json_t *token;
	json_array_foreach (value, at, token) {
		const char *wrong = revoke_one(call->model, token);
		if (wrong != NULL) {
			return wrong;
		}
	}
	return NULL;
}

static const char *apply_accept(struct call *call, json_t *value) {
	if (!json_is_string(value)) {
		return "accept is a token";
	}
	json_object_del(call->model->revoked, json_string_value(value));
	json_object_set_new(call->model->accepted, json_string_value(value), json_true());
	return NULL;
}

static const char *apply_scopes(struct call *call, json_t *value) {
	if (!json_is_null(value) && !json_is_array(value)) {
		return "scopes is a list of names, or null for all";
	}
	json_t *scopes = json_is_null(value) ? NULL : json_object();
	size_t at;
	json_t *scope;
	json_array_foreach (value, at, scope) {
		if (!json_is_string(scope)) {
			json_decref(scopes);
			return "scopes is a list of names, or null for all";
		}
		json_object_set_new(scopes, json_string_value(scope), json_true());
	}
	json_decref(call->model->scopes);
	call->model->scopes = scopes;
	return NULL;
}

static const char *apply_account(struct call *call, json_t *value) {
	const char *name;
	json_t *wanted;
	if (!json_is_object(value)) {
		return "account is an object of the members of the account's details";
	}
	json_object_foreach (value, name, wanted) {
		const json_t *now = json_object_get(call->model->account, name);
		if (now == NULL || json_typeof(now) != json_typeof(wanted)) {
			return "account has only members of the account's details, of the same "
			       "types";
		}
	}
	json_object_update(call->model->account, value);
	return NULL;
}

static const char *seed_one(struct call *call, const json_t *seed) {
	const char *word = json_string_value(json_object_get(seed, "type"));
	call->type = word == NULL ? NULL : model_type_find(call->model, word);
	if (call->type == NULL) {
		return "seed is a list of {\"type\", \"properties\"}";
	}
	struct row row = {.kind = ROW_CREATE,
		.properties = json_object_get(seed, "properties"),
		.links = json_object_get(seed, "associations")};
	bool is_good = model_row_settle(call, &row);
	model_row_finish(&row);
	return is_good ? NULL : "seed has a record that a create would refuse";
}

static const char *apply_seed(struct call *call, json_t *value) {
	if (!json_is_array(value)) {
		return "seed is a list of {\"type\", \"properties\"}";
	}
	uint64_t creates = call->model->journal.creates;
	const char *wrong = NULL;
	size_t at;
	json_t *seed;
	json_array_foreach (value, at, seed) {
		wrong = seed_one(call, seed);
		if (wrong != NULL) {
			break;
		}
	}
	call->model->journal.creates = creates; /* what was there from the start was not created */
	return wrong;
}

/* In this order, whatever order the call has them in. */
static const struct {
	const char *name;
	apply_fn *apply;
} members[] = {
	{"reset", apply_reset},
	{"load", apply_load},
	{"account", apply_account},
	{"properties", apply_properties},
	{"limit", apply_limit},
	{"daily", apply_daily},
	{"latency_ms", apply_latency},
	{"revoke", apply_revoke},
	{"accept", apply_accept},
	{"scopes", apply_scopes},
	{"owners", apply_owners},
	{"seed", apply_seed},
	{"fail", apply_fail},
};
enum { MEMBERS = sizeof(members) / sizeof(members[0]) };

static void refuse(struct call *call, int status, const char *message, const char *about) {
	struct problem problem = {0};
	model_problem_say(&problem, status, NULL, "%s%s", message, about);
	model_fail(call, &problem);
}

static const char *unknown_member(const json_t *body) {
	const char *name;
	json_t *value;
	json_object_foreach ((json_t *)body, name, value) {
		size_t i = 0;
		while (i < MEMBERS && strcmp(members[i].name, name) != 0) {
			i++;
		}
		if (i == MEMBERS && !model_mode_exists(name)) {
			return name;
		}
	}
	return NULL;
}

/* NULL, or what is wrong, and with what. */
static const char *apply_all(struct call *call, json_t *body, const char **about) {
	*about = unknown_member(body);
	if (*about != NULL) {
		return "unknown member: ";
	}
	*about = "";
	for (size_t i = 0; i < MEMBERS; i++) {
		json_t *value = json_object_get(body, members[i].name);
		const char *wrong = value == NULL ? NULL : members[i].apply(call, value);
		if (wrong != NULL) {
			return wrong;
		}
	}
	return model_modes_apply(call->model, body, about);
}

const char *model_control(struct model *model, json_t *body) {
	struct call call = {.model = model, .effect = json_array()};
	const char *about;
	const char *wrong = apply_all(&call, body, &about);
	json_decref(call.effect);
	return wrong;
}

static void control(struct call *call) {
	json_error_t error;
	call->body = json_loadb(call->request->body, call->request->length, 0, &error);
	if (!json_is_object(call->body)) {
		refuse(call, 400, "a control call is a JSON object: ", error.text);
		return;
	}
	const char *about;
	const char *wrong = apply_all(call, call->body, &about);
	if (wrong != NULL) {
		refuse(call, 400, wrong, about);
		return;
	}
	model_reply_json(call, 200, json_pack("{s:s,s:O*}", "status", "ok", "ids", call->effect));
}

static void dump(struct call *call) {
	model_reply_json(call, 200, model_save(call->model));
}

static void journal(struct call *call) {
	const char *text = model_query_value(call, "last");
	bool is_number = text != NULL && *text != '\0' && strlen(text) < 10 &&
		strspn(text, "0123456789") == strlen(text);
	if (text != NULL && !is_number) {
		refuse(call, 400, "last is a number of calls", "");
		return;
	}
	uint64_t last = text == NULL ? 100 : strtoull(text, NULL, 10);
	model_reply_json(call, 200,
		json_pack("{s:o*}", "results", model_journal_last(&call->model->journal, last)));
}

void model_control_handle(struct call *call) {
	static const struct {
		const char *method, *name;
		size_t most;
		void (*handle)(struct call *call);
	} pages[] = {
		{"POST", "__control", 1, control},
		{"GET", "__state", 2, model_state_reply},
		{"GET", "__journal", 1, journal},
		{"GET", "__dump", 1, dump},
	};
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		if (strcmp(pages[i].name, call->segments[0]) == 0 &&
			call->segment_count <= pages[i].most) {
			if (strcmp(pages[i].method, call->request->method) == 0) {
				pages[i].handle(call);
			} else {
				refuse(call, 405, "the method here is ", pages[i].method);
			}
			return;
		}
	}
	refuse(call, 404, "no such page of the sandbox: ", call->segments[0]);
}
