/*
 * The stages as a table, and an operation's life from submit to done.
 *
 * Who ends what: an operation ends in client_up(), and only there is it freed. `done` runs before
 * that, once: in client_up(), or earlier in answer_early(), when the deadline passes or the caller
 * cancels while a call carries the operation; it is detached from then on.
 */
#include "hubspot/inside.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"

static void client_down(struct operation *operation);
static void client_up(struct operation *operation);

static const struct stage client_stage = {"client", client_down, client_up};

static const struct stage *const STAGES[] = {
	&client_stage,
	&order_stage,
	&upsert_stage,
	&batch_stage,
};

static void client_down(struct operation *operation) {
	stage_down(operation);
}

void stage_down(struct operation *operation) {
	operation->stage++;
	STAGES[operation->stage]->down(operation);
}

void stage_up(struct operation *operation) {
	operation->stage--;
	STAGES[operation->stage]->up(operation);
}

void operation_fail(struct operation *operation, enum hubspot_failure failure,
	enum hubspot_outcome outcome, bool is_retryable, uint64_t retry_after_ms) {
	ending_clear(&operation->ending);
	operation->ending = (struct ending){.failure = failure,
		.outcome = outcome,
		.is_retryable = is_retryable,
		.retry_after_ms = retry_after_ms};
	operation->stage = 1; /* past upsert, which would take it for the end of a step */
	order_stage.up(operation);
}

void operation_refuse(
	struct operation *operation, enum hubspot_failure failure, uint64_t retry_after_ms) {
	operation_fail(operation, failure,
		operation->may_be_applied ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED,
		!operation->may_be_applied || operation_is_safe_again(operation), retry_after_ms);
}

static void log_late(const struct operation *operation) {
	watch_late(operation);
	LOG_WARN("late result", log_text("operation", operation->label),
		log_bool("is_applied", operation->ending.failure == HUBSPOT_OK),
		log_int("status", operation->ending.status),
		log_uint("attempts", operation->attempts),
		log_uint("ms", clock_now_ms() - operation->submitted_ms));
}

/* ---- the end ---- */

void client_check_idle(struct hubspot *client) {
	if (client->waiting == 0 && client->in_flight == 0 && client->idle != NULL) {
		loop_task_schedule(&client->idle_task);
	}
}

static void run_idle(void *ctx) {
	struct hubspot *client = ctx;
	if (client->waiting == 0 && client->in_flight == 0 && client->idle != NULL) {
		void (*idle)(void *ctx) = client->idle;
		client->idle = NULL;
		idle(client->idle_ctx);
	}
}

static void client_end(struct operation *operation) {
	struct hubspot *client = operation->client;
	list_remove(&operation->all);
	list_remove(&operation->deferred);
	client->slots[operation->slot] = NULL;
	client->waiting--;
	if (operation->done != NULL) {
		if (operation->ending.failure != HUBSPOT_OK) {
			settle_log_failure(operation);
		}
		operation_run_done(operation, &operation->ending);
	} else if (operation->ending.failure != HUBSPOT_CANCELLED) {
		log_late(operation);
	}
	operation_free(operation);
	client_check_idle(client);
}

static void defer(struct operation *operation) {
	if (list_is_empty(&operation->deferred)) {
		list_append(&operation->client->deferred, &operation->deferred);
		loop_task_schedule(&operation->client->deliver);
	}
}

static void client_up(struct operation *operation) {
	loop_timer_stop(&operation->deadline);
	shares_release(operation);
	operation->stage = -1;
	if (operation->is_submitting) {
		defer(operation);
	} else {
		client_end(operation);
	}
}

static bool is_writing(const struct operation *operation) {
	return operation->step != STEP_READ && operation->step != STEP_SEARCH &&
		(operation->step != STEP_RAW || !str_starts_with(operation->object, "GET "));
}

static void answer_early(struct operation *operation, enum hubspot_failure failure) {
	bool is_unknown = operation->may_be_applied || is_writing(operation);
	const struct ending early = {
		.failure = failure,
		.outcome = is_unknown ? HUBSPOT_UNKNOWN : HUBSPOT_NOT_APPLIED,
		.is_retryable = !is_unknown || operation_is_safe_again(operation),
	};
	loop_timer_stop(&operation->deadline);
	operation_run_done(operation, &early);
}

/* The caller wants no more: what waits ends now, what is in a call is detached. */
static void end_early(struct operation *operation, enum hubspot_failure failure) {
	if (operation->place == PLACE_CALL) {
		answer_early(operation, failure);
		return;
	}
	if (operation->place == PLACE_LANE) {
		batch_withdraw(operation);
	} else {
		order_withdraw(operation);
	}
	operation_refuse(operation, failure, 0);
}

static void deadline_passed(void *ctx) {
	struct operation *operation = ctx;
	end_early(operation, HUBSPOT_DEADLINE);
}

static void deliver(void *ctx) {
	struct hubspot *client = ctx;
	struct list due; /* what a `done` defers anew has its turn in the next one */
	list_init(&due);
	while (!list_is_empty(&client->deferred)) {
		struct list *link = client->deferred.next;
		list_remove(link);
		list_append(&due, link);
	}
	while (!list_is_empty(&due)) {
		struct operation *operation = list_first(&due, struct operation, deferred);
		list_remove(&operation->deferred);
		if (operation->stage < 0) {
			client_end(operation);
		} else if (operation->done != NULL) {
			end_early(operation, HUBSPOT_CANCELLED);
		}
	}
}

/* ---- submit and cancel ---- */

bool hubspot_submit(struct hubspot *client, const struct hubspot_operation *wanted,
	hubspot_done_fn *done, void *ctx, struct hubspot_handle **handle) {
	struct operation *operation = client->is_closed ? NULL : operation_create(wanted);
	struct caller *caller =
		operation != NULL ? shares_know(client->shares, &wanted->caller) : NULL;
	if (caller == NULL || !operation_take_slot(client, operation)) {
		operation_free(operation);
		return false;
	}
	uint64_t now_ms = clock_now_ms();
	operation->client = client;
	operation->caller = caller;
	operation->done = done;
	operation->ctx = ctx;
	operation->submitted_ms = now_ms;
	operation->deadline_ms = wanted->deadline_ms != 0
		? wanted->deadline_ms
		: now_ms + client->settings.default_deadline_ms;
	operation->sequence = ++client->sequence;
	list_append(&client->operations, &operation->all);
	client->waiting++;
	bool is_full = !room_has_place(client, &wanted->caller, wanted->priority);
	shares_accept(operation, wanted->caller.weight);
	loop_timer_init(&operation->deadline, client->loop, deadline_passed, operation);
	operation->is_submitting = true;
	if (is_full) {
		operation_fail(operation, HUBSPOT_BUSY, HUBSPOT_NOT_APPLIED, true,
			room_wait_ms(client, LIMIT_CALL, wanted->priority,
				operation->turns.of[LIMIT_CALL][wanted->priority], 0) +
				1000);
	} else if (wanted->kind == HUBSPOT_RAW && !wire_is_raw(wanted->object)) {
		operation_fail(operation, HUBSPOT_REFUSED, HUBSPOT_NOT_APPLIED, false, 0);
	} else if (!loop_timer_start(&operation->deadline,
			   operation->deadline_ms > now_ms ? operation->deadline_ms - now_ms : 0)) {
		operation_fail(operation, HUBSPOT_OUT_OF_MEMORY, HUBSPOT_NOT_APPLIED, true, 0);
	} else {
		client_stage.down(operation);
	}
	operation->is_submitting = false;
	if (handle != NULL) {
		*handle = operation_handle(operation);
	}
	return true;
}

void hubspot_cancel(struct hubspot *client, struct hubspot_handle *handle) {
	struct operation *operation = operation_find(client, handle);
	if (operation != NULL && operation->done != NULL) {
		defer(operation);
	}
}

/* ---- token ---- */

bool client_renew_token(struct hubspot *client, unsigned generation) {
	if (token_generation(client->token) != generation) {
		return true; /* another call has renewed it already */
	}
	char error[256];
	return hubspot_reload(client, error, sizeof(error)) &&
		token_generation(client->token) != generation;
}

bool hubspot_reload(struct hubspot *client, char *error, size_t error_size) {
	bool is_changed = false;
	if (!token_reload(client->token, &is_changed, error, error_size)) {
		LOG_ERROR("token not read again", log_text("why", error));
		return false;
	}
	if (is_changed) {
		client->is_token_refused = false;
		LOG_INFO("token changed", log_uint("generation", token_generation(client->token)));
		if (client->token_changed != NULL) {
			client->token_changed(client->token_ctx);
		}
	}
	return true;
}

void hubspot_on_token_change(struct hubspot *client, void (*changed)(void *ctx), void *ctx) {
	client->token_changed = changed;
	client->token_ctx = ctx;
}

/* ---- life ---- */

static void copy_settings(struct hubspot *client, const struct hubspot_settings *settings) {
	client->settings = *settings;
	client->settings.base_url = must_strdup(settings->base_url);
	client->settings.api_version = must_strdup(settings->api_version);
	client->settings.token = NULL; /* token.c has it */
	client->settings.token_file = NULL;
	client->settings.proxy = settings->proxy != NULL ? must_strdup(settings->proxy) : NULL;
	client->settings.ca_file =
		settings->ca_file != NULL ? must_strdup(settings->ca_file) : NULL;
}

struct hubspot *hubspot_create(struct loop *loop, const struct hubspot_settings *settings,
	char *error, size_t error_size) {
	struct hubspot *client = must_calloc(1, sizeof(*client));
	client->loop = loop;
	client->is_up = true;
	copy_settings(client, settings);
	client->shares = shares_create(client);
	client->watch = watch_create(client);
	list_init(&client->operations);
	list_init(&client->deferred);
	loop_task_init(&client->deliver, loop, deliver, client);
	loop_task_init(&client->idle_task, loop, run_idle, client);
	batch_init(client);
	client->token = token_create(settings->token, settings->token_file, error, error_size);
	client->limit = limit_create(&(struct limit_settings){.rate_limit = settings->rate_limit,
		.is_unlimited = settings->is_unlimited,
		.max_calls = settings->max_calls});
	if (client->token != NULL) {
		client->transport = transport_create(loop,
			&(struct transport_settings){.base_url = client->settings.base_url,
				.proxy = client->settings.proxy,
				.ca_file = client->settings.ca_file,
				.user_agent = "hubspot-connector",
				.max_calls = settings->max_calls},
			client->token, error, error_size);
	}
	if (client->transport == NULL) {
		hubspot_destroy(client);
		return NULL;
	}
	return client;
}

void hubspot_destroy(struct hubspot *client) {
	if (client == NULL) {
		return;
	}
	client->is_closed = true;
	list_for_each_safe (operation, after, &client->operations, struct operation, all) {
		if (operation->done != NULL) {
			answer_early(operation, HUBSPOT_CANCELLED);
		}
	}
	batch_finish(client);
	while (!list_is_empty(&client->operations)) {
		struct operation *operation =
			list_first(&client->operations, struct operation, all);
		if (operation->place == PLACE_LANE) {
			batch_withdraw(operation);
		} else if (operation->place == PLACE_ORDER) {
			order_withdraw(operation);
		}
		operation_fail(operation, HUBSPOT_CANCELLED, HUBSPOT_NOT_APPLIED, false, 0);
	}
	recent_finish(client);
	loop_task_cancel(&client->deliver);
	loop_task_cancel(&client->idle_task);
	transport_destroy(client->transport);
	token_destroy(client->token);
	watch_destroy(client->watch);
	shares_destroy(client->shares);
	limit_destroy(client->limit);
	free((char *)client->settings.base_url);
	free((char *)client->settings.api_version);
	free((char *)client->settings.proxy);
	free((char *)client->settings.ca_file);
	free(client->slots);
	free(client);
}

void hubspot_state(const struct hubspot *client, struct hubspot_state *state) {
	*state = (struct hubspot_state){.waiting = client->waiting,
		.in_flight = client->in_flight,
		.is_up = client->is_up,
		.is_token_refused = client->is_token_refused};
}

void hubspot_on_idle(struct hubspot *client, void (*idle)(void *ctx), void *ctx) {
	client->idle = idle;
	client->idle_ctx = ctx;
	client_check_idle(client);
}
