#include "fakes/fake_transport.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"

struct transport {
	struct loop *loop;
	struct token *token;
	struct list exchanges;
};

struct exchange {
	struct list link;
	struct call *call;
	struct transport *transport;
	unsigned number;
	struct loop_timer timer;
};

static fake_answer_fn *answer;
static fake_way_fn *way;
static void *answer_ctx;
static unsigned calls;

void fake_transport_answer(fake_answer_fn *wanted, void *ctx) {
	answer = wanted;
	answer_ctx = ctx;
	way = NULL;
	calls = 0;
}

void fake_transport_way(fake_way_fn *wanted) {
	way = wanted;
}

unsigned fake_transport_calls(void) {
	return calls;
}

struct transport *transport_create(struct loop *loop, const struct transport_settings *settings,
	struct token *token, char *error, size_t error_size) {
	struct transport *transport = must_calloc(1, sizeof(*transport));
	(void)settings;
	(void)error;
	(void)error_size;
	transport->loop = loop;
	transport->token = token;
	list_init(&transport->exchanges);
	return transport;
}

static void exchange_free(struct exchange *exchange) {
	loop_timer_finish(&exchange->timer);
	list_remove(&exchange->link);
	free(exchange);
}

void transport_destroy(struct transport *transport) {
	if (transport == NULL) {
		return;
	}
	list_for_each_safe (exchange, after, &transport->exchanges, struct exchange, link) {
		exchange_free(exchange);
	}
	free(transport);
}

static void ended(void *ctx) {
	struct exchange *exchange = ctx;
	struct call *call = exchange->call;
	call->ended_ms = clock_now_ms();
	exchange_free(exchange);
	call->done(call);
}

static void add_body(struct call *call, const char *body) {
	static const char TRACE[] = "${trace}";
	const struct operation *first = list_first(&call->rows, struct operation, link);
	const char *trace;
	while (body != NULL && (trace = strstr(body, TRACE)) != NULL) {
		buf_add(&call->reply, body, (size_t)(trace - body));
		buf_add_text(&call->reply, first->trace_id);
		body = trace + sizeof(TRACE) - 1;
	}
	if (body != NULL) {
		buf_add_text(&call->reply, body);
	}
}

static void arrived(void *ctx) {
	struct exchange *exchange = ctx;
	struct call *call = exchange->call;
	struct fake_reply reply = answer(call, exchange->number, answer_ctx);
	add_body(call, reply.body);
	call->end = reply.end;
	call->is_timeout = reply.is_timeout;
	call->status = reply.status;
	if (reply.rate.rate_max != 0) {
		call->headers = reply.rate;
	}
	call->headers.retry_after_ms = reply.retry_after_ms;
	loop_timer_init(&exchange->timer, exchange->transport->loop, ended, exchange);
	loop_timer_start(&exchange->timer, reply.after_ms);
}

bool transport_send(struct transport *transport, struct call *call) {
	struct exchange *exchange = must_calloc(1, sizeof(*exchange));
	exchange->number = ++calls;
	exchange->call = call;
	exchange->transport = transport;
	list_append(&transport->exchanges, &exchange->link);
	buf_restart(&call->reply, 1 << 24);
	call->headers = (struct call_headers){.rate_max = 100000,
		.rate_remaining = 99999,
		.rate_interval_ms = 10000,
		.daily_max = -1,
		.daily_remaining = -1};
	call->sent_ms = clock_now_ms();
	call->token_generation = token_generation(transport->token);
	if (way == NULL) {
		arrived(exchange);
		return true;
	}
	loop_timer_init(&exchange->timer, transport->loop, arrived, exchange);
	loop_timer_start(&exchange->timer, way(call, exchange->number, answer_ctx));
	return true;
}

void transport_abandon(struct transport *transport, struct call *call) {
	list_for_each_safe (exchange, after, &transport->exchanges, struct exchange, link) {
		if (exchange->call == call) {
			exchange_free(exchange);
		}
	}
}
