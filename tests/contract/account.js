"use strict";
// What surrounds the records: associations, properties, pipelines, owners, and refusals.
const assert = require("node:assert/strict");
const { refused, sorted } = require("./kit.js");
const { types } = require("./objects.js");

async function create(kit, name) {
	return (await kit.crm[name].basicApi.create({ properties: types[name].fresh(), associations: [] })).id;
}

async function links(kit) {
	const { basicApi } = kit.crm.associations.v4;
	const contact = await create(kit, "contacts");
	const others = ["companies", "deals", "tickets"];
	for (const other of others) {
		const id = await create(kit, other);
		const made = await basicApi.createDefault("contacts", contact, other, id);
		assert.equal(made.results.length, 2);
		const page = await basicApi.getPage("contacts", contact, other);
		assert.equal(String(page.results[0].toObjectId), id);
		const back = await basicApi.getPage(other, id, "contacts");
		assert.equal(String(back.results[0].toObjectId), contact);
	}
	const read = await kit.crm.contacts.basicApi.getById(contact, undefined, undefined, others);
	assert.deepEqual(Object.keys(read.associations).sort(), others);
	const company = read.associations.companies.results[0].id;
	await basicApi.archive("contacts", contact, "companies", company);
	assert.equal((await basicApi.getPage("contacts", contact, "companies")).results.length, 0);
	await refused(404, basicApi.createDefault("contacts", contact, "companies", "1"));
}

async function labels(kit) {
	const { basicApi, schema } = kit.crm.associations.v4;
	const made = await schema.definitionsApi.create("contacts", "companies", { label: "Chief", name: "chief" });
	const { typeId } = made.results[0];
	const [contact, company] = [await create(kit, "contacts"), await create(kit, "companies")];
	const spec = [{ associationCategory: "USER_DEFINED", associationTypeId: typeId }];
	const written = await basicApi.create("contacts", contact, "companies", company, spec);
	assert.deepEqual(written.labels, ["Chief"]);
	const page = await basicApi.getPage("contacts", contact, "companies");
	assert.ok(page.results[0].associationTypes.some((type) => type.label === "Chief" && type.typeId === typeId));
	const known = await schema.definitionsApi.getAll("contacts", "companies");
	assert.ok(known.results.some((type) => type.label === "Chief"));
	await schema.definitionsApi.remove("contacts", "companies", typeId);
}

async function linkBatches(kit) {
	const { batchApi } = kit.crm.associations.v4;
	const company = await create(kit, "companies");
	const contacts = [await create(kit, "contacts"), await create(kit, "contacts")];
	const inputs = contacts.map((id) => ({ _from: { id }, to: { id: company } }));
	const made = await batchApi.createDefault("contacts", "companies", { inputs });
	assert.equal(made.results.length, 4);
	const read = await batchApi.getPage("contacts", "companies", { inputs: contacts.map((id) => ({ id })) });
	assert.deepEqual(sorted(read.results, (row) => row._from.id), [...contacts].sort());
	read.results.forEach((row) => assert.equal(String(row.to[0].toObjectId), company));
	await batchApi.archive("contacts", "companies", {
		inputs: [{ _from: { id: contacts[0] }, to: [{ id: company }] }],
	});
	const after = await batchApi.getPage("contacts", "companies", { inputs: contacts.map((id) => ({ id })) });
	assert.equal(after.results.length, 1);
	assert.equal(after.errors[0].subCategory, "crm.associations.NO_ASSOCIATIONS_FOUND");
}

async function inlineLinks(kit) {
	const contact = await create(kit, "contacts");
	const deal = await kit.crm.deals.basicApi.create({
		properties: types.deals.fresh(),
		associations: [
			{ to: { id: contact }, types: [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 3 }] },
		],
	});
	const read = await kit.crm.deals.basicApi.getById(deal.id, undefined, undefined, ["contacts"]);
	assert.equal(read.associations.contacts.results[0].id, contact);
}

async function properties(kit, name) {
	const { coreApi, batchApi, groupsApi } = kit.crm.properties;
	const all = await coreApi.getAll(name);
	assert.ok(all.results.length > 50);
	const group = await groupsApi.create(name, { name: "contract_group", label: "Contract", displayOrder: 1 });
	assert.equal(group.name, "contract_group");
	const shape = { label: "Colour", type: "enumeration", fieldType: "select", groupName: "contract_group" };
	const red = { label: "Red", value: "red", displayOrder: 0, hidden: false };
	const made = await coreApi.create(name, { ...shape, name: "contract_colour", options: [red] });
	assert.equal(made.options[0].value, "red");
	const error = await refused(409, coreApi.create(name, { ...shape, name: "contract_colour", options: [red] }));
	assert.equal(error.body.category, "OBJECT_ALREADY_EXISTS");
	const changed = await coreApi.update(name, "contract_colour", { label: "Color" });
	assert.equal(changed.label, "Color");
	const record = await kit.crm[name].basicApi.create({
		properties: { ...types[name].fresh(), contract_colour: "red" },
		associations: [],
	});
	assert.equal(record.properties.contract_colour, "red");
	const read = await batchApi.read(name, { archived: false, inputs: [{ name: "contract_colour" }] });
	assert.equal(read.results[0].label, "Color");
	await coreApi.archive(name, "contract_colour");
	await refused(404, coreApi.getByName(name, "contract_colour"));
	await groupsApi.archive(name, "contract_group");
}

async function pipelines(kit) {
	const { pipelinesApi, pipelineStagesApi } = kit.crm.pipelines;
	const deals = await pipelinesApi.getAll("deals");
	assert.equal(deals.results[0].id, "default");
	assert.equal(deals.results[0].stages.length, 7);
	const tickets = await pipelinesApi.getById("tickets", "0");
	assert.deepEqual(tickets.stages.map((stage) => stage.id), ["1", "2", "3", "4"]);
	const stage = await pipelineStagesApi.getById("deals", "default", "closedwon");
	assert.equal(stage.metadata.probability, "1.0");
	const made = await pipelinesApi.create("deals", {
		label: "Renewals",
		displayOrder: 1,
		stages: [{ label: "Open", displayOrder: 0, metadata: { probability: "0.5" } }],
	});
	const deal = { dealname: "R", pipeline: made.id, dealstage: made.stages[0].id };
	await kit.crm.deals.basicApi.create({ properties: deal, associations: [] });
	await refused(400, kit.crm.deals.basicApi.create({ properties: { ...deal, dealstage: "closedwon" }, associations: [] }));
	await refused(404, pipelinesApi.getById("deals", "nowhere"));
}

async function owners(kit) {
	const { ownersApi } = kit.crm.owners;
	const page = await ownersApi.getPage();
	assert.equal(page.results.length, 2);
	const owner = page.results[0];
	assert.equal((await ownersApi.getById(Number(owner.id))).email, owner.email);
	const byEmail = await ownersApi.getPage(owner.email);
	assert.equal(byEmail.results[0].id, owner.id);
	const contact = await kit.crm.contacts.basicApi.create({
		properties: { ...types.contacts.fresh(), hubspot_owner_id: owner.id },
		associations: [],
	});
	assert.equal(contact.properties.hubspot_owner_id, owner.id);
}

async function conflicts(kit) {
	const contact = types.contacts.fresh();
	const { basicApi, batchApi } = kit.crm.contacts;
	const first = await basicApi.create({ properties: contact, associations: [] });
	const error = await refused(409, basicApi.create({ properties: contact, associations: [] }));
	assert.equal(error.body.category, "CONFLICT");
	assert.equal(error.body.message, `Contact already exists. Existing ID: ${first.id}`);
	assert.match(error.body.correlationId, /^[0-9a-f-]{36}$/);
	await refused(409, batchApi.create({ inputs: [{ properties: contact, associations: [] }] }));
	const read = await basicApi.getById(contact.email, ["email"], undefined, undefined, false, "email");
	assert.equal(read.id, first.id);
}

async function unauthorised(kit) {
	const stranger = kit.makeClient({ accessToken: "nonsense" });
	const error = await refused(401, stranger.crm.contacts.basicApi.getPage());
	assert.equal(error.body.category, "INVALID_AUTHENTICATION");
	await kit.control({ scopes: ["crm.objects.contacts.read"] });
	const missing = await refused(403, kit.crm.deals.basicApi.getPage());
	assert.equal(missing.body.category, "MISSING_SCOPES");
	await kit.control({ scopes: null });
}

async function limited(kit) {
	const patient = kit.makeClient({ accessToken: "pat-na1-patient", numberOfApiCallRetries: 3 });
	await kit.control({ fail: { policy: "TEN_SECONDLY_ROLLING" } });
	const error = await refused(429, kit.crm.contacts.basicApi.getPage());
	assert.equal(error.body.policyName, "TEN_SECONDLY_ROLLING");
	// The client's own rules for waiting: it knows the message of a search's limit, and a server's error.
	await kit.control({ fail: { policy: "SECONDLY" } });
	await patient.crm.contacts.basicApi.getPage();
	await kit.control({ fail: { status: 503 } });
	await patient.crm.contacts.basicApi.getPage();
	await kit.control({ limit: 1 });
	await patient.crm.contacts.basicApi.getPage().catch(() => {});
	await refused(429, kit.makeClient({ accessToken: "pat-na1-patient" }).crm.contacts.basicApi.getPage());
	await kit.control({ limit: "off" });
}

async function plainRequests(kit) {
	const details = await (await kit.client.apiRequest({ path: "/account-info/2026-09/details" })).json();
	assert.equal(details.portalId, 44237313);
	const reply = await kit.client.apiRequest({
		method: "POST",
		path: "/crm/objects/2026-09/contacts",
		body: { properties: types.contacts.fresh() },
	});
	assert.equal(reply.status, 201);
}

async function others(kit) {
	const { basicApi } = kit.crm.objects;
	const made = await basicApi.create("2-4711", { properties: { colour: "red" }, associations: [] });
	assert.equal((await basicApi.getById("2-4711", made.id, ["colour"])).properties.colour, "red");
	const [a, b] = [await create(kit, "contacts"), await create(kit, "contacts")];
	const merged = await kit.crm.contacts.basicApi.merge({ primaryObjectId: a, objectIdToMerge: b });
	assert.equal((await kit.crm.contacts.basicApi.getById(b)).id, merged.id);
	await kit.crm.contacts.basicApi.purge({ objectId: merged.id });
	await refused(404, kit.crm.contacts.basicApi.getById(merged.id));
}

function cases() {
	const list = [
		["associations one by one", links],
		["associations with labels", labels],
		["associations in batches", linkBatches],
		["associations in a create", inlineLinks],
	];
	for (const name of Object.keys(types)) {
		list.push([`properties of ${name}`, (kit) => properties(kit, name)]);
	}
	list.push(
		["pipelines and stages", pipelines],
		["owners", owners],
		["409", conflicts],
		["401 and 403", unauthorised],
		["429 and the client's own retries", limited],
		["plain requests, dated paths", plainRequests],
		["custom types, merge, purge", others],
	);
	return list;
}

module.exports = { cases };
