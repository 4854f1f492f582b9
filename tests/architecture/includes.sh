#!/bin/sh
# Who includes whom: the layers of host/, and plugins that see the SDK header and nothing of the host.
. "$(dirname "$0")/kit.sh"

layer() {
	case "$1" in
	base) echo 0 ;;
	schema | loop | config) echo 1 ;;
	http | hubspot) echo 2 ;;
	object | api) echo 3 ;;
	plugin) echo 4 ;;
	sdk) echo -1 ;;
	*) echo none ;;
	esac
}

# A folder's .may_include names lower layers only.
check_permissions() {
	for folder in host/*/; do
		folder=$(basename "$folder")
		own=$(layer "$folder")
		if [ "$own" = none ]; then
			echo "host/$folder: a module without a layer"
		elif [ ! -f "host/$folder/.may_include" ]; then
			echo "host/$folder: no .may_include"
		else
			grep -v '^#' "host/$folder/.may_include" | while read -r name; do
				below=$(layer "$name")
				if [ "$below" = none ] || [ "$below" -ge "$own" ]; then
					echo "host/$folder/.may_include: $name is no lower layer"
				fi
			done
		fi
	done
}

# The public headers of a module are MODULE/MODULE.h; base has one for each subject.
is_public() { [ "${1%%/*}" = base ] || [ "$1" = "${1%%/*}/${1%%/*}.h" ]; }

may_include() { grep -qx "$2" "$1/.may_include" 2>/dev/null; }

# judge FILE "NAME": an include of one of the host's headers.
judge_host() {
	folder=$(dirname "$1")
	module=${2%%/*}
	if [ "$folder" = host ]; then
		[ "$module" = "$2" ] || is_public "$2" || echo "$1: $2 is inside another module"
	elif [ "$module" = "$2" ]; then
		echo "$1: include $2 by its full path"
	elif [ "host/$module" != "$folder" ]; then
		if ! may_include "$folder" "$module"; then
			echo "$1: may not include $2"
		elif ! is_public "$2"; then
			echo "$1: $2 is inside another module"
		fi
	fi
}

check_host() {
	for file in $(sources host); do
		includes "$file"
	done | while read -r file name; do
		bare=${name#?}
		bare=${bare%?}
		case "$name" in
		*hubspot-connector/*)
			[ "$(dirname "$file")" = host ] || may_include "$(dirname "$file")" sdk || echo "$file: may not include $bare"
			;;
		\"*) judge_host "$file" "$bare" ;;
		*) [ ! -f "host/$bare" ] || is_libc "$bare" || echo "$file: include \"$bare\" in quotes" ;;
		esac
	done
}

check_plugins() {
	for file in $(sources plugins); do
		includes "$file"
	done | while read -r file name; do
		bare=${name#?}
		bare=${bare%?}
		folder=$(dirname "$file")
		case "$name" in
		'<hubspot-connector/plugin.h>' | '<jansson.h>') ;;
		\"*) [ -f "$folder/$bare" ] || [ -f "$folder/${bare%.h}.json" ] || echo "$file: $bare is not its own" ;;
		*) is_libc "$bare" || echo "$file: a plugin may not include $bare" ;;
		esac
	done
}

check_sdk() {
	for file in $(sources sdk/include); do
		includes "$file"
	done | while read -r file name; do
		bare=${name#?}
		is_libc "${bare%?}" || echo "$file: the SDK header may not include ${bare%?}"
	done
}

check() {
	cd "$1"
	check_permissions
	check_host
	check_plugins
	check_sdk
}

good() {
	put host/main.c '#include <stdio.h>
#include "config.h"
#include "base/buf.h"
#include "http/http.h"'
	put host/config.h '#include <stdbool.h>'
	for module in base schema http object; do
		put "host/$module/$module.h" '#include <jansson.h>'
	done
	put host/base/buf.h ''
	put host/base/.may_include '# nothing'
	put host/schema/.may_include 'base'
	put host/http/.may_include 'schema
base'
	put host/object/.may_include 'sdk
http'
	put host/http/inside.h '#include "http/http.h"
#include "schema/schema.h"
#include "base/buf.h"'
	put host/object/object.c '#include <hubspot-connector/plugin.h>
#include "http/http.h"'
	put plugins/leads/leads.c '#include <hubspot-connector/plugin.h>
#include <jansson.h>
#include <string.h>
#include "leads.schema.h"
#include "own.h"'
	put plugins/leads/own.h ''
	put plugins/leads/leads.schema.json '{}'
	put sdk/include/hubspot-connector/plugin.h '#include <stdint.h>'
}

selftest() {
	put host/schema/a.c '#include "http/http.h"'
	finds 'host/schema/a.c: may not include http/http.h'
	put host/base/a.c '  #  include "schema/schema.h" /* up */'
	finds 'host/base/a.c: may not include schema/schema.h'
	put host/object/a.c '#include "http/inside.h"'
	finds 'host/object/a.c: http/inside.h is inside another module'
	put host/main.c '#include "http/inside.h"'
	finds 'host/main.c: http/inside.h is inside another module'
	put host/http/a.c '#include "config.h"'
	finds 'host/http/a.c: include config.h by its full path'
	put host/http/a.c '#include <base/buf.h>'
	finds 'host/http/a.c: include "base/buf.h" in quotes'
	put host/http/a.c '#include <hubspot-connector/plugin.h>'
	finds 'host/http/a.c: may not include hubspot-connector/plugin.h'
	put host/schema/.may_include 'http'
	finds 'host/schema/.may_include: http is no lower layer'
	put host/schema/.may_include 'loop'
	finds 'host/schema/.may_include: loop is no lower layer'
	rm host/schema/.may_include
	finds 'host/schema: no .may_include'
	put host/extra/.may_include ''
	finds 'host/extra: a module without a layer'
	put plugins/leads/a.c '#include "base/buf.h"'
	finds 'plugins/leads/a.c: base/buf.h is not its own'
	put plugins/leads/a.c '#include <curl/curl.h>'
	finds 'plugins/leads/a.c: a plugin may not include curl/curl.h'
	put plugins/leads/a.c '#include "../other/other.h"'
	finds 'plugins/leads/a.c: ../other/other.h is not its own'
	put sdk/include/hubspot-connector/plugin.h '#include <jansson.h>'
	finds 'the SDK header may not include jansson.h'
}

run "$@"
