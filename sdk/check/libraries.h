/*
 * check/libraries.h - loading what is to be looked at, without a host around it. For the children: nothing is unloaded.
 */
#ifndef CHECK_LIBRARIES_H
#define CHECK_LIBRARIES_H

#include <hubspot-connector/plugin.h>
#include <stdbool.h>
#include <stddef.h>

/* The file that the loader takes for a library that is named like this ("libjansson.so.4"), borrowed; NULL: it finds none. */
const char *library_file(const char *name);

/* Loads a plugin's file as the host does: its constant, as it is; or NULL, with one line in `error`. */
const struct hsc_plugin *library_constant(const char *file, char *error, size_t error_size);

#endif
