/* Who is served by a listener that the whole network reaches. */
#include "kit.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <signal.h>

static struct host host;

static void start_beyond_loopback(void) {
	static const char *const arguments[] = {"serve", "--listen", "0.0.0.0:0", NULL};
	static const char *const environment[] = {"CONNECTOR_LOG_FORMAT=json",
		"CONNECTOR_ALLOW_ANONYMOUS=loopback", "CONNECTOR_STRICT_PLUGINS=0",
		"HUBSPOT_BASE_URL=http://127.0.0.1:9",
		"HUBSPOT_PRIVATE_APP_TOKEN=" TEST_TOKEN, NULL};
	host.process = process_start(arguments, environment);
	const json_t *ready = process_wait_line(host.process, "ready", 0, START_LIMIT_MS);
	assert_non_null(ready);
	const char *address = json_string_value(json_object_get(ready, "address"));
	host.port = (uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10);
}

static void ask_at(const char *address, const char *path, struct answer *answer) {
	static const char *const headers[] = {"Host: localhost", NULL};
	char base[64];
	snprintf(base, sizeof(base), "http://%s:%u", address, (unsigned)host.port);
	struct client *client = client_open(base);
	assert_true(client_ask(client, "GET", path, headers, NULL, 0, answer));
	client_close(client);
}

static bool find_own_address(char *address) {
	struct ifaddrs *all = NULL;
	bool is_found = false;
	assert_int_equal(getifaddrs(&all), 0);
	for (const struct ifaddrs *one = all; one != NULL; one = one->ifa_next) {
		if (one->ifa_addr != NULL && one->ifa_addr->sa_family == AF_INET &&
			(one->ifa_flags & (IFF_LOOPBACK | IFF_UP)) == IFF_UP) {
			const struct sockaddr_in *four = (const void *)one->ifa_addr;
			is_found = inet_ntop(AF_INET, &four->sin_addr, address,
					   INET_ADDRSTRLEN) != NULL;
		}
	}
	freeifaddrs(all);
	return is_found;
}

static void the_start_tells_who_may_call(void **state) {
	struct answer answer;
	(void)state;
	start_beyond_loopback();
	const json_t *line =
		process_wait_line(host.process, "only this machine may call", 0, START_LIMIT_MS);
	assert_non_null(line);
	assert_true(json_has(line, "/level", "\"warn\""));
	assert_true(json_has(line, "/listen", "\"0.0.0.0:0\""));
	ask_at("127.0.0.1", "/metrics", &answer);
	assert_int_equal(answer.status, 200);
	answer_finish(&answer);
	host_stop(&host);
}

static void a_host_header_is_not_enough(void **state) {
	char address[INET_ADDRSTRLEN];
	struct answer answer;
	(void)state;
	if (!find_own_address(address)) {
		skip(); /* a machine without a network */
	}
	start_beyond_loopback();
	ask_at(address, "/metrics", &answer);
	assert_int_equal(answer.status, 403);
	expect(&answer, "/code", "\"anonymous_refused\"");
	answer_finish(&answer);
	ask_at(address, "/healthz", &answer); /* for everybody */
	assert_int_equal(answer.status, 200);
	answer_finish(&answer);
	host_stop(&host);
}

static int teardown(void **state) {
	(void)state;
	host_clear(&host);
	return 0;
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_start_tells_who_may_call, teardown),
		cmocka_unit_test_teardown(a_host_header_is_not_enough, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
