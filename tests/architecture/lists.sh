#!/bin/sh
# Every source file stands in the list of its folder: one that is forgotten would not be built.
. "$(dirname "$0")/kit.sh"

check() {
	cd "$1"
	for file in $(sources host plugins | grep '\.c$'); do
		list=$(dirname "$file")/CMakeLists.txt
		grep -v '^#' "$list" 2>/dev/null | tr -s ' \t()' '\n' | grep -qxF "$(basename "$file")" || echo "$file: not in $list"
	done
}

good() {
	put host/main.c x
	put host/CMakeLists.txt 'add_executable(x main.c)'
	put host/base/buf.c x
	put host/base/buf.h x
	put host/base/CMakeLists.txt 'hsc_add_module(base buf.c
	json.c)'
	put host/base/json.c x
	mkdir plugins
}

selftest() {
	put host/base/uf.c x
	finds 'host/base/uf.c: not in host/base/CMakeLists.txt'
	put plugins/p/p.c x
	finds 'plugins/p/p.c: not in plugins/p/CMakeLists.txt'
}

run "$@"
