'use strict';
// What a good engineer writes for a nightly file: 100 rows a call with batch/upsert, HubSpot's own client,
// paced a little below the limit. It knows all its rows beforehand, and nobody waits for a reply.
//
//   nightly.js SECONDS limited|raw    prints one JSON object
const http = require('node:http');
const { Client } = require('@hubspot/api-client');

const seconds = Number(process.argv[2]);
const isLimited = process.argv[3] !== 'raw';
const base = process.env.HUBSPOT_BASE_URL;
const ROWS = 100;
const AT_ONCE = 6;
const RECORDS_MOST = 100000; // the sandbox holds 200,000: after that the first ones are written again

const batches = new Client({
	accessToken: process.env.HUBSPOT_PRIVATE_APP_TOKEN,
	basePath: base,
	numberOfApiCallRetries: 6,
	httpAgent: new http.Agent({ keepAlive: true }),
	limiterOptions: isLimited ? { minTime: 10000 / 185, maxConcurrent: AT_ONCE } : undefined,
}).crm.contacts.batchApi;

const written = new Map(); // address -> the lastname it must have
let rowsDone = 0;
let calls = 0;
let wrong = 0;
let nextRow = 0;

function makeBatch() {
	const inputs = [];
	for (let i = 0; i < ROWS; i++, nextRow++) {
		const number = nextRow % RECORDS_MOST;
		const email = `b${String(number).padStart(7, '0')}@bench.example.com`;
		inputs.push({
			id: email,
			idProperty: 'email',
			properties: {
				email, firstname: 'John', lastname: `Doe ${number} r${Math.floor(nextRow / RECORDS_MOST)}`,
				phone: `+49 30 ${String(number).padStart(7, '0')}`, company: 'Example Corp',
				jobtitle: 'Head of Purchasing', website: 'https://www.example.com/', address: 'Unter den Linden 77',
				city: 'Berlin', state: 'Berlin', zip: '10117', country: 'Germany',
				message: 'Asked for a call back about the spring offer.',
			},
		});
	}
	return inputs;
}

async function send(until) {
	while (Date.now() < until) {
		const inputs = makeBatch();
		const reply = await batches.upsert({ inputs });
		calls++;
		wrong += reply.results.length === inputs.length ? 0 : 1;
		inputs.forEach((row) => written.set(row.id, row.properties.lastname));
		rowsDone += Date.now() <= until ? inputs.length : 0;
	}
}

async function verify() {
	const state = await (await fetch(`${base}/__state/contacts`)).json();
	let right = 0;
	for (const { properties } of state.results) {
		right += written.get(properties.email) === properties.lastname ? 1 : 0;
	}
	const counts = await (await fetch(`${base}/__state`)).json();
	return { right, faults: Math.max(state.results.length, written.size) - right, counts };
}

async function main() {
	const warm = Date.now() + (isLimited ? 0 : 1000);
	await Promise.all(Array.from({ length: AT_ONCE }, () => send(warm)));
	rowsDone = 0;
	const before = process.cpuUsage();
	await Promise.all(Array.from({ length: AT_ONCE }, () => send(Date.now() + seconds * 1000)));
	const used = process.cpuUsage(before);
	const main = {
		seconds, good: rowsDone, per_second: rowsDone / seconds,
		cpu_us_per_record: (used.user + used.system) / Math.max(1, rowsDone),
	};
	console.log(JSON.stringify({ main, calls, wrong, sandbox: await verify() }));
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
