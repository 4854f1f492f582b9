#!/bin/sh
# quickstart.sh BINARY: the demonstration of etc/quickstart shows one contact being created, then updated.
set -eu

binary=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
shown=$(cd / && "$root/etc/quickstart" --once --binary "$binary")
printf '%s\n' "$shown"

replies=$(printf '%s\n' "$shown" | grep -o '"action":"[a-z]*"' | tr '\n' ' ')
if [ "$replies" != '"action":"created" "action":"updated" ' ]; then
	echo "quickstart showed: $replies"
	exit 1
fi
if "$root/etc/quickstart" --once --binary /bin/false >/dev/null 2>&1; then
	echo "quickstart does not notice a connector that does not start"
	exit 1
fi
