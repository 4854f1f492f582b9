/*
 * `check --online`: is the account as the loaded plugins and the operator's fragments need it? What
 * is so is printed; each fault is one line of the log, as those of `check` are.
 */
#include "check.h"

#include <inttypes.h>
#include <stdarg.h>

#include "api/api.h"
#include "ask.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/str.h"
#include "fragment.h"
#include "object/object.h"
#include "ours.h"

enum { METRICS_BYTES_MAX = 1024 * 1024, CALL_BYTES_MAX = 512, WHY_SIZE = HOST_ERROR_SIZE };

struct online {
	struct host *host;
	const json_t *scopes; /* of the token; NULL: HubSpot does not list them */
	size_t faults;
};

/* `object` may be NULL: the fault is nobody's in particular. */
__attribute__((format(printf, 3, 4))) static void fault(
	struct online *online, const struct object *object, const char *format, ...) {
	char why[WHY_SIZE];
	va_list args;
	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	online->faults++;
	LOG_ERROR("check failed",
		log_text("object", object != NULL ? object_path(object) + 1 : NULL),
		log_text("why", why));
}

/* ---- the account ---- */

static void print_account(const json_t *account) {
	const char *type = json_member_text(account, "type");
	const char *region = json_member_text(account, "region");
	if (account == NULL) {
		printf("\naccount not told: the token is accepted, but may not ask whose it is\n");
		return;
	}
	printf("\naccount %s%s%s%s%s\n", json_member_text(account, "id"), type != NULL ? ", " : "",
		type != NULL ? type : "", region != NULL ? ", region " : "",
		region != NULL ? region : "");
}

/* What the metrics say; false: it is not known. */
static bool read_metric(const char *metrics, const char *name, int64_t *value) {
	char line[96];
	snprintf(line, sizeof(line), "\n%s ", name);
	const char *at = strstr(metrics, line);
	return at != NULL && sscanf(at + strlen(line), "%" SCNd64, value) == 1;
}

/* As HubSpot's headers have told the client with the calls so far. */
static void print_limits(void) {
	int64_t slots = 0, daily = 0, used = 0;
	struct buf metrics;
	buf_init(&metrics, METRICS_BYTES_MAX);
	metric_render(&metrics);
	const char *text = buf_text(&metrics);
	if (read_metric(text, "connector_hubspot_slots_limit", &slots)) {
		printf("limit %" PRId64 " calls in 10 s\n", slots);
	}
	if (read_metric(text, "connector_hubspot_daily_calls_limit", &daily) &&
		read_metric(text, "connector_hubspot_daily_calls_used", &used)) {
		printf("limit %" PRId64 " calls a day, %" PRId64 " used\n", daily, used);
	}
	buf_finish(&metrics);
}

/* ---- scopes ---- */

/* Reading can be tried, writing cannot. */
static void try_to_read(struct online *online, const struct object *object) {
	struct answer answer;
	struct buf call;
	buf_init(&call, CALL_BYTES_MAX);
	buf_add_text(&call, "GET {objects}/");
	str_add_url_escaped(&call, object_hubspot_type(object));
	buf_add_text(&call, "?limit=1");
	ask_call(online->host, buf_text(&call), &answer);
	buf_finish(&call);
	if (answer.failure == HUBSPOT_OK) {
		printf("object %s may be read; whether it may be written HubSpot does not tell\n",
			object_path(object));
	} else {
		fault(online, object, "one record could not be read (status %d): %s", answer.status,
			answer.message != NULL ? answer.message : "no reason given");
	}
	answer_finish(&answer);
}

static void check_scopes(struct online *online, const struct object *object) {
	char sentence[API_SENTENCE_SIZE];
	switch (api_judge_scopes(object_hubspot_type(object), online->scopes, sentence)) {
	case API_SCOPES_THERE:
		printf("object %s may be read and written\n", object_path(object));
		break;
	case API_SCOPES_MISSING:
		fault(online, object, "%s", sentence);
		break;
	default:
		try_to_read(online, object);
		break;
	}
}

/* ---- properties ---- */

/* May values that are `ours` here be kept in a property that `definition` describes? A string
 * always: HubSpot's values all are. */
static bool is_fit(const char *ours, const char *theirs, const json_t *definition) {
	const char *type = json_member_text(definition, "type");
	if (str_is_equal(ours, "string") || str_is_equal(ours, theirs)) {
		return true;
	}
	if (str_is_equal(ours, "array")) { /* kept as "a;b" */
		return str_is_equal(type, "string");
	}
	return str_is_equal(ours, "boolean") && str_is_equal(type, "enumeration") &&
		definition_has_option(definition, "true") &&
		definition_has_option(definition, "false");
}

static void check_type(struct online *online, const struct object *object, const char *name,
	const json_t *property, const json_t *definition) {
	const char *ours = json_member_text(property, "type");
	json_auto_t *fragment = fragment_of(definition);
	const char *format = json_member_text(fragment, "format");
	const char *theirs = format != NULL ? format : json_member_text(fragment, "type");
	const char *type = json_member_text(definition, "type");
	const char *field = json_member_text(definition, "fieldType");
	if (!is_fit(ours, theirs, definition)) {
		fault(online, object,
			"property %s is of the type %s here, HubSpot's %s of the type %s (%s)",
			name, ours, json_member_text(property, "hubspot"),
			type != NULL ? type : "unknown", field != NULL ? field : "unknown");
	}
}

/* An enum's value, or a oneOf's. */
static const char *option_text(const json_t *option) {
	return json_is_object(option) ? json_member_text(option, "const")
				      : json_string_value(option);
}

static void check_list(struct online *online, const struct object *object, const char *name,
	const json_t *options, const json_t *definition) {
	size_t index = 0;
	json_t *option = NULL;
	json_array_foreach ((json_t *)options, index, option) {
		const char *value = option_text(option);
		if (value != NULL && !definition_has_option(definition, value)) {
			fault(online, object,
				"property %s: the option \"%.100s\" is none of the account's", name,
				value);
		}
	}
}

/* The operator's fragment of this property, or NULL. */
static const json_t *fragment_for(
	const struct online *online, const struct object *object, const char *name) {
	const json_t *section =
		json_object_get(online->host->config->objects, object_path(object) + 1);
	return json_object_get(json_object_get(section, "properties"), name);
}

/* What the operator names has to be there. What a plugin names may be a matter of the account's
 * subscription: it is told, and only writes that name it fail. */
static void tell_absent(
	struct online *online, const struct object *object, const char *name, const char *hubspot) {
	if (fragment_for(online, object, name) != NULL) {
		fault(online, object, "property %s: the account has no %s", name, hubspot);
		return;
	}
	LOG_WARN("property not in the account", log_text("object", object_path(object) + 1),
		log_text("property", name), log_text("hubspot", hubspot));
}

/* Most schemas leave options to the account; a fragment of the operator's may name them. */
static void check_options(struct online *online, const struct object *object, const char *name,
	const json_t *property, const json_t *definition) {
	const json_t *schema = json_object_get(property, "schema");
	const json_t *items = json_object_get(schema, "items");
	const json_t *one = items != NULL ? items : schema;
	if (definition_has_options(definition)) {
		check_list(online, object, name, json_object_get(one, "enum"), definition);
		check_list(online, object, name, json_object_get(one, "oneOf"), definition);
	}
}

static void check_properties(struct online *online, const struct object *object, const json_t *ours,
	const json_t *definitions) {
	const char *name = NULL;
	json_t *property = NULL;
	size_t count = 0;
	json_object_foreach ((json_t *)ours, name, property) {
		const char *hubspot = json_member_text(property, "hubspot");
		const json_t *definition = json_object_get(definitions, hubspot);
		if (definition == NULL && strcmp(name, "id") == 0) {
			continue;
		}
		if (definition == NULL) {
			tell_absent(online, object, name, hubspot);
			continue;
		}
		count++;
		check_type(online, object, name, property, definition);
		check_options(online, object, name, property, definition);
	}
	printf("object %s has %zu properties of the account's %zu\n", object_path(object), count,
		json_object_size(definitions));
}

static void check_object(const struct object *object, void *ctx) {
	struct online *online = ctx;
	char error[HOST_ERROR_SIZE];
	check_scopes(online, object);
	json_t *definitions = ask_definitions(online->host, object_hubspot_type(object), error);
	json_t *ours = ours_of(object);
	if (definitions == NULL) {
		fault(online, object, "%s", error);
	} else if (ours == NULL) {
		fault(online, object, "out of memory");
	} else {
		check_properties(online, object, ours, definitions);
	}
	fflush(stdout);
	json_decref(definitions);
	json_decref(ours);
}

bool online_check(struct host *host) {
	struct online online = {.host = host};
	struct answer scopes;
	json_t *account = NULL;
	char error[HOST_ERROR_SIZE];
	if (!ask_account(host, &account, error)) {
		fault(&online, NULL, "%s", error);
		return false;
	}
	ask_scopes(host, &scopes);
	online.scopes =
		scopes.failure == HUBSPOT_OK ? json_object_get(scopes.body, "scopes") : NULL;
	print_account(account);
	print_limits();
	fflush(stdout);
	object_each(check_object, &online);
	answer_finish(&scopes);
	json_decref(account);
	return online.faults == 0;
}
