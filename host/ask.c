#include "ask.h"

#include "api/api.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/str.h"

enum { CALL_BYTES_MAX = 512, WHAT_SIZE = 128 };

struct command ask_command(const struct command *command) {
	struct command as_serve = *command;
	as_serve.verb = COMMAND_SERVE;
	return as_serve;
}

bool ask_may(
	const struct command *command, const struct config *config, char error[HOST_ERROR_SIZE]) {
	if (command->is_sandbox || config_has_token(config)) {
		return true;
	}
	snprintf(error, HOST_ERROR_SIZE,
		"there is no HubSpot token to ask with: set HUBSPOT_PRIVATE_APP_TOKEN (or "
		"HUBSPOT_PRIVATE_APP_TOKEN_FILE), or say --sandbox");
	return false;
}

/* ---- one question ---- */

struct waiting {
	struct loop *loop;
	struct answer *answer;
};

static char *copy(const char *text) {
	return text != NULL ? must_strdup(text) : NULL;
}

/* Of missing scopes it is an entry of the errors that names them. */
static const char *message_of(const struct hubspot_result *result) {
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (result->errors, index, error) {
		const char *message = json_member_text(error, "message");
		if (str_is_equal(json_member_text(error, "code"), "MISSING_SCOPES") &&
			message != NULL) {
			return message;
		}
	}
	return result->message;
}

static void take(const struct hubspot_result *result, void *ctx) {
	struct waiting *waiting = ctx;
	*waiting->answer = (struct answer){.failure = result->failure,
		.status = result->status,
		.body = json_incref(result->record),
		.message = copy(message_of(result))};
	loop_stop(waiting->loop);
}

typedef bool ask_fn(
	struct hubspot *hubspot, hubspot_done_fn *done, void *ctx, struct hubspot_handle **handle);

static void ask(struct host *host, ask_fn *submit, struct answer *answer) {
	struct waiting waiting = {.loop = host->loop, .answer = answer};
	*answer = (struct answer){.failure = HUBSPOT_OUT_OF_MEMORY};
	if (submit(host->hubspot, take, &waiting, NULL)) {
		loop_run(host->loop);
	}
}

void ask_call(struct host *host, const char *call, struct answer *answer) {
	struct waiting waiting = {.loop = host->loop, .answer = answer};
	const struct hubspot_operation operation = {.kind = HUBSPOT_RAW,
		.flags = HUBSPOT_REPEATABLE,
		.object = call,
		.label = "command"};
	*answer = (struct answer){.failure = HUBSPOT_OUT_OF_MEMORY};
	if (hubspot_submit(host->hubspot, &operation, take, &waiting, NULL)) {
		loop_run(host->loop);
	}
}

void ask_scopes(struct host *host, struct answer *answer) {
	ask(host, api_ask_scopes, answer);
}

void answer_finish(struct answer *answer) {
	json_decref(answer->body);
	free(answer->message);
	*answer = (struct answer){.failure = HUBSPOT_CANCELLED};
}

/* ---- what a failure is called ---- */

/* `what` was asked for: "the account". */
static void tell(const struct host *host, const struct answer *answer, const char *what,
	char error[HOST_ERROR_SIZE]) {
	const char *message = answer->message != NULL ? answer->message : "no reason given";
	const char *address = host->command->is_sandbox ? "the sandbox" : host->config->base_url;
	switch (answer->failure) {
	case HUBSPOT_UNAUTHORIZED:
		snprintf(error, HOST_ERROR_SIZE, "HubSpot refuses the token, %s (%d): %s",
			host->config->token_name, answer->status, message);
		break;
	case HUBSPOT_UNREACHABLE:
		snprintf(error, HOST_ERROR_SIZE, "HubSpot cannot be reached at %.256s", address);
		break;
	case HUBSPOT_NO_REPLY:
	case HUBSPOT_DEADLINE:
		snprintf(error, HOST_ERROR_SIZE, "HubSpot gave no answer in time at %.256s",
			address);
		break;
	case HUBSPOT_OUT_OF_MEMORY:
		snprintf(error, HOST_ERROR_SIZE, "out of memory");
		break;
	default:
		snprintf(error, HOST_ERROR_SIZE, "HubSpot does not tell %s (status %d): %s", what,
			answer->status, message);
		break;
	}
}

/* ---- whose is the token? ---- */

static bool is_expected(const struct host *host, const json_t *account, bool *is_wrong) {
	const char *expected = host->command->is_sandbox ? NULL : host->config->account_id;
	const char *id = json_member_text(account, "id");
	*is_wrong = expected != NULL && id != NULL && strcmp(expected, id) != 0;
	return expected == NULL || (id != NULL && !*is_wrong);
}

static bool judge_account(struct host *host, const struct answer *answer, json_t **account,
	char error[HOST_ERROR_SIZE]) {
	bool is_wrong = false;
	bool is_told = answer->failure == HUBSPOT_OK || answer->failure == HUBSPOT_FORBIDDEN;
	if (!is_told) {
		tell(host, answer, "the account", error);
		return false;
	}
	json_t *found = answer->failure == HUBSPOT_OK ? api_read_account(answer->body) : NULL;
	if (is_expected(host, found, &is_wrong)) {
		*account = found;
		return true;
	}
	if (is_wrong) {
		snprintf(error, HOST_ERROR_SIZE,
			"HUBSPOT_ACCOUNT_ID expects the account %s, the token, %s, is of %s",
			host->config->account_id, host->config->token_name,
			json_member_text(found, "id"));
	} else {
		snprintf(error, HOST_ERROR_SIZE,
			"HUBSPOT_ACCOUNT_ID expects the account %s, and HubSpot does not tell "
			"whose "
			"the token is (status %d): %s",
			host->config->account_id, answer->status,
			answer->message != NULL ? answer->message : "no reason given");
	}
	json_decref(found);
	return false;
}

bool ask_account(struct host *host, json_t **account, char error[HOST_ERROR_SIZE]) {
	struct answer answer;
	ask(host, api_ask_account, &answer);
	bool is_good = judge_account(host, &answer, account, error);
	answer_finish(&answer);
	if (is_good) {
		hubspot_hold(host->hubspot, false);
	}
	return is_good;
}

/* ---- definitions ---- */

static json_t *by_name(const json_t *list) {
	json_t *definitions = json_object();
	size_t index = 0;
	json_t *definition = NULL;
	json_array_foreach (list, index, definition) {
		const char *name = json_member_text(definition, "name");
		if (name == NULL || json_is_true(json_object_get(definition, "archived"))) {
			continue;
		}
		if (json_object_set(definitions, name, definition) != 0) {
			json_decref(definitions);
			return NULL;
		}
	}
	return definitions;
}

static void tell_definitions(const struct host *host, const struct answer *answer, const char *type,
	char error[HOST_ERROR_SIZE]) {
	char what[WHAT_SIZE];
	const char *scope = api_scope_name(type);
	if (answer->failure == HUBSPOT_NOT_FOUND) {
		snprintf(error, HOST_ERROR_SIZE,
			"HubSpot has no object of the type \"%.64s\" (404): %s", type,
			answer->message != NULL ? answer->message : "no reason given");
		return;
	}
	if (answer->failure == HUBSPOT_FORBIDDEN && scope != NULL) {
		snprintf(error, HOST_ERROR_SIZE,
			"the token, %s, lacks crm.schemas.%s.read, which reading the definitions "
			"of "
			"properties needs (403): %s",
			host->config->token_name, scope,
			answer->message != NULL ? answer->message : "no reason given");
		return;
	}
	snprintf(what, sizeof(what), "the properties of %.64s", type);
	tell(host, answer, what, error);
}

json_t *ask_definitions(struct host *host, const char *type, char error[HOST_ERROR_SIZE]) {
	struct answer answer;
	struct buf call;
	buf_init(&call, CALL_BYTES_MAX);
	buf_add_text(&call, "GET {properties}/");
	str_add_url_escaped(&call, type);
	ask_call(host, buf_text(&call), &answer);
	buf_finish(&call);
	const json_t *list = json_object_get(answer.body, "results");
	json_t *definitions = NULL;
	/* Every type has some: at the least its record's id. */
	if (answer.failure != HUBSPOT_OK || json_array_size(list) == 0) {
		tell_definitions(host, &answer, type, error);
	} else {
		definitions = by_name(list);
		if (definitions == NULL) {
			snprintf(error, HOST_ERROR_SIZE, "out of memory");
		}
	}
	answer_finish(&answer);
	return definitions;
}
