#!/bin/sh
# browser.sh HOST PLUGIN_DIR BUILD_DIR: /docs in headless Chromium, see browser.js. Its screenshots are in BUILD_DIR.
set -eu

host=$1 plugins=$2 build=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/install.sh"
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
if [ -z "$chromium" ]; then
	echo "skipped: this test needs a Chromium, which is not installed (apt-get install chromium)"
	exit 77
fi
if [ ! -f "$(dirname "$host")/docs/swagger-ui-bundle.js" ]; then
	echo "skipped: the files of /docs did not come with this build (npm was not there, or could not fetch them)"
	exit 77
fi
install_tools "$build"
cd "$build"
trap finish EXIT

serve "$build" "$host" "$plugins"
NODE_PATH=$build/node_modules node "$here/browser.js" "$chromium" "$url" open

finish
rm -f keys.json
key=$("$host" key new browser --scope 'contacts:write' --scope 'contacts:read' --file keys.json 2>/dev/null | grep -o 'hsc_[A-Za-z0-9_-]*' | head -n 1)
[ -n "$key" ] || { echo "no key was made"; exit 1; }
CONNECTOR_API_KEYS_FILE=$build/keys.json
export CONNECTOR_API_KEYS_FILE
serve "$build" "$host" "$plugins"
NODE_PATH=$build/node_modules node "$here/browser.js" "$chromium" "$url" "$key"
