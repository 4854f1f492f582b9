#include "inside.h"

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
