/* The operator's file: every fault is told with the file, the entry and the culprit. */
#include "keys_kit.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HASH "\"hash\": \"sha256:" HEX "\""
#define SCOPES "\"scopes\": [\"a:read\"]"
#define GOOD "\"name\": \"app\", " HASH ", " SCOPES

static char error[400];

static json_t *read_text(const char *text) {
	error[0] = '\0';
	return http_read_api_keys("keys.json", text, strlen(text), error, sizeof(error));
}

static void refuse(const char *text, const char *words) {
	json_t *keys = read_text(text);
	if (keys != NULL || strstr(error, words) == NULL ||
		strncmp(error, "keys.json: ", 11) != 0 || strchr(error, '\n') != NULL ||
		strstr(error, HEX) != NULL) {
		json_decref(keys);
		fail_msg("%s\n\"%s\" expected: \"%s\"", text, words, error);
	}
}

static void refuse_entry(const char *entry, const char *words) {
	char text[6000];
	snprintf(text, sizeof(text), "{\"keys\": [%s]}", entry);
	refuse(text, words);
}

static void refuse_member(const char *member, const char *words) {
	char entry[5000];
	char whole[400];
	snprintf(entry, sizeof(entry), "{" GOOD ", %s}", member);
	snprintf(whole, sizeof(whole), "keys[0] \"app\": %s", words);
	refuse_entry(entry, whole);
}

static void take(const char *entries, size_t count) {
	char text[6000];
	snprintf(text, sizeof(text), "{\"keys\": [%s]}", entries);
	json_t *keys = read_text(text);
	if (keys == NULL) {
		fail_msg("%s", error);
	}
	assert_int_equal(json_array_size(json_object_get(keys, "keys")), count);
	json_decref(keys);
}

static void what_is_good(void **state) {
	(void)state;
	take("", 0);
	take("{" GOOD "}", 1);
	take("{" GOOD
	     ", \"priority\": \"interactive\", \"batch_priority\": \"normal\", \"weight\": 100, "
	     "\"rate\": {\"requests\": 1000000, \"seconds\": 86400}, "
	     "\"created\": \"2026-01-01T00:00:00.123Z\", \"expires\": "
	     "\"2027-01-01T02:00:00+02:00\"}",
		1);
	take("{\"name\": \"A.b_c-9\", " HASH ", \"scopes\": [\"*:read\", \"hubspot:raw\"]}", 1);
}

static void the_file_as_a_whole(void **state) {
	(void)state;
	refuse("", "");
	refuse("{", "");
	refuse("[]", "expected {\"keys\": [...]} and nothing else");
	refuse("{}", "expected {\"keys\": [...]}");
	refuse("{\"keys\": {}}", "expected {\"keys\": [...]}");
	refuse("{\"keys\": [], \"version\": 1}", "and nothing else");
	refuse("{\"keys\": [], \"keys\": []}", "");
	refuse("{\"keys\": []} x", "");
	refuse("{\"keys\": [\"hsc_x\"]}", "keys[0]: expected an object");
	refuse_entry("{" GOOD "}, 7", "keys[1]: expected an object");
}

static void what_is_missing_or_unknown(void **state) {
	(void)state;
	refuse_entry("{}", "keys[0]: \"name\" is missing");
	refuse_entry("{\"name\": \"app\", " SCOPES "}", "keys[0] \"app\": \"hash\" is missing");
	refuse_entry("{\"name\": \"app\", " HASH "}", "keys[0] \"app\": \"scopes\" is missing");
	refuse_member("\"expirse\": \"2027-01-01T00:00:00Z\"", "unknown member \"expirse\"");
	refuse_member("\"key\": \"hsc_x\"", "unknown member \"key\"");
}

static void names(void **state) {
	static const char *const bad[] = {"", ".a", "-a", "_a", "a b", "a\\\"b", "a/b", "a\\\\b",
		"\\u00e9", "a\\nb", "none", "anonymous", "other", "a{b}",
		"0123456789012345678901234567890123456789012345678901234567890123x"};
	char entry[400];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(entry, sizeof(entry), "{\"name\": \"%s\", " HASH ", " SCOPES "}", bad[i]);
		refuse_entry(entry, "name: expected 1 to 64 letters");
	}
	refuse_entry("{\"name\": 7, " HASH ", " SCOPES "}", "keys[0]: name: expected");
}

static void hashes(void **state) {
	static const char *const bad[] = {"", HEX, "sha256:", "sha1:" HEX, "SHA256:" HEX,
		"sha256:" HEX "0",
		"sha256:"
		"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256:"
		"g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
		"sha256: 123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"};
	char entry[400];
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(entry, sizeof(entry), "{\"name\": \"app\", \"hash\": \"%s\", " SCOPES "}",
			bad[i]);
		refuse_entry(entry, "keys[0] \"app\": hash: expected \"sha256:\" and 64");
	}
	refuse_entry("{\"name\": \"app\", \"hash\": null, " SCOPES "}", "hash: expected");
}

static void what_comes_twice(void **state) {
	(void)state;
	struct made made = make_key();
	char *second = entry_of(&made, "app", "\"a:read\"", NULL);
	char *third = entry_of(&made, "b", "\"a:read\"", NULL);
	char *fourth = entry_of(&made, "c", "\"a:read\"", NULL);
	char entries[1200];
	snprintf(entries, sizeof(entries), "{" GOOD "}, %s", second);
	refuse_entry(entries, "keys[1] \"app\": name: keys[0] has the same one");
	snprintf(entries, sizeof(entries), "{" GOOD "}, %s, %s", third, fourth);
	refuse_entry(entries, "keys[2] \"c\": hash: keys[1] has the same one");
	free(second);
	free(third);
	free(fourth);
}

static void scopes(void **state) {
	(void)state;
	char many[2000] = "";
	for (size_t i = 0; i < 65; i++) {
		snprintf(many + strlen(many), sizeof(many) - strlen(many), "%s\"a%zu:read\"",
			i == 0 ? "" : ", ", i);
	}
	static const struct {
		const char *scopes, *words;
	} bad[] = {{"[]", "scopes: expected an array of 1 to 64"},
		{"\"a:read\"", "scopes: expected an array"},
		{"{\"a:read\": true}", "scopes: expected an array"},
		{"[\"a:read\", \"a:wirte\"]", "scopes[1]: \"a:wirte\" is no scope"},
		{"[7]", "scopes[0]: \"\" is no scope"},
		{"[\"*\"]", "scopes[0]: \"*\" is no scope"}};
	char entry[2400];
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(entry, sizeof(entry), "{\"name\": \"app\", " HASH ", \"scopes\": %s}",
			bad[i].scopes);
		refuse_entry(entry, bad[i].words);
	}
	snprintf(entry, sizeof(entry), "{\"name\": \"app\", " HASH ", \"scopes\": [%s]}", many);
	refuse_entry(entry, "scopes: expected an array of 1 to 64");
}

static void the_other_members(void **state) {
	(void)state;
	refuse_member("\"priority\": \"high\"", "priority: expected interactive, normal or bulk");
	refuse_member("\"priority\": 1", "priority: expected");
	refuse_member("\"batch_priority\": \"\"", "batch_priority: expected");
	refuse_member("\"weight\": 0", "weight: expected a number from 1 to 100");
	refuse_member("\"weight\": 101", "weight: expected");
	refuse_member("\"weight\": 1.5", "weight: expected");
	refuse_member("\"weight\": \"1\"", "weight: expected");
	refuse_member("\"rate\": 100", "rate: expected {\"requests\"");
	refuse_member("\"rate\": \"100/10s\"", "rate: expected");
	refuse_member("\"rate\": {\"requests\": 1}", "rate: expected");
	refuse_member("\"rate\": {\"requests\": 0, \"seconds\": 1}", "rate: expected");
	refuse_member("\"rate\": {\"requests\": 1000001, \"seconds\": 1}", "rate: expected");
	refuse_member("\"rate\": {\"requests\": 1, \"seconds\": 86401}", "rate: expected");
	refuse_member(
		"\"rate\": {\"requests\": 1, \"seconds\": 1, \"burst\": 1}", "rate: expected");
	refuse_member("\"created\": \"yesterday\"", "created: expected a time");
	refuse_member("\"expires\": null", "expires: expected a time");
	refuse_member("\"expires\": 1798761600", "expires: expected a time");
	refuse_member("\"expires\": \"2027-01-01\"", "expires: expected a time");
}

static void times(void **state) {
	static const struct {
		const char *text;
		uint64_t wall_ms;
	} good[] = {{"1970-01-01T00:00:00Z", 0}, {"2027-01-01T00:00:00Z", 1798761600000},
		{"2027-01-01T00:00:00.999999Z", 1798761600000},
		{"2027-01-01T01:30:00+01:30", 1798761600000},
		{"2026-12-31T16:00:00-08:00", 1798761600000},
		{"2028-02-29T00:00:00Z", 1835395200000},
		{"2027-01-01T00:00:00-00:00", 1798761600000}};
	static const char *const bad[] = {"", "2027", "2027-01-01", "2027-01-01T00:00:00",
		"2027-01-01 00:00:00Z", "2027-13-01T00:00:00Z", "2027-00-01T00:00:00Z",
		"2027-02-29T00:00:00Z", "2027-04-31T00:00:00Z", "2027-01-00T00:00:00Z",
		"2027-01-01T24:00:00Z", "2027-01-01T00:60:00Z", "2027-01-01T00:00:60Z",
		"2027-01-01T00:00:00.Z", "2027-01-01T00:00:00+1:00", "2027-01-01T00:00:00+01",
		"2027-01-01T00:00:00Zx", "2027-1-1T0:0:0Z", "1969-12-31T23:59:59Z",
		"1970-01-01T00:00:00+01:00", "+027-01-01T00:00:00Z", "2027-01-01T00:00:00z"};
	uint64_t wall_ms = 0;
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(api_keys_read_time(good[i].text, &wall_ms));
		assert_int_equal(wall_ms, good[i].wall_ms);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (api_keys_read_time(bad[i], &wall_ms)) {
			fail_msg("taken: \"%s\"", bad[i]);
		}
	}
}

/* The most there may be, and one more. */
static void the_bound(void **state) {
	json_t *list = json_array();
	(void)state;
	for (size_t i = 0; i <= HTTP_API_KEYS_MAX; i++) {
		char name[16], hash[HTTP_API_KEY_HASH_SIZE];
		snprintf(name, sizeof(name), "k%zu", i);
		snprintf(hash, sizeof(hash), "sha256:%064zx", i);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:[s]}", "name", name, "hash", hash, "scopes",
				"a:read"));
	}
	json_t *file = json_pack("{s:O}", "keys", list);
	char *text = json_dumps(file, JSON_COMPACT);
	assert_null(read_text(text));
	assert_non_null(strstr(error, "more than 10000 keys"));
	free(text);
	json_array_remove(list, 0);
	text = json_dumps(file, JSON_COMPACT);
	assert_true(strlen(text) < HTTP_API_KEYS_BYTES_MAX);
	json_t *read = read_text(text);
	assert_non_null(read);
	struct api_keys *keys = api_keys_create(read, NULL, NULL);
	assert_int_equal(api_keys_count(keys), HTTP_API_KEYS_MAX);
	api_keys_drop(keys);
	json_decref(read);
	json_decref(file);
	json_decref(list);
	free(text);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_good),
		cmocka_unit_test(the_file_as_a_whole),
		cmocka_unit_test(what_is_missing_or_unknown),
		cmocka_unit_test(names),
		cmocka_unit_test(hashes),
		cmocka_unit_test(what_comes_twice),
		cmocka_unit_test(scopes),
		cmocka_unit_test(the_other_members),
		cmocka_unit_test(times),
		cmocka_unit_test(the_bound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
