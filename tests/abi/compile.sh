#!/bin/sh
# The SDK header under C11, C17 and C++20: layout.c (its rules) and plugin.c (its macros).
# compile.sh check ROOT [C-COMPILER C++-COMPILER]...   (default: cc c++)
. "$(dirname "$0")/../architecture/kit.sh"

here=$(cd "$(dirname "$0")" && pwd)

# Declares and lists: the structs that the header defines, and those that layout.c looks at.
check_list() {
	header=$(sed -n 's/^struct \([a-z_]*\) {.*/\1/p' sdk/include/hubspot-connector/plugin.h | sort)
	listed=$(sed -n 's/^BEGINS_WITH_ITS_SIZE(\([a-z_]*\));.*/\1/p' "$layout" | sort)
	[ "$header" = "$listed" ] || echo "layout.c does not look at the structs of the header"
}

# compile COMPILER LANGUAGE STANDARD FILE. g++ warns of members that an initializer leaves to be zero.
compile() {
	"$1" -x "$2" "-std=$3" -fsyntax-only -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers -Isdk/include "$4" >/dev/null 2>&1 ||
		echo "$(basename "$4"): refused by $1 -std=$3"
}

check() {
	cd "$1"
	shift
	[ $# -gt 0 ] || set -- cc c++
	layout=tests/abi/layout.c
	check_list
	while [ $# -gt 0 ]; do
		for file in "$layout" tests/abi/plugin.c; do
			compile "$1" c c11 "$file"
			compile "$1" c c17 "$file"
			[ -z "${2:-}" ] || compile "$2" c++ c++20 "$file"
		done
		shift
		[ $# -eq 0 ] || shift
	done
}

good() {
	mkdir -p sdk/include/hubspot-connector tests/abi
	cp "$here/layout.c" "$here/plugin.c" tests/abi/
	cp "$here/../../sdk/include/hubspot-connector/plugin.h" sdk/include/hubspot-connector/
}

# change EXPRESSION: the header, changed by sed; the check must then find something.
change() {
	sed -i "$1" sdk/include/hubspot-connector/plugin.h
	faults=$(check "$tree")
	case "$faults" in
	*"$2"*) ;;
	*) echo "not found after $1: '$2', but: '$faults'" && exit 1 ;;
	esac
	fresh
}

selftest() {
	change '/^struct hsc_wire {/,/^}/s/uint32_t reserved;//' 'layout.c: refused by cc -std=c17'
	change '/^struct hsc_object {/,/^}/s/uint32_t size;/uint64_t size;/' 'layout.c: refused by cc -std=c11'
	change '/^struct hsc_watch {/,/^}/{s/uint32_t size;/uint32_t first;/;s/uint32_t reserved;/uint32_t size;/}' 'layout.c: refused by c++ -std=c++20'
	change 's/^struct hsc_timer;.*/&\nstruct hsc_more {\n\tuint32_t size;\n};/' 'does not look at the structs'
	change 's/^struct hsc_timer;.*/&\nint give(int new);/' 'plugin.c: refused by c++ -std=c++20'
}

run "$@"
