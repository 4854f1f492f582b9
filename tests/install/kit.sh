# shellcheck shell=sh
# Sourced by every test of this folder: what an installed tree is tested with.  $1 is the tree's prefix, $2 the C compiler
# of the build that it comes from.  $work is an empty folder, in which the test begins, and which goes with it.
set -eu

prefix=$(realpath "$1")
compiler=$2
# shellcheck disable=SC2034 # for those who source this
here=$(cd "$(dirname "$0")" && pwd)
connector=$prefix/bin/hubspot-connector
export PATH="$prefix/bin:$PATH" CC="$compiler"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name hubspot-connector.pc)")
export PKG_CONFIG_PATH CONNECTOR_LOG_FORMAT=json
unset DESTDIR CFLAGS LDFLAGS CMAKE_PREFIX_PATH CMAKE_GENERATOR
command -v make >/dev/null || export CMAKE_GENERATOR=Ninja

work=$(mktemp -d)
pids=
finish() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf "$work"
}
trap finish EXIT
cd "$work"

fail() {
	for log in "$work"/*.log; do
		[ ! -f "$log" ] || tail -n 40 "$log"
	done
	echo "FAILED: $*"
	exit 1
}

# quietly NAME COMMAND...: its output is in NAME.log, and shown when it fails.
quietly() {
	name=$1
	shift
	"$@" >"$work/$name.log" 2>&1 || fail "$*"
}

# start NAME WORD...: the connector with these words, on a port of its own; its address in $address.
start() {
	name=$1
	shift
	"$connector" "$@" --listen 127.0.0.1:0 2>"$work/$name.log" &
	pid=$!
	pids="$pids $pid"
	tries=0
	address=
	while [ -z "$address" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 600 ] && kill -0 "$pid" 2>/dev/null || fail "$name did not start"
		sleep 0.05
		address=$(sed -n '/"event":"ready"/s/.*"address":"\([^"]*\)".*/\1/p' "$work/$name.log")
	done
}

# stop: ends the one that was started last; well.
stop() {
	kill "$pid"
	wait "$pid" || fail "the connector did not stop well"
	pids=${pids% "$pid"}
	pids=${pids%"$pid"}
}

# call METHOD PATH [BODY]: the reply in $reply, its status in $status.
call() {
	reply=$(curl --noproxy '*' -sS -w '\n%{http_code}' -X "$1" "http://$address$2" ${3+-H 'Content-Type: application/json' -d "$3"}) ||
		fail "$1 $2 got no reply"
	status=${reply##*"
"}
	reply=${reply%"
"*}
}

# expect STATUS TEXT...: the reply has this status, and holds all of these.
expect() {
	[ "$status" = "$1" ] || fail "expected $1, found $status: $reply"
	shift
	for text in "$@"; do
		case "$reply" in
		*"$text"*) ;;
		*) fail "expected $text in: $reply" ;;
		esac
	done
}

# member NAME: the first string of this name in the reply.
member() { printf '%s\n' "$reply" | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# build FOLDER [OPTION...]: as the template's README says.
build() {
	folder=$1
	shift
	quietly configure cmake -S "$folder" -B "$folder/build" "$@"
	quietly build cmake --build "$folder/build" -j 2
}
