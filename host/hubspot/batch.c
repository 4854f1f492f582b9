/*
 * Stage: the lanes, the one place where operations wait for HubSpot.
 *
 * A lane holds the steps that may share a call: same object, same step, same id property. It pulls:
 * at the end of the loop's turn, while limit grants a slot, the lane with the most urgent row (by
 * shares.c's order) sends what it holds (up to the client's row ceiling). So an idle connector
 * sends at once, and under load rows gather while they wait for a slot. (No lane waits until it
 * could fill a call: simulated, that wins nothing, because the longer rows wait, the more of their
 * lane go with them.) When the call ends settle.c decides each row's fate, and a row that goes
 * again returns to its lane at the place of its turn.
 */
#include "hubspot/inside.h"

#include <inttypes.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/str.h"

enum {
	BATCH_EXTRA_TIMEOUT_MS = 3000,
	NO_MEMORY_WAIT_MS = 100,
	SPARES_MAX = 4,
	SPARE_BYTES_MAX = 256 * 1024
};

static void batch_down(struct operation *operation) {
	struct hubspot *client = operation->client;
	uint64_t now_ms = clock_now_ms();
	uint64_t wait_ms;
	operation->not_before_ms = operation->step_not_before_ms;
	operation->step_not_before_ms = 0;
	operation->group = 0;
	operation->step_hash = operation->step_id != NULL
		? wire_hash(operation->step_id, strlen(operation->step_id))
		: 0;
	if (breaker_refuses(&client->breaker, now_ms, &wait_ms)) {
		operation_refuse(operation, HUBSPOT_UNREACHABLE, wait_ms);
		return;
	}
	enum limit_kind kind = lane_kind(operation->step, operation->object);
	uint64_t turn = operation->turns.of[kind][operation->priority];
	wait_ms = room_wait_ms(client, kind, operation->priority, turn, 0);
	if (now_ms + wait_ms > operation->deadline_ms) {
		operation_refuse(operation, HUBSPOT_BUSY, wait_ms);
	} else if (!lane_enter(operation)) {
		operation_refuse(operation, HUBSPOT_OUT_OF_MEMORY, 0);
	}
}

void batch_withdraw(struct operation *operation) {
	lane_leave(operation);
	loop_task_schedule(&operation->client->pump); /* its lane may be empty now */
}

/* ---- calls ---- */

static void call_ended(struct call *call);

static void call_destroy(struct call *call) {
	list_remove(&call->in_client);
	buf_finish(&call->request);
	buf_finish(&call->reply);
	free(call);
}

static struct call *call_create(struct hubspot *client) {
	struct call *spare = list_first(&client->spares, struct call, in_client);
	struct call *call = spare != NULL ? spare : calloc(1, sizeof(*call));
	if (call == NULL) {
		return NULL;
	}
	if (spare != NULL) {
		list_remove(&spare->in_client);
		client->spare_count--;
		*call = (struct call){.request = call->request, .reply = call->reply};
	}
	list_init(&call->link);
	list_init(&call->rows);
	list_append(&client->calls, &call->in_client);
	call->client = client;
	call->done = call_ended;
	return call;
}

/* A few are kept with their buffers: glibc merges all that is free whenever a large piece is freed,
 * which was a tenth of all that a row costs. */
static void call_free(struct call *call) {
	struct hubspot *client = call->client;
	free(call->path);
	if (call->is_secret && call->body != NULL) {
		memory_wipe(call->body, call->body_length);
		free(call->body);
	}
	bool is_large =
		call->request.capacity > SPARE_BYTES_MAX || call->reply.capacity > SPARE_BYTES_MAX;
	if (is_large || client->spare_count == SPARES_MAX) {
		call_destroy(call);
		return;
	}
	list_remove(&call->in_client);
	list_append(&client->spares, &call->in_client);
	client->spare_count++;
}

static void note_breaker(struct hubspot *client, bool is_failure) {
	enum breaker_state before = client->breaker.state;
	breaker_ended(&client->breaker, clock_now_ms(), is_failure, random_share());
	enum breaker_state after = client->breaker.state;
	if (after == BREAKER_OPEN && before != BREAKER_OPEN) {
		room_refuse_all(client);
	} else if (after == BREAKER_RAMPING && before != BREAKER_RAMPING) {
		LOG_INFO("hubspot is back");
	}
}

static void call_ended(struct call *call) {
	struct hubspot *client = call->client;
	json_t *reply = wire_skim(call) ? NULL : wire_read(call);
	client->in_flight--;
	const struct limit_end end = {.status = call->end == CALL_ANSWERED ? call->status : 0,
		.headers = &call->headers,
		.policy = settle_policy(call, reply),
		.random = random_share()};
	limit_give(client->limit, &call->ticket, clock_now_ms(), &end);
	client->is_up = call->end == CALL_ANSWERED && call->status < 500;
	note_breaker(client, !client->is_up);
	settle_log(call);
	bool has_new_token = false;
	if (call->end == CALL_ANSWERED && call->status == 401) {
		has_new_token = client_renew_token(client, call->token_generation);
		client->is_token_refused = !has_new_token;
	} else if (call->end == CALL_ANSWERED && call->status < 500) {
		client->is_token_refused = false;
	}
	settle_call(call, reply, has_new_token);
	if (end.status == 423 || end.status == 429 || end.status == 477) {
		room_refuse_hopeless(client);
	}
	json_decref(reply);
	call_free(call);
	loop_task_schedule(&client->pump);
}

/* Random enough that no two calls share one; the row's place makes it unique within the call. */
static void new_trace_id(struct operation *row) {
	uint64_t bits = (uint64_t)(random_share() * 4294967296.0) << 16 | (row->sequence & 0xffff);
	snprintf(row->trace_id, sizeof(row->trace_id), "%012" PRIx64 "%04zx", bits,
		row->place_in_call);
}

/* A row of the call with the same id: a read or the same link shares its input, another write must
 * wait for another call. */
static struct operation *find_equal(const struct call *call, const struct operation *row) {
	bool is_any_case = str_is_equal(row->step_id_property, "email");
	if (row->step_id == NULL) {
		return NULL;
	}
	list_for_each (other, &call->rows, struct operation, link) {
		if (other->step_hash == row->step_hash && other->shares == NULL &&
			(is_any_case ? strcasecmp(other->step_id, row->step_id)
				     : strcmp(other->step_id, row->step_id)) == 0) {
			return other;
		}
	}
	return NULL;
}

static void into_call(struct call *call, struct operation *row) {
	lane_leave(row);
	list_append(&call->rows, &row->link);
	row->place = PLACE_CALL;
	row->tries++;
	row->attempts++;
	call->row_count++;
}

/* Adds the row to the call, or leaves it in its lane. False: the call is full. */
static bool pick_row(struct call *call, struct operation *row) {
	struct operation *equal = find_equal(call, row);
	bool is_read = row->step == STEP_READ || row->step == STEP_SEARCH;
	if (equal != NULL && (is_read || wire_link_is_same(row, equal))) {
		row->shares = equal;
		into_call(call, row);
		return true;
	}
	if (equal != NULL || wire_link_crosses(call, row)) {
		return true;
	}
	row->shares = NULL;
	row->place_in_call = call->input_count;
	new_trace_id(row);
	if (!wire_add(call, row)) {
		return false;
	}
	into_call(call, row);
	/* a request that has failed, for want of memory, takes nobody else along */
	return ++call->input_count < call->client->row_ceiling && !call->is_alone &&
		!call->request.is_failed;
}

/* Rows of one group only: a batch that was refused is not mixed with others again. */
static bool fill_call(struct call *call, struct lane *lane, uint64_t now_ms) {
	uint64_t next_ms = UINT64_MAX;
	struct operation *first = lane_first_due(lane, now_ms, &next_ms);
	bool is_begun = wire_begin(call, first, call->client->settings.api_version);
	struct operation *after, *row = lane_next(lane, NULL);
	for (; row != NULL; row = after) {
		after = lane_next(lane, row);
		bool fits = lane_may_go(row, now_ms) && row->group == first->group &&
			(row == first || (first->must_be_alone && wire_link_is_same(row, first)) ||
				!(row->must_be_alone || first->must_be_alone || call->is_alone));
		if (fits && !pick_row(call, row)) {
			break;
		}
	}
	return wire_end(call) && is_begun;
}

/* The token stands in the body while the call lives, and nowhere else. */
static bool add_token(struct call *call) {
	const struct operation *first = list_first(&call->rows, struct operation, link);
	if (first == NULL || call->body == NULL || (first->flags & HUBSPOT_WITH_TOKEN) == 0) {
		return true;
	}
	char *body = token_fill(call->client->token, call->body);
	call->body = body;
	call->body_length = body != NULL ? strlen(body) : 0;
	call->is_secret = true;
	return body != NULL;
}

/* No call could be made of these rows: they end here, unsent. */
static void fail_rows(struct call *call) {
	while (!list_is_empty(&call->rows)) {
		struct operation *operation = list_first(&call->rows, struct operation, link);
		list_remove(&operation->link);
		operation->place = PLACE_NONE;
		operation_fail(operation, HUBSPOT_OUT_OF_MEMORY,
			operation->may_be_applied ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED,
			operation_is_safe_again(operation), 0);
	}
}

/* False: no memory; nothing has changed. */
static bool send(
	struct hubspot *client, struct lane *lane, enum hubspot_priority led_by, uint64_t now_ms) {
	struct call *call = call_create(client);
	if (call == NULL) {
		return false;
	}
	bool is_whole = fill_call(call, lane, now_ms) && add_token(call);
	shares_pay(call, lane->kind, led_by);
	call->timeout_ms =
		client->settings.timeout_ms + (call->input_count > 1 ? BATCH_EXTRA_TIMEOUT_MS : 0);
	limit_take(client->limit, lane->kind, now_ms, &call->ticket);
	if (lane->is_association) {
		limit_take_association(client->limit, &call->ticket);
	}
	client->in_flight++;
	if (is_whole && transport_send(client->transport, call)) {
		breaker_sent(&client->breaker, now_ms);
		return true;
	}
	client->in_flight--;
	limit_give(client->limit, &call->ticket, now_ms, &(struct limit_end){.status = 0});
	fail_rows(call);
	call_free(call);
	return true;
}

static void look_when(struct hubspot *client, struct moments *moments) {
	uint64_t breaker_ms = breaker_when(&client->breaker, moments->now_ms);
	for (size_t i = 0; i < LIMIT_KINDS * PRIORITIES; i++) {
		enum limit_kind kind = (enum limit_kind)(i / PRIORITIES);
		enum hubspot_priority priority = (enum hubspot_priority)(i % PRIORITIES);
		uint64_t limit_ms = shares_waiting(client->shares, kind, priority) == 0
			? 0
			: limit_when(client->limit, kind, moments->now_ms,
				  shares_spare(client->shares, kind, priority));
		moments->of[kind][priority] = limit_ms > breaker_ms ? limit_ms : breaker_ms;
	}
}

/* The most urgent of the lanes that may go now; false: none. */
static bool send_one(struct hubspot *client, uint64_t now_ms, uint64_t *next_ms) {
	struct moments moments = {.now_ms = now_ms};
	look_when(client, &moments);
	struct lane *lane = lane_most_urgent(client, &moments, next_ms);
	if (lane == NULL) {
		return false;
	}
	room_drop_late(client, lane, now_ms);
	const struct operation *first = lane_first_due(lane, now_ms, next_ms);
	if (first == NULL) {
		return true; /* to look again */
	}
	if (!send(client, lane, first->priority, now_ms)) {
		*next_ms = now_ms + NO_MEMORY_WAIT_MS; /* rows keep their deadlines */
		return false;
	}
	return true;
}

static void pump(void *ctx) {
	struct hubspot *client = ctx;
	uint64_t now_ms = clock_now_ms();
	uint64_t next_ms = UINT64_MAX;
	loop_timer_stop(&client->pump_later);
	while (send_one(client, now_ms, &next_ms)) {
	}
	if (next_ms != LIMIT_NEVER && next_ms > now_ms) {
		loop_timer_start(&client->pump_later, next_ms - now_ms);
	}
	client_check_idle(client);
}

void batch_init(struct hubspot *client) {
	client->row_ceiling = ROWS_MAX;
	breaker_init(&client->breaker);
	list_init(&client->lanes);
	list_init(&client->calls);
	list_init(&client->spares);
	loop_task_init(&client->pump, client->loop, pump, client);
	loop_timer_init(&client->pump_later, client->loop, pump, client);
}

void batch_finish(struct hubspot *client) {
	loop_task_cancel(&client->pump);
	loop_timer_finish(&client->pump_later);
	list_for_each_safe (call, next, &client->calls, struct call, in_client) {
		transport_abandon(client->transport, call);
		fail_rows(call);
		call_free(call);
	}
	while (!list_is_empty(
		&client->lanes)) { /* the end of one row may let the next of its record in */
		struct lane *lane = list_first(&client->lanes, struct lane, link);
		struct operation *operation = lane_next(lane, NULL);
		if (operation == NULL) {
			lane_destroy(lane);
			continue;
		}
		lane_leave(operation);
		operation_fail(operation, HUBSPOT_CANCELLED, HUBSPOT_NOT_APPLIED, false, 0);
	}
	loop_task_cancel(&client->pump);
	list_for_each_safe (spare, after, &client->spares, struct call, in_client) {
		call_destroy(spare);
	}
}

static void batch_up(struct operation *operation) {
	stage_up(operation); /* nothing is below this stage: calls end in call_ended() */
}

const struct stage batch_stage = {"batch", batch_down, batch_up};
