"use strict";
// What the cases share: the sandbox in a process of its own, HubSpot's client towards it, and a short way to
// expect an error.
const assert = require("node:assert/strict");
const { spawn } = require("node:child_process");
const { createRequire } = require("node:module");
const path = require("node:path");

const START_LIMIT_MS = 20000;

// The sandbox, started; `address` is its own. Ends with stop().
function startSandbox(host, pluginDir) {
	const child = spawn(host, ["sandbox", "--listen", "127.0.0.1:0", "--plugin-dir", pluginDir], {
		env: { ...process.env, CONNECTOR_LOG_FORMAT: "json" },
		stdio: ["ignore", "pipe", "pipe"],
	});
	let log = "";
	const ready = new Promise((resolve, reject) => {
		const late = setTimeout(() => reject(new Error(`the sandbox did not start:\n${log}`)), START_LIMIT_MS);
		const read = (bytes) => {
			log += bytes;
			const line = log.split("\n").find((text) => /"ready"/.test(text) && /127\.0\.0\.1:\d+/.test(text));
			if (line) {
				clearTimeout(late);
				resolve(`http://${line.match(/127\.0\.0\.1:\d+/)[0]}/sandbox`);
			}
		};
		child.stdout.on("data", read);
		child.stderr.on("data", read);
		child.on("exit", (code) => reject(new Error(`the sandbox ended with ${code}:\n${log}`)));
	});
	const stop = () =>
		new Promise((resolve) => {
			child.removeAllListeners("exit");
			child.on("exit", resolve);
			child.kill("SIGTERM");
		});
	return ready.then((address) => ({ address, stop }));
}

class Kit {
	constructor(address, library) {
		this.address = address;
		this.hubspot = createRequire(path.join(library, "package.json"))("@hubspot/api-client");
		this.client = this.makeClient();
		this.crm = this.client.crm;
	}

	makeClient(options = {}) {
		return new this.hubspot.Client({
			accessToken: "pat-na1-contract",
			basePath: this.address,
			numberOfApiCallRetries: 0,
			...options,
		});
	}

	async control(members) {
		const reply = await fetch(`${this.address}/__control`, { method: "POST", body: JSON.stringify(members) });
		assert.equal(reply.status, 200, await reply.text());
	}

	async state() {
		return (await fetch(`${this.address}/__state`)).json();
	}
}

// The error of a call that must fail with `code`.
async function refused(code, promise) {
	try {
		await promise;
	} catch (error) {
		assert.equal(error.code, code, `${error}`);
		return error;
	}
	assert.fail(`expected a ${code}`);
}

// The values of `key` in a list, sorted.
function sorted(list, key) {
	return list.map(key).sort();
}

module.exports = { Kit, startSandbox, refused, sorted };
