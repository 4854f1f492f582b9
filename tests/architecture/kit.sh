# shellcheck shell=sh
# Sourced by every check of this folder. A check defines
#
#   check ROOT ...   prints one line for each fault of the tree at ROOT, nothing when there is none
#   good             makes a small tree without fault in the current folder
#   selftest         plants faults in that tree, one at a time, each followed by `finds`
#
# and ends with `run "$@"`, so that `NAME.sh check ROOT ...` judges a tree, and `NAME.sh selftest`
# shows that the check can fail.
set -eu
export LC_ALL=C
newline='
'

# A header of the C library, as far as this project has a use for it.
is_libc() {
	case "$1" in
	assert.h | ctype.h | dirent.h | errno.h | fcntl.h | getopt.h | inttypes.h | limits.h | locale.h | math.h | netdb.h | poll.h | \
		pthread.h | pwd.h | setjmp.h | signal.h | spawn.h | stdarg.h | stdatomic.h | stdbool.h | stddef.h | stdint.h | stdio.h | stdlib.h | \
		string.h | strings.h | time.h | unistd.h | arpa/* | net/* | netinet/* | sys/*) return 0 ;;
	esac
	return 1
}

# sources FOLDER...: the C files below them, those of build folders left out.
sources() {
	find "$@" \( -name build -o -name 'build-*' \) -prune -o \( -name '*.c' -o -name '*.h' \) -type f -print | sort
}

# includes FILE...: a line "FILE <name>" or "FILE "name"" for each #include.
includes() {
	sed -n 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*\([<"][^>"]*[>"]\).*/\1/p' "$1" | while read -r name; do
		echo "$1 $name"
	done
}

# put FILE TEXT: writes a file of the small tree.
put() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" >"$1"
}

fresh() {
	find "$tree" -mindepth 1 -delete
	good
}

# The small tree has no fault.
passes() {
	faults=$(check "$tree")
	if [ -n "$faults" ]; then
		echo "a good tree is refused: $faults"
		exit 1
	fi
}

# The small tree has this fault and no other one. Makes it good again.
finds() {
	faults=$(check "$tree")
	case "$faults" in
	*"$newline"*) echo "more than one fault for '$1': $faults" && exit 1 ;;
	*"$1"*) ;;
	*) echo "not found: '$1', but: '$faults'" && exit 1 ;;
	esac
	fresh
}

run() {
	case "${1:-}" in
	check)
		shift
		faults=$(check "$@")
		if [ -n "$faults" ]; then
			printf '%s\n' "$faults"
			exit 1
		fi
		;;
	selftest)
		tree=$(mktemp -d)
		trap 'rm -rf "$tree"' EXIT
		cd "$tree"
		fresh
		passes
		selftest
		;;
	*)
		echo "usage: $0 check ROOT ... | selftest" >&2
		exit 2
		;;
	esac
}
