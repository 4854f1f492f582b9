#!/usr/bin/env python3
"""clients.py BINARY: the clients of the README, and they are those of tests/docs/clients, do what they say: each creates a
contact, sends again what is refused as retryable (after Retry-After, under the same Idempotency-Key), and gives up on what is
not. The refusals come from a stand-in before the connector; the rest is the connector's own."""
import http.client, http.server, json, os, pathlib, re, shutil, subprocess, sys, tempfile, threading, time

BINARY = sys.argv[1]
HERE = pathlib.Path(__file__).resolve().parent
PROGRAMS = {"client.py": ("python3", "python"), "client.php": ("php", "php"), "client.mjs": ("node", "js")}


class Front(http.server.BaseHTTPRequestHandler):
    """Refuses the first two of every client's requests as an overloaded connector does, and passes the rest on."""
    upstream, seen, last = "", [], 0.0
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        Front.seen.append((time.monotonic(), self.headers["Idempotency-Key"], self.headers["X-API-Key"]))
        if len(Front.seen) <= 2:
            return self.reply(503, json.dumps({"status": "error", "code": "busy", "message": "later", "retryable": True}).encode(), [("Retry-After", "1")])
        connection = http.client.HTTPConnection(Front.upstream, timeout=30)
        connection.request("POST", self.path, body, {"Content-Type": "application/json", "Idempotency-Key": self.headers["Idempotency-Key"]})
        reply = connection.getresponse()
        self.reply(reply.status, reply.read(), [])

    def reply(self, status, text, headers):
        self.send_response(status)
        for name, value in [("Content-Type", "application/json"), ("Content-Length", str(len(text))), ("Connection", "close")] + headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


def serve(folder):
    log = open(os.path.join(folder, "log"), "wb")
    process = subprocess.Popen([BINARY, "serve", "--sandbox", "--listen", "127.0.0.1:0"], stderr=log, env={**os.environ, "CONNECTOR_LOG_FORMAT": "json"})
    for _ in range(400):
        for line in open(log.name, encoding="utf-8"):
            if '"event":"ready"' in line:
                return process, json.loads(line)["address"]
        time.sleep(0.05)
    sys.exit("the connector did not start: " + open(log.name, encoding="utf-8").read())


def run(program, file, address):
    environment = {**os.environ, "CONNECTOR": f"http://{address}", "CONNECTOR_KEY": "hsc_key", "no_proxy": "*"}
    return subprocess.run([program, file], env=environment, capture_output=True, text=True, timeout=60)


def check(file, program, expected, front, work):
    Front.seen = []
    done = run(program, file, front)
    assert done.returncode == 0 and done.stdout.strip() == expected, f"{file}: {done.stdout} {done.stderr}"
    times, keys, api_keys = zip(*Front.seen)
    assert len(times) == 3 and len(set(keys)) == 1 and set(api_keys) == {"hsc_key"}, f"{file}: {Front.seen}"
    assert times[1] - times[0] >= 0.9 and times[2] - times[1] >= 0.9, f"{file} does not wait: {times}"
    wrong = os.path.join(work, "wrong" + os.path.splitext(file)[1])
    pathlib.Path(wrong).write_text(pathlib.Path(file).read_text(encoding="utf-8").replace("ada@example.com", "nobody"), encoding="utf-8")
    Front.seen = [None, None]
    done = run(program, wrong, front)
    assert done.returncode != 0 and len(Front.seen) == 3, f"{wrong} tries again what is no good: {Front.seen}"
    assert "validation_failed" in done.stdout + done.stderr or "no valid contact" in done.stdout + done.stderr, f"{wrong}: {done.stderr}"


def main():
    readme = (HERE.parent.parent / "README.md").read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as work:
        process, Front.upstream = serve(work)
        front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        threading.Thread(target=front.serve_forever, daemon=True).start()
        try:
            expected = "created"
            for name, (program, language) in PROGRAMS.items():
                text = (HERE / "clients" / name).read_text(encoding="utf-8")
                assert len(text.splitlines()) <= 22, f"{name} has grown"
                blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme, re.S | re.M)
                assert text in blocks, f"README.md has another {name}"
                if shutil.which(program) is None:
                    print(f"{name} left out: {program} is not installed")
                    continue
                check(str(HERE / "clients" / name), program, expected, "127.0.0.1:%d" % front.server_address[1], work)
                print(f"{name}: good")
                expected = "updated"
        finally:
            front.shutdown()
            process.terminate()
            assert process.wait(timeout=60) == 0, "the connector did not stop well"


main()
