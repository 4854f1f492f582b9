#!/bin/sh
# sdk_readme.sh BINARY: carries out sdk/README.md. Its files are written as they stand there, its ```sh
# lines build the plugins, the host loads them, its ```curl lines are called.
set -eu

binary=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
export SDK="$root/sdk"
readme=$SDK/README.md
work=$(mktemp -d)
pid=
finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
cd "$work"

fail() {
	echo "$*"
	[ ! -f log ] || cat log
	exit 1
}

# A line `NAME`: names the file that the next block is.
awk '/^`[A-Za-z_.]+`:$/ { name = substr($0, 2, length($0) - 3); next }
	/^```$/ && name != "" && !inside { inside = 1; next }
	/^```$/ && inside { inside = 0; name = ""; next }
	inside { print > name }' "$readme"
block() { awk -v kind="\`\`\`$1" '$0 == kind { inside = 1; next } /^```$/ { inside = 0 } inside' "$readme"; }

block sh >build.sh
[ "$(grep -c . build.sh)" = 4 ] || fail "sdk/README.md has other build lines than before"
sh -eu build.sh >build.log 2>&1 || fail "$(cat build.log)"
[ -f build/products.so ] && [ -f products.so ] && [ -f signups.so ] || fail "not all plugins were built"

# serve PRODUCTS.so: starts the host; its address in $address.
serve() {
	"$binary" serve --sandbox --listen 127.0.0.1:0 --plugin "$1" --plugin signups.so 2>log &
	pid=$!
	tries=0
	address=
	while [ -z "$address" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] && kill -0 "$pid" 2>/dev/null || fail "the host did not start"
		sleep 0.05
		address=$(sed -n '/"event":"ready"/s/.*"address":"\([^"]*\)".*/\1/p' log)
	done
}

export CONNECTOR_LOG_FORMAT=json
for products in build/products.so ./products.so; do
	serve "$products"
	block curl | sed "s|curl |curl --noproxy '*' -sS |; s|localhost:8080|$address|; s|\$|; echo|" >call.sh
	sh -eu call.sh >replies
	cat replies
	grep -q '"message":"Product created successfully","hubspot_product_id":"[0-9]*","id":"[0-9]*","action":"created"' replies ||
		fail "the product was not created"
	grep -q '"hubspot_contact_id":"[0-9]*","id":"[0-9]*","action":"created"' replies || fail "nobody signed up"
	kill "$pid"
	wait "$pid" || fail "the host did not stop well"
	pid=
done
