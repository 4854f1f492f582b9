/* A set of keys: who is found in it, and what goes on when another one takes its place. */
#include "keys_kit.h"

#define WRITE "\"contacts:write\""
#define NEVER UINT64_MAX

/* Of one key, freed by the caller. */
static struct api_keys *set_of(const struct made *made, const char *name, const char *more,
	const struct api_keys *old, struct http_api_keys_change *change) {
	json_t *file = file_of((char *[]){entry_of(made, name, WRITE, more), NULL});
	struct api_keys *keys = api_keys_create(file, old, change);
	assert_non_null(keys);
	json_decref(file);
	return keys;
}

static void a_made_key_is_long_and_random(void **state) {
	static const char letters[] =
		"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	size_t seen[128] = {0};
	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		struct made made = make_key();
		assert_int_equal(strncmp(made.key, "hsc_", 4), 0);
		assert_int_equal(strlen(made.key), 47);
		assert_int_equal(strspn(made.key + 4, letters), 43);
		for (const char *at = made.key + 4; *at != '\0'; at++) {
			seen[(unsigned char)*at]++;
		}
	}
	/* 86,000 letters, so about 1,387 each (sd 37): 10 of those away is no chance. */
	for (size_t i = 0; letters[i] != '\0'; i++) {
		size_t count = seen[(unsigned char)letters[i]];
		assert_in_range(count, 1017, 1757);
	}
}

static void the_hash_is_sha256_of_the_key(void **state) {
	static const char abc[] =
		"sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	unsigned char hash[API_KEY_DIGEST_SIZE], read[API_KEY_DIGEST_SIZE];
	(void)state;
	assert_true(api_key_hash("abc", 3, hash));
	assert_true(api_key_read_hash(abc, read));
	assert_memory_equal(hash, read, sizeof(hash));
	struct made made = make_key();
	assert_true(api_key_hash(made.key, strlen(made.key), hash));
	assert_true(api_key_read_hash(made.hash, read));
	assert_memory_equal(hash, read, sizeof(hash));
}

static void the_tag_is_hmac_of_the_hash(void **state) {
	/* python3 -c 'import hmac; print(hmac.new(bytes(range(32)), bytes(32),
	 * "sha256").hexdigest())' */
	static const char wanted[] =
		"sha256:416c5392b9f36df188e90eb14d17bf0da190bfdb7f1f4956e6e566a569c8b15c";
	unsigned char secret[API_KEY_DIGEST_SIZE], hash[API_KEY_DIGEST_SIZE] = {0};
	unsigned char tag[API_KEY_DIGEST_SIZE], read[API_KEY_DIGEST_SIZE];
	(void)state;
	for (size_t i = 0; i < sizeof(secret); i++) {
		secret[i] = (unsigned char)i;
	}
	assert_true(api_key_tag(secret, hash, tag));
	assert_true(api_key_read_hash(wanted, read));
	assert_memory_equal(tag, read, sizeof(tag));
}

static void each_byte_counts_when_compared(void **state) {
	unsigned char a[API_KEY_DIGEST_SIZE] = {0}, b[API_KEY_DIGEST_SIZE] = {0};
	(void)state;
	assert_true(api_key_is_equal(a, b));
	for (size_t i = 0; i < sizeof(a); i++) {
		b[i] = 0x80;
		assert_false(api_key_is_equal(a, b));
		b[i] = 0;
	}
}

static void only_the_key_itself_is_found(void **state) {
	struct made made = make_key(), other = make_key();
	struct api_keys *keys = set_of(&made, "app", NULL, NULL, NULL);
	char text[API_KEY_TEXT_MAX + 2];
	(void)state;
	struct api_key *found = api_keys_find(keys, made.key, 0);
	assert_non_null(found);
	assert_string_equal(found->caller.name, "app");
	assert_null(api_keys_find(keys, other.key, 0));
	assert_null(api_keys_find(keys, "", 0));
	assert_null(api_keys_find(keys, made.hash, 0)); /* a stolen file opens nothing */
	for (size_t length = 0; length < strlen(made.key); length++) {
		snprintf(text, sizeof(text), "%.*s", (int)length, made.key);
		assert_null(api_keys_find(keys, text, 0));
		snprintf(text, sizeof(text), "%s", made.key);
		text[length] ^= 0x20;
		assert_null(api_keys_find(keys, text, 0));
	}
	snprintf(text, sizeof(text), "%sx", made.key);
	assert_null(api_keys_find(keys, text, 0));
	snprintf(text, sizeof(text), " %s", made.key);
	assert_null(api_keys_find(keys, text, 0));
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_null(api_keys_find(keys, text, 0));
	api_keys_drop(keys);
}

static void what_an_entry_says_is_the_callers(void **state) {
	struct made made = make_key();
	(void)state;
	struct api_keys *keys = set_of(&made, "app", NULL, NULL, NULL);
	const struct api_key *key = api_keys_find(keys, made.key, 0);
	assert_int_equal(key->caller.priority, HTTP_NORMAL);
	assert_int_equal(key->caller.batch_priority, HTTP_BULK);
	assert_int_equal(key->caller.weight, 1);
	assert_int_equal(key->rate.requests, 0);
	assert_int_equal(json_array_size(key->scopes), 1);
	api_keys_drop(keys);
	keys = set_of(&made, "app",
		"\"priority\": \"bulk\", \"batch_priority\": \"interactive\", \"weight\": 100, "
		"\"rate\": {\"requests\": 5, \"seconds\": 2}",
		NULL, NULL);
	key = api_keys_find(keys, made.key, 0);
	assert_int_equal(key->caller.priority, HTTP_BULK);
	assert_int_equal(key->caller.batch_priority, HTTP_INTERACTIVE);
	assert_int_equal(key->caller.weight, 100);
	assert_int_equal(key->rate.requests, 5);
	assert_int_equal(key->rate.seconds, 2);
	api_keys_drop(keys);
}

static void an_expired_key_is_not_found(void **state) {
	struct made made = make_key();
	struct api_keys *keys =
		set_of(&made, "app", "\"expires\": \"2027-01-01T00:00:00Z\"", NULL, NULL);
	const uint64_t end_ms = 1798761600000;
	(void)state;
	assert_non_null(api_keys_find(keys, made.key, end_ms - 1));
	assert_null(api_keys_find(keys, made.key, end_ms));
	assert_null(api_keys_find(keys, made.key, NEVER));
	api_keys_drop(keys);
}

/* ---- another set takes its place ---- */

#define RATE "\"rate\": {\"requests\": 3, \"seconds\": 10}"

static size_t take_all(struct api_keys *keys, const struct made *made) {
	struct api_key *key = api_keys_find(keys, made->key, 0);
	size_t taken = 0;
	assert_non_null(key);
	while (bucket_take(&key->bucket, &key->rate, 1000)) {
		taken++;
	}
	return taken;
}

static void a_rate_that_stays_goes_on(void **state) {
	struct made first = make_key(), second = make_key();
	struct http_api_keys_change change;
	struct api_keys *keys = set_of(&first, "app", RATE, NULL, &change);
	(void)state;
	assert_int_equal(change.count, 1);
	assert_int_equal(change.added, 1);
	assert_int_equal(change.gone, 0);
	assert_int_equal(take_all(keys, &first), 3);
	struct api_keys *same = set_of(&first, "app", RATE ", \"weight\": 9", keys, &change);
	assert_int_equal(change.added, 0);
	assert_int_equal(change.gone, 0);
	assert_int_equal(take_all(same, &first), 0);
	/* Another secret of the same caller: no second helping. */
	struct api_keys *rotated = set_of(&second, "app", RATE, same, &change);
	assert_int_equal(change.added, 1);
	assert_int_equal(change.gone, 1);
	assert_int_equal(take_all(rotated, &second), 0);
	assert_null(api_keys_find(rotated, first.key, 0));
	struct api_keys *faster = set_of(
		&second, "app", "\"rate\": {\"requests\": 4, \"seconds\": 10}", rotated, &change);
	assert_int_equal(take_all(faster, &second), 4);
	struct api_keys *renamed = set_of(
		&second, "tool", "\"rate\": {\"requests\": 4, \"seconds\": 10}", faster, &change);
	assert_int_equal(change.added, 1);
	assert_int_equal(take_all(renamed, &second), 4);
	api_keys_drop(keys);
	api_keys_drop(same);
	api_keys_drop(rotated);
	api_keys_drop(faster);
	api_keys_drop(renamed);
}

static void a_set_lives_as_long_as_it_is_held(void **state) {
	struct made made = make_key();
	struct api_keys *keys = set_of(&made, "app", NULL, NULL, NULL);
	const struct api_key *key = api_keys_find(keys, made.key, 0);
	(void)state;
	assert_ptr_equal(api_keys_hold(keys), keys);
	api_keys_drop(keys);
	assert_string_equal(key->caller.name, "app"); /* a sanitizer would see it freed */
	api_keys_drop(keys);
	api_keys_drop(NULL);
}

static void an_empty_set_knows_nobody(void **state) {
	struct made made = make_key();
	json_t *file = file_of((char *[]){NULL});
	struct api_keys *keys = api_keys_create(file, NULL, NULL);
	(void)state;
	assert_int_equal(api_keys_count(keys), 0);
	assert_null(api_keys_find(keys, made.key, 0));
	api_keys_drop(keys);
	json_decref(file);
}

/* ---- what a search costs does not depend on the key ---- */

enum { MANY = 1000, SEARCHES = 4000 };

static size_t compared;

bool __real_api_key_is_equal(const unsigned char *a, const unsigned char *b);
bool __wrap_api_key_is_equal(const unsigned char *a, const unsigned char *b);

bool __wrap_api_key_is_equal(const unsigned char *a, const unsigned char *b) {
	compared++;
	return __real_api_key_is_equal(a, b);
}

static json_t *many_keys(struct made made[MANY]) {
	json_t *list = json_array();
	for (size_t i = 0; i < MANY; i++) {
		char name[16];
		made[i] = make_key();
		snprintf(name, sizeof(name), "k%zu", i);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:[s]}", "name", name, "hash", made[i].hash, "scopes",
				"a:read"));
	}
	return json_pack("{s:o}", "keys", list);
}

/* Keys that begin as a known one: over many sets, each with a secret of its own, and keys the
 * comparisons are as many whatever the length of that beginning. With a mean of 0.5 and 4,000
 * searches the deviation of a mean is 0.011: 0.1 is nine of them. */
static void a_right_beginning_costs_no_more(void **state) {
	static const size_t right[] = {0, 8, 16, 31, 46};
	static struct made made[MANY];
	double mean[sizeof(right) / sizeof(right[0])];
	json_t *file = many_keys(made);
	struct api_keys *keys = api_keys_create(file, NULL, NULL);
	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		compared = 0;
		for (size_t j = 0; j < SEARCHES; j++) {
			struct made wrong = make_key();
			memcpy(wrong.key, made[j % MANY].key, right[i]);
			struct api_key *found = api_keys_find(keys, wrong.key, 0);
			assert_true(found == NULL || right[i] == 46);
		}
		mean[i] = (double)compared / SEARCHES;
		assert_true(mean[i] > 0.3 && mean[i] < 0.7);
	}
	for (size_t i = 1; i + 1 < sizeof(right) / sizeof(right[0]); i++) {
		assert_true(mean[i] - mean[0] < 0.1 && mean[0] - mean[i] < 0.1);
	}
	api_keys_drop(keys);
	json_decref(file);
}

/* One that is found does not end the search: as many comparisons as the bucket has keys. */
static void a_right_key_ends_no_search(void **state) {
	static struct made made[MANY];
	size_t all = 0;
	json_t *file = many_keys(made);
	struct api_keys *keys = api_keys_create(file, NULL, NULL);
	(void)state;
	compared = 0;
	for (size_t i = 0; i < MANY; i++) {
		assert_non_null(api_keys_find(keys, made[i].key, 0));
	}
	all = compared; /* the sum of the squares of all buckets' sizes */
	assert_true(all >= MANY);
	/* 1,000 keys in 2,048 buckets: about 244 pairs share one, each compared twice over. */
	assert_in_range(all, MANY + 2 * 120, MANY + 2 * 400);
	api_keys_drop(keys);
	json_decref(file);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_key_is_long_and_random),
		cmocka_unit_test(the_hash_is_sha256_of_the_key),
		cmocka_unit_test(the_tag_is_hmac_of_the_hash),
		cmocka_unit_test(each_byte_counts_when_compared),
		cmocka_unit_test(only_the_key_itself_is_found),
		cmocka_unit_test(what_an_entry_says_is_the_callers),
		cmocka_unit_test(an_expired_key_is_not_found),
		cmocka_unit_test(a_rate_that_stays_goes_on),
		cmocka_unit_test(a_set_lives_as_long_as_it_is_held),
		cmocka_unit_test(an_empty_set_knows_nobody),
		cmocka_unit_test(a_right_beginning_costs_no_more),
		cmocka_unit_test(a_right_key_ends_no_search),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
