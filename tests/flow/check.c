/*
 * Does an answer keep what an "expect" statement says of it?
 */
#include "flow.h"

/* POINTER JSON [or JSON ...] */
static bool check_member(const char *rest, const struct answer *answer) {
	static const char OR[] = " or ";
	char pointer[128], expected[1024];
	if (!next_word(&rest, pointer, sizeof(pointer))) {
		return false;
	}
	for (const char *end; (end = strstr(rest, OR)) != NULL; rest = end + sizeof(OR) - 1) {
		snprintf(expected, sizeof(expected), "%.*s", (int)(end - rest), rest);
		if (json_has(answer->json, pointer, expected)) {
			return true;
		}
	}
	return json_has(answer->json, pointer, rest);
}

static bool check_absence(const char *rest, const struct answer *answer) {
	return answer->json != NULL && rest[0] == '/' && json_at(answer->json, rest) == NULL;
}

static bool check_text(const char *rest, const struct answer *answer) {
	return *rest != '\0' && answer->text != NULL && strstr(answer->text, rest) != NULL;
}

static bool check_header(const char *rest, const struct answer *answer) {
	char name[64];
	const char *value =
		next_word(&rest, name, sizeof(name)) ? answer_header(answer, name) : NULL;
	return value != NULL && strcmp(value, rest) == 0;
}

static bool check_within(const char *rest, const struct answer *answer) {
	return answer->ms <= strtoull(rest, NULL, 10);
}

static bool check_after(const char *rest, const struct answer *answer) {
	return answer->ms >= strtoull(rest, NULL, 10);
}

static void check_detail(
	const struct statement *statement, const char *detail, const struct answer *answer) {
	static const struct {
		const char *verb;
		bool (*is_true)(const char *rest, const struct answer *answer);
	} CHECKS[] = {{"has", check_member}, {"lacks", check_absence}, {"says", check_text},
		{"header", check_header}, {"within", check_within}, {"after", check_after}};
	for (size_t i = 0; i < sizeof(CHECKS) / sizeof(CHECKS[0]); i++) {
		const char *rest;
		if (is_verb(detail, CHECKS[i].verb, &rest)) {
			if (!CHECKS[i].is_true(rest, answer)) {
				flow_fail(statement->line,
					"expected: %s; found, after %u ms: %d %s", detail,
					(unsigned)answer->ms, answer->status,
					answer->text == NULL ? answer->error : answer->text);
			}
			return;
		}
	}
	flow_fail(statement->line, "no such expectation: %s", detail);
}

/* "502" or "502|504" */
static bool is_one_of(int status, const char *word) {
	bool is_found = false;
	for (; *word != '\0'; word += strcspn(word, "|"), word += *word == '|') {
		is_found |= strtol(word, NULL, 10) == status;
	}
	return is_found;
}

void check_answer(
	const struct statement *statement, const char *status, const struct answer *answer) {
	if (!is_one_of(answer->status, status)) {
		flow_fail(statement->line, "expected: %s; found, after %u ms: %d %s", status,
			(unsigned)answer->ms, answer->status,
			answer->text == NULL ? answer->error : answer->text);
	}
	for (size_t i = 0; i < statement->detail_count; i++) {
		check_detail(statement, statement->details[i], answer);
	}
}
