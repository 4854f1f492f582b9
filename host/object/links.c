/*
 * The links of one record that was written. Each goes its own way: found by its key (or its id is
 * given), linked, told; and when the last one has been told so are all, in the order of the body.
 * Of bulk each waits for its turn first (link_queue.c), but one that somebody else looks for
 * already does so once it is found.
 */
#include "object/links.h"

#include "http/http.h"

struct link {
	struct queued queued;
	struct seeker seeker;
	struct links *links;
	const struct object *other;
	json_t *entry;
	const struct link *twin; /* an equal one, whose end is this one's too; or NULL */
	char *id;                /* the other record's, once it is known */
	bool has_turn;           /* of many */
	bool is_seeking;
	bool is_created;
	struct hubspot_handle *handle; /* while it is being linked */
	json_t *told;
};

struct links {
	const struct object *object;
	char *id;
	struct behalf behalf;
	links_told_fn *told;
	void *ctx;
	bool is_starting;
	bool is_cancelled;
	bool has_failed;
	size_t waiting; /* for their ends */
	size_t count;
	struct link all[];
};

static void links_free(struct links *links) {
	for (size_t i = 0; i < links->count; i++) {
		json_decref(links->all[i].entry);
		json_decref(links->all[i].told);
		free(links->all[i].id);
	}
	free(links->id);
	free(links);
}

/* Links that there was no memory to tell of are null. */
static void tell(struct links *links) {
	json_t *told = json_array();
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->all[i];
		json_t *one =
			link->twin != NULL ? json_copy(link->twin->told) : json_incref(link->told);
		if (link->twin != NULL) {
			(void)json_object_del(one, "created"); /* by the first of them */
		}
		(void)json_array_append_new(told, one != NULL ? one : json_null());
	}
	links->told(told, !links->has_failed, links->ctx);
	json_decref(told);
	links_free(links);
}

/* ---- the end of one ---- */

/* Others may end while it leaves its turn: these links with them, unless this one is the last. */
static void end(struct link *link, json_t *told, bool has_failed) {
	struct links *links = link->links;
	link->told = told;
	links->has_failed |= has_failed || told == NULL;
	links->waiting--;
	bool is_last = links->waiting == 0 && !links->is_starting;
	if (link->has_turn) {
		link_queue_leave(&link->queued);
	}
	if (is_last) {
		tell(links);
	}
}

static void end_badly(struct link *link, const struct hubspot_result *result) {
	struct http_problem problem;
	struct object_problem_memory memory;
	struct answer answer;
	object_problem(link->other, result, &problem, &memory);
	answer_problem(&problem, link->links->behalf.label, &answer);
	object_problem_finish(&memory);
	(void)json_object_set_new(answer.body, "object", json_string(link->other->path + 1));
	if (link->is_created) { /* the record was made, and the link was not */
		(void)json_object_set_new(answer.body, "created", json_true());
	}
	if (link->id != NULL) {
		(void)json_object_set_new(answer.body, "id", json_string(link->id));
	}
	end(link, answer.body, true);
}

static void end_unsent(struct link *link, enum hubspot_failure failure) {
	end_badly(link,
		&(struct hubspot_result){.failure = failure,
			.outcome = HUBSPOT_NOT_APPLIED,
			.is_retryable = failure != HUBSPOT_CANCELLED});
}

static void end_for_room(struct link *link) {
	end_unsent(link, HUBSPOT_OUT_OF_MEMORY);
}

static void end_well(struct link *link) {
	json_t *told = json_pack("{s:s, s:s, s:s}", "object", link->other->path + 1, "id", link->id,
		"status", "success");
	if (link->is_created) {
		(void)json_object_set_new(told, "created", json_true());
	}
	end(link, told, false);
}

/* ---- linked ---- */

static void was_linked(const struct hubspot_result *result, void *ctx) {
	struct link *link = ctx;
	link->handle = NULL;
	if (result->failure == HUBSPOT_OK) {
		end_well(link);
	} else {
		end_badly(link, result);
	}
}

static void link_now(struct link *link) {
	const struct links *links = link->links;
	struct hubspot_operation operation = {.kind = HUBSPOT_LINK,
		.object = links->object->hubspot_type,
		.id = links->id,
		.to_object = link->other->hubspot_type,
		.to_id = link->id};
	if (!behalf_submit(&links->behalf, links->object->hubspot, &operation, was_linked, link,
		    &link->handle)) {
		end_for_room(link);
	}
}

/* ---- found ---- */

typedef bool find_fn(struct seeker *seeker, const struct find_wanted *wanted, found_fn *found);
static void take_turn(struct link *link);

static void was_found(struct seeker *seeker, const struct hubspot_result *result) {
	struct link *link = list_entry(seeker, struct link, seeker);
	link->is_seeking = false;
	if (result->failure != HUBSPOT_OK) {
		end_badly(link, result);
		return;
	}
	link->id = strdup(result->id);
	link->is_created = result->is_created;
	if (link->links->is_cancelled) {
		end_unsent(link, HUBSPOT_CANCELLED);
	} else if (link->id == NULL) {
		end_for_room(link);
	} else {
		take_turn(link);
	}
}

static bool seek(struct link *link, find_fn *find) {
	const struct links *links = link->links;
	char *value = links_key_value(link->other, link->entry, NULL);
	const struct find_wanted wanted = {.object = link->other,
		.value = value,
		.id_property = link->other->key->hubspot,
		.may_create = json_is_true(json_object_get(link->entry, "create")),
		.behalf = links->behalf};
	link->is_seeking = value != NULL && find(&link->seeker, &wanted, was_found);
	free(value);
	return link->is_seeking;
}

/* ---- its turn ---- */

static void begin(struct link *link) {
	if (link->id != NULL) {
		link_now(link);
	} else if (!seek(link, find_start)) {
		end_for_room(link);
	}
}

static void have_turn(struct queued *queued, bool is_late) {
	struct link *link = list_entry(queued, struct link, queued);
	link->has_turn = true;
	if (link->links->is_cancelled) {
		end_unsent(link, HUBSPOT_CANCELLED);
	} else if (is_late) {
		end_unsent(link, HUBSPOT_DEADLINE);
	} else {
		begin(link);
	}
}

static void take_turn(struct link *link) {
	const struct links *links = link->links;
	if (link->has_turn || !links->behalf.is_bulk) {
		begin(link);
	} else if (!link_queue_join(&link->queued, links->behalf.label, links->behalf.deadline_ms,
			   have_turn)) {
		end_for_room(link);
	}
}

/* ---- all of them ---- */

static const struct link *twin_of(const struct link *link, const struct link *first) {
	for (; first < link; first++) {
		if (first->twin == NULL && json_equal(first->entry, link->entry)) {
			return first;
		}
	}
	return NULL;
}

static void start_one(struct link *link, const struct link *first) {
	const char *id = json_string_value(json_object_get(link->entry, "id"));
	link->twin = twin_of(link, first);
	if (link->twin != NULL) {
		link->links->waiting--;
		return;
	}
	link->id = id != NULL ? strdup(id) : NULL;
	if (id != NULL && link->id == NULL) {
		end_for_room(link);
	} else if (id != NULL || !seek(link, find_join)) {
		take_turn(link);
	}
}

static void start(struct links *links, const json_t *associations) {
	const char *name = NULL;
	json_t *entries = NULL;
	struct link *link = links->all;
	json_object_foreach ((json_t *)associations, name, entries) {
		size_t index = 0;
		json_t *entry = NULL;
		const struct link *first = link;
		json_array_foreach (entries, index, entry) {
			*link = (struct link){.links = links,
				.other = object_find(name),
				.entry = json_incref(entry)};
			start_one(link, first);
			link++;
		}
	}
}

size_t links_count(const json_t *associations) {
	const char *name = NULL;
	json_t *entries = NULL;
	size_t count = 0;
	json_object_foreach ((json_t *)associations, name, entries) {
		count += json_array_size(entries);
	}
	return count;
}

struct links *links_start(const struct object *object, const char *id, const json_t *associations,
	const struct behalf *behalf, links_told_fn *told, void *ctx) {
	size_t count = links_count(associations);
	struct links *links = calloc(1, sizeof(*links) + count * sizeof(links->all[0]));
	if (links == NULL) {
		return NULL;
	}
	*links = (struct links){.object = object,
		.id = strdup(id),
		.behalf = *behalf,
		.told = told,
		.ctx = ctx,
		.is_starting = true,
		.waiting = count,
		.count = count};
	if (links->id != NULL) {
		start(links, associations);
	}
	links->is_starting = false;
	if (links->id == NULL || links->waiting == 0) { /* not one of them has begun */
		links_free(links);
		return NULL;
	}
	return links;
}

/* Those that are looked for or wait find out by themselves that they are not wanted. */
void links_cancel(struct links *links) {
	links->is_cancelled = true;
	for (size_t i = 0; i < links->count; i++) {
		struct link *link = &links->all[i];
		if (link->is_seeking) {
			find_cancel(&link->seeker);
		} else if (link->handle != NULL) {
			hubspot_cancel(links->object->hubspot, link->handle);
		}
	}
}
