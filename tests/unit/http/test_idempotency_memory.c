/* Idempotency-Key without memory: each allocation of the host's fails once, in a life of a key with
 * one that waits and one that asks later. Whatever they are told, the work is done once. */
#include "keyed.h"

enum { ALLOCATIONS_MOST = 300 };

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *text);

static pthread_t loop_thread;
static int left; /* until the one that fails; 0: none will */
static int failed;

static bool fails(void) {
	if (left == 0 || !pthread_equal(pthread_self(), loop_thread) || --left > 0) {
		return false;
	}
	failed++;
	return true;
}

void *__wrap_malloc(size_t size) {
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count_of, size_t size) {
	return fails() ? NULL : __real_calloc(count_of, size);
}

void *__wrap_realloc(void *old, size_t size) {
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *text) {
	return fails() ? NULL : __real_strdup(text);
}

static void arm(void *ctx) {
	const struct bed *bed = ctx;
	left = bed->number[0];
}

static void disarm(void *ctx) {
	(void)ctx;
	left = 0;
}

static void reply_if_held(void *ctx) {
	struct bed *bed = ctx;
	if (bed->held != NULL) {
		created(bed->held, bed->counts[RUNS]);
	}
}

static int begin(struct bed *bed) {
	int fd = dial(bed);
	struct pollfd told = {.fd = fd, .events = POLLIN};
	int before = __atomic_load_n(&bed->counts[RUNS], __ATOMIC_SEQ_CST);
	tell_keyed(fd, "POST /work", "k", "", "hold");
	for (int i = 0; i < 15 && poll(&told, 1, 1) == 0; i++) {
		if (__atomic_load_n(&bed->counts[RUNS], __ATOMIC_SEQ_CST) > before) {
			break;
		}
	}
	return fd;
}

/* Whoever holds it now gets its reply, until this one has its own. */
static void end(struct bed *bed, int fd, char *to) {
	struct pollfd told = {.fd = fd, .events = POLLIN};
	for (int i = 0; i < 1000 && poll(&told, 1, 2) == 0; i++) {
		do_on_loop(bed, reply_if_held);
	}
	hear(fd, to);
	close(fd);
}

static void client_short(struct bed *bed) {
	do_on_loop(bed, arm);
	int first = begin(bed);
	int second = begin(bed);
	end(bed, first, bed->saw[0]);
	end(bed, second, bed->saw[1]);
	do_on_loop(bed, disarm);
	end(bed, begin(bed), bed->saw[2]);
}

static void assert_end(const char *reply, bool may_be_refused) {
	if (strncmp(reply, "HTTP/1.1 201 ", 13) == 0) {
		assert_has(reply, "\"action\":\"created\",\"run\":1}");
	} else if (!may_be_refused || strstr(reply, "\"reply_lost\"") != NULL) {
		assert_refused(reply, 500, "reply_lost");
		assert_has(reply, "\"outcome\":\"unknown\"");
	} else if (strcmp(reply, "EOF") != 0 && strcmp(reply, "RESET") != 0) {
		assert_status(reply, 503);
	}
}

static void test_each_allocation_fails(void **state) {
	int n = 1;
	(void)state;
	loop_thread = pthread_self();
	for (; n < ALLOCATIONS_MOST; n++) {
		struct bed *bed = keyed_bed(3000);
		int before = failed;
		bed->number[0] = n;
		bed_run(bed, client_short);
		left = 0;
		assert_end(bed->saw[0], true);
		assert_end(bed->saw[1], true);
		assert_end(bed->saw[2], false);
		assert_int_equal(bed->counts[RUNS], 1);
		bed_destroy(bed);
		if (failed == before) {
			break;
		}
	}
	assert_in_range(n, 12, ALLOCATIONS_MOST - 1);
}

int main(void) {
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_fails)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
