#!/usr/bin/env python3
"""readme_import.py BINARY [ROWS]: the README's import script sends ROWS rows (3,000), 37 of them bad, at HubSpot's limit.

Exactly the 37 are named, sent again nothing is created, and a caller with one contact a second hardly notices.
"""
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

BAD, LIMIT_S, LONE_P95_S = 37, 90, 2
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def start(words, environment):
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True,
                               env={"CONNECTOR_LOG_FORMAT": "json", "PATH": os.environ["PATH"], **environment})
    for line in process.stderr:
        found = re.search(r'"event":"ready".*?"address":"127\.0\.0\.1:(\d+)', line)
        if found:
            threading.Thread(target=process.stderr.read, daemon=True).start()
            return process, int(found[1])
    sys.exit(f"{words} did not start")


def ask(port, method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"})
    reply = connection.getresponse()
    text = reply.read()
    return reply.status, json.loads(text) if text else None


def script(folder):
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        found = re.search(r"```python\n(.*?)```", file.read(), re.S)
    path = os.path.join(folder, "import.py")
    with open(path, "w", encoding="utf-8") as file:
        file.write(found[1])
    return path


def rows_file(folder, count):
    bad = {round((at + 0.5) * count / BAD) for at in range(BAD)}
    path = os.path.join(folder, "rows.csv")
    with open(path, "w", encoding="utf-8") as file:
        file.write("email,firstname,city\n")
        for number in range(count):
            email = f"nobody {number}" if number in bad else f"import.{number}@example.com"
            file.write(f"{email},Person {number},\"Linz, Österreich\"\n")
    return path, {number + 2 for number in bad}  # the first line has the names


class Lone(threading.Thread):
    """One contact a second."""

    def __init__(self, port):
        super().__init__()
        self.port, self.is_over, self.took_s, self.wrong = port, threading.Event(), [], []

    def run(self):
        while not self.is_over.wait(1):
            begin = time.monotonic()
            status, reply = ask(self.port, "POST", "/contacts", {"email": f"lone.{len(self.took_s)}@example.com"})
            self.took_s.append(time.monotonic() - begin)
            if status not in (200, 201):
                self.wrong.append(reply)


def send(path, rows, port):
    begin = time.monotonic()
    done = subprocess.run([sys.executable, path, rows], capture_output=True, text=True, check=True,
                          env={"CONNECTOR": f"127.0.0.1:{port}", "PATH": os.environ["PATH"]})
    named = {int(number) for number in re.findall(r"^line (\d+):", done.stdout, re.M)}
    counts = dict((word, int(number)) for word, number in re.findall(r"'(\w+)': (\d+)", done.stderr))
    return named, counts, time.monotonic() - begin


def check(what, is_so):
    print(("ok      " if is_so else "FAILED  ") + what)
    return is_so


def main():
    binary, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3000
    sandbox, upstream = start([binary, "sandbox", "--listen", "127.0.0.1:0"], {})
    host, port = start([binary, "--listen", "127.0.0.1:0"], {
        "HUBSPOT_BASE_URL": f"http://127.0.0.1:{upstream}/sandbox", "HUBSPOT_PRIVATE_APP_TOKEN": "pat-na1-import",
        "CONNECTOR_ALLOW_ANONYMOUS": "loopback", "CONNECTOR_STRICT_PLUGINS": "0", "HUBSPOT_UPSERT": "native"})
    is_good = True
    try:
        ask(upstream, "POST", "/sandbox/__control", {"limit": 190, "latency_ms": 120})
        with tempfile.TemporaryDirectory() as folder:
            path, (rows, bad) = script(folder), rows_file(folder, count)
            lone = Lone(port)
            lone.start()
            for time_of in ("created", "updated"):
                named, counts, took_s = send(path, rows, port)
                is_good &= check(f"{count} rows in {took_s:.1f} s: {counts}", took_s <= LIMIT_S and counts[time_of] == count - BAD)
                is_good &= check("exactly the bad ones are named", named == bad)
            lone.is_over.set()
            lone.join()
        p95_s = sorted(lone.took_s)[int(len(lone.took_s) * 0.95)]
        is_good &= check(f"{len(lone.took_s)} lone contacts, p95 {p95_s:.3f} s, {lone.wrong}", p95_s <= LONE_P95_S and not lone.wrong)
        calls = ask(upstream, "GET", "/sandbox/__state")[1]["by_status"]
        is_good &= check(f"HubSpot's statuses: {calls}", calls.get("429", 0) == 0)
    finally:
        for process in (host, sandbox):
            process.terminate()
            process.wait()
    return 0 if is_good else 1


sys.exit(main())
