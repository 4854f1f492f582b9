/* What the tests of the test kit share. */
#ifndef TEST_TESTKIT_KIT_H
#define TEST_TESTKIT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <hubspot-connector/testkit.h>

#define FIXTURE(name) FIXTURES "/" name ".so"
#define PLUGIN(name) PLUGINS "/" name ".so"

/* Opens, or fails the test with what the host says. */
static inline struct hsck *open_with(const struct hsck_options *options) {
	struct hsck *kit = hsck_open(options);
	if (kit == NULL) {
		fail_msg("%s", hsck_error());
	}
	return kit;
}

static inline void close_clean(struct hsck *kit) {
	assert_string_equal(hsck_close(kit), "");
}

static inline void assert_holds(const char *text, const char *part) {
	if (strstr(text, part) == NULL) {
		fail_msg("\"%s\" does not hold \"%s\"", text, part);
	}
}

static inline void assert_reply(const struct hsck_request *request, int status, const char *path, const char *expected) {
	const char *text = hsck_text(request, path);
	if (hsck_status(request) != status || text == NULL || strcmp(text, expected) != 0) {
		fail_msg("%d with %s %s, not %d with %s: %s", hsck_status(request), path, text != NULL ? text : "(none)", status, expected,
			hsck_reply(request) != NULL ? hsck_reply(request)->bytes : "no reply");
	}
}

#endif
