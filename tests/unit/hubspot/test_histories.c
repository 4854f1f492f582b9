/*
 * Histories from seeds. HISTORIES says how many (default: those below), HISTORIES_SEED from which
 * on; HISTORIES_NEW how many that nobody has lived before. A seed as the only argument lives that
 * one history and prints what happens in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/metric.h"
#include "histories.h"

static struct history history;

static unsigned long setting(const char *name, unsigned long missing) {
	const char *text = getenv(name);
	return text != NULL ? strtoul(text, NULL, 10) : missing;
}

static void live_through(unsigned long first, unsigned long count) {
	unsigned long wrong = 0, most = setting("HISTORIES_WRONG", 1);
	for (unsigned long seed = first; seed < first + count && wrong < most; seed++) {
		history_live(&history, seed, false);
		if (history.wrong[0] != '\0') {
			printf("seed %lu: %s\n", seed, history.wrong);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* The same ones every time, so that what passed once stays so. */
static void known_histories_are_in_order(void **state) {
	(void)state;
	live_through(setting("HISTORIES_SEED", 1), setting("HISTORIES", 10000));
}

static void new_histories_are_in_order(void **state) {
	unsigned long first = (unsigned long)time(NULL) * 1000;
	(void)state;
	printf("from seed %lu\n", first);
	live_through(first, setting("HISTORIES_NEW", 0));
}

int main(int argc, char **argv) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_histories_are_in_order),
	};
	if (argc == 2) {
		history_live(&history, strtoul(argv[1], NULL, 10), true);
		printf("%s\n", history.wrong[0] != '\0' ? history.wrong : "all is well");
		return history.wrong[0] != '\0';
	}
	const struct CMUnitTest new_ones[] = {cmocka_unit_test(new_histories_are_in_order)};
	return setting("HISTORIES_NEW", 0) > 0 ? cmocka_run_group_tests(new_ones, NULL, NULL)
					       : cmocka_run_group_tests(tests, NULL, NULL);
}
