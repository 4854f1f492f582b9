'use strict';
// Reads what bench_schema --json prints, measures ajv on the same schemas and records, and prints both side by
// side. ajv checks formats too, stops at the first fault, and gets what it is good at: a function made for the
// schema, run often enough for V8 to optimise it.
const readline = require('node:readline');
const { default: Ajv } = require('ajv/dist/2020');
const { default: addFormats } = require('ajv-formats');

const ROUNDS = 201;
const RUNS = 2000;

function median(numbers) {
	return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

function measure(runs, work) {
	const rounds = [];
	for (let round = 0; round < ROUNDS; round++) {
		const start = process.hrtime.bigint();
		for (let run = 0; run < runs; run++) {
			work();
		}
		rounds.push(Number(process.hrtime.bigint() - start) / runs);
	}
	return median(rounds);
}

function compile(schema) {
	const ajv = new Ajv({ strict: false, validateSchema: false });
	addFormats(ajv);
	return ajv.compile(schema);
}

function compare(line) {
	const ours = JSON.parse(line);
	const text = JSON.stringify(ours.record);
	const validate = compile(ours.schema);
	if (!validate(ours.record)) {
		throw new Error(ours.name + ': ajv says ' + JSON.stringify(validate.errors));
	}
	const own = [ours.compile_ns / 1000, ours.loads_ns, ours.validate_ns, ours.validate_ns / ours.loads_ns];
	const parse = measure(RUNS / 10, () => JSON.parse(text));
	const valid = measure(RUNS, () => validate(ours.record));
	const made = measure(1, () => compile(ours.schema));
	const theirs = [made / 1000, parse, valid, valid / parse];
	for (const [side, figures] of [['ours', own], ['ajv', theirs]]) {
		const [compile_us, parse_ns, validate_ns, ratio] = figures;
		console.log(
			ours.name.padEnd(11) + side.padEnd(5) + compile_us.toFixed(0).padStart(11) + parse_ns.toFixed(0).padStart(11) +
				validate_ns.toFixed(0).padStart(13) + ratio.toFixed(2).padStart(10)
		);
	}
}

console.log(' '.repeat(16) + ' compile us   parse ns  validate ns  of parse');
readline.createInterface({ input: process.stdin }).on('line', compare);
