#!/bin/sh
# conformance_test.sh HOST PLUGIN_DIR: conformance.py against a second sandbox finds nothing, and finds what is different.
set -eu

host=$1 plugins=$2
here=$(cd "$(dirname "$0")" && pwd)
folder=$(mktemp -d)
CONNECTOR_PLUGIN_DIR=$plugins CONNECTOR_LOG_FORMAT=json "$host" sandbox --listen 127.0.0.1:0 2>"$folder/log" &
sandbox=$!
trap 'kill $sandbox; wait $sandbox 2>/dev/null || true; rm -r "$folder"' EXIT

port=
for _ in $(seq 100); do
	port=$(sed -n 's/.*"event":"ready".*127\.0\.0\.1:\([0-9][0-9]*\)".*/\1/p' "$folder/log")
	[ -n "$port" ] && break
	sleep 0.1
done
base="http://127.0.0.1:$port/sandbox"
printf 'pat-na1-conformance\n' >"$folder/token"

control() { curl -sf -o /dev/null -X POST "$base/__control" -d "$1"; }
play() { python3 -B "$here/conformance.py" "$host" --base "$base" --account "$1" --token-file "$folder/token" >"$folder/told" 2>&1; }

# expect STATUS "TEXT" ACCOUNT
expect() {
	status=0
	play "$3" || status=$?
	if [ "$status" != "$1" ] || ! grep -q "$2" "$folder/told"; then
		echo "expected status $1 and \"$2\", found status $status and:"
		cat "$folder/told"
		exit 1
	fi
}

account=$(curl -sf -H 'Authorization: Bearer pat-na1-conformance' "$base/account-info/2026-09/details" |
	sed -n 's/.*"portalId":\([0-9]*\).*/\1/p')
control '{"account": {"accountType": "STANDARD"}}'
expect 2 'is no test account' "$account"
control '{"account": {"accountType": "DEVELOPER_TEST"}}'
expect 2 'this is not account 1' 1
expect 0 ' 0 differ' "$account"
control '{"traces": "strip"}'
expect 1 'DIFFERS batch create, one bad row, trace ids' "$account"
