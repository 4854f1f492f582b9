/*
 * Who ends what. A run belongs to `runs`; its request (`first`) and those that wait point to it,
 * and so does its key in the store, which is not evicted meanwhile. Each of them takes itself out
 * in idempotency_release(), which request_end() calls. When `first` ends, the run either ends with
 * it (nobody waits), or stands in `ready` until the end of the turn, where wake() has the next one
 * take over or tells all of them the reply, and then frees it. So a run that is done and has
 * somebody waiting is freed by wake() and nowhere else.
 */
#include "http/idempotency.h"

#include "base/memory.h"
#include "http/inside.h"
#include "http/replay.h"

_Static_assert(sizeof(((struct replay *)NULL)->request_id) > (size_t)REQUEST_ID_MAX,
	"a request's id fits");

struct run {
	struct list link;
	struct list ready; /* while the end of the turn will look at it */
	struct replay *replay;
	struct http_request *first; /* whose turn it is; NULL: its reply is kept */
	struct list waiters;        /* in the order of their arrival */
	size_t waiting;
	bool is_begun; /* the handler has been called: something may have been applied */
	struct replay_reply heard;
};

struct idempotency {
	struct http *http;
	struct replay_store *store;
	struct digest_key secret;
	struct list runs;
	struct list ready;
	struct loop_task wake;
	struct loop_timer expiry;
	size_t waiting_bytes;
	struct key_tally tally;
};

static void count(struct idempotency *keys, enum key_event event) {
	metric_add_at(keys->tally.requests, event, 1);
}

static void schedule(struct idempotency *keys, struct run *run) {
	list_remove(&run->ready);
	list_append(&keys->ready, &run->ready);
	loop_task_schedule(&keys->wake);
}

static void free_run(struct run *run) {
	list_remove(&run->link);
	list_remove(&run->ready);
	replay_reply_finish(&run->heard);
	free(run);
}

/* ---- replying ---- */

static enum claim refuse(
	struct http_request *request, enum key_event event, const struct http_problem *problem) {
	count(request->http->idempotency, event);
	http_refuse(request, problem);
	return CLAIM_ENDED;
}

/* `outcome` is that of the key's work, not of this request. */
static enum claim refuse_for_room(
	struct http_request *request, enum http_outcome outcome, const char *message) {
	const struct http_problem problem = {.status = 503,
		.code = "busy",
		.message = message,
		.is_retryable = true,
		.outcome = outcome,
		.retry_after_ms = 1000};
	return refuse(request, KEY_BUSY, &problem);
}

/* `request` takes no part any more: what it is told is no news to a run. */
static void give(struct http_request *request, const struct replay *replay) {
	request->replay_of = replay->request_id;
	count(request->http->idempotency, KEY_REPLAYED);
	idempotency_give(request, &replay->reply);
}

/* ---- claiming ---- */

static struct replay_print print_of(
	const struct idempotency *keys, const struct http_request *request) {
	const struct exchange *exchange = request->exchange;
	struct digesting digesting;
	digest_begin(&digesting, &keys->secret);
	digest_add(&digesting, exchange->method, strlen(exchange->method) + 1);
	digest_add(&digesting, request->url, strlen(request->url) + 1);
	digest_add(&digesting, exchange->body, exchange->body_length);
	return (struct replay_print){
		.digest = digest_end(&digesting), .body_length = exchange->body_length};
}

static bool is_same(const struct replay_print *a, const struct replay_print *b) {
	return a->body_length == b->body_length && digest_is_equal(a->digest, b->digest);
}

static void name_run(struct run *run, const struct http_request *request) {
	snprintf(run->replay->request_id, sizeof(run->replay->request_id), "%s", request->id);
}

static enum claim run_first(struct http_request *request, const char *caller, const char *key,
	const struct replay_print *print) {
	struct idempotency *keys = request->http->idempotency;
	struct run *run = calloc(1, sizeof(*run));
	struct replay *replay =
		run == NULL ? NULL : replay_begin(keys->store, caller, key, print, run);
	if (replay == NULL) {
		free(run);
		return refuse_for_room(
			request, HTTP_NOT_APPLIED, "there is no room for another Idempotency-Key");
	}
	list_init(&run->link);
	list_init(&run->ready);
	list_init(&run->waiters);
	list_append(&keys->runs, &run->link);
	run->replay = replay;
	run->first = request;
	request->run = run;
	name_run(run, request);
	count(keys, KEY_FIRST);
	return CLAIM_GO;
}

static enum claim wait_for(struct run *run, struct http_request *request) {
	struct idempotency *keys = request->http->idempotency;
	size_t bytes = request->exchange->body_length;
	if (run->waiting >= IDEMPOTENCY_WAITERS_MAX ||
		bytes > IDEMPOTENCY_WAITING_BYTES_MAX - keys->waiting_bytes) {
		return refuse_for_room(request, HTTP_UNKNOWN,
			"too many requests wait for one with the same Idempotency-Key");
	}
	keys->waiting_bytes += bytes;
	run->waiting++;
	request->run = run;
	list_append(&run->waiters, &request->run_link);
	return CLAIM_WAIT;
}

static void stop_waiting(struct http_request *request) {
	list_remove(&request->run_link);
	request->run->waiting--;
	request->http->idempotency->waiting_bytes -= request->exchange->body_length;
}

static enum claim claim(struct http_request *request, const char *caller, const char *key) {
	struct idempotency *keys = request->http->idempotency;
	const struct replay_print print = print_of(keys, request);
	const struct replay *replay = replay_find(keys->store, caller, key);
	if (replay == NULL) {
		return run_first(request, caller, key, &print);
	}
	if (!is_same(&print, &replay->print)) {
		return refuse(request, KEY_REUSED,
			&(struct http_problem){.status = 422,
				.code = "idempotency_key_reused",
				.message = "this Idempotency-Key was sent with another path or "
					   "body before"});
	}
	if (!replay->is_kept) {
		return wait_for(replay->run, request);
	}
	give(request, replay);
	return CLAIM_ENDED;
}

enum claim idempotency_claim(struct http_request *request, const char *caller) {
	static const char name[] = "Idempotency-Key";
	const struct exchange *exchange = request->exchange;
	const char *value =
		strcmp(exchange->method, "POST") == 0 ? exchange_header(exchange, name) : NULL;
	char key[IDEMPOTENCY_KEY_MAX + 1];
	if (value == NULL || exchange->listener == HTTP_LISTEN_INTERNAL ||
		(request->match.route->declared.flags & HTTP_ROUTE_OPEN) != 0) {
		return CLAIM_GO;
	}
	const char *fault = exchange_has_header_twice(exchange, name)
		? "Idempotency-Key may be there only once"
		: idempotency_read_key(value, key);
	if (fault != NULL) {
		return refuse(request, KEY_MALFORMED,
			&(struct http_problem){
				.status = 400, .code = "bad_header", .message = fault});
	}
	return claim(request, caller, key);
}

void idempotency_give_up(struct http_request *request) {
	const struct http_problem problem = {.status = 504,
		.code = "deadline",
		.message = "the deadline passed while another request with this Idempotency-Key "
			   "ran; ask again with the same key",
		.is_retryable = true,
		.outcome = request->run->first == request ? HTTP_NOT_APPLIED : HTTP_UNKNOWN,
		.retry_after_ms = 1000};
	count(request->http->idempotency, KEY_LATE);
	http_refuse(request, &problem);
}

/* ---- running ---- */

void idempotency_work(struct http_request *request) {
	request->run->is_begun = true;
}

void idempotency_hear(struct http_request *request, const struct reply *reply) {
	struct run *run = request->run;
	enum http_outcome outcome = request->outcome;
	if (run->first != request) {
		return;
	}
	if (!idempotency_is_kept(outcome, reply->status)) {
		replay_reply_finish(&run->heard);
		run->is_begun = false;
	} else if (run->heard.status == 0 || outcome != HTTP_UNKNOWN) {
		idempotency_copy(&run->heard, reply);
	}
	request->outcome = HTTP_OUTCOME_NONE;
	reply_forget_headers(request); /* a later reply brings its own */
}

/* ---- ending ---- */

static void take_over(struct idempotency *keys, struct run *run) {
	struct http_request *next = list_first(&run->waiters, struct http_request, run_link);
	if (next == NULL) {
		replay_forget(keys->store, run->replay);
		free_run(run);
		return;
	}
	stop_waiting(next);
	replay_reply_finish(&run->heard);
	run->first = next;
	name_run(run, next);
	schedule(keys, run);
}

static void rest(struct run *run) {
	run->replay->run = NULL;
	free_run(run);
}

static void keep(struct idempotency *keys, struct run *run) {
	run->first = NULL;
	replay_keep(keys->store, run->replay, &run->heard);
	if (!loop_timer_is_running(&keys->expiry)) {
		loop_timer_start(&keys->expiry, IDEMPOTENCY_KEEP_MS);
	}
	if (list_is_empty(&run->waiters)) {
		rest(run);
	} else {
		schedule(keys, run);
	}
}

void idempotency_release(struct http_request *request) {
	struct idempotency *keys = request->http->idempotency;
	struct run *run = request->run;
	if (run->first != request) {
		stop_waiting(request);
	} else if (!run->is_begun || request->outcome == HTTP_NOT_APPLIED) {
		run->is_begun = false;
		take_over(keys, run);
	} else {
		keep(keys, run);
	}
	request->run = NULL;
}

static void tell_all(struct run *run) {
	struct http_request *request;
	while ((request = list_first(&run->waiters, struct http_request, run_link)) != NULL) {
		stop_waiting(request);
		request->run = NULL;
		give(request, run->replay);
	}
	rest(run);
}

/* Only those that are ready now: one that takes over may make its run ready again at once. */
static void wake(void *ctx) {
	struct idempotency *keys = ctx;
	for (size_t left = list_length(&keys->ready); left > 0; left--) {
		struct run *run = list_first(&keys->ready, struct run, ready);
		if (run == NULL) {
			return;
		}
		list_remove(&run->ready);
		if (run->first != NULL) {
			count(keys, KEY_FIRST);
			request_go_on(run->first);
		} else {
			tell_all(run);
		}
	}
}

static void expire(void *ctx) {
	struct idempotency *keys = ctx;
	uint64_t next_ms = replay_expire(keys->store);
	if (next_ms != UINT64_MAX) {
		loop_timer_start(&keys->expiry, next_ms);
	}
}

/* ---- the module's part in http's life ---- */

struct idempotency *idempotency_create(struct http *http) {
	const struct replay_bounds bounds = {.keys = IDEMPOTENCY_KEYS_MAX,
		.bytes = IDEMPOTENCY_BYTES_MAX,
		.keep_ms = IDEMPOTENCY_KEEP_MS};
	struct idempotency *keys = must_calloc(1, sizeof(*keys));
	keys->http = http;
	keys->store = replay_store_create(&bounds);
	digest_key_make(&keys->secret);
	list_init(&keys->runs);
	list_init(&keys->ready);
	loop_task_init(&keys->wake, http->loop, wake, keys);
	loop_timer_init(&keys->expiry, http->loop, expire, keys);
	tally_keys(&keys->tally, keys->store);
	return keys;
}

static void drop_run(struct run *run) {
	list_for_each_safe (request, after, &run->waiters, struct http_request, run_link) {
		list_remove(&request->run_link);
		request->run = NULL;
	}
	if (run->first != NULL) {
		run->first->run = NULL;
	}
	free_run(run);
}

void idempotency_destroy(struct idempotency *keys) {
	if (keys == NULL) {
		return;
	}
	list_for_each_safe (run, after, &keys->runs, struct run, link) {
		drop_run(run);
	}
	loop_task_cancel(&keys->wake);
	loop_timer_finish(&keys->expiry);
	tally_keys_end(&keys->tally);
	replay_store_destroy(keys->store);
	free(keys);
}
