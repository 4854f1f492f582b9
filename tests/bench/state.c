/*
 * The last check: what the sandbox holds against what was acknowledged. A record may have its last
 * acknowledged value, or a later one whose fate no reply told; nothing else, and nothing twice.
 */
#include "load.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FAULTS_SHOWN = 5 };

struct check {
	const struct run *run;
	uint8_t *seen; /* owned; times, by record */
	json_t *faults;
	size_t fault_count, right_count;
};

static void complain(struct check *check, const char *what, const char *address) {
	char text[160];
	snprintf(text, sizeof(text), "%s: %s", address, what);
	if (check->fault_count++ < FAULTS_SHOWN) {
		json_array_append_new(check->faults, json_string(text));
	}
}

static bool is_version(const json_t *properties, uint32_t number, unsigned version) {
	char lastname[64];
	const char *found = json_string_value(json_object_get(properties, "lastname"));
	work_lastname(number, version, lastname, sizeof(lastname));
	return version > 0 && found != NULL && strcmp(found, lastname) == 0;
}

static void check_stored(struct check *check, const json_t *stored) {
	const json_t *properties = json_object_get(stored, "properties");
	const char *address = json_string_value(json_object_get(properties, "email"));
	const char *id = json_string_value(json_object_get(stored, "id"));
	uint32_t number;
	if (!work_read_address(address, &number) || number >= check->run->record_count) {
		complain(check, "nobody wrote this", address == NULL ? "?" : address);
		return;
	}
	const struct record *record = check->run->records[number];
	if (check->seen[number]++ > 0) {
		complain(check, "is there twice", address);
	} else if (*record->id != '\0' && (id == NULL || strcmp(record->id, id) != 0)) {
		complain(check, "has another id than the reply said", address);
	} else if (!is_version(properties, number, record->acknowledged) &&
		!is_version(properties, number, record->possible)) {
		complain(check, "has another value than its last write", address);
	} else {
		check->right_count++;
	}
}

static void check_missing(struct check *check) {
	for (uint32_t i = 0; i < check->run->record_count; i++) {
		if (check->run->records[i]->acknowledged > 0 && check->seen[i] == 0) {
			char address[64];
			work_address(i, address, sizeof(address));
			complain(check, "was acknowledged and is not there", address);
		}
	}
}

static void check_all(struct check *check, const json_t *stored) {
	size_t at;
	json_t *value;
	json_array_foreach (json_object_get(stored, "results"), at, value) {
		check_stored(check, value);
	}
	check_missing(check);
}

json_t *state_verify(const struct run *run) {
	struct check check = {
		.run = run, .faults = json_array(), .seen = calloc(run->record_count + 1, 1)};
	json_t *counts = wire_get(run->settings->sandbox_port, "/sandbox/__state");
	json_t *stored = wire_get(run->settings->sandbox_port, "/sandbox/__state/contacts");
	if (check.seen == NULL || stored == NULL || counts == NULL) {
		complain(&check, "its state cannot be read", "the sandbox");
	} else {
		check_all(&check, stored);
	}
	json_decref(stored);
	free(check.seen);
	return json_pack("{s:o*,s:I,s:I,s:o}", "counts", counts, "right",
		(json_int_t)check.right_count, "faults", (json_int_t)check.fault_count,
		"first_faults", check.faults);
}
