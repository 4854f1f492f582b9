#!/bin/sh
# tree.sh BUILD PREFIX: installs BUILD to PREFIX, for this test and the others of this folder.  All that is promised is
# there, a staged installation (DESTDIR) writes nowhere else, and an installed tree works wherever it is moved to.
set -eu

build=$1
prefix=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
rm -rf "$prefix"
cmake --install "$build" --prefix "$prefix" >/dev/null

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

faults=0
fault() {
	echo "FAILED: $*"
	faults=1
}

# A library folder may be one of a machine's own: lib/x86_64-linux-gnu.
check_tree() {
	library=$(dirname "$(find "$1" -name libhsc-testkit.a)")
	for file in bin/hubspot-connector bin/hsc-check include/hubspot-connector/plugin.h include/hubspot-connector/testkit.h \
		share/hubspot-connector/template/object/invoices.c share/hubspot-connector/template/leads/leads.c \
		share/doc/hubspot-connector/LICENSE share/doc/hubspot-connector/README.md share/doc/hubspot-connector/CHANGES; do
		[ -f "$1/$file" ] || fault "$1 has no $file"
	done
	for file in cmake/hubspot-connector/hubspot-connector-config.cmake cmake/hubspot-connector/hubspot-connector-config-version.cmake \
		cmake/hubspot-connector/hsc_add_plugin.cmake cmake/hubspot-connector/embed_schema.cmake \
		pkgconfig/hubspot-connector.pc hubspot-connector/plugins/contacts.so hubspot-connector/plugins/sandbox.so; do
		[ -f "$library/$file" ] || fault "$library has no $file"
	done
	for plugin in "$build"/plugins/*.so; do
		[ -f "$library/hubspot-connector/plugins/$(basename "$plugin")" ] || fault "$(basename "$plugin") is not installed"
	done
	if grep -rlF -e "$build" -e "$root" "$library/cmake" "$library/pkgconfig"; then
		fault "these name the build or the source folder"
	fi
}

# finds_its_own PREFIX: plugins, the sandbox and the templates are those of the tree.
finds_its_own() {
	cd "$work"
	rm -rf invoices
	"$1/bin/hubspot-connector" check --sandbox >check.log 2>&1 || fault "check fails: $(tail -n 5 check.log)"
	grep -q '^plugin contacts ' check.log || fault "$1 does not find its plugins"
	"$1/bin/hubspot-connector" plugin new invoices >new.log 2>&1 || fault "plugin new fails: $(cat new.log)"
	grep -qF -- "-DCMAKE_PREFIX_PATH=$1" new.log || fault "plugin new does not say where $1 is: $(cat new.log)"
	flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$1" -name hubspot-connector.pc)") pkg-config --cflags hubspot-connector)
	flags=${flags#-I}
	[ "$(realpath "${flags% }")" = "$1/include" ] || fault "pkg-config says $flags"
	plugins=$(PKG_CONFIG_PATH=$(dirname "$(find "$1" -name hubspot-connector.pc)") pkg-config --variable=plugindir hubspot-connector)
	[ -f "$plugins/contacts.so" ] || fault "pkg-config says that plugins are in $plugins"
	cd /
}

check_tree "$prefix"
finds_its_own "$prefix"

DESTDIR=$work/stage cmake --install "$build" --prefix /opt/connector >/dev/null
[ "$(ls -A "$work/stage")" = opt ] && [ "$(ls -A "$work/stage/opt")" = connector ] || fault "a staged installation writes elsewhere"
check_tree "$work/stage/opt/connector"
mv "$work/stage/opt/connector" "$work/moved"
finds_its_own "$(realpath "$work/moved")"
exit "$faults"
