#!/bin/sh
# from_package.sh PREFIX COMPILER: from an installed tree only, in an empty folder, to an invoice that is served: under one minute.
. "$(dirname "$0")/kit.sh"

began=$(date +%s)
quietly new hubspot-connector plugin new invoices
cd invoices
build .
quietly ctest ctest --test-dir build --output-on-failure --no-tests=error
quietly hsc-check hsc-check build/invoices.so
cd build
start invoices serve --sandbox --plugin ./invoices.so
call POST /invoices '{"number":"A-1","amount":99.95,"issued_at":"2026-09-01"}'
expect 201 '"message":"Invoice created successfully"' '"action":"created"'
call GET "/invoices/$(member hubspot_invoice_id)"
expect 200 '"number":"A-1"' '"amount":99.95' '"issued_at":"2026-09-01"'
took=$(($(date +%s) - began))
stop

# A machine that has more to do than its cores can is given the time that it has to share.
allowed=$(awk -v cores="$(nproc)" '{ print int(60 * ($1 > cores ? $1 / cores : 1)) }' /proc/loadavg)
echo "from nothing to a served invoice in $took s, of $allowed s"
[ "$took" -lt "$allowed" ] || fail "that is more than a minute"
