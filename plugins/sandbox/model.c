/*
 * The way of a call: token, route, scope, limit, fault, body, handler. Each
 * step may end the call; what comes after it has then not happened. A fault
 * that strikes "after" lets the handler run and only changes what becomes of
 * the reply.
 */
#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

const struct model_settings model_defaults = {
	.seed = 1,
	.limit = 190,
	.daily = 625000,
	.records_max = 200000,
	.search_limit = 5,
	.search_lag_ms = 3000,
};

/* xorshift64*: the same seed, the same sandbox. */
uint64_t model_random(struct model *model) {
	model->random ^= model->random >> 12;
	model->random ^= model->random << 25;
	model->random ^= model->random >> 27;
	return (model->random * 2685821657736338717U) >> 16;
}

void model_uuid(struct model *model, char uuid[UUID_SIZE]) {
	unsigned long long a = model_random(model);
	unsigned long long b = model_random(model);
	unsigned long long c = model_random(model);
	snprintf(uuid, UUID_SIZE, "%08llx-%04llx-4%03llx-a%03llx-%012llx", a & 0xffffffff,
		(a >> 32) & 0xffff, b & 0xfff, (b >> 12) & 0xfff, c & 0xffffffffffff);
}

json_int_t model_portal(const struct model *model) {
	return json_integer_value(json_object_get(model->account, "portalId"));
}

bool model_start(struct model *model) {
	model->random = model->settings.seed * 0x9e3779b97f4a7c15U + 0x2545f4914f6cdd1dU;
	model->random = model->random == 0 ? 1 : model->random;
	model->last_id = 171591000000U;
	model->latency_ms = model->settings.latency_ms;
	model->limit.burst = model->settings.limit < LIMIT_MAX ? model->settings.limit : LIMIT_MAX;
	model->limit.daily = model->settings.daily;
	model->limit.search = model->settings.search_limit < SEARCHES_MAX
		? model->settings.search_limit
		: SEARCHES_MAX;
	model->search_lag_ms = model->settings.search_lag_ms;
	model->last_label = LABEL_FIRST - 1;
	model->owners = model_owners_default();
	model->links = json_object();
	model->labels = json_object();
	model->accepted = json_object();
	model->revoked = json_object();
	model->account = json_pack("{s:i,s:s,s:s,s:s,s:[],s:s,s:i,s:s,s:s}", "portalId", 44237313,
		"accountType", "SANDBOX", "timeZone", "US/Eastern", "companyCurrency", "USD",
		"additionalCurrencies", "utcOffset", "-04:00", "utcOffsetMilliseconds", -14400000,
		"uiDomain", "app.hubspot.com", "dataHostingLocation", "na1");
	return model_journal_init(&model->journal) && model->account != NULL &&
		model->accepted != NULL && model->revoked != NULL && model->owners != NULL &&
		model->links != NULL && model->labels != NULL;
}

void model_clear(struct model *model) {
	for (size_t i = 0; i < model->type_count; i++) {
		model_type_destroy(model->types[i]);
	}
	json_decref(model->account);
	json_decref(model->accepted);
	json_decref(model->revoked);
	json_decref(model->scopes);
	json_decref(model->owners);
	json_decref(model->links);
	json_decref(model->labels);
	model->account = model->accepted = model->revoked = model->scopes = NULL;
	model->owners = model->links = model->labels = NULL;
	memset(&model->modes, 0, sizeof(model->modes));
	model->search_flap_ms = 0;
	model->type_count = 0;
	model->record_count = 0;
	model->fault_count = 0;
	model_limit_finish(&model->limit);
	model_journal_finish(&model->journal);
}

struct model *model_create(const struct model_settings *settings) {
	struct model *model = calloc(1, sizeof(*model));
	if (model == NULL) {
		return NULL;
	}
	model->settings = *settings;
	model->token = settings->token == NULL ? NULL : strdup(settings->token);
	bool has_token = settings->token == NULL || model->token != NULL;
	if (!model_start(model) || !has_token) {
		model_destroy(model);
		return NULL;
	}
	return model;
}

void model_destroy(struct model *model) {
	if (model == NULL) {
		return;
	}
	model_clear(model);
	free(model->token);
	free(model);
}

void model_reply_json(struct call *call, int status, json_t *body) {
	call->reply->status = status;
	call->reply->type = "application/json;charset=utf-8";
	call->reply->json = body;
}

void model_reply_header(struct call *call, const char *name, const char *value) {
	struct model_reply *reply = call->reply;
	if (reply->header_count < MODEL_HEADERS_MAX) {
		struct model_header *header = &reply->headers[reply->header_count++];
		header->name = name;
		snprintf(header->value, sizeof(header->value), "%s", value);
	}
}

/* ---- the steps: false when the call has ended ---- */

bool model_accepts(const struct model *model, const char *token) {
	if (json_object_get(model->revoked, token) != NULL) {
		return false;
	}
	if (json_object_get(model->accepted, token) != NULL) {
		return true;
	}
	return model->token != NULL ? strcmp(model->token, token) == 0
				    : strncmp(token, "pat-", 4) == 0;
}

static bool check_token(struct call *call) {
	const char *authorization = call->request->authorization;
	bool is_bearer = authorization != NULL && strncasecmp(authorization, "Bearer ", 7) == 0;
	const char *token = is_bearer ? authorization + 7 : "";
	if (!model_accepts(call->model, token)) {
		struct problem problem = {0};
		model_problem_token(&problem);
		model_fail(call, &problem);
		return false;
	}
	call->token = 14695981039346656037U;
	for (; *token != '\0'; token++) {
		call->token = (call->token ^ (unsigned char)*token) * 1099511628211U;
	}
	return true;
}

/* Notes, calls, meetings and tasks have no scopes of their own. */
static const char *scope_name(const struct type *type) {
	static const char *const under_contacts[] = {"notes", "calls", "meetings", "tasks"};
	for (size_t i = 0; i < sizeof(under_contacts) / sizeof(under_contacts[0]); i++) {
		if (strcmp(type->name, under_contacts[i]) == 0) {
			return "contacts";
		}
	}
	return strncmp(type->name, "2-", 2) == 0 ? "custom" : type->name;
}

static bool has_scope(struct call *call, const struct type *type) {
	static const char *const actions[] = {[SCOPE_READ] = "objects.%s.read",
		[SCOPE_WRITE] = "objects.%s.write",
		[SCOPE_SCHEMA_READ] = "schemas.%s.read",
		[SCOPE_SCHEMA_WRITE] = "schemas.%s.write"};
	char scope[NAME_SIZE + 32] = "crm.objects.owners.read";
	if (call->route->scope != SCOPE_OWNERS) {
		const char *action = actions[call->route->scope];
		size_t head = strcspn(action, "%");
		snprintf(scope, sizeof(scope), "crm.%.*s%s%s", (int)head, action, scope_name(type),
			action + head + 2);
	}
	if (json_object_get(call->model->scopes, scope) != NULL) {
		return true;
	}
	struct problem problem = {0};
	model_problem_scopes(&problem, scope);
	model_fail(call, &problem);
	return false;
}

/* An association needs the scopes of both its ends. */
static bool check_scope(struct call *call) {
	bool is_free = call->route == NULL || call->route->scope == SCOPE_NONE ||
		call->model->scopes == NULL;
	bool is_owners = !is_free && call->route->scope == SCOPE_OWNERS;
	if (is_free || (call->type == NULL && !is_owners)) {
		return true;
	}
	return has_scope(call, call->type) && (call->to == NULL || has_scope(call, call->to));
}

static bool check_limit(struct call *call) {
	enum verdict verdict = model_limit_take(call);
	if (verdict != LIMIT_GRANTED) {
		struct problem problem = {0};
		model_problem_limit(&problem, call->model, verdict);
		model_fail(call, &problem);
		if (call->model->modes.sends_retry_after) {
			model_reply_header(
				call, "Retry-After", verdict == LIMIT_SECONDLY ? "1" : "10");
		}
	}
	return verdict == LIMIT_GRANTED;
}

/* Most faults let the handler do its work, and change what becomes of its
 * reply. */
static bool check_fault(struct call *call) {
	static const enum model_fate fates[HOWS] = {[HOW_RESET_BEFORE] = MODEL_RESET_BEFORE,
		[HOW_RESET_AFTER] = MODEL_RESET_AFTER,
		[HOW_CUT] = MODEL_CUT,
		[HOW_HANG] = MODEL_HANG};
	if (!model_fault_take(call)) {
		return true;
	}
	enum fault_how how = call->fault.kind.how;
	call->reply->fate = fates[how];
	if (how == HOW_STATUS) {
		model_fault_reply(call);
	}
	return how != HOW_STATUS && how != HOW_RESET_BEFORE && how != HOW_HANG;
}

static bool check_body(struct call *call) {
	unsigned flags = call->route->flags;
	if ((flags & (ROUTE_BODY | ROUTE_LIST)) == 0) {
		return true;
	}
	json_error_t error = {0};
	struct problem problem = {0};
	call->body = json_loadb(call->request->body, call->request->length, 0, &error);
	if (call->body == NULL) {
		model_problem_malformed(
			&problem, error.line < 1 ? 1 : error.line, error.column, error.text);
	} else if (!json_is_object(call->body) && (flags & ROUTE_LIST) == 0) {
		model_problem_malformed(
			&problem, 1, 1, "Cannot deserialize value of type object from this value");
	}
	bool is_good = problem.status == 0;
	if (!is_good) {
		model_fail(call, &problem);
	}
	return is_good;
}

static void refuse_path(struct call *call, bool is_known_path) {
	const char *unknown = call->type == NULL ? call->match.type : call->match.to;
	struct problem problem = {0};
	if (is_known_path && unknown != NULL) {
		model_problem_say(
			&problem, 400, NULL, "Unable to infer object type from: %s", unknown);
	} else if (is_known_path) {
		model_problem_say(&problem, 405, NULL, "Method %s is not allowed here",
			call->request->method);
	} else {
		model_problem_say(&problem, 404, NULL, "resource not found");
	}
	model_fail(call, &problem);
}

static struct type *type_of(struct call *call, const char *word) {
	return word == NULL ? NULL : model_type_find(call->model, word);
}

static void answer(struct call *call) {
	bool is_known_path = false;
	call->route = model_route_find(call, &call->match, &is_known_path);
	model_route_name(call, call->route, &call->match);
	bool is_open = call->route != NULL && (call->route->flags & ROUTE_OPEN) != 0;
	if (!is_open && !check_token(call)) {
		return;
	}
	call->type = type_of(call, call->match.type);
	call->to = type_of(call, call->match.to);
	bool is_routed = call->route != NULL && (call->match.type == NULL || call->type != NULL) &&
		(call->match.to == NULL || call->to != NULL);
	bool is_going_on = check_scope(call) && check_limit(call) && check_fault(call);
	model_limit_headers(call);
	if (!is_going_on) {
		return;
	}
	if (!is_routed) {
		refuse_path(call, is_known_path);
	} else if (check_body(call)) {
		call->route->handle(call);
	}
	model_fault_twist(call);
}

/* ---- from request to reply ---- */

static void refuse_url(struct call *call) {
	struct problem problem = {0};
	snprintf(call->key, sizeof(call->key), "other");
	model_problem_say(&problem, 400, NULL, "The path or query is not valid");
	model_fail(call, &problem);
}

/* The body's own bytes; and nothing at all is a 500, so that a caller never
 * waits in vain. */
static void write_bytes(struct model_reply *reply) {
	if (reply->json != NULL) {
		reply->bytes = json_dumps(reply->json, JSON_COMPACT);
		reply->length = reply->bytes == NULL ? 0 : strlen(reply->bytes);
	}
	bool is_answered = reply->fate != MODEL_RESET_BEFORE && reply->fate != MODEL_HANG;
	if ((reply->status == 0 && is_answered) || (reply->json != NULL && reply->bytes == NULL)) {
		reply->status = 500;
	}
	if (reply->bytes == NULL) {
		reply->type = "";
	}
}

void model_handle(struct model *model, const struct model_request *request, uint64_t now_ms,
	struct model_reply *reply) {
	struct call call = {.model = model, .request = request, .reply = reply, .now_ms = now_ms};
	memset(reply, 0, sizeof(*reply));
	model->wall_ms = now_ms + model->settings.wall_offset_ms;
	bool is_ours = strncmp(request->path, "/__", 3) == 0;
	call.effect = json_array();
	model_uuid(model, call.correlation);
	model_reply_header(&call, "X-HubSpot-Correlation-Id", call.correlation);
	if (!model_url_split(&call) || !model_url_query(&call)) {
		refuse_url(&call);
	} else if (is_ours) {
		model_control_handle(&call);
	} else {
		answer(&call);
		reply->delay_ms = model->latency_ms;
	}
	write_bytes(reply);
	if (!is_ours) {
		model_journal_note(&call);
	}
	json_decref(call.effect);
	json_decref(call.body);
	json_decref(call.query);
	free(call.path);
}

void model_reply_finish(struct model_reply *reply) {
	json_decref(reply->json);
	free(reply->bytes);
	memset(reply, 0, sizeof(*reply));
}
