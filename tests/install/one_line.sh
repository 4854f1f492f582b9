#!/bin/sh
# one_line.sh PREFIX COMPILER: one line builds a plugin, with any compiler.
. "$(dirname "$0")/kit.sh"

cat >hello.c <<'END'
#include <hubspot-connector/plugin.h>

static int hello(const struct hsc_host *host, struct hsc_request *request, void *state) {
	(void)state;
	host->http->reply_bytes(host, request, 200, "text/plain", "Hello\n", 6);
	return HSC_REPLIED;
}

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_route route =
		HSC_ROUTE(.method = "GET", .path = "/hello", .summary = "Says hello", .handle = hello);
	(void)state;
	return host->http->add_route(host, &route);
}

HSC_PLUGIN(.name = "hello", .version = "1.0", .init = init);
END
cat >echo.c <<'END'
#include <hubspot-connector/plugin.h>
#include <jansson.h>

static int echo(const struct hsc_host *host, struct hsc_request *request, void *state) {
	json_t *reply = json_pack("{s:O}", "said", json_object_get(host->http->body(host, request), "say"));
	(void)state;
	host->http->reply(host, request, 200, reply);
	json_decref(reply);
	return HSC_REPLIED;
}

static int init(const struct hsc_host *host, void **state) {
	static const struct hsc_route route = HSC_ROUTE(.method = "POST", .path = "/echo",
		.summary = "Says it again", .body_schema = "echo.said", .handle = echo);
	(void)state;
	host->http->add_schema(host, "echo.said", "{\"type\":\"object\",\"required\":[\"say\"],\"properties\":{\"say\":{}}}");
	return host->http->add_route(host, &route);
}

HSC_PLUGIN(.name = "echo", .version = "1.0", .init = init);
END

count=0
for cc in gcc clang; do
	command -v "$cc" >/dev/null || continue
	count=$((count + 1))
	# shellcheck disable=SC2046 # lists of words
	quietly "$cc" "$cc" -Wall -Wextra -Werror -shared -fPIC -o hello.so hello.c $(pkg-config --cflags hubspot-connector)
	# shellcheck disable=SC2046
	quietly "$cc" "$cc" -Wall -Wextra -Werror -shared -fPIC -o echo.so echo.c $(pkg-config --cflags hubspot-connector) $(pkg-config --cflags --libs jansson)
	quietly hsc-check hsc-check hello.so echo.so
	start "$cc-plugins" serve --sandbox --plugin hello.so --plugin ./echo.so
	call GET /hello
	expect 200 Hello
	call POST /echo '{"say":"Grüß Gott"}'
	expect 200 '{"said":"Grüß Gott"}'
	stop
done
[ "$count" -gt 0 ] || fail "neither gcc nor clang is here"
pkg-config --exists 'hubspot-connector >= 1.0' || fail "pkg-config does not know the version"
[ "$(pkg-config --variable=abi hubspot-connector)" = 1.0 ] || fail "pkg-config does not know the ABI"
