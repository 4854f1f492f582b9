#!/bin/sh
# A file is one subject: at most 400 lines. A line fits a screen: at most 160 columns, a tab counting 8.
. "$(dirname "$0")/kit.sh"

check() {
	cd "$1"
	for file in $(sources host plugins sdk tests); do
		lines=$(($(wc -l <"$file")))
		[ "$lines" -le 400 ] || echo "$file: $lines lines"
		expand "$file" | awk -v file="$file" 'length($0) > 160 { print file ":" NR ": " length($0) " columns"; exit }'
	done
}

good() {
	put host/a.c "$(seq 400)"
	put sdk/a.h "$(printf '\t%0100d' 0)"
	mkdir -p plugins tests
}

selftest() {
	put host/a.c "$(seq 401)"
	finds 'host/a.c: 401 lines'
	put tests/a.h "$(printf '\n\t%0153d' 0)"
	finds 'tests/a.h:2: 161 columns'
}

run "$@"
