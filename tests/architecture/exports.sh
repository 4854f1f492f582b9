#!/bin/sh
# The host exports nothing, so no plugin can link to it; a plugin exports hsc_plugin and nothing else.
# exports.sh check BUILD, a build without sanitizers: they add symbols of their own.
. "$(dirname "$0")/kit.sh"

# A copy of a variable of the C library (stderr@GLIBC_2.2.5) is the linker's doing.
exported() { nm -D --defined-only "$1" | awk '$NF !~ /@/ { print $NF }' | sort | tr '\n' ' '; }

check() {
	cd "$1"
	found=$(exported host/hubspot-connector)
	[ -z "$found" ] || echo "hubspot-connector exports $found"
	count=0
	for file in plugins/*.so; do
		found=$(exported "$file")
		[ "$found" = "hsc_plugin " ] || echo "$file exports ${found:-nothing}"
		count=$((count + 1))
	done
}

compile() {
	mkdir -p "$(dirname "$1")"
	printf '%s\n' "$2" | cc -x c -fPIC -fvisibility=hidden "$3" -o "$1" -
}

OPEN='__attribute__((visibility("default")))'

good() {
	compile host/hubspot-connector '#include <stdio.h>
int f(void); int f(void) { return 0; } int main(void) { return fputs("", stderr) + f(); }' -pie
	compile plugins/a.so "$OPEN const int hsc_plugin = 1; int other(void); int other(void) { return 0; }" -shared
}

selftest() {
	compile host/hubspot-connector 'int main(void) { return 0; }' -rdynamic
	finds 'hubspot-connector exports'
	compile plugins/a.so "$OPEN const int hsc_plugin = 1; $OPEN const int more = 1;" -shared
	finds 'plugins/a.so exports hsc_plugin more'
	compile plugins/b.so 'int other(void); int other(void) { return 0; }' -shared
	finds 'plugins/b.so exports nothing'
}

run "$@"
