/* POST /leads: a contact, a company, and a deal linked to both.  What fails is told part by part. */
#include <hubspot-connector/plugin.h>
#include <jansson.h>

#include "leads.config.schema.h"
#include "leads.schema.h"

/* Adds what became of one part to the reply; returns its record's id, as a list to link with. */
static json_t *tell(json_t *reply, const char *part, const struct hsc_result *result) {
	int is_written = result->error == 0;
	if (!is_written || result->reply_status == 207) { /* 207: but not all of its links */
		json_object_set_new(reply, "status", json_string("partial"));
	}
	json_object_set_new(reply, part, !is_written ? json_incref(result->problem)
		: json_pack("{s:s, s:s, s:s, s:O*}", "status", "success", "id", result->id, "action",
			result->reply_status == 200 ? "updated" : "created", "associations", result->associations));
	return is_written ? json_pack("[s]", result->id) : NULL;
}

static void deal_done(const struct hsc_result *result, void *reply) {
	json_decref(tell(reply, "deal", result));
	int status = json_object_get(reply, "status") == NULL ? 201 : 207;
	json_object_update_missing_new(reply, json_pack("{s:s}", "status", "success"));
	result->host->http->reply(result->host, result->request, status, reply);
	json_decref(reply);
}

static void both_done(const struct hsc_result *const *results, size_t count, void *reply) {
	const struct hsc_host *host = results[0]->host;
	json_auto_t *links = json_pack("{s:o*, s:o*}", "contacts", tell(reply, "contact", results[0]),
		"companies", tell(reply, "company", results[count - 1]));
	json_auto_t *deal = json_pack("{s:s}", "stage", "appointmentscheduled");
	json_object_update(deal, host->config);
	json_object_update(deal, json_object_get(host->http->body(host, results[0]->request), "deal"));
	const struct hsc_operation create = HSC_OPERATION(.kind = HSC_CREATE, .flags = HSC_FINISH, .timeout_ms = 15000,
		.object = "deals", .body = deal, .associations = links, .request = results[0]->request);
	if (host->hubspot->submit(host, &create, deal_done, reply, NULL) != 0) {
		deal_done(&(struct hsc_result){.error = HSC_ESTATE, .host = host, .request = create.request}, reply);
	}
}

static struct hsc_operation upsert(struct hsc_request *request, const char *type, const char *key, json_t *body) {
	return (struct hsc_operation)HSC_OPERATION(.kind = HSC_UPSERT, .flags = HSC_FINISH, .timeout_ms = 15000,
		.object = type, .id_property = key, .id = json_string_value(json_object_get(body, key)),
		.body = body, .request = request);
}

static int take_lead(const struct hsc_host *host, struct hsc_request *request, void *received) {
	const json_t *lead = host->http->body(host, request);
	const struct hsc_operation contact = upsert(request, "contacts", "email", json_object_get(lead, "contact"));
	const struct hsc_operation company = upsert(request, "companies", "domain", json_object_get(lead, "company"));
	const struct hsc_operation *both[] = {&contact, &company};
	json_t *reply = json_object();
	int error = host->hubspot->submit_all(host, both, 2, both_done, reply);
	if (error != 0) {
		json_decref(reply);
	}
	host->watch->record(received, 1);
	return error != 0 ? error : HSC_LATER;
}

static int init(const struct hsc_host *host, void **received) {
	static const struct hsc_route route = HSC_ROUTE(.method = "POST", .path = "/leads", .scope = "leads:write",
		.summary = "Takes a lead in", .body_schema = "leads.lead", .handle = take_lead);
	int error = host->http->add_schema(host, "leads.lead", leads_schema);
	*received = host->watch->counter(host, "received_total", "Leads taken in.");
	return error != 0 ? error : host->http->add_route(host, &route);
}

HSC_PLUGIN(.name = "leads", .version = "1.0", .config_schema = leads_config_schema, .init = init);
