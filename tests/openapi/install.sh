# shellcheck shell=sh
# Sourced: install_tools BUILD_DIR installs what package-lock.json pins into it, once. Exit status 77: skipped, because npm is
# not there or cannot fetch it.

install_tools() {
	if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
		echo "skipped: this test needs npm and node, which are not installed (apt-get install npm)"
		exit 77
	fi
	mkdir -p "$1"
	(
		flock 9
		if cmp -s "$here/package-lock.json" "$1/installed.json"; then
			exit 0
		fi
		cp "$here/package.json" "$here/package-lock.json" "$here/.npmrc" "$1"
		cd "$1"
		npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && cp package-lock.json installed.json
	) 9>"$1/lock" || {
		echo "skipped: npm could not fetch the tools of this test, see above"
		exit 77
	}
}

# serve FOLDER HOST PLUGIN_DIR [OPTION...]: starts the host with the sandbox; its URL in $url, ended by finish.
pid=
serve() {
	log=$1/host.log
	binary=$2 plugins=$3
	shift 3
	rm -f "$log"
	CONNECTOR_LOG_FORMAT=json "$binary" serve --sandbox --listen 127.0.0.1:0 --plugin-dir "$plugins" "$@" 2>"$log" &
	pid=$!
	tries=0
	url=
	while [ -z "$url" ]; do
		tries=$((tries + 1))
		if [ "$tries" -gt 400 ] || ! kill -0 "$pid" 2>/dev/null; then
			echo "the host did not start"
			cat "$log"
			exit 1
		fi
		sleep 0.05
		url=$(sed -n '/"event":"ready"/s/.*"address":"\([^"]*\)".*/http:\/\/\1/p' "$log")
	done
}

finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	[ -z "$pid" ] || wait "$pid" || { echo "the host did not stop well"; tail -n 40 "$log"; exit 1; }
	pid=
}
