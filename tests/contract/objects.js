"use strict";
// One record and many, of the four types.
const assert = require("node:assert/strict");
const { refused, sorted } = require("./kit.js");

let counter = 0;

const types = {
	contacts: {
		fresh: () => ({ email: `c${++counter}@example.com`, firstname: "Ada" }),
		change: { lastname: "Lovelace" },
		bad: { email: "nonsense" },
	},
	companies: {
		fresh: () => ({ name: `Company ${++counter}`, domain: `d${counter}.example` }),
		change: { city: "Rom" },
		bad: { industry: "Nonsense" },
	},
	deals: {
		fresh: () => ({ dealname: `Deal ${++counter}`, dealstage: "appointmentscheduled", amount: "1500.00" }),
		change: { dealstage: "closedwon" },
		bad: { amount: "much" },
	},
	tickets: {
		fresh: () => ({ subject: `Ticket ${++counter}`, hs_pipeline_stage: "1", hs_ticket_priority: "HIGH" }),
		change: { hs_pipeline_stage: "4" },
		bad: { hs_ticket_priority: "Nonsense" },
	},
};

async function one(kit, name, { fresh, change, bad }) {
	const { basicApi } = kit.crm[name];
	const properties = fresh();
	const created = await basicApi.create({ properties, associations: [] });
	assert.match(created.id, /^\d+$/);
	assert.ok(created.createdAt instanceof Date);
	assert.equal(created.archived, false);
	for (const [key, value] of Object.entries(properties)) {
		assert.equal(created.properties[key], value);
	}
	const wanted = Object.keys({ ...properties, ...change });
	const read = await basicApi.getById(created.id, wanted);
	assert.equal(read.id, created.id);
	const [key, value] = Object.entries(change)[0];
	assert.notEqual(read.properties[key], value);
	const updated = await basicApi.update(created.id, { properties: change });
	assert.equal(updated.properties[key], value);
	assert.equal((await basicApi.getById(created.id, wanted)).properties[key], value);

	const error = await refused(400, basicApi.update(created.id, { properties: bad }));
	assert.equal(error.body.category, "VALIDATION_ERROR");
	assert.equal(error.body.errors[0].context.propertyName[0], Object.keys(bad)[0]);
	const unknown = await refused(400, basicApi.create({ properties: { ...fresh(), nonsense: "1" }, associations: [] }));
	assert.equal(unknown.body.errors[0].code, "PROPERTY_DOESNT_EXIST");

	await basicApi.archive(created.id);
	await refused(404, basicApi.getById(created.id));
	const archived = await basicApi.getById(created.id, undefined, undefined, undefined, true);
	assert.equal(archived.archived, true);
	assert.ok(archived.archivedAt instanceof Date);
	await refused(404, basicApi.getById("1"));
}

async function pages(kit, name, { fresh }) {
	const { basicApi, batchApi } = kit.crm[name];
	const inputs = Array.from({ length: 23 }, () => ({ properties: fresh(), associations: [] }));
	const made = await batchApi.create({ inputs });
	assert.equal(made.results.length, 23);
	const ids = new Set();
	let after;
	let count = 0;
	do {
		const page = await basicApi.getPage(10, after);
		page.results.forEach((record) => ids.add(record.id));
		count += page.results.length;
		after = page.paging?.next?.after;
	} while (after !== undefined);
	assert.equal(ids.size, count);
	made.results.forEach((record) => assert.ok(ids.has(record.id)));
	const all = await kit.crm[name].getAll();
	assert.equal(all.length, count);
}

async function batches(kit, name, { fresh, change, bad }) {
	const { batchApi } = kit.crm[name];
	const inputs = [0, 1, 2].map((at) => ({ objectWriteTraceId: `t${at}`, properties: fresh(), associations: [] }));
	const created = await batchApi.create({ inputs });
	assert.equal(created.status, "COMPLETE");
	assert.deepEqual(sorted(created.results, (record) => record.objectWriteTraceId), ["t0", "t1", "t2"]);
	const ids = created.results.map((record) => record.id);
	const [key, value] = Object.entries(change)[0];

	const read = await batchApi.read({
		inputs: [...ids, "1"].map((id) => ({ id })),
		properties: Object.keys(change),
		propertiesWithHistory: [],
	});
	assert.deepEqual(sorted(read.results, (record) => record.id), [...ids].sort());
	assert.equal(read.numErrors, 1);
	assert.deepEqual(read.errors[0].context.ids, ["1"]);

	const updated = await batchApi.update({ inputs: ids.map((id) => ({ id, properties: change })) });
	updated.results.forEach((record) => assert.equal(record.properties[key], value));
	const mixed = await batchApi.create({
		inputs: [
			{ objectWriteTraceId: "good", properties: fresh(), associations: [] },
			{ objectWriteTraceId: "bad", properties: { ...fresh(), ...bad }, associations: [] },
		],
	});
	assert.deepEqual(mixed.results.map((record) => record.objectWriteTraceId), ["good"]);
	assert.deepEqual(mixed.errors[0].context.objectWriteTraceId, ["bad"]);
	await refused(400, batchApi.create({ inputs: [{ properties: bad, associations: [] }] }));
	await refused(400, batchApi.update({ inputs: [0, 1].map(() => ({ id: ids[0], properties: change })) }));

	await batchApi.archive({ inputs: ids.map((id) => ({ id })) });
	const gone = await batchApi.read({ inputs: ids.map((id) => ({ id })), properties: [], propertiesWithHistory: [] });
	assert.equal(gone.results.length, 0);
}

async function upserts(kit, name, { fresh, change }) {
	const { batchApi } = kit.crm[name];
	const [key, value] = Object.entries(change)[0];
	const rows = ["k1", "k2"].map((id) => ({
		id: `${name}-${id}`,
		idProperty: "contract_key",
		objectWriteTraceId: id,
		properties: fresh(),
	}));
	const first = await batchApi.upsert({ inputs: rows });
	assert.deepEqual(first.results.map((record) => record._new), [true, true]);
	const second = await batchApi.upsert({ inputs: rows.map((row) => ({ ...row, properties: change })) });
	assert.deepEqual(second.results.map((record) => record._new), [false, false]);
	const idOf = (reply, trace) => reply.results.find((record) => record.objectWriteTraceId === trace).id;
	assert.equal(idOf(first, "k1"), idOf(second, "k1"));
	second.results.forEach((record) => assert.equal(record.properties[key], value));
}

async function searches(kit, name, { fresh }) {
	const { batchApi, searchApi } = kit.crm[name];
	const label = { contacts: "firstname", companies: "name", deals: "dealname", tickets: "subject" }[name];
	const mark = `Needle${name}`;
	const inputs = [3, 1, 2].map((at) => ({ properties: { ...fresh(), [label]: `${mark} ${at}` }, associations: [] }));
	await batchApi.create({ inputs });
	const request = {
		filterGroups: [{ filters: [{ propertyName: label, operator: "CONTAINS_TOKEN", value: mark }] }],
		sorts: [label],
		properties: [label],
		limit: 2,
	};
	const page = await searchApi.doSearch(request);
	assert.equal(page.total, 3);
	assert.deepEqual(page.results.map((record) => record.properties[label]), [`${mark} 1`, `${mark} 2`]);
	const rest = await searchApi.doSearch({ ...request, after: page.paging.next.after });
	assert.deepEqual(rest.results.map((record) => record.properties[label]), [`${mark} 3`]);
	assert.equal(rest.paging, undefined);
	const words = await searchApi.doSearch({ query: mark, limit: 10, properties: [label] });
	assert.equal(words.total, 3);
	const error = await refused(400, searchApi.doSearch({ ...request, limit: 1000 }));
	assert.equal(error.body.category, "VALIDATION_ERROR");
}

function cases() {
	const list = [];
	for (const [name, type] of Object.entries(types)) {
		const add = (what, run) => list.push([`${name}: ${what}`, (kit) => run(kit, name, type)]);
		add("create, read, update, archive, 400, 404", one);
		add("lists and pages", pages);
		add("five batches", batches);
		add("upsert", upserts);
		add("search", searches);
	}
	return list;
}

module.exports = { cases, types };
