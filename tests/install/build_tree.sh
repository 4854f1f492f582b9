#!/bin/sh
# build_tree.sh BUILD COMPILER: without an installation, too, what `plugin new` says to type builds and tests the plugin.
set -eu

connector=$1/host/hubspot-connector
export CC="$2"
unset CMAKE_PREFIX_PATH CMAKE_GENERATOR
command -v make >/dev/null || export CMAKE_GENERATOR=Ninja
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

"$connector" plugin new invoices >said
sed -n 's/^  //p' said | grep -v ' serve ' >type.sh
[ "$(wc -l <type.sh)" = 4 ] || { cat said && echo "FAILED: plugin new says something else to type" && exit 1; }
sh -eu type.sh >typed.log 2>&1 || { cat said typed.log && echo "FAILED" && exit 1; }
"$connector" check --sandbox --plugin invoices/build/invoices.so >check.log 2>&1 || { cat check.log && exit 1; }
grep -q '^plugin invoices 1.0$' check.log
