/* Fetches the document, asks for an API key where one is needed, and hands it to Swagger UI. */
(function () {
	'use strict';

	const at = (id) => document.getElementById(id);
	const base = new URL('.', location.href).pathname.replace(/\/$/, '');

	/* Swagger UI has dark clothes, and leaves it to the page when to wear them. */
	const dark = matchMedia('(prefers-color-scheme: dark)');
	const dress = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
	dark.addEventListener('change', dress);
	dress();

	function say(text) {
		at('note').textContent = text;
		at('note').hidden = text === '';
	}

	function ask(fault) {
		say('');
		at('ask').hidden = false;
		at('fault').textContent = fault;
		at('key').value = '';
		at('key').focus();
	}

	/* What is tried goes to the connector that served this page, whatever it is called elsewhere. */
	function show(spec, key) {
		spec.servers = [{ url: base === '' ? '/' : base, description: 'The connector that serves this page' }];
		at('title').textContent = spec.info.title;
		at('version').textContent = spec.info.version;
		document.title = 'API reference · ' + spec.info.title;
		offer(spec, key);
		const ui = SwaggerUIBundle({
			spec: spec,
			dom_id: '#ui',
			presets: [SwaggerUIBundle.presets.apis],
			layout: 'BaseLayout',
			validatorUrl: null,
			queryConfigEnabled: false,
			deepLinking: true,
			docExpansion: 'list',
			defaultModelsExpandDepth: 0,
			defaultModelExpandDepth: 2,
			displayRequestDuration: true,
			onComplete: function () {
				if (key !== '') {
					ui.preauthorizeApiKey('bearer', key);
				}
				say('');
			},
		});
	}

	/* A link cannot send a key: with one, the text that is here already is what it saves. */
	function offer(spec, key) {
		if (key !== '') {
			const text = new Blob([JSON.stringify(spec)], { type: 'application/json' });
			at('download').href = URL.createObjectURL(text);
			at('forget').hidden = false;
		}
		at('download').hidden = false;
	}

	async function load(key) {
		say('Loading …');
		at('fault').textContent = '';
		let reply, body;
		try {
			reply = await fetch('openapi.json', key === '' ? {} : { headers: { 'X-API-Key': key } });
			body = await reply.json();
		} catch (error) {
			say('The connector does not answer. Reload this page to try again.');
			return;
		}
		if (reply.status === 401) {
			ask(key === '' ? '' : 'The connector does not know this key.');
			return;
		}
		if (!reply.ok) {
			say(body.message);
			return;
		}
		at('ask').hidden = true;
		show(body, key);
	}

	at('ask').addEventListener('submit', function (event) {
		event.preventDefault();
		load(at('key').value.trim());
	});
	at('forget').addEventListener('click', () => location.reload());
	load('');
})();
