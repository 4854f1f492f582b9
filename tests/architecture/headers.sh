#!/bin/sh
# Every header has its guard, is included only by what it needs, and compiles alone.
# headers.sh check ROOT [COMPILER...]   (the compilers default to cc)
. "$(dirname "$0")/kit.sh"

# host/base/buf.h: BASE_BUF_H; plugins/x/inside.h: X_INSIDE_H; the SDK's: HUBSPOT_CONNECTOR_PLUGIN_H;
# a test's: anything that ends with its name.
guard() {
	case "$1" in
	sdk/include/*) name=${1#sdk/include/} ;;
	sdk/testkit/include/*) name=${1#sdk/testkit/include/} ;;
	tests/*) name=${1##*/} && printf '[A-Z_]*' ;;
	*) name=${1#*/} ;;
	esac
	printf '%s' "$name" | tr 'a-z' 'A-Z' | tr -c 'A-Z0-9' '_'
}

# is_guarded FILE: its first two directives are its guard.
is_guarded() {
	sed -n '/^#/{p;n;p;q}' "$1" | tr '\n' ' ' | grep -q "^#ifndef \($(guard "$1")\) #define \1 \$"
}

check() {
	cd "$1"
	shift
	[ $# -gt 0 ] || set -- cc
	flags=$(pkg-config --cflags jansson libevent libcurl libpcre2-8 cmocka 2>/dev/null || true)
	for file in $(sources host plugins sdk tests | grep '\.h$'); do
		is_guarded "$file" || echo "$file: its guard is not $(guard "$file")"
		for compiler in "$@"; do
			# shellcheck disable=SC2086 # a list of words
			$compiler -x c -std=c17 -D_GNU_SOURCE -Werror=implicit-function-declaration -fsyntax-only $flags \
				-Isdk/include -Isdk/testkit/include -Isdk/testkit -Ihost -Itests/unit -Itests/plugins -Itests/live -Iplugins/sandbox "-I$(dirname "$file")" -include "$file" /dev/null >/dev/null 2>&1 ||
				echo "$file: does not compile alone ($compiler)"
		done
	done
}

good() {
	put host/base/buf.h '#ifndef BASE_BUF_H
#define BASE_BUF_H
#include <stddef.h>
struct buf { size_t length; };
#endif'
	put sdk/include/hubspot-connector/plugin.h '#ifndef HUBSPOT_CONNECTOR_PLUGIN_H
#define HUBSPOT_CONNECTOR_PLUGIN_H
#endif'
	mkdir -p plugins tests
}

selftest() {
	put host/base/buf.h '#ifndef BASE_BUF_H
#define BASE_BUF_H
struct buf { size_t length; };
#endif'
	finds 'host/base/buf.h: does not compile alone (cc)'
	put plugins/p/inside.h '#ifndef INSIDE_H
#define INSIDE_H
#endif'
	finds 'plugins/p/inside.h: its guard is not P_INSIDE_H'
	put tests/unit/base/kit.h '#pragma once'
	finds 'tests/unit/base/kit.h: its guard is not'
}

run "$@"
