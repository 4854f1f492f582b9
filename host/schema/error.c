#include "schema/check.h"

#include "base/buf.h"

/* A stranger chooses the names of an instance: a reply of 100 faults must not carry 100 times 1 MB.
 */
enum { NAME_SHOWN = 256, POINTER_MAX = 65536 };

static size_t shown_length(const char *name) {
	size_t length = strnlen(name, NAME_SHOWN + 1);
	if (length <= NAME_SHOWN) {
		return length;
	}
	length = NAME_SHOWN;
	while (length > 0 && ((unsigned char)name[length] & 0xc0) == 0x80) {
		length--;
	}
	return length;
}

static void write_name(struct buf *to, const char *name) {
	size_t length = shown_length(name);
	for (size_t i = 0; i < length; i++) {
		if (name[i] == '~') {
			buf_add_text(to, "~0");
		} else if (name[i] == '/') {
			buf_add_text(to, "~1");
		} else {
			buf_add_char(to, name[i]);
		}
	}
	if (name[length] != '\0') {
		buf_add_text(to, "...");
	}
}

void place_write(struct buf *to, const struct place *place) {
	if (place->parent == NULL) {
		buf_add_text(to, place->name);
		return;
	}
	place_write(to, place->parent);
	buf_add_char(to, '/');
	if (place->name != NULL) {
		write_name(to, place->name);
	} else {
		buf_printf(to, "%zu", place->index);
	}
}

char *pointer_of(const struct place *place) {
	struct buf text;
	buf_init(&text, POINTER_MAX);
	place_write(&text, place);
	return buf_take(&text);
}

/* Without memory the fault is not told, but it still counts. */
static void tell(struct check *check, const char *code, const char *sentence) {
	struct buf pointer;
	buf_init(&pointer, POINTER_MAX);
	place_write(&pointer, check->place);
	const char *field = pointer.is_failed ? "/..." : buf_text(&pointer);
	/* Forms inside forms are told over and over: what that writes is counted, too. */
	check_spend(check, pointer.length / 4);
	json_t *error = json_object();
	if (error != NULL && json_object_set_new(error, "field", json_string(field)) == 0 &&
		json_object_set_new(error, "code", json_string(code)) == 0 &&
		json_object_set_new(error, "message", json_string(sentence)) == 0) {
		json_array_append(check->errors, error);
	}
	json_decref(error);
	buf_finish(&pointer);
}

bool check_fault(struct check *check, const char *code, const char *sentence) {
	if (check->errors != NULL && !check->is_over) {
		tell(check, code, sentence);
	}
	check->count++;
	check->is_over = check->errors == NULL || check->count >= SCHEMA_ERRORS_MAX ||
		check->aborted != NULL;
	return false;
}

bool check_member_fault(
	struct check *check, const char *name, const char *code, const char *sentence) {
	const struct place place = {.parent = check->place, .name = name};
	check->place = &place;
	check_fault(check, code, sentence);
	check->place = place.parent;
	return false;
}

bool rule_fault(struct check *check, const struct rule *rule) {
	return check_fault(check, rule->keyword->name, rule->sentence);
}

bool check_tell(struct check *check, const json_t *faults) {
	size_t index;
	json_t *fault;
	json_array_foreach (faults, index, fault) {
		if (check->is_over) {
			break;
		}
		json_array_append(check->errors, fault);
		check->count++;
		check->is_over = check->count >= SCHEMA_ERRORS_MAX;
	}
	return false;
}
