/*
 * check/stand.h - the host around the plugin, for a check's child: the test kit, opened with what the subject is given.
 */
#ifndef CHECK_STAND_H
#define CHECK_STAND_H

#include <hubspot-connector/testkit.h>
#include <jansson.h>
#include <stdbool.h>

struct schema;
struct subject;

/* Loads the plugin and runs its init(), and its start() if `is_started`; `hubspot` is HSCK_... NULL: it is refused, and fail()
 * has said why. */
struct hsck *stand_open(const struct subject *subject, int hubspot, bool is_started);

/* Says what the plugin has done wrong so far, as the fault of `what` ("init()"), but for late registrations, which are left to
 * the check `frozen`. */
void stand_judge(struct hsck *kit, const char *what);

/* Ends it all, and says the same of the end. */
void stand_close(struct hsck *kit, const char *what);

/* The next line of a text with several, into `line`; the text after it, or NULL after the last. */
const char *stand_line(const char *text, char *line, size_t size);

enum { SCHEMA_FAULT_SIZE = 320 };

/* The JSON Schema in `text`, compiled, and in *definition (NULL is allowed) as JSON, a new reference; NULL, with one line in
 * `error`, when it is none. */
struct schema *schema_read(const char *text, json_t **definition, char error[SCHEMA_FAULT_SIZE]);

/* Fails, if schema text says that something is an example or the default of itself, and it is none. `whose` is for people. */
void judge_promises(const char *whose, const char *text);

#endif
