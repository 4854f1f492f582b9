#!/bin/sh
# symbols.sh NM LIBRARY: every symbol that the test kit offers begins with hsck_, and there are some.
set -eu
found=$("$1" -g --defined-only "$2" | awk 'NF == 3 { print $3 }')
foreign=$(printf '%s\n' "$found" | grep -v '^hsck_' | grep -v '^__odr_asan' || true)
if [ -n "$foreign" ]; then
	echo "$2 also offers:" $foreign
	exit 1
fi
printf '%s\n' "$found" | grep -qx hsck_open
