/*
 * HubSpot names an owner by a number, people by an address. An address is asked about once: who
 * asks while the answer is on its way waits for it, who asks later gets it from memory.
 *
 * A look-up has the deadline and the caller of the one for whom it began. One whose own deadline is
 * earlier begins another, so nobody waits longer than he may; and when it passes, those who may
 * wait longer ask again. Another caller begins another, too: each has a share of his own.
 */
#include "object/inside.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/str.h"

enum {
	KEPT_MAX = 1000,
	KNOWN_MS = 10 * 60 * 1000,
	UNKNOWN_MS = 60 * 1000,
	EMAIL_SIZE = 321,
	PATH_BYTES_MAX = 2048
};

static const char OWNER[] = "hubspot_owner_id";

/* What is known of an address. */
struct owner {
	struct list link; /* of kept */
	char *email;      /* lower case */
	char *id;         /* NULL: nobody's */
	uint64_t until_ms;
};

struct look_up {
	struct list link; /* of look_ups */
	struct hubspot *hubspot;
	char *email;
	struct behalf behalf; /* its own */
	struct list waiters;
};

struct waiter {
	struct list link;
	struct hubspot *hubspot;
	json_t *record;
	struct behalf asker;
	owners_told_fn *told;
	void *ctx;
};

static struct list kept = {&kept, &kept}; /* the one asked for last comes first */
static size_t kept_count;
static struct list look_ups = {&look_ups, &look_ups};

/* ---- what is known ---- */

static void forget(struct owner *owner) {
	list_remove(&owner->link);
	kept_count--;
	free(owner->email);
	free(owner->id);
	free(owner);
}

void owners_close(void) {
	list_for_each_safe (owner, after, &kept, struct owner, link) {
		forget(owner);
	}
}

static struct owner *find(const char *email) {
	list_for_each_safe (owner, after, &kept, struct owner, link) {
		if (strcmp(owner->email, email) != 0) {
			continue;
		}
		if (owner->until_ms <= clock_now_ms()) {
			forget(owner);
			return NULL;
		}
		list_remove(&owner->link);
		list_insert(&kept, &owner->link);
		return owner;
	}
	return NULL;
}

/* Out of memory: it is asked for again the next time. */
static void keep(const char *email, const char *id) {
	struct owner *known = find(email);
	struct owner *owner = calloc(1, sizeof(*owner));
	if (known != NULL) {
		forget(known);
	}
	if (owner == NULL) {
		return;
	}
	list_insert(&kept, &owner->link);
	kept_count++;
	owner->email = strdup(email);
	owner->id = id != NULL ? strdup(id) : NULL;
	owner->until_ms = clock_now_ms() + (id != NULL ? KNOWN_MS : UNKNOWN_MS);
	if (owner->email == NULL || (id != NULL && owner->id == NULL)) {
		forget(owner);
	} else if (kept_count > KEPT_MAX) {
		forget(list_entry(kept.prev, struct owner, link));
	}
}

/* ---- into the record ---- */

json_t *owners_errors(const struct object *object) {
	const struct property *property = property_by_hubspot(object, OWNER);
	json_t *errors = json_array();
	(void)json_array_append_new(errors,
		field_error(property != NULL ? property->name : OWNER, "unknown_owner",
			"no owner in HubSpot has this e-mail address; archived ones do not count"));
	return errors;
}

/* `id` NULL: the address is nobody's. */
static enum owners_answer settle(json_t *record, const char *id) {
	if (id == NULL) {
		return OWNERS_NOBODY;
	}
	return json_object_set_new(record, OWNER, json_string(id)) == 0 ? OWNERS_READY
									: OWNERS_FAILED;
}

/* ---- telling who waits ---- */

static void tell(
	struct waiter *waiter, enum owners_answer answer, const struct hubspot_result *failed) {
	waiter->told(answer, failed, waiter->ctx);
	json_decref(waiter->record);
	free(waiter);
}

/* Nothing of the write has been sent, whatever became of the look-up. */
static void tell_failure(struct waiter *waiter, const struct hubspot_result *result) {
	struct hubspot_result failed = *result;
	failed.outcome = HUBSPOT_NOT_APPLIED;
	tell(waiter, OWNERS_FAILED, &failed);
}

static struct waiter *take_waiter(struct list *waiters) {
	struct waiter *waiter = list_first(waiters, struct waiter, link);
	if (waiter != NULL) {
		list_remove(&waiter->link);
	}
	return waiter;
}

/* ---- the look-up ---- */

/* The id of the owner with this address in a list of HubSpot's, borrowed; or NULL. */
static const char *pick(const json_t *results, const char *email) {
	size_t index = 0;
	json_t *owner = NULL;
	json_array_foreach (results, index, owner) {
		const char *own = json_member_text(owner, "email");
		const char *id = json_member_text(owner, "id");
		if (own != NULL && id != NULL && strcasecmp(own, email) == 0 &&
			!json_is_true(json_object_get(owner, "archived"))) {
			return id;
		}
	}
	return NULL;
}

static bool wait_for(struct waiter *waiter, const char *email);

static void free_look_up(struct look_up *look_up) {
	behalf_finish(&look_up->behalf);
	free(look_up->email);
	free(look_up);
}

/* Who may wait longer than the one for whom this began asks again. */
static void end_late(struct look_up *look_up, const struct hubspot_result *result) {
	struct waiter *waiter;
	while ((waiter = take_waiter(&look_up->waiters)) != NULL) {
		if (waiter->asker.deadline_ms <= look_up->behalf.deadline_ms) {
			tell_failure(waiter, result);
		} else if (!wait_for(waiter, look_up->email)) {
			tell(waiter, OWNERS_FAILED, NULL);
		}
	}
}

static void end_failed(struct look_up *look_up, const struct hubspot_result *result) {
	struct waiter *waiter;
	while ((waiter = take_waiter(&look_up->waiters)) != NULL) {
		tell_failure(waiter, result);
	}
}

static void end_well(struct look_up *look_up, const char *id) {
	struct waiter *waiter;
	keep(look_up->email, id);
	while ((waiter = take_waiter(&look_up->waiters)) != NULL) {
		tell(waiter, settle(waiter->record, id), NULL);
	}
}

static void looked_up(const struct hubspot_result *result, void *ctx) {
	struct look_up *look_up = ctx;
	const json_t *results = json_object_get(result->record, "results");
	list_remove(&look_up->link);
	if (result->failure == HUBSPOT_DEADLINE) {
		end_late(look_up, result);
	} else if (result->failure == HUBSPOT_INVALID) { /* to HubSpot it is no address at all */
		end_well(look_up, NULL);
	} else if (result->failure != HUBSPOT_OK) {
		end_failed(look_up, result);
	} else if (!json_is_array(results)) {
		struct hubspot_result odd = *result;
		odd.failure = HUBSPOT_BAD_REPLY;
		end_failed(look_up, &odd);
	} else {
		end_well(look_up, pick(results, look_up->email));
	}
	free_look_up(look_up);
}

static bool submit(struct look_up *look_up, const struct behalf *asker) {
	struct buf path;
	buf_init(&path, PATH_BYTES_MAX);
	buf_add_text(&path, "GET {owners}?limit=100&archived=false&email=");
	str_add_url_escaped(&path, look_up->email);
	struct hubspot_operation operation = {
		.kind = HUBSPOT_RAW, .flags = HUBSPOT_REPEATABLE, .object = buf_text(&path)};
	bool is_taken = !path.is_failed &&
		behalf_submit(asker, look_up->hubspot, &operation, looked_up, look_up, NULL);
	buf_finish(&path);
	return is_taken;
}

static struct look_up *begin(
	struct hubspot *hubspot, const char *email, const struct behalf *asker) {
	struct look_up *look_up = calloc(1, sizeof(*look_up));
	if (look_up == NULL) {
		return NULL;
	}
	list_init(&look_up->waiters);
	look_up->hubspot = hubspot;
	look_up->email = strdup(email);
	if (!behalf_keep(&look_up->behalf, asker) || look_up->email == NULL ||
		!submit(look_up, asker)) {
		free_look_up(look_up);
		return NULL;
	}
	list_append(&look_ups, &look_up->link);
	return look_up;
}

static struct look_up *find_look_up(const struct waiter *waiter, const char *email) {
	list_for_each (look_up, &look_ups, struct look_up, link) {
		if (look_up->hubspot == waiter->hubspot &&
			look_up->behalf.deadline_ms <= waiter->asker.deadline_ms &&
			behalf_may_wait(&waiter->asker, &look_up->behalf) &&
			strcmp(look_up->email, email) == 0) {
			return look_up;
		}
	}
	return NULL;
}

/* False: out of memory, and it does not wait. */
static bool wait_for(struct waiter *waiter, const char *email) {
	struct look_up *look_up = find_look_up(waiter, email);
	if (look_up == NULL) {
		look_up = begin(waiter->hubspot, email, &waiter->asker);
	}
	if (look_up != NULL) {
		list_append(&look_up->waiters, &waiter->link);
	}
	return look_up != NULL;
}

/* ---- asking ---- */

static enum owners_answer ask_later(struct hubspot *hubspot, json_t *record, const char *email,
	const struct behalf *asker, owners_told_fn *told, void *ctx) {
	struct waiter *waiter = calloc(1, sizeof(*waiter));
	if (waiter == NULL) {
		return OWNERS_FAILED;
	}
	*waiter = (struct waiter){
		.hubspot = hubspot, .record = record, .asker = *asker, .told = told, .ctx = ctx};
	list_init(&waiter->link);
	if (!wait_for(waiter, email)) {
		free(waiter);
		return OWNERS_FAILED;
	}
	json_incref(record);
	return OWNERS_LATER;
}

enum owners_answer owners_resolve(const struct object *object, json_t *record,
	const struct behalf *asker, owners_told_fn *told, void *ctx) {
	const char *value = json_string_value(json_object_get(record, OWNER));
	if (value == NULL || strchr(value, '@') == NULL) {
		return OWNERS_READY;
	}
	char email[EMAIL_SIZE];
	int length = snprintf(email, sizeof(email), "%s", value);
	if (length < 0 || (size_t)length >= sizeof(email)) {
		return OWNERS_NOBODY;
	}
	str_lower(email);
	const struct owner *owner = find(email);
	return owner != NULL ? settle(record, owner->id)
			     : ask_later(object->hubspot, record, email, asker, told, ctx);
}
