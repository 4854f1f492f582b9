#!/bin/sh
# new.sh PREFIX COMPILER: what `plugin new` makes under other names works too, and what it refuses.
. "$(dirname "$0")/kit.sh"

# refuses CODE TEXT WORD...: plugin new with these words is refused, and makes nothing.
refuses() {
	code=$1
	text=$2
	shift 2
	ls -A >before
	found=0
	hubspot-connector plugin new "$@" >said 2>&1 || found=$?
	[ "$found" = "$code" ] || fail "plugin new $*: expected $code, found $found: $(cat said)"
	grep -qF -- "$text" said || fail "plugin new $*: expected $text, found $(cat said)"
	rm said
	[ "$(ls -A)" = "$(cat before)" ] || fail "plugin new $* leaves something behind"
}

touch before
refuses 2 "a plugin's name is" Invoices
refuses 2 "a plugin's name is" ../invoices
refuses 2 'no plugin can be called' test
refuses 2 'there are object and leads' invoices --from nothing
refuses 2 '--singular' people --singular 'a person'
refuses 1 'No such file or directory' invoices --into nowhere
mkdir taken
refuses 1 'it is there already' taken

# Dashes in the name, a singular of its own, another folder.
mkdir plugins
quietly new hubspot-connector plugin new purchase-orders --into plugins
[ -f plugins/purchase-orders/purchase-orders.schema.json ] || fail "no schema file of that name"
! grep -ri invoice plugins/purchase-orders | grep -v hs_invoice_date || fail "an invoice is left"
build plugins/purchase-orders
quietly ctest ctest --test-dir plugins/purchase-orders/build --output-on-failure --no-tests=error

# HubSpot calls an object of an account's own by a number.
quietly new hubspot-connector plugin new people --singular person
sed -i 's/\.hubspot = "people"/.hubspot = "2-123456"/' people/people.c
build people
quietly ctest ctest --test-dir people/build --output-on-failure --no-tests=error
start people serve --sandbox --plugin people/build/people.so
call POST /people '{"number":"A-1"}'
expect 201 '"message":"Person created successfully"' '"hubspot_person_id"'
stop

# Installed, it is found without being named.
cp -r "$prefix" copy
build people -DCMAKE_PREFIX_PATH="$work/copy" --fresh
quietly install cmake --install people/build
quietly check copy/bin/hubspot-connector check --sandbox
grep -q '^plugin people ' "$work/check.log" || fail "an installed plugin is not found"

# The variant of the template's README: a rule that a schema cannot say.
quietly new hubspot-connector plugin new orders
awk '/^```c$/ { inside = 1; next } /^```$/ { inside = 0 } inside' orders/README.md >orders/orders.c
build orders
quietly ctest ctest --test-dir orders/build --output-on-failure --no-tests=error
start orders serve --sandbox --plugin orders/build/orders.so
call POST /orders '{"number":"A-1","issued_at":"2026-09-02","due_date":"2026-09-01"}'
expect 422 '"field":"/due_date"' '"code":"due_before_issued"'
call POST /orders '{"number":"A-1","issued_at":"2026-09-01","due_date":"2026-09-01"}'
expect 201
stop

# -DBUILD_TESTING=OFF: the plugin and nothing else.
quietly new hubspot-connector plugin new plain
build plain -DBUILD_TESTING=OFF
[ -f plain/build/plain.so ] && [ ! -e plain/build/plain_test ] || fail "BUILD_TESTING=OFF leaves no test out"

# Another major version of the interface is no version that would do.
sed -i 's/find_package(hubspot-connector 1.0/find_package(hubspot-connector 2.0/' plain/CMakeLists.txt
rm -r plain/build
! cmake -S plain -B plain/build >cmake.log 2>&1 || fail "another major version is taken"
grep -q 'compatible with requested version "2.0"' cmake.log || fail "what CMake says: $(cat cmake.log)"
