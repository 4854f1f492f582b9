#include "object/inside.h"

#include "base/json.h"
#include "base/str.h"
#include "http/http.h"

enum { MESSAGE_CHARACTERS_MAX = 500 };

static const struct row {
	int status;
	const char *code;
	const char *sentence;
	bool tells;              /* HubSpot's own message follows the sentence */
	uint64_t retry_after_ms; /* when the result knows none */
} failures[] = {
	/* clang-format off */
	[HUBSPOT_CANCELLED] = {503, "cancelled", "the operation was cancelled before it ended", false, 0},
	[HUBSPOT_DEADLINE] = {504, "deadline", "HubSpot did not answer within this request's time", false, 0},
	[HUBSPOT_BUSY] = {503, "busy", "too much waits for HubSpot; try again later", false, 1000},
	[HUBSPOT_UNREACHABLE] = {503, "hubspot_unreachable", "HubSpot cannot be reached", false, 5000},
	[HUBSPOT_NO_REPLY] = {504, "hubspot_no_reply", "HubSpot was asked and did not answer", false, 0},
	[HUBSPOT_BAD_REPLY] = {502, "hubspot_bad_reply", "HubSpot's answer makes no sense", false, 0},
	[HUBSPOT_SERVER_ERROR] = {502, "hubspot_error", "HubSpot has a fault of its own", true, 0},
	[HUBSPOT_LIMITED] = {503, "hubspot_limited", "HubSpot's rate limit is used up", true, 10000},
	[HUBSPOT_UNAUTHORIZED] = {502, "hubspot_unauthorized",
		"HubSpot refused the connector's token; tell its operator", false, 0},
	[HUBSPOT_FORBIDDEN] = {502, "hubspot_forbidden",
		"HubSpot does not allow this to the connector's token; tell its operator", true, 0},
	[HUBSPOT_INVALID] = {422, "hubspot_invalid", "HubSpot refused the values", true, 0},
	[HUBSPOT_NOT_FOUND] = {404, "not_found", "HubSpot has no such record", false, 0},
	[HUBSPOT_AMBIGUOUS] = {409, "ambiguous_key", "several records carry this key, and nothing was written", false, 0},
	[HUBSPOT_CONFLICT] = {409, "conflict", "HubSpot has another record with this value", true, 0},
	[HUBSPOT_REFUSED] = {502, "hubspot_refused", "HubSpot refused the call", true, 0},
	[HUBSPOT_OUT_OF_MEMORY] = {503, "unavailable", "the connector has no room for this now", false, 1000},
	/* clang-format on */
};

/* Refusals that HubSpot gives the status of bad values, and that mean something else. */
static const struct {
	const char *words; /* in HubSpot's message */
	enum hubspot_failure meant;
} misnomers[] = {
	/* objects.NAME.hubspot is the operator's; what is no JSON is our own fault */
	{"Unable to infer object type", HUBSPOT_REFUSED},
	{"Invalid input JSON", HUBSPOT_REFUSED},
	{"Missing 'Edit Associations' permission", HUBSPOT_FORBIDDEN},
};

static enum hubspot_failure meant_by(const struct hubspot_result *result) {
	if (result->failure != HUBSPOT_INVALID) {
		return result->failure;
	}
	for (size_t i = 0; i < sizeof(misnomers) / sizeof(misnomers[0]); i++) {
		if (result->message != NULL &&
			strstr(result->message, misnomers[i].words) != NULL) {
			return misnomers[i].meant;
		}
	}
	/* a unique property that another record has */
	return result->existing_id != NULL ? HUBSPOT_CONFLICT : HUBSPOT_INVALID;
}

/* The length of the first MESSAGE_CHARACTERS_MAX characters (not bytes) of `text`. */
static int bounded_length(const char *text) {
	size_t characters = 0;
	const char *c = text;
	for (; *c != '\0'; c++) {
		bool is_start = ((unsigned char)*c & 0xC0) != 0x80;
		if (is_start && ++characters > MESSAGE_CHARACTERS_MAX) {
			break;
		}
	}
	return (int)(c - text);
}

static json_t *bounded(const char *text) {
	return json_stringn(text, (size_t)bounded_length(text));
}

static char *compose(const struct row *row, const struct hubspot_result *result) {
	if (!row->tells || result->status == 0 || result->message == NULL ||
		*result->message == '\0') {
		return NULL;
	}
	return str_format(
		"%s: %.*s", row->sentence, bounded_length(result->message), result->message);
}

static json_t *translate(const struct object *object, const json_t *error) {
	const char *name = json_member_text(error, "property");
	const char *code = json_member_text(error, "code");
	const char *message = json_member_text(error, "message");
	const struct property *property =
		object == NULL || name == NULL ? NULL : property_by_hubspot(object, name);
	json_t *translated = field_error(
		property != NULL ? property->name : name, code != NULL ? code : "invalid", "");
	if (translated != NULL &&
		json_object_set_new(
			translated, "message", bounded(message != NULL ? message : "")) != 0) {
		json_decref(translated);
		return NULL;
	}
	return translated;
}

static json_t *translate_all(const struct object *object, const json_t *errors) {
	if (json_array_size(errors) == 0) {
		return NULL;
	}
	json_t *translated = json_array();
	size_t index = 0;
	json_t *error = NULL;
	json_array_foreach (errors, index, error) {
		(void)json_array_append_new(translated, translate(object, error));
	}
	return translated;
}

json_t *object_warnings(const struct object *object, const struct hubspot_result *result) {
	return translate_all(object, result->warnings);
}

/* What HubSpot said of the call, when it said something. */
static json_t *describe(const struct hubspot_result *result) {
	if (result->status == 0) {
		return NULL;
	}
	json_t *hubspot = json_pack("{s:i}", "status", result->status);
	if (result->category != NULL) {
		(void)json_object_set_new(hubspot, "category", bounded(result->category));
	}
	if (result->correlation_id != NULL) {
		(void)json_object_set_new(
			hubspot, "correlation_id", bounded(result->correlation_id));
	}
	return hubspot;
}

void object_problem(const struct object *object, const struct hubspot_result *result,
	struct http_problem *problem, struct object_problem_memory *memory) {
	enum hubspot_failure failure = meant_by(result);
	const struct row *row = &failures[failure];
	memory->errors = translate_all(object, result->errors);
	memory->hubspot = describe(result);
	memory->message = compose(row, result);
	*problem = (struct http_problem){
		.status = row->status,
		.code = row->code,
		.message = memory->message != NULL ? memory->message : row->sentence,
		.errors = memory->errors,
		.is_retryable = result->is_retryable,
		.outcome = result->outcome == HUBSPOT_NOT_APPLIED ? HTTP_NOT_APPLIED : HTTP_UNKNOWN,
		.retry_after_ms =
			result->retry_after_ms > 0 ? result->retry_after_ms : row->retry_after_ms,
		.existing_ids = failure == HUBSPOT_AMBIGUOUS ? result->existing_ids : NULL,
		.existing_id = failure == HUBSPOT_CONFLICT ? result->existing_id : NULL,
		.hubspot = memory->hubspot,
	};
}

void object_problem_finish(struct object_problem_memory *memory) {
	json_decref(memory->errors);
	json_decref(memory->hubspot);
	free(memory->message);
	*memory = (struct object_problem_memory){.message = NULL};
}
