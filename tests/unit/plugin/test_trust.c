#include "border.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STRANGER = 12345 };

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A place for the plugin /tmp/hsc-trust-.../upper/lower/plugin.so. */
struct place {
	struct border *border; /* for its log */
	char top[32];
	char upper[64], lower[128], file[256];
	char error[BORDER_ERROR_SIZE];
};

static int set_up(void **state) {
	static struct place place;
	place = (struct place){.top = "/tmp/hsc-trust-XXXXXX"};
	border_set_up((void **)&place.border);
	assert_non_null(mkdtemp(place.top));
	snprintf(place.upper, sizeof(place.upper), "%s/upper", place.top);
	snprintf(place.lower, sizeof(place.lower), "%s/lower", place.upper);
	snprintf(place.file, sizeof(place.file), "%s/plugin.so", place.lower);
	assert_int_equal(mkdir(place.upper, 0755), 0);
	assert_int_equal(mkdir(place.lower, 0755), 0);
	int file = open(place.file, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
	assert_true(file >= 0);
	close(file);
	assert_int_equal(
		chmod(place.upper, 0755) | chmod(place.lower, 0755) | chmod(place.file, 0644), 0);
	*state = &place;
	return 0;
}

static int tear_down(void **state) {
	struct place *place = *state;
	char link[64];
	snprintf(link, sizeof(link), "%s/link.so", place->top);
	unlink(link);
	unlink(place->file);
	rmdir(place->lower);
	rmdir(place->upper);
	assert_int_equal(rmdir(place->top), 0);
	return border_tear_down((void **)&place->border);
}

/* Is the file taken? Then its resolved path is the file's own. */
static bool takes(struct place *place, const char *file, bool is_strict) {
	char *path = trust_resolve(file, is_strict, place->error, sizeof(place->error));
	if (path == NULL) {
		return false;
	}
	assert_string_equal(path, place->file);
	free(path);
	return true;
}

static void refuses(struct place *place, const char *says) {
	assert_false(takes(place, place->file, true));
	if (strstr(place->error, says) == NULL || strstr(place->error, place->file) == NULL ||
		strchr(place->error, '\n') != NULL) {
		fail_msg("expected \"%s\" in: %s", says, place->error);
	}
	assert_int_equal(lines_with("others could change a plugin", ""), 0);
	assert_true(takes(place, place->file, false)); /* a developer is told, and no more */
	assert_int_equal(lines_with("others could change a plugin", "\"level\":\"warn\""), 1);
}

static void what_is_ours_alone_is_taken(void **state) {
	struct place *place = *state;
	assert_true(takes(place, place->file, true));
	assert_int_equal(lines_with("others could change a plugin", ""), 0);
}

static void a_file_that_all_may_write(void **state) {
	struct place *place = *state;
	char says[768];
	assert_int_equal(chmod(place->file, 0646), 0);
	snprintf(says, sizeof(says), "found %s of uid %u, mode 0646; type: chmod o-w '%s'",
		place->file, (unsigned)geteuid(), place->file);
	refuses(*state, says);
}

static void a_folder_that_all_may_write(void **state) {
	struct place *place = *state;
	assert_int_equal(chmod(place->lower, 0757), 0);
	refuses(place, "/upper/lower of uid");
}

static void a_folder_further_up_that_all_may_write(void **state) {
	struct place *place = *state;
	assert_int_equal(chmod(place->upper, 0777), 0);
	refuses(place, "mode 0777; type: chmod o-w");
	assert_int_equal(lines_with("\"type\":\"chmod o-w '/tmp/hsc-trust-", "/upper'\""), 1);
}

/* Sticky helps in root's folders only: whose it is, he may still do as he likes. */
static void a_sticky_folder(void **state) {
	struct place *place = *state;
	assert_int_equal(chmod(place->upper, 01777), 0);
	if (geteuid() == 0) {
		assert_true(takes(place, place->file, true));
		assert_int_equal(chown(place->upper, STRANGER, (gid_t)-1), 0);
	}
	refuses(place, "mode 1777");
}

/* A file has no use for the bit. */
static void a_sticky_file(void **state) {
	struct place *place = *state;
	assert_int_equal(chmod(place->file, 01666), 0);
	refuses(place, "mode 1666");
}

static void what_belongs_to_a_stranger(void **state) {
	struct place *place = *state;
	if (geteuid() != 0) {
		skip(); /* only root gives a file away */
	}
	assert_int_equal(chown(place->file, STRANGER, (gid_t)-1), 0);
	refuses(place, "expected a plugin that only root can change");
	assert_int_equal(lines_with("\"type\":\"chown root '", "\"uid\":12345"), 1);
	assert_int_equal(chown(place->file, 0, (gid_t)-1), 0);
	assert_int_equal(chown(place->lower, STRANGER, (gid_t)-1), 0);
	assert_int_equal(chmod(place->lower, 0777), 0);
	assert_false(takes(place, place->file, true));
	assert_non_null(strstr(place->error, "of uid 12345, mode 0777; type: chown root '"));
	assert_non_null(strstr(place->error, "' && chmod o-w '"));
}

static void what_a_group_may_write_is_warned_about(void **state) {
	struct place *place = *state;
	assert_int_equal(chmod(place->file, 0664), 0);
	assert_true(takes(place, place->file, false));
	assert_int_equal(lines_with("others could change a plugin", "\"level\":\"debug\""), 1);
	assert_true(takes(place, place->file, true));
	assert_int_equal(lines_with("\"level\":\"warn\"", "\"type\":\"chmod g-w '"), 1);
	assert_int_equal(lines_with("\"level\":\"warn\"", "\"mode\":\"0664\""), 1);
}

/* Everybody's is worse than a group's, wherever it comes. */
static void the_worst_place_is_told(void **state) {
	struct place *place = *state;
	assert_int_equal(chmod(place->upper, 0775), 0);
	assert_int_equal(chmod(place->file, 0666), 0);
	refuses(place, "plugin.so of uid");
}

/* The way to the link does not count: what it leads to is examined, and is what is loaded. */
static void a_link_is_followed(void **state) {
	struct place *place = *state;
	char link[64];
	snprintf(link, sizeof(link), "%s/link.so", place->top);
	assert_int_equal(symlink(place->file, link), 0);
	assert_true(takes(place, link, true));
	assert_int_equal(chmod(place->lower, 0777), 0);
	assert_false(takes(place, link, true));
	assert_non_null(strstr(place->error, link));
	assert_non_null(strstr(place->error, place->lower));
}

static void what_is_no_file_is_refused_by_everybody(void **state) {
	struct place *place = *state;
	assert_false(takes(place, place->lower, false));
	assert_non_null(
		strstr(place->error, "/lower: expected a shared object, found no regular file"));
	assert_int_equal(unlink(place->file), 0);
	assert_false(takes(place, place->file, false));
	assert_non_null(strstr(place->error, "found a file that cannot be read: No such file"));
	assert_int_equal(mkfifo(place->file, 0600), 0);
	assert_false(takes(place, place->file, true));
	assert_non_null(strstr(place->error, "found no regular file"));
}

static void who_is_strict(void **state) {
	struct place *place = *state;
	struct border *border = place->border;
	const char *const files[] = {place->file, NULL};
	border->settings.files = files;
	assert_int_equal(chmod(place->file, 0666), 0);
	const struct {
		enum plugins_trust trust;
		const char *invocation;
		bool refuses;
	} cases[] = {{PLUGINS_TRUST_WARN, "1", false}, {PLUGINS_TRUST_STRICT, NULL, true},
		{PLUGINS_TRUST_AUTO, "1", true}, {PLUGINS_TRUST_AUTO, NULL, geteuid() == 0}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		border->settings.trust = cases[i].trust;
		unsetenv("INVOCATION_ID");
		if (cases[i].invocation != NULL) {
			setenv("INVOCATION_ID", cases[i].invocation, 1);
		}
		assert_null(plugins_load(border->loop, border->http, border->hubspot,
			&border->settings, place->error, sizeof(place->error)));
		unsetenv("INVOCATION_ID");
		/* An empty file is no plugin: who gets that far was taken. */
		const char *says = cases[i].refuses ? "; type: chmod o-w" : "not a shared object";
		if (strstr(place->error, says) == NULL) {
			fail_msg("case %zu: %s", i, place->error);
		}
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(what_is_ours_alone_is_taken),
		TEST(a_file_that_all_may_write),
		TEST(a_folder_that_all_may_write),
		TEST(a_folder_further_up_that_all_may_write),
		TEST(a_sticky_folder),
		TEST(a_sticky_file),
		TEST(what_belongs_to_a_stranger),
		TEST(what_a_group_may_write_is_warned_about),
		TEST(the_worst_place_is_told),
		TEST(a_link_is_followed),
		TEST(what_is_no_file_is_refused_by_everybody),
		TEST(who_is_strict),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
