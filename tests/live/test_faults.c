/*
 * The truth of every reply while HubSpot fails in all its ways: what was said to be written is
 * there, what was said not to be written is not, and nobody was created twice. And clients that
 * leave in the middle.
 */
#include "pair.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 16, ROWS = 25, WRITES = CONNECTIONS * ROWS, LEAVERS = 40, CALLS_BETWEEN = 10 };

enum claim { WRITTEN, NOT_WRITTEN, NOBODY_KNOWS, NONSENSE };

struct work {
	enum claim claims[WRITES];
	bool is_created[WRITES];
	char what[WRITES][512];
	atomic_bool is_over;
};

static enum claim claim_of(const struct answer *answer) {
	const char *action = json_string_value(json_at(answer->json, "/action"));
	bool is_good =
		(answer->status == 201 && action != NULL && strcmp(action, "created") == 0) ||
		(answer->status == 200 && action != NULL && strcmp(action, "updated") == 0);
	bool is_away = answer->status == 502 || answer->status == 503 || answer->status == 504;
	if (is_good) {
		return WRITTEN;
	}
	if (!is_away || !json_is_boolean(json_at(answer->json, "/retryable"))) {
		return NONSENSE;
	}
	return json_has(answer->json, "/outcome", "\"not_applied\"") ? NOT_WRITTEN
		: json_has(answer->json, "/outcome", "\"unknown\"")  ? NOBODY_KNOWS
								     : NONSENSE;
}

static void write_share(struct client *client, size_t index, void *ctx) {
	static const char *const headers[] = {"X-Request-Timeout-Ms: 3000", NULL};
	struct work *work = ctx;
	for (size_t i = 0; i < ROWS; i++) {
		size_t number = index * ROWS + i;
		struct answer answer;
		char body[128];
		int length = snprintf(body, sizeof(body),
			"{\"email\": \"fault.%zu@example.com\", \"city\": \"City %zu\"}", number,
			number);
		client_ask(client, "POST", "/contacts", headers, body, (size_t)length, &answer);
		work->claims[number] = claim_of(&answer);
		work->is_created[number] = answer.status == 201;
		snprintf(work->what[number], sizeof(work->what[number]), "%d %.200s%s",
			answer.status, answer.text == NULL ? "" : answer.text, answer.error);
		answer_finish(&answer);
	}
}

static json_int_t calls_so_far(struct client *client) {
	struct answer answer;
	client_ask(client, "GET", "/__state", NULL, NULL, 0, &answer);
	json_int_t calls = json_integer_value(json_at(answer.json, "/calls"));
	answer_finish(&answer);
	return calls;
}

/* One fault after the other, each for a few calls of every ten. */
static void *make_trouble(void *ctx) {
	static const char *const faults[] = {
		"{\"fail\": {\"next\": 3, \"how\": \"reset_after\", \"path\": \"/batch/create\"}}",
		"{\"fail\": {\"next\": 3, \"how\": \"reset_before\", \"path\": \"/batch/\"}}",
		"{\"fail\": {\"next\": 3, \"how\": \"cut\", \"path\": \"/batch/\"}}",
		"{\"fail\": {\"next\": 4, \"status\": 500, \"path\": \"/batch/\"}}",
		"{\"fail\": {\"next\": 3, \"how\": \"reset_after\", \"path\": \"/batch/update\"}}",
		"{\"fail\": {\"next\": 3, \"status\": 502, \"body\": \"html\", \"path\": "
		"\"/batch/\"}}",
		"{\"fail\": {\"next\": 2, \"how\": \"hang\", \"path\": \"/batch/create\"}}",
		"{\"fail\": {\"next\": 2, \"status\": 429, \"policy\": \"SECONDLY\", \"path\": "
		"\"/batch/\"}}",
		"{\"fail\": {\"next\": 2, \"status\": 503, \"body\": \"empty\", \"path\": "
		"\"/batch/\"}}",
		"{\"fail\": {\"next\": 2, \"status\": 200, \"body\": \"html\", \"path\": "
		"\"/batch/\"}}",
	};
	struct work *work = ctx;
	struct client *client = client_open(sandbox.base);
	json_int_t next = 0;
	for (size_t i = 0; !work->is_over; pause_ms(2)) {
		json_int_t calls = calls_so_far(client);
		if (calls >= next) {
			struct answer answer;
			const char *fault = faults[i++ % (sizeof(faults) / sizeof(faults[0]))];
			client_ask(
				client, "POST", "/__control", NULL, fault, strlen(fault), &answer);
			answer_finish(&answer);
			next = calls + CALLS_BETWEEN;
		}
	}
	client_close(client);
	return NULL;
}

/* Which writes are there now: by the number in their address. */
static void read_what_is_there(bool *is_there) {
	json_t *state = sandbox_state(sandbox.base, "contacts");
	size_t index;
	json_t *record;
	json_array_foreach (json_object_get(state, "results"), index, record) {
		const char *email = json_string_value(json_at(record, "/properties/email"));
		const char *city = json_string_value(json_at(record, "/properties/city"));
		assert_true(email != NULL && city != NULL && strncmp(email, "fault.", 6) == 0);
		size_t number = strtoul(email + 6, NULL, 10);
		char wanted[32];
		snprintf(wanted, sizeof(wanted), "City %zu", number);
		assert_string_equal(city, wanted);
		assert_true(number < WRITES && !is_there[number]); /* once, not twice */
		is_there[number] = true;
	}
	json_decref(state);
}

static void every_reply_tells_the_truth(void **state) {
	static const char *const short_calls[] = {"HUBSPOT_TIMEOUT_MS=400", NULL};
	struct work *work = calloc(1, sizeof(*work));
	bool is_there[WRITES] = {false};
	size_t counts[NONSENSE + 1] = {0};
	pthread_t trouble;
	(void)state;
	assert_non_null(work);
	start_pair(short_calls);
	assert_int_equal(pthread_create(&trouble, NULL, make_trouble, work), 0);
	run_workers(host.base, CONNECTIONS, write_share, work);
	work->is_over = true;
	pthread_join(trouble, NULL);
	host_stop(&host); /* and with it all that was under way */
	read_what_is_there(is_there);
	for (size_t i = 0; i < WRITES; i++) {
		counts[work->claims[i]]++;
		if (work->claims[i] == NONSENSE || (work->claims[i] == WRITTEN && !is_there[i]) ||
			(work->claims[i] == NOT_WRITTEN && is_there[i])) {
			fail_msg("write %zu is %s, and the reply was %s", i,
				is_there[i] ? "there" : "not there", work->what[i]);
		}
		/* An address that came once is created, whatever happened on the way. */
		assert_true(work->claims[i] != WRITTEN || work->is_created[i]);
	}
	print_message("written %zu, not written %zu, unknown %zu\n", counts[WRITTEN],
		counts[NOT_WRITTEN], counts[NOBODY_KNOWS]);
	assert_true(counts[WRITTEN] > WRITES / 4); /* most faults are overcome */
	free(work);
	host_stop(&sandbox);
}

/* ---- clients that leave ---- */

static void leave(struct client *client, size_t index, void *ctx) {
	struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons(host.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const struct linger reset = {.l_onoff = 1};
	char body[64], text[256];
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	(void)client;
	(void)ctx;
	int size = snprintf(body, sizeof(body),
		"{\"email\": \"leaver@example.com\", \"city\": \"%zu\"}", index);
	int length = snprintf(text, sizeof(text),
		"POST /contacts HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
		"application/json\r\nContent-Length: %d\r\n\r\n%s",
		size, body);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		size_t sent = index % 4 == 0 ? (size_t)length / 2 : (size_t)length;
		(void)send(fd, text, sent, MSG_NOSIGNAL);
		pause_ms((unsigned)(index % 5) * 15);
		if (index % 2 == 0) {
			setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		}
	}
	close(fd);
}

static void clients_that_leave_do_no_harm(void **state) {
	struct answer answer;
	(void)state;
	start_pair(NULL);
	sandbox_control(sandbox.base, "{\"latency_ms\": 30}");
	run_workers(host.base, LEAVERS, leave, NULL);
	ask(host.base, "POST", "/contacts",
		"{\"email\": \"leaver@example.com\", \"city\": \"stays\"}", 200, &answer);
	answer_finish(&answer);
	ask(host.base, "GET", "/contacts/leaver@example.com?id_property=email", NULL, 200, &answer);
	expect(&answer, "/city", "\"stays\"");
	answer_finish(&answer);
	json_t *counts = sandbox_state(sandbox.base, NULL);
	assert_true(json_has(counts, "/records/contacts", "1"));
	json_decref(counts);
	stop_pair();
}

static int teardown(void **state) {
	(void)state;
	clear_pair();
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_reply_tells_the_truth, teardown),
		cmocka_unit_test_teardown(clients_that_leave_do_no_harm, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
