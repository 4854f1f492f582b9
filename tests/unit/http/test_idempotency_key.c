/* What may stand in the header Idempotency-Key. */
#include "keyed.h"

static int make(void **state) {
	*state = keyed_bed(3000);
	return 0;
}

static int unmake(void **state) {
	bed_destroy(*state);
	return 0;
}

/* ---- keys ---- */

static const char *const bad_keys[] = {"", " ", "\"\"", "\"open", "\"a\"b", "\"a\";q=1", "\"a\\n\"",
	"\"a\\", "caf\xc3\xa9", "\"caf\xc3\xa9\"", "a\tb",
	"a\x7f"
	"b",
	"a\x01"
	"b"};
enum { BAD_KEYS = sizeof(bad_keys) / sizeof(bad_keys[0]) };

static void client_keys(struct bed *bed) {
	char key[300];
	for (size_t i = 0; i < BAD_KEYS; i++) {
		ask_keyed(bed, bad_keys[i], "create", bed->saw[0]);
		bed->number[0] += strncmp(bed->saw[0], "HTTP/1.1 400 ", 13) == 0 &&
				strstr(bed->saw[0], "Idempotency-Key") != NULL &&
				strstr(bed->saw[0], "\"code\":\"bad_header\"") != NULL
			? 1
			: 0;
	}
	memset(key, 'k', sizeof(key));
	key[256] = '\0';
	ask_keyed(bed, key, "create", bed->saw[1]);
	key[255] = '\0';
	ask_keyed(bed, key, "create", bed->saw[2]);
	ask_keyed(bed, key, "create", bed->saw[3]);
	int fd = dial(bed);
	tell_keyed(fd, "POST /work", "twice", "idempotency-key: twice\r\n", "create");
	hear(fd, bed->saw[4]);
	close(fd);
	ask_keyed(bed, "8e03978e-40d5-43dd-bc93-6894a57f9324", "create", bed->saw[5]);
	ask_keyed(bed, "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "create", bed->saw[6]);
	ask_keyed(bed, "a \"b\" \\c", "create", bed->saw[7]);
	ask_keyed(bed, "\"a \\\"b\\\" \\\\c\"", "create", bed->saw[8]);
}

static void test_keys(void **state) {
	struct bed *bed = *state;
	bed_run(bed, client_keys);
	assert_int_equal(bed->number[0], BAD_KEYS);
	assert_refused(bed->saw[1], 400, "bad_header");
	assert_status(bed->saw[2], 201);
	assert_true(is_replayed(bed->saw[3]));
	assert_refused(bed->saw[4], 400, "bad_header");
	assert_has(bed->saw[4], "only once");
	assert_status(bed->saw[5], 201);
	assert_true(is_replayed(bed->saw[6]));
	assert_status(bed->saw[7], 201);
	assert_true(is_replayed(bed->saw[8]));
	assert_int_equal(bed->counts[RUNS], 3);
}

static void test_key_text(void **state) {
	char key[IDEMPOTENCY_KEY_MAX + 1] = "";
	char quoted[600];
	(void)state;
	assert_null(idempotency_read_key("  abc", key));
	assert_string_equal(key, "abc");
	assert_null(idempotency_read_key("\"a\\\\\\\"\"", key));
	assert_string_equal(key, "a\\\"");
	memset(quoted, 'q', sizeof(quoted));
	quoted[0] = '"';
	snprintf(quoted + 256, sizeof(quoted) - 256, "\"");
	assert_null(idempotency_read_key(quoted, key));
	assert_int_equal(strlen(key), 255);
	snprintf(quoted + 256, sizeof(quoted) - 256, "q\"");
	assert_non_null(idempotency_read_key(quoted, key));
	assert_non_null(idempotency_read_key("\"", key));
	assert_non_null(idempotency_read_key("\"\\", key));
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_keys, make, unmake),
		cmocka_unit_test(test_key_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
