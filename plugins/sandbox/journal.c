#include "inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool model_journal_init(struct journal *journal) {
	memset(journal, 0, sizeof(*journal));
	journal->ring = calloc(JOURNAL_SIZE, sizeof(*journal->ring));
	journal->by_status = json_pack("{s:i}", "429", 0);
	journal->by_path = json_object();
	return journal->ring != NULL && journal->by_status != NULL && journal->by_path != NULL;
}

static void forget(struct entry *entry) {
	free(entry->path);
	json_decref(entry->effect);
	memset(entry, 0, sizeof(*entry));
}

void model_journal_finish(struct journal *journal) {
	for (size_t i = 0; journal->ring != NULL && i < JOURNAL_SIZE && i < journal->calls; i++) {
		forget(&journal->ring[i]);
	}
	free(journal->ring);
	json_decref(journal->by_status);
	json_decref(journal->by_path);
	memset(journal, 0, sizeof(*journal));
}

static void count(json_t *counts, const char *name) {
	json_int_t before = json_integer_value(json_object_get(counts, name));
	json_object_set_new(counts, name, json_integer(before + 1));
}

void model_journal_note(struct call *call) {
	struct journal *journal = &call->model->journal;
	if (journal->ring == NULL) {
		return; /* a reset that found no memory */
	}
	struct entry *entry = &journal->ring[journal->calls++ % JOURNAL_SIZE];
	forget(entry);
	snprintf(entry->method, sizeof(entry->method), "%s", call->request->method);
	entry->path = strdup(call->request->path);
	entry->status = call->reply->status;
	entry->effect = json_array_size(call->effect) == 0 ? NULL : json_incref(call->effect);
	char status[16];
	snprintf(status, sizeof(status), "%d", entry->status);
	count(journal->by_status, status);
	bool is_room = json_object_size(journal->by_path) < PATHS_MAX ||
		json_object_get(journal->by_path, call->key) != NULL;
	count(journal->by_path, is_room ? call->key : "other");
}

json_t *model_journal_last(const struct journal *journal, uint64_t last) {
	uint64_t kept = journal->calls < JOURNAL_SIZE ? journal->calls : JOURNAL_SIZE;
	uint64_t shown = last < kept ? last : kept;
	json_t *results = json_array();
	for (uint64_t i = journal->calls - shown; i < journal->calls; i++) {
		const struct entry *entry = &journal->ring[i % JOURNAL_SIZE];
		json_t *effect = entry->effect == NULL ? json_array() : json_incref(entry->effect);
		json_array_append_new(results,
			json_pack("{s:s,s:s,s:i,s:o*}", "method", entry->method, "path",
				entry->path == NULL ? "" : entry->path, "status", entry->status,
				"effect", effect));
	}
	return results;
}

size_t model_count(const struct model *model, const char *word) {
	size_t count = 0;
	for (size_t i = 0; i < model->type_count; i++) {
		const struct type *type = model->types[i];
		bool is_wanted = word == NULL || strcasecmp(type->name, word) == 0 ||
			strcasecmp(type->singular, word) == 0 || strcasecmp(type->id, word) == 0;
		count += is_wanted ? type->alive : 0;
	}
	return count;
}

static json_t *counts_of_records(const struct model *model) {
	json_t *records = json_object();
	for (size_t i = 0; i < model->type_count; i++) {
		json_object_set_new(records, model->types[i]->name,
			json_integer((json_int_t)model->types[i]->alive));
	}
	return records;
}

static void reply_counts(struct call *call) {
	const struct journal *journal = &call->model->journal;
	model_reply_json(call, 200,
		json_pack("{s:I,s:O,s:O,s:o*,s:I,s:I,s:I}", "calls", (json_int_t)journal->calls,
			"by_status", journal->by_status, "by_path", journal->by_path, "records",
			counts_of_records(call->model), "creates", (json_int_t)journal->creates,
			"updates", (json_int_t)journal->updates, "archives",
			(json_int_t)journal->archives));
}

/* Every record, archived ones too, with everything stored. */
static void reply_records(struct call *call, const struct type *type) {
	json_t *results = json_array();
	for (size_t i = 0; i < type->count; i++) {
		json_array_append_new(
			results, model_record_written(call->model, type, type->records[i], NULL));
	}
	model_reply_json(call, 200, json_pack("{s:o*}", "results", results));
}

void model_state_reply(struct call *call) {
	if (call->segment_count == 1) {
		reply_counts(call);
		return;
	}
	struct type *type = model_type_find(call->model, call->segments[1]);
	if (type == NULL) {
		struct problem problem = {0};
		model_problem_say(&problem, 404, NULL, "no such type: %s", call->segments[1]);
		model_fail(call, &problem);
		return;
	}
	reply_records(call, type);
}
