#include "schema/check.h"

#include "base/buf.h"
#include "base/str.h"

/*
 * What to say of a value that meets none of several forms. When all of them fail at the value
 * itself, their sentences together say what it may be. When some look into it and fail there, the
 * value is meant to be one of those: the one with the fewest faults tells them.
 */
enum { TOLD_MAX = 24, SENTENCE_SHOWN = 400 };

struct nearest {
	json_t *faults; /* or NULL */
	size_t form;
	bool is_inside; /* it fails below the value, not at it */
};

static bool is_at(const json_t *fault, const char *pointer) {
	return str_is_equal(json_string_value(json_object_get(fault, "field")), pointer);
}

static bool are_inside(const json_t *faults, const char *pointer) {
	size_t index;
	json_t *fault;
	json_array_foreach (faults, index, fault) {
		if (is_at(fault, pointer)) {
			return false;
		}
	}
	return json_array_size(faults) > 0;
}

static bool is_nearer(const struct nearest *nearest, const json_t *faults, bool is_inside) {
	if (nearest->faults == NULL || is_inside != nearest->is_inside) {
		return nearest->faults == NULL || is_inside;
	}
	return json_array_size(faults) < json_array_size(nearest->faults);
}

static void add_sentence(struct buf *to, const json_t *faults) {
	const char *sentence =
		json_string_value(json_object_get(json_array_get(faults, 0), "message"));
	if (sentence == NULL || strstr(buf_text(to), sentence) != NULL) {
		return;
	}
	buf_add_text(to, to->length > 0 ? ", or " : "");
	buf_add_text(to, to->length < SENTENCE_SHOWN ? sentence : "...");
}

static void try_form(struct check *check, const struct rule *rule, size_t form,
	const json_t *instance, const char *pointer, struct nearest *nearest,
	struct buf *sentences) {
	json_t *faults = json_array();
	if (faults == NULL || check_try(check, rule->nodes[form], instance, faults)) {
		json_decref(faults);
		return;
	}
	bool is_inside = are_inside(faults, pointer);
	add_sentence(sentences, faults);
	if (is_nearer(nearest, faults, is_inside)) {
		json_decref(nearest->faults);
		*nearest = (struct nearest){faults, form, is_inside};
	} else {
		json_decref(faults);
	}
}

static void tell_nearest(
	struct check *check, const struct rule *rule, const struct nearest *nearest) {
	char sentence[128];
	snprintf(sentence, sizeof(sentence),
		"is of none of its %zu forms; it comes nearest to form %zu, whose faults follow",
		rule->count, nearest->form + 1);
	check_fault(check, rule->keyword->name, sentence);
	check_tell(check, nearest->faults);
}

bool alternatives_fault(struct check *check, const struct rule *rule, const json_t *instance) {
	const char *code = rule->keyword->name;
	char *pointer = check->errors != NULL ? pointer_of(check->place) : NULL;
	if (pointer == NULL) {
		return check_fault(check, code, "is of none of the forms that are possible here");
	}
	struct nearest nearest = {0};
	struct buf sentences;
	buf_init(&sentences, 65536);
	for (size_t i = 0; i < rule->count && i < TOLD_MAX && !check->is_over; i++) {
		try_form(check, rule, i, instance, pointer, &nearest, &sentences);
	}
	if (nearest.is_inside && rule->count > 1) {
		tell_nearest(check, rule, &nearest);
	} else if (nearest.is_inside) {
		check_tell(check, nearest.faults);
	} else {
		check_fault(check, code,
			sentences.length > 0 ? buf_text(&sentences)
					     : "is of none of the forms that are possible here");
	}
	json_decref(nearest.faults);
	buf_finish(&sentences);
	free(pointer);
	return false;
}
