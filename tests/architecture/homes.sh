#!/bin/sh
# Each foreign header has its homes, and is included nowhere else: a library can be replaced there.
. "$(dirname "$0")/kit.sh"

# Where a foreign header may be included: prints the files, "all" or nothing.
homes() {
	case "$1" in
	# libcurl has two interfaces: a transfer, and the connections; each has its file.
	curl/curl.h) echo host/hubspot/handle.c host/hubspot/socket.c ;;
	dlfcn.h) echo host/plugin/loader.c sdk/check/libraries.c ;;
	link.h) echo sdk/check/libraries.c ;;
	gelf.h) echo sdk/check/picture.c ;;
	malloc.h) echo sdk/check/measure.c ;;
	cmocka.h) echo sdk/template/leads/test.c sdk/template/object/test.c ;;
	execinfo.h) echo host/plugin/crash.c ;;
	idn2.h) echo host/schema/idn.c ;;
	pcre2.h) echo host/schema/pattern.c ;;
	openssl/*) echo host/http/api_key.c ;;
	uthash.h) echo host/hubspot/order.c host/hubspot/recent.c host/hubspot/shares.c ;;
	event2/event.h) echo host/loop/loop.c host/http/server.c host/http/stream.c ;;
	event2/dns.h) echo host/loop/lookup.c ;;
	event2/thread.h) echo host/loop/loop.c ;;
	event2/http.h) echo host/http/server.c host/http/wire.c ;;
	event2/keyvalq_struct.h) echo host/http/wire.c ;;
	event2/listener.h) echo host/http/server.c ;;
	event2/buffer.h | event2/bufferevent.h) echo host/http/stream.c host/http/wire.c ;;
	jansson.h | hubspot-connector/plugin.h | hubspot-connector/testkit.h) echo all ;; # includes.sh says where
	esac
}

check() {
	cd "$1"
	for file in $(sources host plugins sdk); do
		includes "$file"
	done | while read -r file name; do
		bare=${name#?}
		bare=${bare%?}
		case "$name" in \"*) continue ;; esac
		if is_libc "$bare"; then
			continue
		fi
		case " $(homes "$bare") " in
		*" $file "* | " all ") ;;
		"  ") echo "$file: $bare is a foreign header without a home" ;;
		*) echo "$file: $bare belongs to $(homes "$bare")" ;;
		esac
	done
}

good() {
	put host/hubspot/handle.c '#include <curl/curl.h>
#include <string.h>
#include "hubspot/inside.h"'
	put host/http/server.c '#include <event2/http.h>
#include <event2/event.h>'
	put host/base/json.h '#include <jansson.h>'
	put plugins/leads/leads.c '#include <hubspot-connector/plugin.h>'
	mkdir sdk
}

selftest() {
	put host/hubspot/batch.c '#include <curl/curl.h>'
	finds 'host/hubspot/batch.c: curl/curl.h belongs to host/hubspot/handle.c host/hubspot/socket.c'
	put host/http/router.c '#include <event2/http.h>'
	finds 'host/http/router.c: event2/http.h belongs to'
	put host/api/a.c '#include <zlib.h>'
	finds 'host/api/a.c: zlib.h is a foreign header without a home'
	put host/api/a.c '#include <openssl/evp.h>'
	finds 'host/api/a.c: openssl/evp.h belongs to host/http/api_key.c'
	put plugins/leads/a.c '#include <dlfcn.h>'
	finds 'plugins/leads/a.c: dlfcn.h belongs to host/plugin/loader.c'
	put sdk/a.h '#include <event2/event.h>'
	finds 'sdk/a.h: event2/event.h belongs to'
}

run "$@"
