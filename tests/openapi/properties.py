#!/usr/bin/python3
"""properties.py HOST PLUGIN_DIR BUILD_DIR: what the document says is what the host does. For every operation it sends what
is valid, bodies with one fault, ids that nobody has, bad queries and headers; every reply must have a status, a type and a
body that are documented for it, and none may be a fault of the host's own."""
import atexit, copy, http.client, json, os, re, subprocess, sys, time, urllib.parse

try:
    from jsonschema import Draft202012Validator, RefResolver
except ImportError:
    print("skipped: this test needs jsonschema (apt-get install python3-jsonschema)")
    sys.exit(77)

HOST, PLUGINS, BUILD = sys.argv[1:4]
FOLDER = os.path.join(BUILD, "properties")
UNSOUND = {500, 501, 502}
THROUGH = "hubspot"  # what is below it is HubSpot's, as HubSpot has it
FAULTS_MAX = 14  # properties of a schema that are made wrong
faults = []
sent = 0


class Host:
    """The host, with the sandbox in HubSpot's place."""

    def __init__(self, **environment):
        os.makedirs(FOLDER, exist_ok=True)
        self.log = os.path.join(FOLDER, "host.log")
        environment = {**os.environ, "CONNECTOR_LOG_FORMAT": "json", "HUBSPOT_RATE_LIMIT": "off", **environment}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([HOST, "serve", "--sandbox", "--listen", "127.0.0.1:0", "--plugin-dir", PLUGINS,
                                             "--plugin", os.path.join(PLUGINS, "passthrough.so")], stdout=subprocess.DEVNULL, stderr=log, env=environment)
        atexit.register(self.process.kill)
        self.address = self.wait()
        self.connection = http.client.HTTPConnection(self.address, timeout=60)

    def wait(self):
        for _ in range(600):
            with open(self.log, encoding="utf-8") as log:
                for line in log:
                    if '"event":"ready"' in line:
                        return json.loads(line)["address"]
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        sys.exit("the host did not start: " + open(self.log, encoding="utf-8").read())

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, text)"""
        self.connection.request(method, path, body, headers or {})
        reply = self.connection.getresponse()
        return reply.status, reply.headers, reply.read().decode()

    def stop(self):
        self.connection.close()
        self.process.terminate()
        if self.process.wait(timeout=60) != 0:
            sys.exit("the host did not stop well: " + open(self.log, encoding="utf-8").read()[-4000:])


def resolve(document, value):
    while isinstance(value, dict) and "$ref" in value and value["$ref"].startswith("#/"):
        at = document
        for part in value["$ref"][2:].split("/"):
            at = at[part.replace("~1", "/").replace("~0", "~")]
        value = at
    return value


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


class Judge:
    """Holds replies against what the document says of their operation."""

    def __init__(self, document):
        self.document = document
        self.resolver = RefResolver.from_schema(document)

    def complain(self, method, path, what, status, text):
        faults.append(f"{method} {path}: {what}: {status} {text[:400]}")

    def judge(self, operation, method, path, reply, expected=None, may_time_out=False):
        global sent
        sent += 1
        status, headers, text = reply
        documented = operation["responses"]
        response = documented.get(str(status)) or documented.get(f"{status // 100}XX") or documented.get("default")
        if response is None:
            return self.complain(method, path, "undocumented status", status, text)
        is_through = path.startswith(f"/{THROUGH}/")
        if (status in UNSOUND and not is_through) or (status in (503, 504) and not may_time_out):
            return self.complain(method, path, "a fault of the host's own", status, text)
        if expected is not None and not is_through and status not in expected:
            return self.complain(method, path, f"expected one of {sorted(expected)}", status, text)
        response = resolve(self.document, response)
        if "X-Request-Id" not in headers:
            self.complain(method, path, "no X-Request-Id", status, text)
        self.judge_body(response.get("content"), method, path, status, headers, text)

    def judge_body(self, content, method, path, status, headers, text):
        kind = (headers.get("Content-Type") or "").split(";")[0]
        if content is None:
            if text and status in (204, 304):
                self.complain(method, path, "a body that is not documented", status, text)
            return
        if kind not in content:
            return self.complain(method, path, f"undocumented type {kind}", status, text)
        schema = content[kind].get("schema")
        if kind != "application/json" or schema is None:
            return
        errors = list(Draft202012Validator(schema, resolver=self.resolver).iter_errors(json.loads(text)))
        if errors:
            self.complain(method, path, f"the body is not as documented ({errors[0].message[:200]})", status, text)


def check_examples(document):
    """Every example meets its schema, in bodies, properties and parameters."""
    resolver = RefResolver.from_schema(document)

    def check(schema, example, where):
        for error in Draft202012Validator(schema, resolver=resolver, format_checker=Draft202012Validator.FORMAT_CHECKER).iter_errors(example):
            faults.append(f"example of {where}: {error.message[:200]}")

    def walk(value, where):
        if isinstance(value, dict):
            if "schema" in value and "example" in value:
                check(value["schema"], value["example"], where)
            if isinstance(value.get("examples"), list) and "properties" not in where.rsplit("/", 1)[-1:]:
                for example in value["examples"]:
                    check(value, example, where)
            for name, member in value.items():
                if name not in ("example", "examples", "enum", "const", "default"):
                    walk(member, f"{where}/{name}")
        elif isinstance(value, list):
            for index, member in enumerate(value):
                walk(member, f"{where}/{index}")

    walk(document, "")


def properties_of(document, schema):
    schema = resolve(document, schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found.update(properties_of(document, part))
    return found


def wrong_value(schema):
    """A value that its type does not allow; None: there is none that is surely wrong."""
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    return {} if types and "object" not in types else None


def faulty_bodies(document, schema, good):
    """(what is wrong, body): each has one fault."""
    known = properties_of(document, schema)
    bodies = [("an unknown member", {**good, "no_such_property_": 1})]
    for name in resolve(document, schema).get("required", []):
        bodies.append((f"without {name}", {key: value for key, value in good.items() if key != name}))
    for name, property in list(known.items())[:FAULTS_MAX]:
        property = resolve(document, property)
        wrong = wrong_value(property)
        if wrong is not None:
            bodies.append((f"{name} of a wrong type", {**good, name: wrong}))
        if isinstance(property.get("maxLength"), int) and property["maxLength"] <= 70000:
            bodies.append((f"{name} too long", {**good, name: "x" * (property["maxLength"] + 1)}))
        if property.get("format") == "email":
            bodies.append((f"{name} no address", {**good, name: "nobody"}))
    return bodies


class Prober:
    def __init__(self, host, document):
        self.host, self.document, self.judge = host, document, Judge(document)
        self.ids = {}
        self.count = 0

    # ---- what is valid

    def fresh(self, body):
        """A copy of an example under another key, so that it is nobody else's."""
        self.count += 1
        body = copy.deepcopy(body)
        if "email" in body:
            body["email"] = f"somebody{self.count}@example.com"
        if "domain" in body:
            body["domain"] = f"example{self.count}.com"
        if "inputs" in body:
            body["inputs"] = [self.fresh(one) for one in body["inputs"]]
        return body

    def example(self, operation):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        return content.get("example")

    def make(self, name):
        """A record of this object, to be read and written; its id."""
        operation = self.document["paths"][f"/{name}"]["post"]
        status, _, text = self.host.ask("POST", f"/{name}", json.dumps(self.fresh(self.example(operation))), {"Content-Type": "application/json"})
        if status != 201:
            sys.exit(f"the example of POST /{name} is not taken: {status} {text}")
        return json.loads(text)["id"]

    def known(self, name):
        if name not in self.ids:
            self.ids[name] = self.make(name)
        return self.ids[name]

    def fill(self, path, operation, wrong=None):
        """The path with ids that are there, or with `wrong` in place of the record's."""
        name = path.split("/")[1]
        other = "companies" if name != "companies" else "contacts"
        if name == THROUGH:
            return f"/{THROUGH}/crm/v3/objects/contacts"
        if "{id}" in path and wrong is None:
            wrong = self.make(name) if operation["operationId"].startswith("archive") else self.known(name)
        values = {"object": other, "id": wrong}
        if "{other}" in path:
            values["other"] = self.known(other)
        return re.sub(r"{(\w+)}", lambda match: urllib.parse.quote(values[match.group(1)], safe=""), path)

    def send(self, operation, method, path, body=None, headers=None, expected=None, may_time_out=False):
        all_headers = dict(headers or {})
        if body is not None and "Content-Type" not in all_headers:
            all_headers["Content-Type"] = "application/json"
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        reply = self.host.ask(method, path, text, all_headers)
        self.judge.judge(operation, method, path, reply, expected, may_time_out)
        return reply

    def probe(self, method, path, operation):
        example = self.example(operation)
        body = lambda: None if example is None else self.fresh(example)
        self.probe_valid(method, path, operation, body)
        self.probe_query(method, path, operation, body)
        self.probe_headers(method, path, operation, body)
        self.probe_ids(method, path, operation, body)
        if example is not None:
            self.probe_bodies(method, path, operation, body)
        elif "requestBody" not in operation:
            self.send(operation, method, self.fill(path, operation), {"a": 1}, expected={400})

    def probe_valid(self, method, path, operation, body):
        # /readyz says 503 until HubSpot has told the account
        is_probe = path in ("/healthz", "/readyz")
        for headers in ({}, {"Prefer": "return=representation"}, {"Idempotency-Key": f"key-{method}-{path}"}):
            filled = self.fill(path, operation)
            is_through = path.startswith(f"/{THROUGH}/")  # what HubSpot says of this is HubSpot's
            self.send(operation, method, filled, body(), headers, None if is_through or is_probe else {200, 201, 204}, is_probe)
            if method in ("PUT", "DELETE") and not is_through:
                self.send(operation, method, filled, body(), headers, {200, 204, 404})
        for parameter in operation.get("parameters", []):
            parameter = resolve(self.document, parameter)
            if parameter["in"] == "query" and "enum" in parameter["schema"]:
                for value in parameter["schema"]["enum"]:
                    query = urllib.parse.urlencode({parameter["name"]: value})
                    self.send(operation, method, f"{self.fill(path, operation)}?{query}", body(), None, {200, 201, 204, 404, 207})

    def probe_query(self, method, path, operation, body):
        if path.startswith(f"/{THROUGH}/"):
            return
        names = {resolve(self.document, one)["name"]: resolve(self.document, one)["schema"] for one in operation.get("parameters", [])
                 if resolve(self.document, one)["in"] == "query"}
        if path not in ("/healthz", "/readyz", "/metrics"):
            self.send(operation, method, self.fill(path, operation) + "?no_such_parameter=1", body(), expected={400})
        for name, schema in list(names.items())[:FAULTS_MAX]:
            is_bounded = "enum" in schema or schema.get("type") in ("integer", "number", "boolean") or "format" in schema or name == "after" or "property" in name
            if is_bounded:
                self.send(operation, method, f"{self.fill(path, operation)}?{name}=no%20such%20value", body(), expected={400, 422})
            if schema.get("type") == "integer" and "maximum" in schema:
                self.send(operation, method, f"{self.fill(path, operation)}?{name}={schema['maximum'] + 1}", body(), expected={400})
            self.send(operation, method, f"{self.fill(path, operation)}?{name}=1&{name}=2", body(), expected={400})
        self.send(operation, method, self.fill(path, operation) + "?bad=%zz", body(), expected={400})

    def probe_headers(self, method, path, operation, body):
        names = [resolve(self.document, one)["name"] for one in operation.get("parameters", [])]
        if "X-Request-Timeout-Ms" in names:
            for value in ("0", "soon", "60001"):
                self.send(operation, method, self.fill(path, operation), body(), {"X-Request-Timeout-Ms": value}, {400})
            self.send(operation, method, self.fill(path, operation), body(), {"X-Request-Timeout-Ms": "1"}, None, True)
        if "Idempotency-Key" in names:
            self.send(operation, method, self.fill(path, operation), body(), {"Idempotency-Key": "x" * 256}, {400})
            key = f"reused-{method}-{path}"
            self.send(operation, method, self.fill(path, operation), body(), {"Idempotency-Key": key})
            self.send(operation, method, self.fill(path, operation) + "?again=", body(), {"Idempotency-Key": key}, {422, 400})

    def probe_ids(self, method, path, operation, body):
        if "{id}" not in path:
            return
        self.send(operation, method, self.fill(path, operation, "1/2"), body(), expected={400})  # %2F might be one, or not
        for wrong in ("999999999999", "0", "nobody", "x" * 300):
            expected = {404} if method in ("GET", "PATCH") and path.endswith("{id}") else {404, 204, 200}
            self.send(operation, method, self.fill(path, operation, wrong), body(), expected=expected)
        if "{object}" in path:
            wrong = re.sub(r"{object}", "no_such_object", path)
            self.send(operation, method, self.fill(wrong, operation), expected={404})

    def probe_bodies(self, method, path, operation, body):
        to = lambda: self.fill(path, operation)
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        json_type = {"Content-Type": "application/json"}
        for text in ("", "{", "[1,2", '{"a":1,"a":2}', b'{"a":"\xff"}', "nul"):
            self.send(operation, method, to(), text, json_type, {400})
        for value in ([], "text", 1, None):
            self.send(operation, method, to(), json.dumps(value), json_type, {422})
        for kind in ("text/plain", "application/xml", "application/json; charset=latin1"):
            self.send(operation, method, to(), json.dumps(body()), {"Content-Type": kind}, {415})
        self.send(operation, method, to(), json.dumps(body()), {"Content-Type": "application/json", "Content-Encoding": "gzip"}, {415})
        for what, faulty in faulty_bodies(self.document, schema, body()):
            reply = self.send(operation, method, to(), faulty)
            if reply[0] != 422:
                faults.append(f"{method} {path}: {what}: {reply[0]} {reply[2][:200]}")
        if path.endswith("/batch"):
            part = properties_of(self.document, schema)["inputs"]["items"]
            for what, faulty in faulty_bodies(self.document, part, body()["inputs"][0]):
                self.send(operation, method, to(), {"inputs": [faulty, body()["inputs"][0]]}, None, {207})
            self.send(operation, method, to(), {"inputs": []}, None, {422})
            self.send(operation, method, to(), {"inputs": [1]}, None, {207})


def check_keys(document):
    """With API keys: what is secured wants one, with its scope, and what is open does not."""
    keys = os.path.join(FOLDER, "keys.json")
    if os.path.exists(keys):
        os.remove(keys)
    key = subprocess.run([HOST, "key", "new", "nobody", "--scope", "nothing:read", "--file", keys], check=True, capture_output=True, text=True).stdout.strip()
    host = Host(CONNECTOR_API_KEYS_FILE=keys)
    judge = Judge(document)
    with_key = {"Authorization": f"Bearer {key}"}
    for method, path, operation in operations(document):
        filled = re.sub(r"{\w+}", "1", path)
        is_open = operation["security"] == []
        judge.judge(operation, method, path, host.ask(method, filled), None if is_open else {401}, True)
        is_any = not operation.get("x-required-scopes")
        judge.judge(operation, method, path, host.ask(method, filled, None, with_key), None if is_open or is_any else {403}, True)
        if not is_open and not is_any:
            missing = json.loads(host.ask(method, filled, None, with_key)[2])["errors"][0]["message"]
            if missing != operation["x-required-scopes"][0]:
                faults.append(f"{method} {path}: wants {missing}, documented is {operation['x-required-scopes']}")
    told = json.loads(host.ask("GET", "/openapi.json", None, with_key)[2])
    if any({} in operation["security"] for _, _, operation in operations(told)):
        faults.append("the document says that no key is needed, and one is")
    host.stop()


def main():
    host = Host()
    document = json.loads(host.ask("GET", "/openapi.json")[2])
    check_examples(document)
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    if len(ids) != len(set(ids)):
        faults.append("operationIds come twice")
    prober = Prober(host, document)
    for method, path, operation in operations(document):
        prober.probe(method, path, operation)
    host.stop()
    check_keys(document)
    for fault in faults:
        print(fault)
    print(f"{len(ids)} operations, {sent} requests, {len(faults)} faults")
    sys.exit(1 if faults or sent < 1000 else 0)


main()
