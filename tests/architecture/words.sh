#!/bin/sh
# What must not stand in the sources: banned functions, and words that tell of unfinished work.
. "$(dirname "$0")/kit.sh"

# Functions that banned.h poisons for the host, and some more; here for plugins, the SDK and tests too.
# (The brackets keep these lines from finding themselves.)
FUNCTIONS='str(cp[y]|ca[t]|ncp[y]|nca[t]|to[k])|st[p]cpy|v?sprint[f]|ge[t]s|ato[ifl]l?|(gm|local)tim[e]|[ac]sctim[e]|ctim[e]|allo[c]a|mktem[p]|tmpna[m]'
NO_SHELL='syste[m]|pope[n]' # a test may start one
WORDS='TO[D]O|FIX[M]E|XX[X]|HAC[K]|not (yet )?implemente[d]'

# calls FUNCTIONS FOLDER...: one fault for each line that calls one of them. A member of that name is none.
calls() {
	functions=$1
	shift
	# shellcheck disable=SC2046 # a list of files
	grep -nE "(^|[^A-Za-z0-9_.>\"])($functions)[[:space:]]*\(" $(sources "$@") /dev/null |
		sed -E 's/^([^:]*:[0-9]+):.*/\1: a banned function/'
}

check() {
	cd "$1"
	calls "$FUNCTIONS" host plugins sdk tests
	calls "$NO_SHELL" host plugins sdk
	find README.md CMakeLists.txt etc host plugins sdk tests -type f ! -name '*.jsonl' ! -name '*.csv' \
		-exec grep -nEI "(^|[^A-Za-z])($WORDS)([^A-Za-z]|\$)" {} /dev/null \; |
		sed -E 's/^([^:]*:[0-9]+):.*/\1: unfinished work/'
}

good() {
	put README.md 'All is done.'
	put CMakeLists.txt ''
	put host/a.c 'int f(void) { return snprintf(a, 1, "x"), strtok_r(0), gmtime_r(0), table->system(0), fgets(0); }'
	put tests/b.c 'int f(void) { return sys''tem(a); }'
	put plugins/p.c '/* a mastodon is not a word of it */'
	mkdir -p etc sdk tests
}

selftest() {
	for call in str''cpy str''ncat s''printf vs''printf str''tok ato''i gm''time as''ctime ge''ts allo''ca; do
		put tests/a.c "int f(void) { return $call (a, b); }"
		finds 'tests/a.c:1: a banned function'
	done
	put host/b.c "int f(void) { return po""pen(a, b); }"
	finds 'host/b.c:1: a banned function'
	put plugins/a.c "	str""cat(a, b);"
	finds 'plugins/a.c:1: a banned function'
	for word in TO''DO FIX''ME XX''X 'not imple''mented' 'not yet imple''mented'; do
		put etc/run "# $word: this"
		finds 'etc/run:1: unfinished work'
	done
}

run "$@"
