#!/bin/sh
# leads.sh PREFIX COMPILER: the template leads, from an installed tree, and live against the sandbox.
. "$(dirname "$0")/kit.sh"

quietly new hubspot-connector plugin new prospects --from leads
! grep -riw leads prospects || fail "leads are left"
quietly new hubspot-connector plugin new leads --from leads
build leads
quietly ctest ctest --test-dir leads/build --output-on-failure --no-tests=error
quietly hsc-check hsc-check leads/build/leads.so

start sandbox sandbox
sandbox=$address
control() {
	curl --noproxy '*' -fsS -o /dev/null -H 'Content-Type: application/json' -d "$1" "http://$sandbox/sandbox/__control" || fail "control $1"
}
# holds PATH TEXT: what HubSpot has there.
holds() {
	found=$(curl --noproxy '*' -sS -H 'Authorization: Bearer pat-na1-leads' "http://$sandbox/sandbox$1")
	case "$found" in
	*"$2"*) ;;
	*) fail "expected $2 in $1: $found" ;;
	esac
}
# records: how many there are alive, by type.
records() { curl --noproxy '*' -sS "http://$sandbox/sandbox/__state" | sed -n 's/.*"records":\({[^}]*}\).*/\1/p'; }

export HUBSPOT_BASE_URL="http://$sandbox/sandbox" HUBSPOT_PRIVATE_APP_TOKEN=pat-na1-leads CONNECTOR_ALLOW_ANONYMOUS=loopback
start leads serve --plugin leads/build/leads.so

lead() { printf '{"contact":{"email":"%s"},"company":{"domain":"%s"},"deal":{"name":"%s","amount":48000}}' "$1" "$2" "$3"; }

# All three, linked.
call POST /leads "$(lead ada@example.com example.com Engine)"
expect 201 '"status":"success"' '"contact":{"status":"success"' '"company":{"status":"success"' '"deal":{"status":"success"'
deal=$(printf '%s' "$reply" | sed -n 's/.*"deal":{"status":"success","id":"\([0-9]*\)".*/\1/p')
contact=$(printf '%s' "$reply" | sed -n 's/.*"contact":{"status":"success","id":"\([0-9]*\)".*/\1/p')
company=$(printf '%s' "$reply" | sed -n 's/.*"company":{"status":"success","id":"\([0-9]*\)".*/\1/p')
holds "/crm/v3/objects/deals/$deal?properties=dealname,dealstage,amount&associations=contacts,companies" '"dealname":"Engine"'
holds "/crm/v3/objects/deals/$deal?properties=dealstage" '"dealstage":"appointmentscheduled"'
holds "/crm/v3/objects/deals/$deal?associations=contacts" "\"id\":\"$contact\""
holds "/crm/v3/objects/deals/$deal?associations=companies" "\"id\":\"$company\""

# A domain that two companies have: which one is meant? The rest is done, and each part says what became of it.
control '{"search_lag_ms":0}'
control '{"seed":[{"type":"companies","properties":{"domain":"twins.example"}},{"type":"companies","properties":{"domain":"twins.example"}}]}'
call POST /leads "$(lead bea@example.com twins.example 'Second engine')"
expect 207 '"status":"partial"' '"contact":{"status":"success"' '"code":"ambiguous_key"' '"deal":{"status":"success"'
deal=$(printf '%s' "$reply" | sed -n 's/.*"deal":{"status":"success","id":"\([0-9]*\)".*/\1/p')
contact=$(printf '%s' "$reply" | sed -n 's/.*"contact":{"status":"success","id":"\([0-9]*\)".*/\1/p')
holds "/crm/v3/objects/deals/$deal?associations=contacts" "\"id\":\"$contact\""

# The client leaves while HubSpot takes its time: it is finished.
control '{"latency_ms":400}'
curl --noproxy '*' -sS --max-time 0.3 -o /dev/null -H 'Content-Type: application/json' -d "$(lead cleo@example.com leaves.example 'Third engine')" \
	"http://$address/leads" 2>/dev/null && fail "the client did not leave"
tries=0
until records | grep -q '"deals":3'; do
	tries=$((tries + 1))
	[ "$tries" -lt 300 ] || fail "what the client has left is not finished: $(records)"
	sleep 0.1
done
control '{"latency_ms":0}'
call GET '/contacts/cleo@example.com?id_property=email'
expect 200
call GET /metrics
expect 200 'connector_plugin_received_total{plugin="leads"} 3'
stop
