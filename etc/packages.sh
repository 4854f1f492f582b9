# shellcheck shell=sh
# Sourced by etc/quickstart and tests/run: install_packages NAME... installs the Debian packages
# that are missing, and says which. Without root it prints the line to type, and stops.

install_packages() {
	missing=
	for package in "$@"; do
		if ! dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed'; then
			missing="$missing $package"
		fi
	done
	if [ -z "$missing" ]; then
		return 0
	fi
	if [ "$(id -u)" != 0 ]; then
		echo "These packages are missing; as root, type:" >&2
		echo "  apt-get update && apt-get install -y$missing" >&2
		exit 1
	fi
	echo "Installing:$missing"
	# shellcheck disable=SC2086 # a list of words
	if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null 2>&1; then
		apt-get update -qq
		DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
	fi
}

# What it takes to fetch the files of /docs; any other npm does as well.
DOCS_PACKAGES="nodejs npm"
# What it takes to test them, and clients in other languages.
DOCS_TEST_PACKAGES="chromium php-cli python3-jsonschema"

# What it takes to build the host and its plugins.
BUILD_PACKAGES="gcc libc6-dev cmake ninja-build pkg-config libevent-dev libcurl4-openssl-dev libssl-dev libjansson-dev libpcre2-dev libidn2-dev libelf-dev uthash-dev ca-certificates"
