"""Starts and stops what is measured. Everything listens on loopback and ends by its own pid."""
import http.client
import json
import os
import pathlib
import socket
import subprocess
import time

HOME = pathlib.Path(__file__).resolve().parents[2]
BENCH = HOME / "tests/bench"
WORK = HOME / "build/bench"
BIN = WORK / "bin"
CONNECTOR = BIN / "host/hubspot-connector"
LOAD = BIN / "bench_load"
TOKEN = "pat-na1-bench"
MEASURED_CORE, OTHER_CORE = "0", "1"  # the load generator and the sandbox share the other one
START_LIMIT_S, STOP_LIMIT_S = 15, 10


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, method, path, body=None, timeout_s=30):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_s)
    try:
        connection.request(
            method, path, body, {"Content-Type": "application/json", "Authorization": "Bearer " + TOKEN}
        )
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


class Process:
    """One server, pinned to a core, its output in build/bench/logs."""

    def __init__(self, name, words, port, environment=None, core=MEASURED_CORE, folder=None):
        self.name, self.port = name, port
        logs = WORK / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        clean = {"PATH": os.environ["PATH"], "HOME": str(WORK), "LANG": "C.UTF-8"}
        with open(logs / (name.replace(" ", "-") + ".log"), "ab") as log:
            began = time.monotonic()
            self.popen = subprocess.Popen(
                ["taskset", "-c", core, *map(str, words)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**clean, **(environment or {})},
                cwd=folder or WORK,
            )
        try:
            self._wait_until_up(began)
        except BaseException:
            self.stop()
            raise
        self.start_ms = (time.monotonic() - began) * 1000

    def _wait_until_up(self, began):
        while True:
            if self.popen.poll() is not None:
                raise RuntimeError(f"{self.name} ended at its start: see build/bench/logs")
            try:
                if ask(self.port, "GET", "/healthz", timeout_s=5)[0] == 200:
                    return
            except OSError:
                pass
            if time.monotonic() - began > START_LIMIT_S:
                raise RuntimeError(f"{self.name} is not up after {START_LIMIT_S} s: see build/bench/logs")
            time.sleep(0.0005)

    @property
    def pid(self):
        return self.popen.pid  # taskset becomes the program: one and the same process

    def memory_kib(self, what="VmRSS"):
        for line in open(f"/proc/{self.pid}/status"):
            if line.startswith(what + ":"):
                return int(line.split()[1])
        return 0

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(STOP_LIMIT_S)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Sandbox(Process):
    """The upstream all of them share."""

    def __init__(self):
        port = free_port()
        super().__init__(
            "sandbox", [CONNECTOR, "sandbox", "--listen", f"127.0.0.1:{port}"], port, core=OTHER_CORE
        )
        self.base = f"http://127.0.0.1:{port}/sandbox"
        status, _ = ask(port, "POST", "/sandbox/crm/v3/objects/contacts/search", json.dumps({"limit": 1}))
        self.lookup = "search" if status == 200 else "get"

    def prepare(self, limit="off", latency_ms=0):
        wanted = {"reset": True, "limit": limit, "daily": 1000000000, "latency_ms": latency_ms}
        status, body = ask(self.port, "POST", "/sandbox/__control", json.dumps(wanted))
        if status != 200:
            raise RuntimeError(f"the sandbox refused {wanted}: {body!r}")


def connector(sandbox, upsert, limit="off", **more):
    port = free_port()
    environment = {
        "HUBSPOT_PRIVATE_APP_TOKEN": TOKEN,
        "HUBSPOT_BASE_URL": sandbox.base,
        "HUBSPOT_RATE_LIMIT": str(limit),
        "HUBSPOT_UPSERT": upsert,
        "CONNECTOR_ALLOW_ANONYMOUS": "loopback",
        "CONNECTOR_STRICT_PLUGINS": "0",  # root may measure another's checkout
        "CONNECTOR_LOG_FORMAT": "json",
        **more,
    }
    return Process("connector " + upsert, [CONNECTOR, "--listen", f"127.0.0.1:{port}"], port, environment)


def peer_environment(sandbox, limit):
    return {
        "HUBSPOT_PRIVATE_APP_TOKEN": TOKEN,
        "HUBSPOT_BASE_URL": sandbox.base,
        "BENCH_LOOKUP": sandbox.lookup,
        "BENCH_LIMITER": "off" if limit == "off" else "on",
        "NODE_ENV": "production",
        "NODE_PATH": str(WORK / "node_modules"),
    }


def fastapi(sandbox, limit="off"):
    port = free_port()
    words = [
        "/usr/bin/python3",
        "-B",
        "-m",
        "uvicorn",
        "--app-dir",
        BENCH / "peers",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--loop",
        "uvloop",
        "--http",
        "httptools",
        "--no-access-log",
        "--timeout-keep-alive",
        "120",
        "--backlog",
        "8192",
        "fastapi_service:app",
    ]
    return Process("fastapi", words, port, peer_environment(sandbox, limit))


def client(sandbox, limit="off"):
    port = free_port()
    return Process(
        "client", ["node", BENCH / "peers/client.js", port], port, peer_environment(sandbox, limit)
    )


def nginx(sandbox, limit="off"):
    port = free_port()
    folder = WORK / "nginx"
    folder.mkdir(parents=True, exist_ok=True)
    text = (BENCH / "peers/nginx.conf").read_text()
    text = text.replace("127.0.0.1:LISTEN_PORT", f"127.0.0.1:{port}").replace(
        "127.0.0.1:SANDBOX_PORT", f"127.0.0.1:{sandbox.port}"
    )
    (folder / "nginx.conf").write_text(text)
    return Process("nginx", ["nginx", "-p", folder, "-c", folder / "nginx.conf"], port)


def echo(sandbox, limit="off"):
    port = free_port()
    return Process("echo", [BIN / "bench_echo", port], port)


def nightly(sandbox, seconds, kind):
    """The batch script is its own load; it runs on the measured core, to its end."""
    environment = {"PATH": os.environ["PATH"], **peer_environment(sandbox, "off")}
    words = ["taskset", "-c", MEASURED_CORE, "node", BENCH / "peers/nightly.js", str(seconds), kind]
    done = subprocess.run(
        words,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds + 60,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError("nightly.js: " + done.stderr[-600:])
    return json.loads(done.stdout)


def load(*words):
    """Runs the load generator to its end, on this process's own core."""
    words = [str(LOAD), *map(str, words)]
    done = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=400, check=True
    )
    return json.loads(done.stdout)


class Held:
    """Connections that have had one reply each, kept open and idle."""

    def __init__(self, process, connections):
        words = [
            LOAD,
            "--to",
            process.port,
            "--work",
            "page",
            "--connections",
            connections,
            "--rate",
            2500,
            "--seconds",
            60,
            "--hold",
        ]
        self.popen = subprocess.Popen(
            list(map(str, words)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self):
        self.count = json.loads(self.popen.stdout.readline())["held"]
        return self

    def __exit__(self, *_):
        self.popen.stdin.close()
        self.popen.wait(60)
        self.popen.stdout.close()
