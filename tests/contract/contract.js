"use strict";
// node contract.js HOST PLUGIN_DIR LIBRARY: HubSpot's own client, unmodified, against the sandbox that HOST serves.
const { Kit, startSandbox } = require("./kit.js");
const account = require("./account.js");
const objects = require("./objects.js");

async function prepare(kit) {
	const key = [{ name: "contract_key", hasUniqueValue: true }];
	await kit.control({
		reset: true,
		limit: "off",
		search_lag_ms: 0,
		properties: { contacts: key, companies: key, deals: key, tickets: key },
	});
}

// Runs every case, prints one line each; the number of those that failed.
async function runAll(kit) {
	let failures = 0;
	for (const [name, run] of [...objects.cases(), ...account.cases()]) {
		await prepare(kit);
		try {
			await run(kit);
			console.log(`ok       ${name}`);
		} catch (error) {
			failures++;
			console.log(`FAILED   ${name}\n${error.stack}`);
		}
	}
	return failures;
}

async function main([host, pluginDir, library]) {
	const sandbox = await startSandbox(host, pluginDir);
	try {
		const kit = new Kit(sandbox.address, library);
		process.exitCode = (await runAll(kit)) === 0 ? 0 : 1;
	} finally {
		await sandbox.stop();
	}
}

main(process.argv.slice(2)).catch((error) => {
	console.error(error.message);
	process.exitCode = 1;
});
