#!/bin/sh
# The tree is what the README's map says: what it names exists, every folder is named, nothing else
# lies at the top.
. "$(dirname "$0")/kit.sh"

TOP='.ci .clang-format .editorconfig .env.example .gitignore CMakeLists.txt CMakePresets.json LICENSE README.md etc host plugins sdk tests'

# The names of the map as paths. A line has names, separated by one space, then two spaces and words.
named() {
	awk '/^## The map/ { here = 1 } here && /^```/ { if (inside) exit; inside = 1; next }
		here && inside && NF {
			line = $0
			indented = sub(/^ +/, "", line)
			sub(/  .*/, "", line)
			count = split(line, names, " ")
			if (!indented) folder = names[1]
			for (i = 1; i <= count; i++) print (indented ? folder : "") names[i]
		}' README.md
}

check() {
	cd "$1"
	map=$(named)
	[ -n "$map" ] || echo "README.md: no map"
	for path in $map; do
		case "$path" in
		*/) [ -d "$path" ] || echo "README.md: no folder $path" ;;
		*) [ -f "$path" ] || echo "README.md: no file $path" ;;
		esac
	done
	for folder in */ etc/*/ host/*/ plugins/*/ sdk/*/ tests/*/; do
		case "$folder" in
		*'*'* | build/ | build-*/) continue ;;
		esac
		printf '%s\n' "$map" | grep -qxF "$folder" || echo "README.md: $folder is not on the map"
	done
	for name in $(ls -A); do
		case " $TOP .git .env build " in
		*" $name "*) ;;
		*) case "$name" in build-*) ;; *) echo "$name: does not belong at the top" ;; esac ;;
		esac
	done
}

good() {
	put README.md '# x

## The map

```
README.md            this page
LICENSE CMakeLists.txt
host/                it
  main.c               wires
  base/                layer 0, see x/ there
  http/ hubspot/       layer 2
tests/
  run                  all
```

```
nothing/   of the map
```'
	put LICENSE x
	put CMakeLists.txt x
	put host/main.c x
	put tests/run x
	put .gitignore /build/
	put .env SECRET=1
	mkdir -p host/base host/http host/hubspot build/x build-x
}

selftest() {
	mkdir host/extra
	finds 'README.md: host/extra/ is not on the map'
	rmdir host/hubspot
	finds 'README.md: no folder host/hubspot/'
	rm host/main.c
	finds 'README.md: no file host/main.c'
	put stray.txt x
	finds 'stray.txt: does not belong at the top'
	put README.md '# x'
	rm -r host tests
	finds 'README.md: no map'
}

run "$@"
