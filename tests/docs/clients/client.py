import json, os, time, urllib.error, urllib.request, uuid

def call(method, path, body=None, tries=5):
    """The reply's JSON. What is retryable is sent again, after Retry-After, under the same Idempotency-Key."""
    headers = {"Content-Type": "application/json", "X-API-Key": os.environ["CONNECTOR_KEY"], "Idempotency-Key": str(uuid.uuid4())}
    body = None if body is None else json.dumps(body).encode()
    while True:
        request = urllib.request.Request(os.environ["CONNECTOR"] + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.loads(reply.read() or b"null")
        except urllib.error.HTTPError as error:
            problem, tries = json.load(error), tries - 1
            if not problem["retryable"] or tries == 0:
                raise RuntimeError(problem)
            time.sleep(int(error.headers.get("Retry-After", 1)))

print(call("POST", "/contacts", {"email": "ada@example.com", "firstname": "Ada"})["action"])
