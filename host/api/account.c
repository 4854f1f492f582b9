/*
 * The account probe. Either the operation is under way (api->handle), or the timer runs, or
 * neither: the account is known, or HubSpot will not say it, or the host is stopping.
 */
#include "api/inside.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

enum { FIRST_WAIT_MS = 1000, LAST_WAIT_MS = 60 * 1000, LAST_HELD_WAIT_MS = 5000, ID_SIZE = 24 };

static void ask(void *ctx);

/* Only where an account is expected is there something to wait for. */
static void hold(struct api *api, bool is_held) {
	if (api->hubspot != NULL && api->settings.account_id != NULL) {
		api->is_held = is_held;
		hubspot_hold(api->hubspot, is_held);
	}
}

void account_init(struct api *api) {
	loop_timer_init(&api->again, api->loop, ask, api);
	api->wait_ms = FIRST_WAIT_MS;
	hold(api, true);
}

static void ask_later(struct api *api) {
	uint64_t last_ms = api->is_held ? LAST_HELD_WAIT_MS : LAST_WAIT_MS;
	loop_timer_start(&api->again, api->wait_ms);
	api->wait_ms = api->wait_ms * 2 < last_ms ? api->wait_ms * 2 : last_ms;
}

/* ---- what came ---- */

/* HubSpot's portalId is a number, as text; false: it is not there. */
static bool read_id(const json_t *record, char id[ID_SIZE]) {
	const json_t *value = json_object_get(record, "portalId");
	int length = json_is_integer(value)
		? snprintf(id, ID_SIZE, "%" JSON_INTEGER_FORMAT, json_integer_value(value))
		: json_is_string(value) ? snprintf(id, ID_SIZE, "%s", json_string_value(value))
					: 0;
	return length > 0 && length < ID_SIZE;
}

json_t *api_read_account(const json_t *record) {
	char id[ID_SIZE];
	if (!read_id(record, id)) {
		return NULL;
	}
	return json_pack("{s:s,s:s*,s:s*,s:s*,s:s*}", "id", id, "type",
		json_member_text(record, "accountType"), "region",
		json_member_text(record, "dataHostingLocation"), "time_zone",
		json_member_text(record, "timeZone"), "currency",
		json_member_text(record, "companyCurrency"));
}

static void refuse_account(struct api *api, const char *id) {
	LOG_ERROR("wrong account", log_text("setting", "HUBSPOT_ACCOUNT_ID"),
		log_text("expected", api->settings.account_id), log_text("found", id),
		log_text("token", api->settings.token_name));
	bool is_news = !api->is_wrong_account;
	api->is_wrong_account = true;
	if (is_news && api->settings.on_wrong_account != NULL) {
		api->settings.on_wrong_account(api->settings.ctx);
	}
}

/* Takes `account`. */
static void take_account(struct api *api, json_t *account) {
	const char *id = json_member_text(account, "id");
	json_decref(api->account);
	api->account = account;
	api->wait_ms = FIRST_WAIT_MS;
	api->told = NULL;
	LOG_INFO("account", log_text("id", id), log_text("type", json_member_text(account, "type")),
		log_text("region", json_member_text(account, "region")));
	if (api->settings.account_id != NULL && strcmp(api->settings.account_id, id) != 0) {
		refuse_account(api, id);
		return;
	}
	api->is_wrong_account = false;
	hold(api, false);
	scopes_ask(api);
}

/* One line a failure, not one a try. */
static bool is_news(struct api *api, const char *failure) {
	bool is_new = api->told == NULL || strcmp(api->told, failure) != 0;
	api->told = failure;
	return is_new;
}

static void tell_hidden(struct api *api, const struct hubspot_result *result) {
	if (is_news(api, "account hidden")) {
		LOG_LINE(api->is_held ? LOG_ERROR : LOG_WARN, "account hidden",
			log_text("why", "the token may not ask for the account's details"),
			log_text("so",
				api->is_held ? "nothing is sent: HUBSPOT_ACCOUNT_ID is set" : NULL),
			log_text("hubspot", result->message),
			log_text("correlation_id", result->correlation_id));
	}
}

static void take_failure(struct api *api, const struct hubspot_result *result) {
	switch (result->failure) {
	case HUBSPOT_UNAUTHORIZED:
		if (is_news(api, "token refused")) {
			LOG_ERROR("token refused", log_text("token", api->settings.token_name),
				log_int("status", result->status),
				log_text("hubspot", result->message),
				log_text("correlation_id", result->correlation_id));
		}
		break;
	case HUBSPOT_FORBIDDEN:
		tell_hidden(api, result);
		if (!api->is_held) {
			scopes_ask(api);
			return; /* asking again changes nothing */
		}
		break;
	default:
		if (is_news(api, "account not known yet")) {
			LOG_WARN("account not known yet",
				log_text("why",
					"HubSpot gave no answer that tells it; asking again"),
				log_int("status", result->status),
				log_text("hubspot", result->message));
		}
		break;
	}
	ask_later(api);
}

static void take_result(const struct hubspot_result *result, void *ctx) {
	struct api *api = ctx;
	api->handle = NULL;
	if (api->is_draining || result->failure == HUBSPOT_CANCELLED) {
		return;
	}
	if (api->asks_once_more) {
		api->asks_once_more = false;
		ask(api);
		return;
	}
	json_t *account = result->failure == HUBSPOT_OK ? api_read_account(result->record) : NULL;
	if (account != NULL) {
		take_account(api, account);
	} else {
		take_failure(api, result);
	}
}

/* ---- asking ---- */

bool api_ask_account(
	struct hubspot *hubspot, hubspot_done_fn *done, void *ctx, struct hubspot_handle **handle) {
	const struct hubspot_operation operation = {.kind = HUBSPOT_RAW,
		.flags = HUBSPOT_REPEATABLE | HUBSPOT_PROBE,
		.object = "GET /account-info/{version}/details",
		.label = "account-probe"};
	return hubspot_submit(hubspot, &operation, done, ctx, handle);
}

static void ask(void *ctx) {
	struct api *api = ctx;
	api->asked_ms = clock_now_ms();
	if (!api_ask_account(api->hubspot, take_result, api, &api->handle)) {
		api->handle = NULL;
		ask_later(api);
	}
}

void api_token_changed(struct api *api) {
	hold(api, true);
	if (api->account != NULL && api->is_held) {
		json_decref(api->account);
		api->account = NULL;
	}
	bool is_asked = api->handle != NULL; /* for the old token, perhaps */
	api_probe(api);
	api->asks_once_more = is_asked && api->handle != NULL;
}

void api_probe(struct api *api) {
	if (api->hubspot == NULL || api->is_draining) {
		return;
	}
	loop_timer_stop(&api->again);
	api->wait_ms = FIRST_WAIT_MS;
	api->told = NULL;
	if (api->handle !=
		NULL) { /* asked in this very turn (SIGHUP, and a new token with it) is asked */
		api->asks_once_more |= api->asked_ms != clock_now_ms();
	} else {
		ask(api);
	}
}

void account_stop(struct api *api) {
	loop_timer_stop(&api->again);
	api->asks_once_more = false;
	if (api->handle != NULL) {
		hubspot_cancel(api->hubspot, api->handle);
		api->handle = NULL;
	}
}
