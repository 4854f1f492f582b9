/*
 * The rules of the scripted HubSpot, and the calls that came to them.
 */
#include "flow.h"

#include <pthread.h>

enum { RULES_MAX = 64, CALLS_MAX = 512, ANY = -1 };

#define OBJECTS "/crm/objects/2026-09"
#define DETAILS "/account-info/2026-09/details"
#define INTROSPECTION "/oauth/v2/private-apps/get/access-token-info"

static struct {
	pthread_mutex_t lock;
	struct rule rules[RULES_MAX];
	size_t rule_count;
	struct {
		char method[16], path[PATH_SIZE];
		const struct rule *rule;
	} calls[CALLS_MAX];
	size_t call_count;
} table = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool read_act(struct rule *rule, const char *detail) {
	static const struct {
		const char *name;
		enum act act;
		bool has_status;
	} ACTS[] = {{"reply", ACT_REPLY, true}, {"cut", ACT_CUT, true},
		{"reset after request", ACT_RESET, false}, {"reset", ACT_RESET, false},
		{"close", ACT_CLOSE, false}, {"hang", ACT_HANG, false}};
	const char *rest;
	for (size_t i = 0; i < sizeof(ACTS) / sizeof(ACTS[0]); i++) {
		if (is_verb(detail, ACTS[i].name, &rest)) {
			rule->act = ACTS[i].act;
			rule->status = ACTS[i].has_status ? (int)strtol(rest, NULL, 10) : 0;
			return true;
		}
	}
	if (is_verb(detail, "then away", &rest)) {
		rule->is_last = true;
		return true;
	}
	if (is_verb(detail, "delay", &rest)) {
		rule->delay_ms = (unsigned)strtoul(rest, NULL, 10);
		return true;
	}
	return false;
}

static bool is_act(const char *detail) {
	struct rule nothing = {.line = 0};
	return read_act(&nothing, detail);
}

/* "@nobody", "@record ID {properties}" and "@single ID {properties}" stand for the bodies that
 * HubSpot sends most. */
static char *expand(char *body) {
	static const char NOBODY[] = "{\"status\": \"COMPLETE\", \"results\": [], \"numErrors\": "
				     "1, \"errors\": [{\"status\": \"error\", "
				     "\"category\": \"OBJECT_NOT_FOUND\", \"message\": \"Could not "
				     "get some CONTACT objects, they may be "
				     "deleted or not exist. Check that ids are valid.\", "
				     "\"context\": {\"ids\": [\"${id}\"]}}]}";
	static const char RECORD[] = "{\"id\": \"%s\", \"properties\": %s, \"createdAt\": "
				     "\"2026-09-01T09:30:00.000Z\", \"updatedAt\": "
				     "\"2026-09-01T09:30:00.000Z\", \"archived\": false%s}";
	char id[32], text[4096], whole[5000];
	const char *rest;
	bool is_batch = body != NULL && is_verb(body, "@record", &rest);
	if (body == NULL || body[0] != '@') {
		return body;
	}
	if (is_verb(body, "@nobody", &rest)) {
		snprintf(whole, sizeof(whole), "%s", NOBODY);
	} else if ((is_batch || is_verb(body, "@single", &rest)) &&
		next_word(&rest, id, sizeof(id))) {
		snprintf(text, sizeof(text), RECORD, id, rest, is_batch ? "${trace}" : "");
		snprintf(whole, sizeof(whole),
			is_batch ? "{\"status\": \"COMPLETE\", \"results\": [%s]}" : "%s", text);
	} else {
		return body;
	}
	free(body);
	return strdup(whole);
}

static bool read_rule(struct rule *rule, const struct statement *statement, const char *rest) {
	char path[256], word[16];
	*rule = (struct rule){.line = statement->line, .times = 1};
	if (!next_word(&rest, rule->method, sizeof(rule->method)) ||
		!next_word(&rest, path, sizeof(path))) {
		return false;
	}
	const char *tail = strncmp(path, "{objects}", 9) == 0 ? path + 9 : path;
	snprintf(rule->path, sizeof(rule->path), "%s%.200s", tail == path ? "" : OBJECTS, tail);
	while (next_word(&rest, word, sizeof(word))) {
		char value[256];
		if (!next_word(&rest, value, sizeof(value))) {
			return false;
		}
		if (strcmp(word, "times") == 0) {
			rule->times =
				strcmp(value, "any") == 0 ? ANY : (int)strtol(value, NULL, 10);
		} else if (strcmp(word, "with") == 0) {
			snprintf(rule->with, sizeof(rule->with), "%s", value);
		} else if (strcmp(word, "without") == 0) {
			snprintf(rule->without, sizeof(rule->without), "%s", value);
		} else {
			return false;
		}
	}
	for (size_t i = 0; i < statement->detail_count; i++) {
		read_act(rule, statement->details[i]);
	}
	read_message(statement, is_act, &rule->headers, &rule->body);
	rule->body = expand(rule->body);
	return rule->times != 0 &&
		(rule->status > 0 || (rule->act != ACT_REPLY && rule->act != ACT_CUT));
}

#define SCOPES(object) ", \"crm.objects." object ".read\", \"crm.objects." object ".write\""

static void add_probe(const char *method, const char *path, const char *body) {
	struct rule *rule = &table.rules[table.rule_count++];
	*rule = (struct rule){
		.times = ANY, .status = 200, .headers = strdup(""), .body = strdup(body)};
	snprintf(rule->method, sizeof(rule->method), "%s", method);
	snprintf(rule->path, sizeof(rule->path), "%s", path);
}

bool rules_read(const struct script *script) {
	for (size_t i = 0; i < script->count; i++) {
		const char *rest;
		if (!is_verb(script->statements[i].words, "hubspot", &rest)) {
			continue;
		}
		if (table.rule_count >= RULES_MAX - 3 ||
			!read_rule(
				&table.rules[table.rule_count++], &script->statements[i], rest)) {
			fprintf(stderr, "%s:%d: no rule that can be understood\n", script->file,
				script->statements[i].line);
			return false;
		}
	}
	add_probe("GET", DETAILS,
		"{\"portalId\": 12345678, \"accountType\": \"STANDARD\", \"dataHostingLocation\": "
		"\"na1\"}");
	add_probe("POST", INTROSPECTION,
		"{\"userId\": 1, \"hubId\": 12345678, \"appId\": 2, \"scopes\": "
		"[\"oauth\"" SCOPES("contacts") SCOPES("companies") SCOPES("tickets")
			SCOPES("deals") SCOPES("products") "]}");
	add_probe("GET", OBJECTS "/contacts?limit=1", "{\"results\": []}");
	return true;
}

static bool fits(const struct rule *rule, const struct request *request) {
	size_t length = strchr(rule->path, '?') != NULL ? strlen(request->path)
							: strcspn(request->path, "?");
	return (rule->times == ANY || rule->used < rule->times) &&
		strcmp(rule->method, request->method) == 0 && strlen(rule->path) == length &&
		strncmp(rule->path, request->path, length) == 0 &&
		strstr(request->text, rule->with) != NULL &&
		(rule->without[0] == '\0' || strstr(request->text, rule->without) == NULL);
}

/* The first rule that fits, now used once more; NULL, and the flow has failed: nobody foresaw this
 * call. */
const struct rule *rule_take(const struct request *request) {
	struct rule *found = NULL;
	pthread_mutex_lock(&table.lock);
	for (size_t i = 0; found == NULL && i < table.rule_count; i++) {
		found = fits(&table.rules[i], request) ? &table.rules[i] : NULL;
	}
	if (found != NULL) {
		found->used++;
	}
	if (table.call_count < CALLS_MAX) {
		snprintf(table.calls[table.call_count].method, sizeof(request->method), "%s",
			request->method);
		snprintf(table.calls[table.call_count].path, sizeof(request->path), "%s",
			request->path);
		table.calls[table.call_count++].rule = found;
	}
	pthread_mutex_unlock(&table.lock);
	if (found == NULL) {
		flow_fail(0, "a call that no rule foresees: %s %s", request->method, request->path);
	}
	return found;
}

/* ---- afterwards ---- */

static bool has_called(const char *path) {
	for (size_t i = 0; i < table.call_count; i++) {
		if (strcmp(table.calls[i].path, path) == 0) {
			return true;
		}
	}
	return false;
}

static bool is_scripted(const char *path) {
	for (size_t i = 0; i < table.rule_count; i++) {
		if (table.rules[i].line != 0 && strcmp(table.rules[i].path, path) == 0) {
			return true;
		}
	}
	return false;
}

/* Where a flow says what becomes of the account, there may be no more to ask. */
bool rules_are_probed(void) {
	pthread_mutex_lock(&table.lock);
	bool is_probed = has_called(DETAILS) && (is_scripted(DETAILS) || has_called(INTROSPECTION));
	pthread_mutex_unlock(&table.lock);
	return is_probed;
}

size_t rules_calls(const char *method, const char *path) {
	char whole[256];
	size_t found = 0;
	const char *tail = path != NULL && strncmp(path, "{objects}", 9) == 0 ? path + 9 : path;
	snprintf(whole, sizeof(whole), "%s%s", tail == path ? "" : OBJECTS,
		path == NULL ? "" : tail);
	pthread_mutex_lock(&table.lock);
	for (size_t i = 0; i < table.call_count; i++) {
		const struct rule *rule = table.calls[i].rule;
		size_t length = strcspn(table.calls[i].path, "?");
		found += (rule == NULL || rule->line != 0) &&
			(method == NULL || strcmp(table.calls[i].method, method) == 0) &&
			(path == NULL ||
				(strlen(whole) == length &&
					strncmp(table.calls[i].path, whole, length) == 0));
	}
	pthread_mutex_unlock(&table.lock);
	return found;
}

void rules_check_used(void) {
	for (size_t i = 0; i < table.rule_count; i++) {
		const struct rule *rule = &table.rules[i];
		if (rule->times != ANY && rule->used < rule->times) {
			flow_fail(rule->line, "this call came %d times, not %d: %s %s", rule->used,
				rule->times, rule->method, rule->path);
		}
	}
}

void rules_show(void) {
	for (size_t i = 0; i < table.call_count; i++) {
		const struct rule *rule = table.calls[i].rule;
		fprintf(stderr, "    call %zu, rule of line %d: %s %s\n", i + 1,
			rule == NULL ? -1 : rule->line, table.calls[i].method, table.calls[i].path);
	}
}

void rules_finish(void) {
	for (size_t i = 0; i < table.rule_count; i++) {
		free(table.rules[i].headers);
		free(table.rules[i].body);
	}
	table.rule_count = 0;
}
