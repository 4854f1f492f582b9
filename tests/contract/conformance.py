#!/usr/bin/env python3
"""Plays the same exchanges with a HubSpot test account and with the sandbox, and prints what differs.

    conformance.py BINARY --account ID --token-file FILE    what HubSpot does that the sandbox does not, and the reverse
    conformance.py BINARY --base URL --account ID --token-file FILE      against something else than api.hubapi.com

BINARY is hubspot-connector, whose sandbox is started for this. ID is the account's: the script reads whose the token is,
and writes only when it is that account, and a test account. What it creates is named conformance-..., and archived at
the end. Exit status: 0 nothing differs, 1 something does, 2 it could not be tried.
"""
import argparse
import json
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request

TEST_ACCOUNTS = ("DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER", "TEST")
OBJECTS = "/crm/objects/2026-09"
PAUSE_S, SEARCH_PATIENCE_S = 0.15, 30

# name, method, path, body, what to remember of the reply {name: path}, properties that are looked at
STEPS = [
    ("create a contact", "POST", OBJECTS + "/contacts",
     {"properties": {"email": "{mark}@example.com", "firstname": "Ada"}}, {"contact": "id"}, ["email", "firstname"]),
    ("create it again", "POST", OBJECTS + "/contacts", {"properties": {"email": "{mark}@example.com"}}, {}, []),
    ("read it", "GET", OBJECTS + "/contacts/{contact}?properties=email,firstname,phone", None, {}, ["email", "firstname", "phone"]),
    ("read it by its address", "GET", OBJECTS + "/contacts/{mark}@example.com?idProperty=email&properties=email", None, {}, ["email"]),
    ("read nobody", "GET", OBJECTS + "/contacts/1", None, {}, []),
    ("change it", "PATCH", OBJECTS + "/contacts/{contact}", {"properties": {"firstname": "Grace"}}, {}, ["firstname"]),
    ("clear a property", "PATCH", OBJECTS + "/contacts/{contact}", {"properties": {"firstname": ""}}, {}, ["firstname"]),
    ("an unknown property", "PATCH", OBJECTS + "/contacts/{contact}", {"properties": {"conformance_none": "1"}}, {}, []),
    ("a wrong address", "POST", OBJECTS + "/contacts", {"properties": {"email": "nonsense"}}, {}, []),
    ("a wrong option", "PATCH", OBJECTS + "/contacts/{contact}", {"properties": {"hs_lead_status": "nonsense"}}, {}, []),
    ("malformed JSON", "POST", OBJECTS + "/contacts", "{", {}, []),
    ("no such type", "GET", OBJECTS + "/nonsense_type/1", None, {}, []),
    ("batch create, one bad row, trace ids", "POST", OBJECTS + "/contacts/batch/create",
     {"inputs": [{"objectWriteTraceId": "a", "properties": {"email": "{mark}-a@example.com"}},
                 {"objectWriteTraceId": "b", "properties": {"email": "nonsense"}}]}, {"second": "results.0.id"}, ["email"]),
    ("batch create, a conflict, trace ids", "POST", OBJECTS + "/contacts/batch/create",
     {"inputs": [{"objectWriteTraceId": "a", "properties": {"email": "{mark}-a@example.com"}}]}, {}, []),
    ("batch create, a bad row, no trace ids", "POST", OBJECTS + "/contacts/batch/create",
     {"inputs": [{"properties": {"email": "nonsense"}}]}, {}, []),
    ("batch read by address, one unknown", "POST", OBJECTS + "/contacts/batch/read",
     {"idProperty": "email", "properties": ["email"],
      "inputs": [{"id": "{mark}@example.com"}, {"id": "{mark}-none@example.com"}]}, {}, ["email"]),
    ("batch update, trace ids, one unknown", "POST", OBJECTS + "/contacts/batch/update",
     {"inputs": [{"id": "{contact}", "objectWriteTraceId": "a", "properties": {"city": "Rome"}},
                 {"id": "1", "objectWriteTraceId": "b", "properties": {"city": "Rome"}}]}, {}, ["city"]),
    ("batch update, the same twice", "POST", OBJECTS + "/contacts/batch/update",
     {"inputs": [{"id": "{contact}", "properties": {"city": "Rome"}}, {"id": "{contact}", "properties": {"city": "Oslo"}}]}, {}, []),
    ("batch upsert by address", "POST", OBJECTS + "/contacts/batch/upsert",
     {"inputs": [{"id": "{mark}@example.com", "idProperty": "email", "objectWriteTraceId": "a",
                  "properties": {"email": "{mark}@example.com", "city": "Turin"}}]}, {}, ["city"]),
    ("batch upsert by a property that is not unique", "POST", OBJECTS + "/contacts/batch/upsert",
     {"inputs": [{"id": "Turin", "idProperty": "city", "properties": {"city": "Turin"}}]}, {}, []),
    ("create a company", "POST", OBJECTS + "/companies",
     {"properties": {"name": "{mark}", "domain": "{mark}.example.com"}}, {"company": "id"}, ["name", "domain"]),
    ("create it again: HubSpot has no unique domains", "POST", OBJECTS + "/companies",
     {"properties": {"name": "{mark}", "domain": "{mark}.example.com"}}, {"company2": "id"}, ["name", "domain"]),
    ("a company of nothing", "POST", OBJECTS + "/companies", {"properties": {}}, {}, []),
    ("a deal without a stage", "POST", OBJECTS + "/deals", {"properties": {"dealname": "{mark}"}}, {"deal0": "id"}, []),
    ("create a deal", "POST", OBJECTS + "/deals",
     {"properties": {"dealname": "{mark}", "dealstage": "appointmentscheduled", "amount": "1500.50",
                     "closedate": "2026-12-24T10:30:00Z"}}, {"deal": "id"}, ["dealname", "dealstage", "amount", "closedate"]),
    ("a number that is none", "PATCH", OBJECTS + "/deals/{deal}", {"properties": {"amount": "much"}}, {}, []),
    ("a date-time without a zone", "PATCH", OBJECTS + "/deals/{deal}", {"properties": {"closedate": "2026-12-24T10:30:00"}}, {}, []),
    ("a stage of nowhere", "PATCH", OBJECTS + "/deals/{deal}", {"properties": {"dealstage": "nowhere"}}, {}, []),
    ("create a ticket", "POST", OBJECTS + "/tickets",
     {"properties": {"subject": "{mark}", "hs_pipeline_stage": "1"}}, {"ticket": "id"}, ["subject", "hs_pipeline_stage"]),
    ("link", "PUT", OBJECTS + "/contacts/{contact}/associations/default/companies/{company}", None, {}, []),
    ("link in a batch, one unknown", "POST", "/crm/associations/2026-09/contacts/companies/batch/associate/default",
     {"inputs": [{"from": {"id": "{contact}"}, "to": {"id": "{company}"}}, {"from": {"id": "{contact}"}, "to": {"id": "1"}}]}, {}, []),
    ("what is linked", "GET", OBJECTS + "/contacts/{contact}/associations/companies", None, {}, []),
    ("search, a page too large", "POST", OBJECTS + "/contacts/search", {"limit": 1000}, {}, []),
    ("search, an unknown property", "POST", OBJECTS + "/contacts/search",
     {"filterGroups": [{"filters": [{"propertyName": "conformance_none", "operator": "EQ", "value": "1"}]}]}, {}, []),
    ("search", "POST", OBJECTS + "/companies/search",
     {"filterGroups": [{"filters": [{"propertyName": "domain", "operator": "IN", "values": ["{mark}.example.com"]}]}],
      "properties": ["domain"], "limit": 10}, {}, ["domain"]),
    ("one definition", "GET", "/crm/properties/2026-09/contacts/email", None, {}, []),
    ("an unknown definition", "GET", "/crm/properties/2026-09/contacts/conformance_none", None, {}, []),
    ("owners", "GET", "/crm/owners/2026-09?limit=1", None, {}, []),
    ("archive", "DELETE", OBJECTS + "/contacts/{second}", None, {}, []),
    ("archive again", "DELETE", OBJECTS + "/contacts/{second}", None, {}, []),
    ("read what is archived", "GET", OBJECTS + "/contacts/{second}", None, {}, []),
    ("change what is archived", "PATCH", OBJECTS + "/contacts/{second}", {"properties": {"city": "Rome"}}, {}, []),
]
LEFT = [("contacts", "contact"), ("companies", "company"), ("companies", "company2"), ("deals", "deal"), ("deals", "deal0"),
        ("tickets", "ticket")]


class Side:
    def __init__(self, name, base, token):
        self.name, self.base, self.token = name, base, token
        self.known = {"mark": "conformance-" + secrets.token_hex(4)}

    def fill(self, value):
        if isinstance(value, str):
            return re.sub(r"\{(\w+)\}", lambda found: self.known.get(found[1], "0"), value)
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if isinstance(value, dict):
            return {name: self.fill(item) for name, item in value.items()}
        return value

    def ask(self, method, path, body=None):
        time.sleep(0 if "//127.0.0.1" in self.base else PAUSE_S)
        body = self.fill(body)
        text = body if isinstance(body, str) else json.dumps(body)
        request = urllib.request.Request(self.base + self.fill(path), text.encode() if body is not None else None,
                                         {"Authorization": "Bearer " + self.token, "Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return reply.status, json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                return error.code, json.loads(text or b"null")
            except ValueError:
                return error.code, {"not JSON": text[:80].decode(errors="replace")}

    def play(self, step):
        name, method, path, body, remember, _ = step
        status, reply = self.ask(method, path, body)
        end = time.monotonic() + SEARCH_PATIENCE_S
        while name == "search" and not (reply or {}).get("results") and time.monotonic() < end:
            time.sleep(1)
            status, reply = self.ask(method, path, body)
        for key, place in remember.items():
            found = reply
            for part in place.split("."):
                found = found[int(part)] if isinstance(found, list) and found else found.get(part) if isinstance(found, dict) else None
            if isinstance(found, str):
                self.known[key] = found
        return status, reply

    def clean(self):
        for kind, name in LEFT:
            if name in self.known:
                self.ask("DELETE", f"{OBJECTS}/{kind}/{{{name}}}")


def text_form(text, side):
    for name, value in side.known.items():
        text = text.replace(value, "{" + name + "}")
    text = re.sub(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", "UUID", text)
    text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME", text)
    return re.sub(r"\d+", "#", text)


def forms(value, side, looked_at, place="reply"):
    """{place: form} of all that a client could rely on."""
    if isinstance(value, dict):
        found = {}
        for name, item in value.items():
            if place.endswith(".properties") and name not in looked_at:
                continue
            found.update(forms(item, side, looked_at, f"{place}.{name}"))
        return found or {place: "{}"}
    if isinstance(value, list):
        found = {place + ".length": str(len(value))}
        for item in value[:2]:
            found.update(forms(item, side, looked_at, place + "[]"))
        return found
    return {place: text_form(value, side) if isinstance(value, str) else type(value).__name__}


def compare(step, replies, sides):
    """Lines that tell what differs."""
    lines = []
    (ours, theirs), (left, right) = replies, sides
    if ours[0] != theirs[0]:
        lines.append(f"status {theirs[0]} at {right.name}, {ours[0]} at the sandbox")
    a, b = forms(ours[1], left, step[5]), forms(theirs[1], right, step[5])
    for place in sorted(a.keys() | b.keys()):
        if a.get(place) != b.get(place):
            lines.append(f"{place}: {b.get(place, 'absent')} at {right.name}, {a.get(place, 'absent')} at the sandbox")
    return lines


def start_sandbox(binary):
    process = subprocess.Popen([binary, "sandbox", "--listen", "127.0.0.1:0"], stderr=subprocess.PIPE, text=True,
                               env={"CONNECTOR_LOG_FORMAT": "json", "PATH": "/usr/bin:/bin"})
    for line in process.stderr:
        found = re.search(r'"event":"ready".*?"address":"127\.0\.0\.1:(\d+)', line)
        if found:
            return process, f"http://127.0.0.1:{found[1]}/sandbox"
    sys.exit("the sandbox did not start")


def check_account(side, account):
    status, details = side.ask("GET", "/account-info/2026-09/details")
    if status != 200:
        sys.exit(f"{side.name} refuses the token: {status} {details}")
    print(f"account {details.get('portalId')}, {details.get('accountType')}")
    if str(details.get("portalId")) != account:
        sys.exit(f"this is not account {account}: nothing was written")
    if details.get("accountType") not in TEST_ACCOUNTS:
        sys.exit(f"account {account} is no test account: nothing was written")


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("binary")
    words.add_argument("--base", default="https://api.hubapi.com")
    words.add_argument("--account", required=True)
    words.add_argument("--token-file", required=True)
    given = words.parse_args()
    with open(given.token_file, encoding="ascii") as file:
        target = Side("HubSpot", given.base, file.read().strip())
    check_account(target, given.account)
    process, base = start_sandbox(given.binary)
    sides = (Side("the sandbox", base, "pat-na1-conformance"), target)
    differing = 0
    try:
        for step in STEPS:
            lines = compare(step, [side.play(step) for side in sides], sides)
            differing += bool(lines)
            print("same    " if not lines else "DIFFERS ", step[0], *("\n           " + line for line in lines), sep="")
    finally:
        target.clean()
        process.terminate()
        process.wait()
    print(f"{len(STEPS)} exchanges, {differing} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            sys.exit(2)
        raise
