/* Living a history, and noting what really happens in it. */
#include "histories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "peek.h"

static void copy(char to[NAME_SIZE_MAX], const char *from) {
	snprintf(to, NAME_SIZE_MAX, "%s", from != NULL ? from : "");
}

static unsigned long now(const struct history *history) {
	return (unsigned long)(clock_now_ms() - history->begin_ms);
}

/* ---- what happens in the model ---- */

static struct effect *note(struct history *history, enum effect_kind kind, unsigned record,
	unsigned call, const char *value) {
	struct effect *effect = &history->effects[history->effect_count];
	if (history->effect_count + 1 == EFFECTS_MAX) {
		history_blame(history, "more effects than any history needs");
		return effect;
	}
	history->effect_count++;
	*effect = (struct effect){
		.kind = kind, .at_ms = clock_now_ms(), .call = call, .act = -1, .record = record};
	copy(effect->value, value);
	if (call != 0 && effect->value[0] == 'v') {
		effect->act = (int)strtol(effect->value + 1, NULL, 10);
	}
	if (history->is_traced) {
		static const char *const KINDS[] = {"creates", "writes", "archives"};
		printf("%6lu      call %u %s %lu: \"%s\"\n", now(history), call, KINDS[kind],
			(unsigned long)history->records[record].id, effect->value);
	}
	return effect;
}

static void note_new(
	struct history *history, const struct peeked *peeked, bool is_company, unsigned call) {
	if (history->record_count == RECORDS_MAX) {
		history_blame(history, "more records than any history needs");
		return;
	}
	unsigned place = history->record_count++;
	struct seen *seen = &history->records[place];
	*seen = (struct seen){.is_company = is_company,
		.id = peeked->id,
		.created_ms = clock_now_ms()};
	copy(seen->value, peeked->value);
	copy(seen->key, peeked->key);
	copy(seen->more, peeked->more);
	if (is_company) {
		history->companies[history->seen_companies++] = place;
	} else {
		history->contacts[history->seen_contacts++] = place;
	}
	seen->creator = note(history, EFFECT_CREATE, place, call, peeked->value)->act;
}

/* The act that archives this record in this call. */
static int archiver(const struct history *history, const struct call *call, uint64_t id) {
	char text[NAME_SIZE_MAX];
	snprintf(text, sizeof(text), "%lu", (unsigned long)id);
	if (call == NULL) {
		return -1;
	}
	list_for_each (row, &call->rows, struct operation, link) {
		if (row->step == STEP_ARCHIVE && strcmp(row->step_id, text) == 0) {
			return (int)((struct act *)row->ctx - history->plan.acts);
		}
	}
	return -1;
}

static void note_changes(struct history *history, const struct peeked *peeked, unsigned place,
	const struct call *call) {
	struct seen *seen = &history->records[place];
	unsigned number = call != NULL ? history->calls : 0;
	const char *value = peeked->value != NULL ? peeked->value : "";
	if (strcmp(seen->value, value) != 0) {
		copy(seen->value, value);
		note(history, EFFECT_WRITE, place, number, value);
	}
	if (seen->is_archived != peeked->is_archived) {
		seen->is_archived = peeked->is_archived;
		seen->archived_ms = clock_now_ms();
		note(history, EFFECT_ARCHIVE, place, number, "")->act =
			archiver(history, call, seen->id);
	}
}

/* Compares the model's store with what was seen of it last. */
static void look(struct history *history, const struct call *call) {
	struct model *model = history->kit.model;
	for (int is_company = 0; is_company < 2; is_company++) {
		const char *type = is_company ? "companies" : "contacts";
		const unsigned *known = is_company ? history->companies : history->contacts;
		unsigned seen = is_company ? history->seen_companies : history->seen_contacts;
		size_t count = peek_count(model, type);
		for (size_t i = 0; i < count; i++) {
			struct peeked peeked = peek_at(model, type, i);
			if (i < seen) {
				note_changes(history, &peeked, known[i], call);
			} else {
				note_new(history, &peeked, is_company,
					call != NULL ? history->calls : 0);
			}
		}
	}
}

/* ---- calls ---- */

static const char *const STEPS[] = {[STEP_READ] = "read",
	[STEP_SEARCH] = "search",
	[STEP_CREATE] = "create",
	[STEP_UPDATE] = "update",
	[STEP_UPSERT] = "upsert",
	[STEP_ARCHIVE] = "archive",
	[STEP_RAW] = "raw"};

static void print_call(const struct history *history, const struct call *call) {
	const struct operation *first = list_first(&call->rows, struct operation, link);
	printf("%6lu    %s%s", now(history), STEPS[first->step], call->is_alone ? " alone" : "");
	list_for_each (row, &call->rows, struct operation, link) {
		printf(" %d:%s", (int)((struct act *)row->ctx - history->plan.acts),
			row->step_id != NULL ? row->step_id : "-");
	}
	printf("\n");
}

static uint64_t leave(const struct call *call, unsigned number, void *ctx) {
	struct history *history = ctx;
	(void)number;
	if (history->is_traced) {
		print_call(history, call);
	}
	oracle_sent(history, call);
	oracle_turn(history, call);
	return 1 + dice_roll(&history->dice) % history->plan.latency_ms;
}

static void note_possible_creates(
	struct history *history, const struct call *call, const struct fake_reply *reply) {
	(void)history;
	list_for_each (row, &call->rows, struct operation, link) {
		struct act *act = row->ctx;
		if (row->step == STEP_CREATE && !spoil_is_refusal(reply)) {
			act->may_have_created = true;
		} else if (row->step == STEP_READ || row->step == STEP_SEARCH) {
			act->may_have_created = false;
		}
	}
}

static struct fake_reply arrive(const struct call *call, unsigned number, void *ctx) {
	struct history *history = ctx;
	bool is_spoiled = dice_percent(&history->dice, history->plan.fault_percent);
	const struct spoil *spoil = is_spoiled ? spoil_pick(&history->dice) : NULL;
	history->calls = number;
	history->faults += is_spoiled;
	history->kit.latency_ms = 1 + dice_roll(&history->dice) % history->plan.latency_ms;
	struct fake_reply reply = spoil_answer(&history->kit, call, spoil);
	look(history, call);
	note_possible_creates(history, call, &reply);
	if (history->is_traced) {
		printf("%6lu    call %u arrives: %s, %d %.1000s\n", now(history), number,
			spoil_name(spoil), reply.status, reply.body != NULL ? reply.body : "");
	}
	return reply;
}

/* ---- callers ---- */

static void told(const struct hubspot_result *result, void *ctx) {
	struct act *act = ctx;
	const json_t *properties = json_object_get(result->record, "properties");
	const char *value = json_string_value(
		json_object_get(properties, act->handle == BY_DOMAIN ? "name" : "firstname"));
	act->told++;
	act->told_ms = clock_now_ms();
	act->failure = result->failure;
	act->outcome = result->outcome;
	act->status = result->status;
	act->is_created = result->is_created;
	copy(act->id, result->id);
	copy(act->existing_id, result->existing_id);
	copy(act->value, value);
}

static json_t *body_of(const struct history *history, const struct act *act) {
	char value[NAME_SIZE_MAX], key[NAME_SIZE_MAX];
	if (act->kind == HUBSPOT_READ || act->kind == HUBSPOT_ARCHIVE) {
		return NULL;
	}
	snprintf(value, sizeof(value), "v%d", (int)(act - history->plan.acts));
	json_t *body = json_pack("{ss}", act->handle == BY_DOMAIN ? "name" : "firstname", value);
	plan_key(act, key);
	if (key[0] != '\0' && act->kind != HUBSPOT_UPDATE) {
		json_object_set_new(body, act->handle == BY_DOMAIN ? "domain" : "email", json_string(key));
	}
	if (act->is_bad) {
		json_object_set_new(body,
			act->handle == BY_DOMAIN ? "annualrevenue" : "no_such_property",
			json_string("x"));
	}
	return body;
}

static void submit(struct history *history, struct act *act) {
	static const char *const PERSON[] = {"firstname", NULL}, *const FIRM[] = {"name", NULL};
	char id[NAME_SIZE_MAX];
	plan_key(act, id);
	for (char *c = id; act->is_shouted && *c != '\0'; c++) {
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c);
	}
	if (act->handle == BY_ID) {
		snprintf(id, sizeof(id), "%lu", (unsigned long)history->person_ids[act->who]);
	}
	json_t *body = body_of(history, act);
	struct hubspot_operation operation = {.kind = act->kind,
		.flags = act->wants_only_id ? HUBSPOT_ID_ONLY : 0,
		.priority = act->priority,
		.caller = act->caller,
		.object = act->handle == BY_DOMAIN ? "companies" : "contacts",
		.id = id[0] != '\0' ? id : NULL,
		.id_property = act->handle == BY_DOMAIN			? "domain"
			: act->handle == BY_ID || id[0] == '\0' ? NULL
								: "email",
		.properties = act->handle == BY_DOMAIN ? FIRM : PERSON,
		.body = body,
		.deadline_ms = act->within_ms != 0 ? clock_now_ms() + act->within_ms : 0};
	act->submitted_ms = clock_now_ms();
	if (history->is_traced) {
		printf("%6lu  act %d begins: kind %d of %s\n", now(history),
			(int)(act - history->plan.acts), act->kind,
			operation.id != NULL ? id : "nobody");
	}
	if (!hubspot_submit(history->kit.client, &operation, told, act, &act->token)) {
		history_blame(history, "not accepted");
	} else if (act->told != 0) {
		history_blame(history, "told inside hubspot_submit()");
	} else {
		oracle_accepted(history);
	}
	json_decref(body);
}

/* ---- other writers ---- */

static void interfere(struct history *history, const struct other *other) {
	char key[NAME_SIZE_MAX], path[64], value[NAME_SIZE_MAX];
	plan_key(&(struct act){.handle = BY_EMAIL, .who = other->who}, key);
	snprintf(value, sizeof(value), "w%d", (int)(other - history->plan.others));
	snprintf(path, sizeof(path), "/crm/v3/objects/contacts/%lu",
		(unsigned long)history->person_ids[other->who]);
	switch (other->kind) {
	case OTHER_CREATES:
		json_decref(kit_ask(&history->kit, "POST", "/crm/v3/objects/contacts",
			json_pack("{s{ssss}}", "properties", "email", key, "firstname", value)));
		break;
	case OTHER_ARCHIVES:
		json_decref(kit_ask(&history->kit, "DELETE", path, NULL));
		break;
	case OTHER_CHANGES:
		json_decref(kit_ask(&history->kit, "PATCH", path,
			json_pack("{s{ss}}", "properties", "firstname", value)));
		break;
	}
	look(history, NULL);
}

/* ---- the whole ---- */

static void populate(struct history *history) {
	struct plan *plan = &history->plan;
	for (unsigned i = 0; i < plan->people; i++) {
		char key[NAME_SIZE_MAX], second[NAME_SIZE_MAX] = "";
		if (!plan->is_known[i]) {
			continue;
		}
		plan_key(&(struct act){.handle = BY_EMAIL, .who = i}, key);
		if (plan->has_second[i]) {
			plan_key(&(struct act){.handle = BY_SECOND_EMAIL, .who = i}, second);
		}
		json_t *record = kit_ask(&history->kit, "POST", "/crm/v3/objects/contacts",
			json_pack("{s{ssssss}}", "properties", "email", key, "firstname", "old",
				"hs_additional_emails", second));
		history->person_ids[i] =
			strtoull(json_string_value(json_object_get(record, "id")), NULL, 10);
		json_decref(record);
	}
	for (unsigned i = 0; i < plan->firms; i++) {
		char key[NAME_SIZE_MAX];
		plan_key(&(struct act){.handle = BY_DOMAIN, .who = i}, key);
		for (unsigned j = 0; j < plan->branches[i]; j++) {
			json_decref(kit_ask(&history->kit, "POST", "/crm/v3/objects/companies",
				json_pack("{s{ssss}}", "properties", "domain", key, "name",
					"old")));
		}
	}
	look(history, NULL);
	fake_loop_run_ms(history->kit.loop, 60000); /* the search index has them now */
}

/* The next thing that happens at or after `from_ms`, counted from the begin; false: nothing more. */
static void let_pass(struct history *history, uint64_t until_ms) {
	uint64_t passed_ms = clock_now_ms() - history->begin_ms;
	if (until_ms > passed_ms) {
		fake_loop_run_ms(history->kit.loop, until_ms - passed_ms);
	}
}

static uint64_t cancel_moment(const struct act *act) {
	return act->cancel_ms != 0 ? act->at_ms + act->cancel_ms : UINT64_MAX;
}

static uint64_t sooner(uint64_t a_ms, uint64_t b_ms) {
	return a_ms < b_ms ? a_ms : b_ms;
}

static uint64_t next_moment(const struct plan *plan, uint64_t after_ms, bool is_first) {
	uint64_t next_ms = UINT64_MAX;
	for (unsigned i = 0; i < plan->act_count; i++) {
		uint64_t moments[] = {plan->acts[i].at_ms, cancel_moment(&plan->acts[i])};
		for (size_t j = 0; j < 2; j++) {
			bool is_due = is_first ? moments[j] >= after_ms : moments[j] > after_ms;
			next_ms = is_due ? sooner(next_ms, moments[j]) : next_ms;
		}
	}
	for (unsigned i = 0; i < plan->other_count; i++) {
		uint64_t at_ms = plan->others[i].at_ms;
		bool is_due = is_first ? at_ms >= after_ms : at_ms > after_ms;
		next_ms = is_due ? sooner(next_ms, at_ms) : next_ms;
	}
	return next_ms;
}

static void happen(struct history *history, uint64_t moment_ms) {
	struct plan *plan = &history->plan;
	for (unsigned i = 0; i < plan->act_count; i++) {
		struct act *act = &plan->acts[i];
		if (act->at_ms == moment_ms) {
			submit(history, act);
		}
		if (cancel_moment(act) == moment_ms) {
			hubspot_cancel(history->kit.client, act->token);
		}
	}
	for (unsigned i = 0; i < plan->other_count; i++) {
		if (plan->others[i].at_ms == moment_ms) {
			interfere(history, &plan->others[i]);
		}
	}
}

static void run(struct history *history) {
	uint64_t moment_ms = next_moment(&history->plan, 0, true);
	history->begin_ms = clock_now_ms();
	while (moment_ms != UINT64_MAX) {
		let_pass(history, moment_ms);
		happen(history, moment_ms);
		moment_ms = next_moment(&history->plan, moment_ms, false);
	}
	kit_settle(&history->kit);
}

void history_live(struct history *history, uint64_t seed, bool is_traced) {
	memset(history, 0, sizeof(*history));
	history->is_traced = is_traced;
	plan_make(&history->plan, seed);
	history->dice.state = ~seed;
	dice_rule_the_client(&history->dice);
	const struct hubspot_settings settings = {.base_url = "http://127.0.0.1:1",
		.api_version = seed % 2 ? "2026-09" : "v3",
		.token = "pat-test",
		.is_unlimited = !history->plan.is_limited,
		.rate_limit = 190,
		.upsert = history->plan.upsert,
		.max_calls = 16,
		.timeout_ms = 5000,
		.default_deadline_ms = 20000,
		.max_waiting_rows = 10000};
	kit_start(&history->kit, &settings);
	fake_transport_answer(arrive, history);
	fake_transport_way(leave);
	kit_control(&history->kit, json_pack("{ss}", "traces", history->plan.traces));
	populate(history);
	run(history);
	oracle_judge(history);
	oracle_empty(history);
	kit_stop(&history->kit);
}
