#include "inside.h"

#include <stdio.h>
#include <string.h>

void model_account_details(struct call *call) {
	model_reply_json(call, 200, json_copy(call->model->account));
}

void model_account_usage(struct call *call) {
	const struct limit *limit = &call->model->limit;
	char now[ISO_SIZE];
	char resets[ISO_SIZE];
	model_iso_format(call->model->wall_ms, now);
	model_iso_format(model_limit_resets_at_ms(call->model->wall_ms), resets);
	model_reply_json(call, 200,
		json_pack("{s:[{s:s,s:I,s:I,s:s,s:s,s:s}]}", "results", "name",
			"private-apps-api-calls-daily", "usageLimit", (json_int_t)limit->daily,
			"currentUsage", (json_int_t)limit->daily_used, "collectedAt", now,
			"fetchStatus", "SUCCESS", "resetsAt", resets));
}

static void add_all_scopes(json_t *scopes) {
	static const char *const names[] = {"contacts", "companies", "deals", "tickets",
		"line_items", "products", "quotes", "leads", "custom"};
	static const char *const forms[] = {"crm.objects.%s.read", "crm.objects.%s.write",
		"crm.schemas.%s.read", "crm.schemas.%s.write"};
	json_array_append_new(scopes, json_string("oauth"));
	json_array_append_new(scopes, json_string("crm.objects.owners.read"));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		for (size_t k = 0; k < sizeof(forms) / sizeof(forms[0]); k++) {
			char text[NAME_SIZE];
			size_t head = strcspn(forms[k], "%");
			snprintf(text, sizeof(text), "%.*s%s%s", (int)head, forms[k], names[i],
				forms[k] + head + 2);
			json_array_append_new(scopes, json_string(text));
		}
	}
}

/* Any token may be asked about; nobody's secret is given away. */
void model_token_info(struct call *call) {
	const char *token = json_string_value(json_object_get(call->body, "tokenKey"));
	json_t *scopes = json_array();
	const char *scope;
	json_t *value;
	if (token == NULL || !model_accepts(call->model, token)) {
		struct problem problem = {0};
		json_decref(scopes);
		model_problem_say(&problem, 404, NULL, "resource not found");
		model_fail(call, &problem);
		return;
	}
	json_object_foreach (call->model->scopes, scope, value) {
		json_array_append_new(scopes, json_string(scope));
	}
	if (call->model->scopes == NULL) {
		add_all_scopes(scopes);
	}
	model_reply_json(call, 200,
		json_pack("{s:i,s:I,s:i,s:o*}", "userId", 9586504, "hubId",
			model_portal(call->model), "appId", 39522895, "scopes", scopes));
}
