#!/bin/sh
# typescript.sh HOST PLUGIN_DIR BUILD_DIR: a TypeScript client is generated from the document that the host serves, compiled
# strictly, and run against it.
set -eu

host=$1 plugins=$2 build=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/install.sh"
install_tools "$build"
work=$build/client
mkdir -p "$work"
cp "$here"/client/* "$work"
trap finish EXIT
serve "$work" "$host" "$plugins"
cd "$work"
node -e 'fetch(process.argv[1] + "/openapi.json").then((reply) => reply.text()).then((text) => require("fs").writeFileSync("openapi.json", text))' "$url"
../node_modules/.bin/openapi-typescript openapi.json -o connector.ts
../node_modules/.bin/tsc --strict -p .
node client.js "$url"
