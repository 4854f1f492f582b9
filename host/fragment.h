/*
 * fragment.h - HubSpot's definition of a property -> a JSON Schema fragment, on the roof; base alone.
 */
#ifndef FRAGMENT_H
#define FRAGMENT_H

#include <jansson.h>
#include <stdbool.h>

/*
 * The fragment that belongs under objects.NAME.properties, a new reference; NULL: out of memory.
 *
 * number, bool: "number", "boolean". date, datetime: a string of format "date", "date-time".
 * enumeration: a string with "oneOf": [{"const": value, "title": label}, ...] of the options that
 * are neither hidden nor archived; with fieldType "checkbox" an array of such. Where the options
 * stand elsewhere (externalOptions: owners, pipelines), or there are none, any string is taken.
 * All else: "string". "title" and "description" are HubSpot's; what HubSpot computes is "readOnly".
 */
json_t *fragment_of(const json_t *definition) __attribute__((warn_unused_result));

/* Do the options in the definition say what values there are? */
bool definition_has_options(const json_t *definition);

/* Is `value` the value of one of its options, hidden ones too, archived ones not? */
bool definition_has_option(const json_t *definition, const char *value);

#endif
