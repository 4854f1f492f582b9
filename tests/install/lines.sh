#!/bin/sh
# lines.sh ROOT: templates are short: an object in 15 lines of C, leads in 60.  Comments and empty lines do not count, and a
# line is one: at most 120 columns.
set -eu

# judge FILE MOST
judge() {
	lines=$(grep -cvE '^$|^/\*.*\*/$' "$1")
	[ "$lines" -le "$2" ] || { echo "$1: $lines lines, more than $2" && exit 1; }
	expand "$1" | awk -v file="$1" 'length($0) > 120 { print file ":" NR ": " length($0) " columns"; exit 1 }'
	! grep -n ';.*;' "$1" | grep -v 'for (' || { echo "$1: two statements on a line" && exit 1; }
}

for object in contacts companies deals tickets; do
	judge "$1/plugins/$object/$object.c" 15
done
judge "$1/sdk/template/object/invoices.c" 15
judge "$1/sdk/template/leads/leads.c" 60
