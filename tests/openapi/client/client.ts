/* A client that was generated from the document: writes, pages, reads what is wrong with a record. */
import createClient from "openapi-fetch";
import type { components, paths } from "./connector";

type Contact = components["schemas"]["Contact"];

function check(holds: boolean, what: string): asserts holds {
	if (!holds) {
		throw new Error(what);
	}
}

async function main(baseUrl: string): Promise<void> {
	const connector = createClient<paths>({ baseUrl });

	const emails = ["ada@example.com", "grace@example.com", "joan@example.com"];
	for (const email of emails) {
		const { data, error, response } = await connector.POST("/contacts", {
			params: { header: { "Idempotency-Key": `first-${email}` } },
			body: { email, firstname: "New", associations: { companies: [{ domain: "example.com", create: true }] } },
		});
		check(data !== undefined, `not written: ${error?.message}`);
		check(response.status === 201 && data.action === "created", `not created: ${response.status}`);
		check(data.hubspot_contact_id === data.id, "one id under two names");
	}

	const all: Contact[] = [];
	let after: string | undefined;
	do {
		const { data, error } = await connector.GET("/contacts", { params: { query: after === undefined ? { limit: 2 } : { limit: 2, after } } });
		check(data !== undefined, `not listed: ${error?.message}`);
		check(data.results.length <= 2, "a page is too long");
		all.push(...data.results);
		after = data.paging?.next.after;
	} while (after !== undefined);
	const found: (string | undefined)[] = all.map((contact) => contact.email);
	check(emails.every((email) => found.includes(email)), `not all are listed: ${found.join()}`);

	const ada = all.find((contact) => contact.email === "ada@example.com");
	check(ada !== undefined, "Ada is not there");
	const linked = await connector.GET("/contacts/{id}/{object}", { params: { path: { id: ada.id, object: "companies" } } });
	check(linked.data?.results.length === 1, "Ada is not linked");

	const searched = await connector.POST("/contacts/search", { body: { filters: [{ property: "id", operator: "EQ", value: ada.id }] } });
	check(searched.data !== undefined && searched.data.total >= 0, `not searched: ${searched.error?.message}`);

	const wrong = await connector.POST("/contacts", { body: { email: "not an address", firstname: "No" } });
	check(wrong.response.status === 422 && wrong.error !== undefined, `a wrong address: ${wrong.response.status}`);
	const fields: string[] = (wrong.error.errors ?? []).map((fault) => fault.field);
	check(fields.includes("/email") && !wrong.error.retryable && wrong.error.outcome === "not_applied", `other faults: ${JSON.stringify(wrong.error)}`);

	const changed = await connector.PATCH("/contacts/{id}", {
		params: { path: { id: "ada@example.com" }, query: { id_property: "email" }, header: { Prefer: "return=representation" } },
		body: { firstname: "Ada", lastname: null },
	});
	check(changed.data?.action === "updated" && changed.data.record?.firstname === "Ada", `not changed: ${JSON.stringify(changed.error)}`);

	const gone = await connector.DELETE("/contacts/{id}", { params: { path: { id: ada.id } } });
	check(gone.response.status === 204, `not archived: ${gone.response.status}`);
	const nobody = await connector.GET("/contacts/{id}", { params: { path: { id: ada.id } } });
	check(nobody.error?.code === "not_found", `still there: ${nobody.response.status}`);
	console.log("the generated client writes, lists, pages and reads faults");
}

main(process.argv[2] ?? "").catch((error: unknown) => {
	console.error(error);
	process.exitCode = 1;
});
