#include "inside.h"

#include "base/str.h"

const struct hsck_operation *hsck_operation(const struct hsck *kit, size_t index) {
	const struct hubspot *hubspot = kit->hubspot;
	return index < hubspot->count ? &hubspot->operations[index]->shown : NULL;
}

size_t hsck_operations(const struct hsck *kit) {
	return kit->hubspot->count;
}

size_t hsck_waiting(const struct hsck *kit) {
	size_t count = 0;
	for (size_t i = 0; i < kit->hubspot->count; i++) {
		count += !kit->hubspot->operations[i]->shown.has_ended;
	}
	return count;
}

static void give(void *ctx) {
	struct hubspot_handle *operation = ctx;
	answer_give(operation, operation->answer);
}

bool hsck_answer(struct hsck *kit, size_t index, const struct hsck_answer *answer) {
	if (index >= kit->hubspot->count) {
		kit_die("there is no operation %zu, but %zu of them", index, kit->hubspot->count);
	}
	struct hubspot_handle *operation = kit->hubspot->operations[index];
	if (operation->shown.has_ended || operation->shown.is_cancelled) {
		return false;
	}
	const struct prepared *prepared = prepared_make(kit, answer);
	loop_timer_stop(&operation->due);
	loop_task_cancel(&operation->task);
	if (answer->after_ms > 0) {
		hubspot_will_answer(operation, prepared);
		return true;
	}
	operation->answer = prepared;
	kit_call(kit, give, operation);
	return true;
}

void hsck_set_room(struct hsck *kit, bool has_room) {
	kit->hubspot->is_full = !has_room;
}

/* ---- the memory ---- */

static struct memory *memory_of(const struct hsck *kit) {
	if (kit->hubspot->memory == NULL) {
		kit_die("this kit has no records: open it with .hubspot = HSCK_REMEMBER");
	}
	return kit->hubspot->memory;
}

json_t *hsck_record(struct hsck *kit, const char *object, const char *id) {
	return json_object_get(memory_type(memory_of(kit), object), id);
}

const char *hsck_put_record(struct hsck *kit, const char *object, const char *properties) {
	json_t *values = kit_json(properties, "a record");
	const char *id = kit_keep(kit, memory_put(memory_of(kit), object, values));
	json_decref(values);
	return id;
}

bool hsck_is_linked(struct hsck *kit, const char *object, const char *id, const char *to_object,
	const char *to_id) {
	char *one = str_format("%s/%s", object, id);
	char *other = str_format("%s/%s", to_object, to_id);
	bool is_linked =
		one != NULL && other != NULL && memory_is_linked(memory_of(kit), one, other);
	free(one);
	free(other);
	return is_linked;
}
