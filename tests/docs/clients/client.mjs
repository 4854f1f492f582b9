import { randomUUID } from "node:crypto";

/* The reply's JSON. What is retryable is sent again, after Retry-After, under the same Idempotency-Key. */
async function call(method, path, body, tries = 5) {
	const headers = { "Content-Type": "application/json", "X-API-Key": process.env.CONNECTOR_KEY, "Idempotency-Key": randomUUID() };
	while (true) {
		const reply = await fetch(process.env.CONNECTOR + path, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(30000) });
		const text = await reply.text();
		const told = text === "" ? null : JSON.parse(text);
		if (reply.ok) {
			return told;
		}
		if (!told.retryable || --tries === 0) {
			throw Object.assign(new Error(told.message), { problem: told });
		}
		await new Promise((done) => setTimeout(done, 1000 * (reply.headers.get("Retry-After") ?? 1)));
	}
}

console.log((await call("POST", "/contacts", { email: "ada@example.com", firstname: "Ada" })).action);
