/* Which objects may the token read? HubSpot tells only when it is asked for one. */
#include "api/inside.h"

#include "base/buf.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"

enum { CALL_BYTES_MAX = 512 };

static void forget(struct probed *probed) {
	free(probed->missing);
	probed->missing = NULL;
}

static void take_result(const struct hubspot_result *result, void *ctx) {
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
		LOG_WARN("scope missing", log_text("object", probed->path + 1),
			log_text("token", probed->api->settings.token_name),
			log_text("hubspot", probed->missing),
			log_text("correlation_id", result->correlation_id));
		break;
	default:
		LOG_WARN("scope not known", log_text("object", probed->path + 1),
			log_text("type", probed->type), log_int("status", result->status),
			log_text("hubspot", result->message));
		break;
	}
}

static void ask(struct probed *probed) {
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
		!hubspot_submit(hubspot, &operation, take_result, probed, &probed->handle)) {
		probed->handle = NULL;
		LOG_WARN("scope not known", log_text("object", probed->path + 1),
			log_text("why", "not asked: no memory"));
	}
	buf_finish(&call);
}

void scopes_ask(struct api *api) {
	list_for_each (probed, &api->objects, struct probed, link) {
		if (probed->handle == NULL && !api->is_draining) {
			ask(probed);
		}
	}
}

void scopes_stop(struct api *api) {
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
