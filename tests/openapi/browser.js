/*
 * browser.js CHROMIUM URL KEY: looks at URL/docs as people do: narrow and wide, light and dark, by keyboard, and tries an
 * operation. KEY is an API key, or "open" where none is needed. Nothing may be asked of anybody else, and nothing may
 * complain in the console. Screenshots go to the working directory.
 */
"use strict";

const assert = require("node:assert/strict");
const puppeteer = require("puppeteer-core");

const [chromium, url, key] = process.argv.slice(2);
const isOpen = key === "open";
const LIMIT_MS = 30000;

const SIGHTS = [
	{ name: "wide-light", width: 1280, height: 900, scheme: "light" },
	{ name: "wide-dark", width: 1280, height: 900, scheme: "dark" },
	{ name: "narrow-light", width: 390, height: 844, scheme: "light" },
	{ name: "narrow-dark", width: 390, height: 844, scheme: "dark" },
];

/* A page whose complaints are collected. */
async function open(browser, sight) {
	const page = await browser.newPage();
	const complaints = [];
	page.setDefaultTimeout(LIMIT_MS);
	page.on("console", (message) => {
		/* A 401 is how the page learns that it needs a key; Chromium notes it. */
		const isAsked = !isOpen && /status of 401/.test(message.text());
		if (["error", "warn", "warning"].includes(message.type()) && !isAsked) {
			complaints.push(`console: ${message.text()}`);
		}
	});
	page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
	page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
	page.on("request", (request) => {
		if (!request.url().startsWith(`${url}/`) && !/^(data|blob):/.test(request.url())) {
			complaints.push(`asks elsewhere: ${request.url()}`);
		}
	});
	await page.setViewport({ width: sight.width, height: sight.height });
	await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: sight.scheme }]);
	await page.goto(`${url}/docs`, { waitUntil: "networkidle0" });
	return { page, complaints };
}

async function giveKey(page, sight) {
	if (isOpen) {
		return;
	}
	await page.waitForSelector("#ask:not([hidden])");
	await page.screenshot({ path: `key-${sight.name}.png` });
	await page.type("#key", "hsc_not_a_key");
	await page.keyboard.press("Enter");
	await page.waitForFunction(() => document.getElementById("fault").textContent !== "");
	await page.waitForSelector("#ask:not([hidden])");
	await page.type("#key", key);
	await page.keyboard.press("Enter");
}

async function waitForReference(page) {
	await page.waitForSelector("#operations-contacts-createOrUpdateContact");
	await page.waitForFunction(() => document.getElementById("note").hidden);
}

const shoot = (page, name) => page.screenshot({ path: `docs-${isOpen ? "" : "key-"}${name}.png` });

/* Wherever it is: the bar may lie over it. */
const press = (page, selector) => page.$eval(selector, (element) => element.click());

/* Nothing is wider than the window but what scrolls by itself. */
async function checkWidth(page, sight) {
	const width = await page.evaluate(() => document.documentElement.scrollWidth);
	assert.ok(width <= sight.width, `${sight.name}: the page is ${width} wide`);
}

/* Of two colours as "rgb(r, g, b)": WCAG's contrast. */
function contrast(one, other) {
	const light = (colour) => {
		const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255)
			.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
	return (high + 0.05) / (low + 0.05);
}

/* What is written can be read: the colour of texts against what lies behind them. All that cannot is told at the end. */
const unreadable = new Set();
async function checkContrast(page, sight) {
	const texts = await page.evaluate(() => {
		const behind = (element) => {
			for (let at = element; at !== null; at = at.parentElement) {
				const colour = getComputedStyle(at).backgroundColor;
				if (!/rgba\(.*, 0\)|transparent/.test(colour) && !/rgba\(.*, 0\.\d+\)/.test(colour)) {
					return colour;
				}
			}
			return "rgb(255, 255, 255)";
		};
		const found = [];
		for (const element of document.querySelectorAll("body *")) {
			const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
			const box = element.getBoundingClientRect();
			if (own !== "" && box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible" && !element.closest("option, noscript, :disabled")) {
				found.push({ text: own.slice(0, 40), of: element.className.toString().slice(0, 60), colour: getComputedStyle(element).color, behind: behind(element) });
			}
		}
		return found;
	});
	for (const text of texts.filter((one) => contrast(one.colour, one.behind) < 4.5)) {
		unreadable.add(`${sight.scheme}: "${text.text}" (${text.of}): ${text.colour} on ${text.behind}`);
	}
}

/* Tab reaches an operation, Enter opens it. */
async function openByKeyboard(page) {
	await page.evaluate(() => document.getElementById("reference").focus());
	const wanted = () => document.activeElement?.closest("#operations-contacts-createOrUpdateContact") !== null &&
		document.activeElement.matches(".opblock-summary-control");
	for (let presses = 0; !(await page.evaluate(wanted)); presses++) {
		assert.ok(presses < 150, "the operation cannot be reached by keyboard");
		await page.keyboard.press("Tab");
	}
	const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
	assert.equal(outline, "solid", "where the keyboard is cannot be seen");
	await page.keyboard.press("Enter");
	await page.waitForSelector("#operations-contacts-createOrUpdateContact .opblock-body");
}

async function tryIt(page, sight) {
	const operation = "#operations-contacts-createOrUpdateContact";
	const email = `${sight.name}${isOpen ? "" : "-key"}@example.com`;
	await press(page, `${operation} .try-out__btn`);
	await page.waitForSelector(`${operation} textarea.body-param__text`);
	await page.focus(`${operation} textarea.body-param__text`);
	await page.keyboard.down("Control");
	await page.keyboard.press("a");
	await page.keyboard.up("Control");
	await page.keyboard.type(JSON.stringify({ email, firstname: "Ada" }));
	await press(page, `${operation} .execute`);
	await page.waitForSelector(`${operation} .live-responses-table .response-col_status`);
	const told = await page.$eval(`${operation} .live-responses-table`, (element) => element.textContent);
	assert.match(told, /201/, `${sight.name}: not created: ${told}`);
	const reply = await fetch(`${url}/contacts?email=${email}`, isOpen ? {} : { headers: { "X-API-Key": key } });
	assert.equal((await reply.json()).results[0].email, email, "the contact is not there");
}

async function look(browser, sight) {
	const { page, complaints } = await open(browser, sight);
	await giveKey(page, sight);
	await waitForReference(page);
	assert.match(await page.$eval("#version", (element) => element.textContent), /^\d+\.\d+\.\d+$/);
	const tags = await page.$$eval(".opblock-tag", (all) => all.map((tag) => tag.dataset.tag));
	assert.equal(tags.at(-1), "connector", `tags: ${tags}`);
	assert.equal((await page.$$(".models .model-container")).length, 0, "the schemas are not collapsed");
	await checkWidth(page, sight);
	await checkContrast(page, sight);
	await shoot(page, sight.name);
	await openByKeyboard(page);
	await page.evaluate(() => document.getElementById("operations-contacts-createOrUpdateContact").scrollIntoView());
	await shoot(page, `${sight.name}-operation`);
	await checkWidth(page, sight);
	await checkContrast(page, sight);
	await tryIt(page, sight);
	await page.evaluate(() => document.querySelector(".live-responses-table").scrollIntoView({ block: "center" }));
	await shoot(page, `${sight.name}-tried`);
	await checkWidth(page, sight);
	await press(page, "#operations-contacts-listContacts .opblock-summary-control");
	await page.waitForSelector("#operations-contacts-listContacts .opblock-body");
	await page.evaluate(() => document.getElementById("operations-contacts-listContacts").scrollIntoView());
	await shoot(page, `${sight.name}-list`);
	await press(page, ".models button");
	await page.waitForSelector(".models .model-container, .models .json-schema-2020-12");
	await page.evaluate(() => document.querySelector(".models").scrollIntoView());
	await shoot(page, `${sight.name}-schemas`);
	await checkWidth(page, sight);
	assert.deepEqual(complaints, [], `${sight.name}: complaints`);
	await page.close();
}

async function main() {
	const browser = await puppeteer.launch({
		executablePath: chromium,
		args: ["--no-sandbox", "--disable-gpu", "--no-proxy-server", "--disable-dev-shm-usage"],
	});
	try {
		for (const sight of isOpen ? SIGHTS : SIGHTS.slice(-1)) {
			await look(browser, sight);
			console.log(`${sight.name}: good`);
		}
		assert.deepEqual([...unreadable], [], "hard to read");
	} finally {
		await browser.close();
	}
}

main().catch((error) => {
	console.error(error);
	process.exitCode = 1;
});
