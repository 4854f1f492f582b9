'use strict';
// HubSpot's own Node client behind fastify: what a Node shop would write.
const http = require('node:http');
const fastify = require('fastify');
const { Client, DEFAULT_LIMITER_OPTIONS, SEARCH_LIMITER_OPTIONS } = require('@hubspot/api-client');

const port = Number(process.argv[2]);
const isLimited = process.env.BENCH_LIMITER !== 'off';
const isSearching = (process.env.BENCH_LOOKUP ?? 'search') === 'search';

function connect(limiterOptions) {
	const client = new Client({
		accessToken: process.env.HUBSPOT_PRIVATE_APP_TOKEN,
		basePath: process.env.HUBSPOT_BASE_URL,
		numberOfApiCallRetries: 3,
		httpAgent: new http.Agent({ keepAlive: true, maxSockets: 64 }),
		limiterOptions: isLimited ? limiterOptions : undefined,
	});
	return client.crm.contacts; // reading it binds the limiter of this client
}

const contacts = connect(DEFAULT_LIMITER_OPTIONS);
const searcher = connect(SEARCH_LIMITER_OPTIONS);

async function lookUp(email) {
	if (!isSearching) {
		try {
			return (await contacts.basicApi.getById(email, ['email'], undefined, undefined, false, 'email')).id;
		} catch (error) {
			if (error.code === 404) {
				return null;
			}
			throw error;
		}
	}
	const found = await searcher.searchApi.doSearch({
		filterGroups: [{ filters: [{ propertyName: 'email', operator: 'EQ', value: email }] }],
		properties: ['email'],
		limit: 1,
	});
	return found.results.length > 0 ? found.results[0].id : null;
}

async function upsert(properties) {
	let id = await lookUp(properties.email);
	if (id === null) {
		try {
			return { id: (await contacts.basicApi.create({ properties })).id, action: 'created' };
		} catch (error) {
			const existing = error.code === 409 && /Existing ID: (\d+)/.exec(error.body?.message);
			if (!existing) {
				throw error;
			}
			id = existing[1];
		}
	}
	return { id: (await contacts.basicApi.update(id, { properties })).id, action: 'updated' };
}

const text = { type: 'string' };
const names = ['firstname', 'lastname', 'phone', 'company', 'jobtitle', 'website', 'address', 'city', 'state',
	'zip', 'country', 'message'];
const others = Object.fromEntries(names.map((name) => [name, text]));
const body = {
	type: 'object',
	required: ['email'],
	additionalProperties: false,
	properties: { email: { type: 'string', format: 'email' }, ...others },
};
const reply = {
	type: 'object',
	properties: { status: text, message: text, hubspot_contact_id: text, action: text },
};

const server = fastify({ keepAliveTimeout: 120000 });

server.get('/healthz', async () => ({ status: 'ok' }));

server.post('/contacts', { schema: { body, response: { '2xx': reply } } }, async (request, answer) => {
	const { id, action } = await upsert(request.body);
	answer.code(action === 'created' ? 201 : 200);
	return { status: 'success', message: `Contact ${action} successfully`, hubspot_contact_id: id, action };
});

server.setErrorHandler((error, request, answer) => {
	if (error.validation) {
		return answer.code(422).send({ status: 'error', message: error.message });
	}
	const isBusy = error.code === 429;
	if (isBusy) {
		answer.header('Retry-After', '10');
	}
	return answer.code(isBusy ? 503 : 502).send({ status: 'error', message: error.message });
});

server.listen({ port, host: '127.0.0.1', backlog: 8192 });
process.on('SIGTERM', () => process.exit(0));
