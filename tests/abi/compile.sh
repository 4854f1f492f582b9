#!/bin/sh
# The SDK header under C11, C17 and C++20: layout.c (its rules, and what is fixed for good) and plugin.c
# (its macros), with the header as it is and with each frozen one; and since the frozen ones it has only
# grown at its ends (grown.py).
# compile.sh check ROOT [C-COMPILER C++-COMPILER]...   (default: cc c++)
. "$(dirname "$0")/../architecture/kit.sh"

here=$(cd "$(dirname "$0")" && pwd)
inside=hubspot-connector/plugin.h
frozen_too='tests/abi/frozen/*'

# Declares and lists: the structs that the header defines, and those that layout.c looks at.
check_list() {
	header=$(sed -n 's/^struct \([a-z_]*\) {.*/\1/p' "sdk/include/$inside" | sort)
	listed=$(sed -n 's/^BEGINS_WITH_ITS_SIZE(\([a-z_]*\));.*/\1/p' "$layout" | sort)
	[ "$header" = "$listed" ] || echo "layout.c does not look at the structs of the header"
}

# The newest frozen header is the one that is there; the others have only grown into it. Sets `minor`.
check_frozen() {
	minor=$(sed -n 's/^#define HSC_ABI_M[AJIN]*OR \([0-9]*\)$/\1/p' "sdk/include/$inside" | paste -sd.)
	[ -f "tests/abi/frozen/$minor/$inside" ] || echo "there is no frozen copy of $minor"
	for frozen in tests/abi/frozen/*; do
		python3 "$here/grown.py" "$frozen/$inside" "sdk/include/$inside" || true
	done
}

# compile COMPILER LANGUAGE STANDARD FOLDER FILE. g++ warns of members that an initializer leaves to be zero.
compile() {
	"$1" -x "$2" "-std=$3" -fsyntax-only -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers "-I$4" "$5" >/dev/null 2>&1 ||
		echo "$(basename "$5") with $4: refused by $1 -std=$3"
}

check() {
	cd "$1"
	shift
	[ $# -gt 0 ] || set -- cc c++
	layout=tests/abi/layout.c
	check_list
	check_frozen
	while [ $# -gt 0 ]; do
		for folder in sdk/include $frozen_too; do
			for file in "$layout" tests/abi/plugin.c; do
				compile "$1" c c11 "$folder" "$file"
				compile "$1" c c17 "$folder" "$file"
				[ -z "${2:-}" ] || compile "$2" c++ c++20 "$folder" "$file"
			done
		done
		shift
		[ $# -eq 0 ] || shift
	done
}

good() {
	mkdir -p sdk/include/hubspot-connector tests/abi
	cp "$here/layout.c" "$here/plugin.c" tests/abi/
	cp -r "$here/frozen" tests/abi/
	cp "$here/../../sdk/include/$inside" sdk/include/hubspot-connector/
}

# change EXPRESSION WORDS: the header, changed by sed; the check must then find something. No words: nothing.
change() {
	sed -i "$1" "sdk/include/$inside"
	faults=$(check "$tree")
	case "$faults" in
	"") [ -z "$2" ] || { echo "nothing found after $1" && exit 1; } ;;
	*) [ -n "$2" ] && [ "${faults#*"$2"}" != "$faults" ] || { echo "not found after $1: '$2', but: '$faults'" && exit 1; } ;;
	esac
	fresh
}

selftest() {
	frozen_too= # no change of the header changes those
	change '/^struct hsc_wire {/,/^}/s/uint32_t reserved;//' 'layout.c with sdk/include: refused by cc -std=c17'
	change '/^struct hsc_object {/,/^}/s/uint32_t size;/uint64_t size;/' 'layout.c with sdk/include: refused by cc -std=c11'
	change '/^struct hsc_watch {/,/^}/{s/uint32_t size;/uint32_t first;/;s/uint32_t reserved;/uint32_t size;/}' 'layout.c with sdk/include: refused by c++ -std=c++20'
	change 's/^struct hsc_timer;.*/&\nstruct hsc_more {\n\tuint32_t size;\n};/' 'does not look at the structs'
	change 's/^struct hsc_timer;.*/&\nint give(int new);/' 'plugin.c with sdk/include: refused by c++ -std=c++20'
	# What would break plugins that are there already.
	change 's/^	const char \*path;.*"\/contacts\/{id}".*/	const char *place;/' 'struct hsc_route: its members'
	change '/^struct hsc_operation {/,/^}/{/const char \*id;/d;s/.*const char \*object;.*/	const char *id;\n&/}' 'layout.c with sdk/include: refused by cc -std=c11'
	change 's/HSC_READ = 1,/HSC_READ = 1,\n       HSC_PEEK,/' 'enum of HSC_READ=1: its members'
	change 's/HSC_REPEATABLE = 2,/HSC_REPEATABLE = 8,/' 'layout.c with sdk/include: refused by cc -std=c17'
	change 's/int32_t status;/uint32_t status;/' 'struct hsc_result: its members'
	change 's/^typedef void hsc_done_fn(const/typedef int hsc_done_fn(const/' 'typedef void hsc_done_fn'
	change 's/result->host->hubspot->relay/(void)0, &/' 'static inline void hsc_pass_done'
	change 's/^#define HSC_ABI_MAJOR 1/#define HSC_ABI_MAJOR 2/' 'there is no frozen copy of 2.0'
	change 's/^#define HSC_ABI_MINOR 0/#define HSC_ABI_MINOR 1/' 'there is no frozen copy of 1.1'
	change '/^struct hsc_watch {/,/^}/s/^};/	int (*more)(int one);\n};/' 'layout.c with sdk/include: refused by cc -std=c11'
	# What may come: a minor with more of everything; another comment.
	sed -i 's/^#define HSC_ABI_MINOR 0/#define HSC_ABI_MINOR 1/;/^struct hsc_watch {/,/^}/s/^};/	int (*more)(int one);\n};/' "sdk/include/$inside"
	finds 'there is no frozen copy of 1.1'
	change 's/lives as long as the plugin/lives for ever/' ''
	change 's/^enum { HSC_PLUGIN_BY_NAME = 1 };/enum { HSC_PLUGIN_BY_NAME = 1, HSC_PLUGIN_MORE = 2 };\nint hsc_more(int one);/' ''
}

run "$@"
