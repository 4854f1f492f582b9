#!/bin/sh
# lint.sh HOST PLUGIN_DIR BUILD_DIR: two strict linters on the document, with their recommended rules: no error and no
# warning. And it says the same twice, and holds what an operator has told.
set -eu

host=$1 plugins=$2 build=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/install.sh"
install_tools "$build"
cd "$build"

fail() {
	echo "$*"
	exit 1
}

CONNECTOR_PUBLIC_URL=https://crm.acme.test/hubspot
export CONNECTOR_PUBLIC_URL
"$host" openapi --plugin-dir "$plugins" --plugin "$plugins/passthrough.so" >openapi.json
"$host" openapi --plugin-dir "$plugins" --plugin "$plugins/passthrough.so" | cmp - openapi.json || fail "it is another one the second time"
grep -q '"servers":\[{"url":"https://crm.acme.test/hubspot"' openapi.json || fail "it does not know its own address"
unset CONNECTOR_PUBLIC_URL
"$host" openapi --plugin-dir "$plugins" --plugin "$plugins/passthrough.so" >openapi.plain.json

for document in openapi.json openapi.plain.json; do
	node_modules/.bin/spectral lint "$document" --ruleset "$here/spectral.json" --fail-severity=hint || fail "spectral complains about $document"
done
if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'; then
	for document in openapi.json openapi.plain.json; do
		REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true node_modules/.bin/redocly lint "$document" \
			--config "$here/redocly.yaml" --max-problems 50 || fail "redocly complains about $document"
	done
else
	echo "redocly left out: it needs Node.js 20.19"
fi
