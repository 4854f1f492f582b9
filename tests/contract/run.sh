#!/bin/sh
# run.sh HOST PLUGIN_DIR BUILD_DIR: installs HubSpot's client, as package-lock.json pins it, into BUILD_DIR and
# runs contract.js. Exit status 77: skipped, because npm is not there or cannot fetch it.
set -eu

host=$1 plugins=$2 build=$3
here=$(cd "$(dirname "$0")" && pwd)

if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
	echo "skipped: HubSpot's own client needs npm and node, which are not installed (apt-get install npm)"
	exit 77
fi

mkdir -p "$build"
if ! cmp -s "$here/package-lock.json" "$build/installed.json"; then
	cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$build"
	if ! (cd "$build" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error); then
		echo "skipped: npm could not fetch HubSpot's own client, see above"
		exit 77
	fi
	cp "$here/package-lock.json" "$build/installed.json"
fi
exec node "$here/contract.js" "$host" "$plugins" "$build"
