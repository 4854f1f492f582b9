#include "http/access.h"

#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "http/api_keys.h"

enum { WRONG_LOG_MS = 1000 };

enum refusal {
	REFUSED_NONE,
	REFUSED_WRONG,
	REFUSED_GUESSING,
	REFUSED_RATE,
	REFUSED_SCOPE,
	REFUSALS
};

struct access {
	enum http_anonymous anonymous;
	struct api_keys *keys; /* NULL: there is no file of them */
	struct guesses guesses;
	uint64_t wrong_logged_ms; /* 0: never */
	uint64_t wrong_untold;
	struct metric *count;
	struct metric *refusals;
};

static const char *const REFUSALS_TOLD[] = {[REFUSED_NONE] = "none",
	[REFUSED_WRONG] = "wrong",
	[REFUSED_GUESSING] = "guessing",
	[REFUSED_RATE] = "rate",
	[REFUSED_SCOPE] = "scope",
	[REFUSALS] = NULL};

static const struct metric_family REFUSALS_FAMILY = {.type = METRIC_COUNTER,
	.name = "connector_api_key_refusals_total",
	.help = "Requests refused for their API key, by why",
	.label = "why",
	.values = REFUSALS_TOLD};

struct access *access_create(const struct http_settings *settings) {
	struct access *access = must_calloc(1, sizeof(*access));
	access->anonymous = settings->anonymous;
	access->count =
		metric_make(METRIC_GAUGE, "connector_api_keys", NULL, "API keys that are known");
	access->refusals = metric_make_of(&REFUSALS_FAMILY, NULL);
	return access;
}

void access_destroy(struct access *access) {
	if (access != NULL) {
		api_keys_drop(access->keys);
		free(access);
	}
}

bool access_use_keys(
	struct access *access, const json_t *keys, struct http_api_keys_change *change) {
	struct api_keys *set = api_keys_create(keys, access->keys, change);
	if (set == NULL) {
		return false;
	}
	api_keys_drop(access->keys);
	access->keys = set;
	metric_set(access->count, (int64_t)api_keys_count(set));
	return true;
}

/* ---- what was sent ---- */

enum sent { SENT_NOTHING, SENT_KEY, SENT_NONSENSE };

/* What follows "Bearer"; NULL: another scheme. */
static const char *read_bearer(const char *value) {
	static const char scheme[] = "Bearer ";
	if (strncasecmp(value, scheme, strlen(scheme)) != 0) {
		return NULL;
	}
	value += strlen(scheme);
	return value + strspn(value, " ");
}

/* Whatever is there must say the same: of two keys a proxy in front may have judged the other one.
 */
static enum sent read_sent(const struct exchange *exchange, const char **text) {
	static const char bearer_name[] = "Authorization", key_name[] = "X-API-Key";
	const char *authorization = exchange_header(exchange, bearer_name);
	const char *bearer = authorization == NULL ? NULL : read_bearer(authorization);
	const char *key = exchange_header(exchange, key_name);
	if (authorization == NULL && key == NULL) {
		return SENT_NOTHING;
	}
	if ((authorization != NULL && bearer == NULL) ||
		(bearer != NULL && key != NULL && strcmp(bearer, key) != 0) ||
		exchange_has_header_twice(exchange, bearer_name) ||
		exchange_has_header_twice(exchange, key_name)) {
		return SENT_NONSENSE;
	}
	*text = bearer != NULL ? bearer : key;
	return SENT_KEY;
}

/* ---- refusing ---- */

static bool refuse(
	struct http_request *request, enum refusal why, const struct http_problem *problem) {
	metric_add_at(request->http->access->refusals, why, 1);
	http_refuse(request, problem);
	return false;
}

/* One answer for all: it tells nobody what is wrong with his key. */
static bool refuse_key(struct http_request *request, enum refusal why) {
	http_reply_header(request, "WWW-Authenticate", "Bearer");
	return refuse(request, why,
		&(struct http_problem){.status = 401,
			.code = "key_required",
			.message = "an API key is required (Authorization: Bearer KEY, or "
				   "X-API-Key: KEY), and none that is known was sent"});
}

static void log_wrong(struct access *access, const struct http_request *request) {
	uint64_t now_ms = clock_now_ms();
	access->wrong_untold++;
	if (access->wrong_logged_ms != 0 && now_ms - access->wrong_logged_ms < WRONG_LOG_MS) {
		return;
	}
	LOG_WARN("wrong API key", log_text("peer", request->exchange->peer),
		log_uint("count", access->wrong_untold), log_text("request_id", request->id));
	access->wrong_logged_ms = now_ms;
	access->wrong_untold = 0;
}

static bool refuse_wrong(struct http_request *request) {
	struct access *access = request->http->access;
	uint64_t wait_ms = 0;
	log_wrong(access, request);
	if (guess_take(&access->guesses, request->exchange->peer, clock_now_ms(), &wait_ms)) {
		return refuse_key(request, REFUSED_WRONG);
	}
	return refuse(request, REFUSED_GUESSING,
		&(struct http_problem){.status = 429,
			.code = "too_many_wrong_keys",
			.message = "too many wrong API keys came from this address",
			.retry_after_ms = wait_ms});
}

/* With keys, who is not let in without one is asked for one. */
static bool admit_without_key(struct http_request *request) {
	const struct access *access = request->http->access;
	if (access_is_anonymous(request->exchange, access->anonymous)) {
		return true;
	}
	if (access->keys != NULL || access->anonymous == HTTP_ANONYMOUS_NO) {
		return refuse_key(request, REFUSED_NONE);
	}
	return reply_refuse(request, 403, "anonymous_refused",
		"without an API key only direct requests to localhost are served");
}

static bool take_of_rate(struct http_request *request, struct api_key *key) {
	uint64_t now_ms = clock_now_ms();
	if (key->rate.requests == 0 || bucket_take(&key->bucket, &key->rate, now_ms)) {
		return true;
	}
	return refuse(request, REFUSED_RATE,
		&(struct http_problem){.status = 429,
			.code = "rate_limited",
			.message = "this API key's rate is used up",
			.is_retryable = true,
			.retry_after_ms = bucket_wait_ms(&key->bucket, &key->rate, now_ms)});
}

static bool refuse_scope(struct http_request *request, const char *scope) {
	char text[SCOPE_SIZE + 80];
	snprintf(text, sizeof(text), "this API key lacks the scope %s", scope);
	json_auto_t *errors = json_pack(
		"[{s:s, s:s, s:s}]", "field", "scope", "code", "missing", "message", scope);
	char challenge[SCOPE_SIZE + 80];
	snprintf(challenge, sizeof(challenge), "Bearer error=\"insufficient_scope\", scope=\"%s\"",
		scope);
	http_reply_header(request, "WWW-Authenticate", challenge);
	return refuse(request, REFUSED_SCOPE,
		&(struct http_problem){
			.status = 403, .code = "scope_missing", .message = text, .errors = errors});
}

/* ---- judging ---- */

/* Who calls? False: it has been refused. */
static bool identify(struct http_request *request) {
	struct access *access = request->http->access;
	const char *text = NULL;
	request->is_identified = true;
	enum sent sent = access->keys == NULL ? SENT_NOTHING : read_sent(request->exchange, &text);
	if (sent == SENT_NOTHING) {
		return admit_without_key(request);
	}
	struct api_key *key =
		sent == SENT_KEY ? api_keys_find(access->keys, text, clock_wall_ms()) : NULL;
	if (key == NULL) {
		return refuse_wrong(request);
	}
	request->api_key = key;
	request->api_keys = api_keys_hold(access->keys);
	return take_of_rate(request, key);
}

static bool holds(struct http_request *request, const char *scope) {
	return request->api_key == NULL || *scope == '\0' ||
		scope_is_held(request->api_key->scopes, scope) ||
		refuse_scope(request, scope);
}

bool access_allow(struct http_request *request) {
	const struct http_route *route = http_route_of(request);
	if (request->exchange->listener != HTTP_LISTEN_PUBLIC ||
		(route->flags & HTTP_ROUTE_OPEN) != 0) {
		return true;
	}
	return identify(request) && holds(request, route->scope);
}

bool http_check_scope(struct http_request *request, const char *scope) {
	if (request->exchange->listener != HTTP_LISTEN_PUBLIC) {
		return true;
	}
	return (request->is_identified || identify(request)) && holds(request, scope);
}

void access_forget(struct http_request *request) {
	request->api_key = NULL;
	api_keys_drop(request->api_keys);
	request->api_keys = NULL;
}

bool http_use_api_keys(struct http *http, const json_t *keys, struct http_api_keys_change *change) {
	return access_use_keys(http->access, keys, change);
}

/* ---- telling ---- */

const struct http_caller *http_caller(const struct http_request *request) {
	static const struct http_caller nobody = {
		.name = "", .priority = HTTP_INTERACTIVE, .batch_priority = HTTP_BULK, .weight = 1};
	return request->api_key == NULL ? &nobody : &request->api_key->caller;
}

/* As draft-ietf-httpapi-ratelimit-headers has it: r are left, and in t seconds all will be again;
 * when none is left, in t seconds one will be. */
bool access_tell_rate(const struct http_request *request, char policy[ACCESS_RATE_SIZE],
	char rate[ACCESS_RATE_SIZE]) {
	const struct api_key *key = request->api_key;
	if (key == NULL || key->rate.requests == 0) {
		return false;
	}
	uint64_t now_ms = clock_now_ms();
	uint32_t left = bucket_left(&key->bucket, &key->rate, now_ms);
	uint64_t until_ms = left == 0 ? bucket_wait_ms(&key->bucket, &key->rate, now_ms)
				      : bucket_full_ms(&key->bucket, &key->rate, now_ms);
	snprintf(policy, ACCESS_RATE_SIZE, "\"default\";q=%u;w=%u", (unsigned)key->rate.requests,
		(unsigned)key->rate.seconds);
	snprintf(rate, ACCESS_RATE_SIZE, "\"default\";r=%u;t=%llu", (unsigned)left,
		(unsigned long long)((until_ms + 999) / 1000));
	return true;
}
