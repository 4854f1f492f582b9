#!/usr/bin/env python3
"""sdk_readme.py PREFIX COMPILER: carries out sdk/README.md with the tree that is installed at PREFIX.

In the page's order: a block after a line "`NAME`:" is that file; ```sh lines are run, in the folder where the line before them left off
(a "cd" lasts until the next headline), and `hubspot-connector serve` serves, on a port of its own; ```curl lines are called then."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

PREFIX, COMPILER = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2]
README = pathlib.Path(__file__).resolve().parents[2] / "sdk/README.md"
COUNTS = {"sh": 11, "curl": 3, "file": 4}  # what the page has: a block that is not seen any more would not be missed


def steps():
    """[(kind, text)]: kind is a headline's "#", "file NAME", "sh", "curl", or "" for what is only shown."""
    found, name, block, kind = [], None, None, None
    for line in README.read_text(encoding="utf-8").splitlines():
        if block is not None:
            if line == "```":
                found.append((kind, "\n".join(block) + "\n"))
                block = name = None
            else:
                block.append(line)
        elif line.startswith("```"):
            kind, block = f"file {name}" if name else line[3:], []
        elif line.startswith("#"):
            found.append(("#", line))
        else:
            named = re.fullmatch(r"`([A-Za-z_.]+)`:", line)
            name = named.group(1) if named else name if line == "" else None
    return found


class Server:
    def __init__(self, words, folder, environment):
        self.log = open(folder / "serve.log", "wb")
        self.process = subprocess.Popen([*words, "--listen", "127.0.0.1:0"], cwd=folder, env=environment, stderr=self.log)
        self.file = folder / "serve.log"
        for _ in range(600):
            ready = re.search(rb'"event":"ready","address":"([^"]*)"', self.file.read_bytes())
            if ready:
                self.address = ready.group(1).decode()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.process.kill()
        sys.exit(f"{' '.join(words)} did not start:\n{self.file.read_text()}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        self.log.close()
        if code != 0:
            sys.exit(f"the connector ended with {code}:\n{self.file.read_text()}")


def environment():
    found = next(PREFIX.rglob("hubspot-connector.pc"))
    there = dict(os.environ, CC=COMPILER, CONNECTOR_LOG_FORMAT="json", CMAKE_PREFIX_PATH=str(PREFIX))
    there["PATH"] = f"{PREFIX}/bin:{there['PATH']}"
    there["PKG_CONFIG_PATH"] = str(found.parent)
    for name in ("DESTDIR", "CFLAGS", "LDFLAGS"):
        there.pop(name, None)
    return there


def run(line, folder, there):
    done = subprocess.run(["sh", "-euc", line], cwd=folder, env=there, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{line}\n{done.stdout}{done.stderr}")
    return done.stdout


def main():
    there, server, counts = environment(), None, dict.fromkeys(COUNTS, 0)
    with tempfile.TemporaryDirectory() as work:
        home = folder = pathlib.Path(work)
        try:
            for kind, text in steps():
                if kind == "#":
                    folder = home
                elif kind.startswith("file "):
                    counts["file"] += 1
                    (folder / kind[5:]).write_text(text)
                elif kind in ("sh", "curl"):
                    for line in text.splitlines():
                        counts[kind] += 1
                        if line.startswith("cd "):
                            folder = folder / line[3:]
                        elif line.startswith("hubspot-connector serve"):
                            if server:
                                server.stop()
                            server = Server(line.split(), folder, there)
                        elif kind == "curl":
                            wanted = line.replace("curl ", "curl --noproxy '*' -sSf ", 1).replace("localhost:8080", server.address)
                            reply = run(wanted, folder, there)
                            print(reply)
                            assert '"action":"created"' in reply, reply
                        else:
                            run(line, folder, there)
        finally:
            if server:
                server.stop()
    if counts != COUNTS:
        sys.exit(f"sdk/README.md has {counts}, expected {COUNTS}")


main()
