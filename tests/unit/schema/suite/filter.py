#!/usr/bin/env python3
"""filter.py HSC-CHECK SUITE: the official suite, line by line through `hsc-check --validate`, and lines that are none.

Prints each test that fails; exit code 1 if one does."""

import glob
import json
import os
import subprocess
import sys

DRAFT = "tests/draft2020-12"
HOST = "http://localhost:1234"


class Filter:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "--validate"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask_raw(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().decode()
        if not answer.endswith("\n"):
            sys.exit("it has ended at %r" % line[:200])
        return answer[:-1]

    def ask(self, question):
        return self.ask_raw(json.dumps(question, ensure_ascii=False).encode("utf-8", "surrogatepass"))

    def end(self):
        self.process.stdin.close()
        return self.process.wait() == 0 and self.process.stdout.read() == b""


def read(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def add_remotes(filter, suite):
    root = os.path.join(suite, "remotes")
    for path in sorted(glob.glob(root + "/**/*.json", recursive=True)):
        answer = filter.ask({"remote": HOST + path[len(root):], "schema": read(path)})
        if answer != "ok":
            yield "%s: %s" % (path, answer)


def run(filter, paths, asserts_format):
    for path in sorted(paths):
        for case in read(path):
            for test in case["tests"]:
                answer = filter.ask({"schema": case["schema"], "data": test["data"], "format": asserts_format})
                if answer != str(test["valid"]).lower():
                    yield "%s: %s, %s: %s" % (os.path.basename(path), case["description"], test["description"], answer)


# A line, and how its answer begins.
LINES = [
    (b"", "error no JSON"),
    (b"{", "error no JSON"),
    (b"\xff\xfe", "error no JSON"),
    (b"nul\x00l", "error no JSON"),
    (b"[" * 3000, "error no JSON"),
    (b"[]", "error expected an object"),
    (b"5", "error expected an object"),
    (b"{}", "error expected an object"),
    (b'{"schema":{}}', "error expected an object"),
    (b'{"schema":5,"data":1}', "error #: must be a schema"),
    (b'{"schema":{"pattern":"("},"data":1}', 'error #/pattern: "(" is no pattern'),
    (b'{"schema":{"properties":{"a\\nb":{"type":5}}},"data":1}', "error #/properties/a b/type"),
    (b'{"schema":{"$ref":"#"},"data":1}', "error the value is nested too deeply"),
    (b'{"schema":{"$ref":"http://nowhere/"},"data":1}', "error #/$ref"),
    (b'{"schema":{"type":"string","minLength":3},"data":"a\\u0000b"}', "true"),
    (b'{"schema":{"const":"a\\u0000b"},"data":"a\\u0000c"}', "false"),
    (b'{"schema":{"type":"integer"},"data":123456789012345678901234567890}', "true"),
    (b'{"schema":{"maximum":18446744073709551615},"data":18446744073709551600}', "true"),
    (b'{"schema":{"type":"number"},"data":1e400}', "error no JSON"),
    (b'{"schema":false,"data":null}', "false"),
    (b'{"schema":{"format":"ipv4"},"data":"x","format":true}', "false"),
    (b'{"schema":{"format":"ipv4"},"data":"x"}', "true"),
    (b'{"remote":5,"schema":{}}', "error expected a URI"),
    (b'{"remote":"urn:x"}', "error expected a URI"),
    (b'{"remote":"x","schema":{}}', "error"),
    (b'{"remote":"urn:x","schema":5}', "error urn:x#: must be a schema"),
    (b'{"remote":"urn:x","schema":{"type":"null"}}', "ok"),
    (b'{"schema":{"$ref":"urn:x"},"data":1}', "false"),
    (b'{"remote":"urn:x","schema":{"type":"integer"}}', "ok"),
    (b'{"schema":{"$ref":"urn:x"},"data":1}', "true"),
    (b'{"schema":{"items":{"$ref":"#"}},"data":' + b"[" * 900 + b"]" * 900 + b"}", "true"),
    (b'{"schema":{"items":{"$ref":"#"}},"data":' + b"[" * 1500 + b"]" * 1500 + b"}", "error the value is nested"),
    (b'{"schema":' + b'{"not":' * 1000 + b"{}" + b"}" * 1000 + b',"data":1}', "error #"),
    (b'{"schema":{"maxLength":9000000},"data":"' + b"a" * 9000001 + b'"}', "false"),
    (b'{"schema":{"uniqueItems":true},"data":[' + b"1," * 300000 + b"1]}", "false"),
]


def run_lines(filter):
    for line, expected in LINES:
        answer = filter.ask_raw(line)
        if not answer.startswith(expected):
            yield "%r: %s, not %s" % (line[:100], answer, expected)


def main(program, suite):
    filter = Filter(program)
    folder = os.path.join(suite, DRAFT)
    failures = list(add_remotes(filter, suite))
    failures += run(filter, glob.glob(folder + "/*.json"), False)
    failures += run(filter, glob.glob(folder + "/optional/format/*.json"), True)
    failures += run_lines(filter)
    if not filter.end():
        failures.append("it has not ended well")
    for failure in failures:
        print(failure)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
