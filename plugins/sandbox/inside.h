/* inside.h - all that the files of the model share. Nobody but they includes it. */
#ifndef SANDBOX_INSIDE_H
#define SANDBOX_INSIDE_H

#include "links.h"

/* ---- the handlers ---- */

/* What the batches share: at most `most` inputs; an input's id as text of its
 * own, or NULL; the envelope, shuffled, 207 when there are errors, which takes
 * both lists. */
enum { BATCH_MAX = 100 };
bool model_batch_inputs(
	const struct call *call, size_t most, json_t **inputs, struct problem *problem);
char *model_batch_id(const json_t *input);
void model_batch_reply(struct call *call, int status, json_t *results, json_t *errors);

/* The body's `properties` as a set; NULL when it has none. */
json_t *model_wanted(const struct call *call);

void model_object_create(struct call *call);
void model_object_read(struct call *call);
void model_object_update(struct call *call);
void model_object_archive(struct call *call);
void model_object_list(struct call *call);
void model_batch_create(struct call *call);
void model_batch_read(struct call *call);
void model_batch_update(struct call *call);
void model_batch_upsert(struct call *call);
void model_batch_archive(struct call *call);
void model_search(struct call *call);
void model_object_merge(struct call *call);
void model_object_forget(struct call *call);
void model_links_list(struct call *call);
void model_links_default(struct call *call);
void model_links_label(struct call *call);
void model_links_delete(struct call *call);
void model_links_old_put(struct call *call);
void model_links_old_delete(struct call *call);
void model_links_batch_default(struct call *call);
void model_links_batch_create(struct call *call);
void model_links_batch_read(struct call *call);
void model_links_batch_archive(struct call *call);
void model_links_batch_unlabel(struct call *call);
void model_labels_list(struct call *call);
void model_labels_create(struct call *call);
void model_labels_update(struct call *call);
void model_labels_delete(struct call *call);
void model_definitions_list(struct call *call);
void model_definitions_create(struct call *call);
void model_definitions_read(struct call *call);
void model_definitions_update(struct call *call);
void model_definitions_delete(struct call *call);
void model_definitions_batch_create(struct call *call);
void model_definitions_batch_read(struct call *call);
void model_definitions_batch_archive(struct call *call);
void model_groups_list(struct call *call);
void model_groups_create(struct call *call);
void model_groups_read(struct call *call);
void model_groups_update(struct call *call);
void model_groups_delete(struct call *call);
void model_pipelines_list(struct call *call);
void model_pipelines_create(struct call *call);
void model_pipelines_read(struct call *call);
void model_pipelines_update(struct call *call);
void model_pipelines_replace(struct call *call);
void model_pipelines_delete(struct call *call);
void model_stages_list(struct call *call);
void model_stages_create(struct call *call);
void model_stages_read(struct call *call);
void model_stages_update(struct call *call);
void model_stages_delete(struct call *call);
void model_owners_list(struct call *call);
void model_owners_read(struct call *call);
void model_token_info(struct call *call);
void model_account_details(struct call *call);
void model_account_usage(struct call *call);
void model_control_handle(struct call *call);

#endif
