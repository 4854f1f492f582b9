#!/bin/sh
# sdk/docs/reference.md is what make_reference.py makes of the header, and has a row for each of its members.
set -eu
cd "$(dirname "$0")/../../sdk/docs"
python3 -B make_reference.py | diff reference.md - >&2 || {
	echo "sdk/docs/reference.md is not of this header: python3 sdk/docs/make_reference.py > sdk/docs/reference.md"
	exit 1
}
header=../include/hubspot-connector/plugin.h
for name in $(sed 's|/\*.*||' "$header" | grep -o '(\*[a-z_]*)' | tr -d '(*)' | sort -u) $(grep -o '\bHSC_[A-Z0-9_]*\b' "$header" | sort -u); do
	case $name in run | gone | HSC_E | HSC_ROUTE_ | HSC_OBJECT_ | HSC_EXPORT | HSC_PRINTF) continue ;; esac
	grep -q "\`$name\b" reference.md || {
		echo "sdk/docs/reference.md says nothing of $name"
		exit 1
	}
done
