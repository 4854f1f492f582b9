/*
 * What may the token do? HubSpot lists a token's scopes; an object whose scopes are not known here,
 * or all when HubSpot does not list them, is asked for a record, which tells of reading only.
 */
#include "api/inside.h"

#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"

enum { CALL_BYTES_MAX = 512, SCOPE_SIZE = 64 };

/* HubSpot's types whose scopes are crm.objects.NAME.read and .write. */
static const struct {
	const char *type;
	const char *type_id;
	const char *both; /* a scope that stands for both; or NULL */
} TYPES[] = {
	{"contacts", "0-1", NULL},
	{"companies", "0-2", NULL},
	{"deals", "0-3", NULL},
	{"tickets", "0-5", "tickets"},
	{"products", "0-7", "e-commerce"},
	{"line_items", "0-8", "e-commerce"},
	{"leads", "0-136", NULL},
};

static void forget(struct probed *probed) {
	free(probed->missing);
	probed->missing = NULL;
}

/* ---- from the list ---- */

/* Also a scope that stands for both; or NULL. */
static const char *name_of(const char *type, const char **both) {
	*both = NULL;
	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
		if (str_is_equal(type, TYPES[i].type) || str_is_equal(type, TYPES[i].type_id)) {
			*both = TYPES[i].both;
			return TYPES[i].type;
		}
	}
	return str_starts_with(type, "2-") ? "custom" : NULL;
}

const char *api_scope_name(const char *type) {
	const char *both = NULL;
	return name_of(type, &both);
}

static bool has_scope(const json_t *scopes, const char *scope) {
	size_t index = 0;
	const json_t *one = NULL;
	json_array_foreach ((json_t *)scopes, index, one) {
		if (scope != NULL && str_is_equal(json_string_value(one), scope)) {
			return true;
		}
	}
	return false;
}

static void tell_missing(struct probed *probed, const char *hubspot, const char *correlation_id) {
	LOG_WARN("scope missing", log_text("object", probed->path + 1),
		log_text("token", probed->api->settings.token_name),
		log_text(hubspot != NULL ? "hubspot" : "why",
			hubspot != NULL ? hubspot : probed->missing),
		log_text("correlation_id", correlation_id));
}

enum api_scopes api_judge_scopes(
	const char *type, const json_t *scopes, char sentence[API_SENTENCE_SIZE]) {
	const char *both = NULL;
	const char *name = name_of(type, &both);
	char reads[SCOPE_SIZE], writes[SCOPE_SIZE];
	if (name == NULL || json_array_size(scopes) == 0) {
		return API_SCOPES_NOT_KNOWN;
	}
	snprintf(reads, sizeof(reads), "crm.objects.%s.read", name);
	snprintf(writes, sizeof(writes), "crm.objects.%s.write", name);
	bool can_read = has_scope(scopes, reads) || has_scope(scopes, both);
	bool can_write = has_scope(scopes, writes) || has_scope(scopes, both);
	if (can_read && can_write) {
		return API_SCOPES_THERE;
	}
	snprintf(sentence, API_SENTENCE_SIZE, "the token lacks %s%s%s", can_read ? "" : reads,
		can_read || can_write ? "" : " and ", can_write ? "" : writes);
	return API_SCOPES_MISSING;
}

/* False: the list does not tell. */
static bool judge(struct probed *probed, const json_t *scopes) {
	char sentence[API_SENTENCE_SIZE];
	enum api_scopes found = api_judge_scopes(probed->type, scopes, sentence);
	if (found == API_SCOPES_NOT_KNOWN) {
		return false;
	}
	forget(probed);
	if (found == API_SCOPES_MISSING) {
		probed->missing = must_strdup(sentence);
		tell_missing(probed, NULL, NULL);
	}
	return true;
}

/* ---- from a record ---- */

static void take_record(const struct hubspot_result *result, void *ctx) {
	struct probed *probed = ctx;
	probed->handle = NULL;
	switch (result->failure) {
	case HUBSPOT_OK:
		forget(probed);
		break;
	case HUBSPOT_CANCELLED:
		break;
	case HUBSPOT_FORBIDDEN:
		forget(probed);
		probed->missing = must_strdup(
			result->message != NULL ? result->message : "HubSpot answered 403");
		tell_missing(probed, probed->missing, result->correlation_id);
		break;
	default:
		LOG_WARN("scope not known", log_text("object", probed->path + 1),
			log_text("type", probed->type), log_int("status", result->status),
			log_text("hubspot", result->message));
		break;
	}
}

static void ask_for_record(struct probed *probed) {
	struct hubspot *hubspot = probed->api->hubspot;
	struct buf call;
	buf_init(&call, CALL_BYTES_MAX);
	buf_add_text(&call, "GET {objects}/");
	str_add_url_escaped(&call, probed->type);
	buf_add_text(&call, "?limit=1");
	const struct hubspot_operation operation = {.kind = HUBSPOT_RAW,
		.flags = HUBSPOT_REPEATABLE,
		.object = buf_text(&call),
		.label = "scope-probe"};
	if (call.is_failed ||
		!hubspot_submit(hubspot, &operation, take_record, probed, &probed->handle)) {
		probed->handle = NULL;
		LOG_WARN("scope not known", log_text("object", probed->path + 1),
			log_text("why", "not asked: no memory"));
	}
	buf_finish(&call);
}

/* ---- asking ---- */

/* `scopes` may be NULL: HubSpot did not say. */
static void judge_all(struct api *api, const json_t *scopes) {
	list_for_each (probed, &api->objects, struct probed, link) {
		if (!judge(probed, scopes) && probed->handle == NULL) {
			ask_for_record(probed);
		}
	}
}

/* What HubSpot says when it refuses is not told to anybody: it may quote the token. */
static void take_scopes(const struct hubspot_result *result, void *ctx) {
	struct api *api = ctx;
	api->scopes = NULL;
	if (api->is_draining || result->failure == HUBSPOT_CANCELLED) {
		return;
	}
	if (api->asks_scopes_once_more) {
		api->asks_scopes_once_more = false;
		scopes_ask(api);
		return;
	}
	judge_all(api,
		result->failure == HUBSPOT_OK ? json_object_get(result->record, "scopes") : NULL);
}

bool api_ask_scopes(
	struct hubspot *hubspot, hubspot_done_fn *done, void *ctx, struct hubspot_handle **handle) {
	json_auto_t *body = json_pack("{s:s}", "tokenKey", "{token}");
	const struct hubspot_operation operation = {.kind = HUBSPOT_RAW,
		.flags = HUBSPOT_REPEATABLE | HUBSPOT_WITH_TOKEN,
		.object = "POST /oauth/v2/private-apps/get/access-token-info",
		.body = body,
		.label = "scopes-probe"};
	return hubspot_submit(hubspot, &operation, done, ctx, handle);
}

void scopes_ask(struct api *api) {
	if (api->is_draining || list_is_empty(&api->objects)) {
		return;
	}
	if (api->scopes != NULL) { /* of the old token, perhaps */
		api->asks_scopes_once_more = true;
		return;
	}
	if (!api_ask_scopes(api->hubspot, take_scopes, api, &api->scopes)) {
		api->scopes = NULL;
		judge_all(api, NULL);
	}
}

void scopes_stop(struct api *api) {
	if (api->scopes != NULL) {
		hubspot_cancel(api->hubspot, api->scopes);
		api->scopes = NULL;
	}
	list_for_each (probed, &api->objects, struct probed, link) {
		if (probed->handle != NULL) {
			hubspot_cancel(api->hubspot, probed->handle);
			probed->handle = NULL;
		}
	}
}

json_t *scopes_missing(const struct api *api) {
	json_t *missing = NULL;
	list_for_each (probed, &api->objects, struct probed, link) {
		if (probed->missing == NULL) {
			continue;
		}
		missing = missing != NULL ? missing : json_array();
		json_array_append_new(missing,
			json_pack("{s:s,s:s}", "object", probed->path + 1, "message",
				probed->missing));
	}
	return missing;
}
