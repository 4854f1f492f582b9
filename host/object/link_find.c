/*
 * A record's id by a key. A thousand contacts of one company, in one batch, name its domain a
 * thousand times: a caller who looks for the same at once shares one look-up, and one create.
 */
#include "object/links.h"

#include "base/str.h"

struct find {
	struct list link;
	const struct object *object;
	char *value;
	const char *id_property; /* the object's own */
	bool may_create;
	struct behalf behalf; /* its own */
	struct list seekers;
	size_t wanted_by; /* of the seekers, those that have not cancelled */
	struct hubspot_handle *handle;
};

static struct list finds = {&finds, &finds};

static void find_free(struct find *find) {
	if (find != NULL) {
		list_remove(&find->link);
		behalf_finish(&find->behalf);
		free(find->value);
		free(find);
	}
}

/* HubSpot found it, and does not say which it is. */
static struct hubspot_result sound(const struct hubspot_result *result) {
	struct hubspot_result told = *result;
	if (told.failure == HUBSPOT_OK && told.id == NULL) {
		told.failure = HUBSPOT_BAD_REPLY;
		told.outcome = HUBSPOT_UNKNOWN;
		told.is_retryable = true;
	}
	return told;
}

/* They are out of the find before the first one hears of it: it may look for something else. */
static void was_found(const struct hubspot_result *result, void *ctx) {
	struct find *find = ctx;
	struct hubspot_result told = sound(result);
	struct list seekers;
	list_init(&seekers);
	while (!list_is_empty(&find->seekers)) {
		struct seeker *seeker = list_first(&find->seekers, struct seeker, link);
		list_remove(&seeker->link);
		list_append(&seekers, &seeker->link);
		seeker->find = NULL;
	}
	find_free(find);
	while (!list_is_empty(&seekers)) {
		struct seeker *seeker = list_first(&seekers, struct seeker, link);
		list_remove(&seeker->link);
		seeker->found(seeker, &told);
		told.is_created = false; /* by the first of them */
	}
}

static bool ask(struct find *find, const struct find_wanted *wanted) {
	static const char *const only_the_key[] = {NULL};
	json_auto_t *record =
		find->may_create ? json_pack("{s:s}", find->id_property, find->value) : NULL;
	struct hubspot_operation operation = {
		.kind = find->may_create ? HUBSPOT_UPSERT : HUBSPOT_READ,
		.flags = find->may_create ? HUBSPOT_ID_ONLY : HUBSPOT_RECENT,
		.object = find->object->hubspot_type,
		.id = find->value,
		.id_property = find->id_property,
		.properties = find->may_create ? NULL : only_the_key,
		.body = record};
	return (record != NULL || !find->may_create) &&
		behalf_submit(&wanted->behalf, find->object->hubspot, &operation, was_found, find,
			&find->handle);
}

/* One under way for the same request, or as if: it says it when one of its own would. */
static struct find *find_equal(const struct find_wanted *wanted) {
	list_for_each (find, &finds, struct find, link) {
		if (find->object == wanted->object && find->may_create == wanted->may_create &&
			find->wanted_by > 0 &&
			find->behalf.deadline_ms == wanted->behalf.deadline_ms &&
			behalf_may_wait(&wanted->behalf, &find->behalf) &&
			strcmp(find->id_property, wanted->id_property) == 0 &&
			strcmp(find->value, wanted->value) == 0) {
			return find;
		}
	}
	return NULL;
}

static struct find *make(const struct find_wanted *wanted) {
	struct find *find = calloc(1, sizeof(*find));
	if (find == NULL) {
		return NULL;
	}
	*find = (struct find){.object = wanted->object,
		.value = strdup(wanted->value),
		.id_property = wanted->id_property,
		.may_create = wanted->may_create};
	list_init(&find->link);
	list_init(&find->seekers);
	if (find->value == NULL || !behalf_keep(&find->behalf, &wanted->behalf) ||
		!ask(find, wanted)) {
		find_free(find);
		return NULL;
	}
	list_append(&finds, &find->link);
	return find;
}

static bool join(struct seeker *seeker, struct find *find, found_fn *found) {
	if (find == NULL) {
		return false;
	}
	*seeker = (struct seeker){.find = find, .found = found};
	list_append(&find->seekers, &seeker->link);
	find->wanted_by++;
	return true;
}

bool find_join(struct seeker *seeker, const struct find_wanted *wanted, found_fn *found) {
	return join(seeker, find_equal(wanted), found);
}

bool find_start(struct seeker *seeker, const struct find_wanted *wanted, found_fn *found) {
	return find_join(seeker, wanted, found) || join(seeker, make(wanted), found);
}

void find_cancel(struct seeker *seeker) {
	struct find *find = seeker->find;
	if (find != NULL && --find->wanted_by == 0) {
		hubspot_cancel(find->object->hubspot, find->handle);
	}
}
