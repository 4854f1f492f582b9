/*
 * The host around the border, made of fakes, and what every test of it asks.
 */
#ifndef UNIT_PLUGIN_BORDER_H
#define UNIT_PLUGIN_BORDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "fakes/fake_http.h"
#include "fakes/fake_hubspot.h"
#include "fakes/fake_loop.h"
#include "object/object.h"
#include "plugin/inside.h"
#include "plugin/plugin.h"
#include "probe.h"

enum { BORDER_ERROR_SIZE = 1024 };

struct border {
	struct loop *loop;
	struct http *http;
	struct hubspot *hubspot;
	struct plugins *plugins;
	struct plugins_settings settings;
	json_t *config; /* settings.config */
	char error[BORDER_ERROR_SIZE];
};

/* cmocka's set-up and tear-down of one test: *state is a struct border, nothing loaded. */
int border_set_up(void **state);
int border_tear_down(void **state);

/* Loads the fixture files NAME.so, in this order; true when all were taken, else border->error says
 * why not. */
bool border_load(struct border *border, const char *const *names);

/* Loads probe.so as `probe`, and, if not NULL, probe-other.so as `other`. Asserts success. */
void border_probe(struct border *border, struct probe *probe, struct probe *other);

/* Of connector_plugin_misuse_total. */
int64_t misuses(const char *plugin, const char *rule);

/* How many log lines since the set-up hold all of these two texts. */
unsigned lines_with(const char *one, const char *two);

/* The number "code" of the last reply's body. */
int replied_code(void);

#endif
