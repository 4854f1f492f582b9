/*
 * rename.h - the words of a template, on the roof: "invoices" and "invoice" become what the new plugin is called.
 *
 * The template's plural is the plugin's name, its singular the name of one record. Which form a
 * word takes is told by where it stands:
 *
 *     purchase-orders   the name, in paths and names of files
 *     purchase_orders   beside an "_", in C outside of a string, and as HubSpot's type
 *     purchase_order    the singular there, anywhere in C, and after a double quote
 *     purchase order    the singular elsewhere
 *     Purchase orders   either, where the template begins it with a capital
 */
#ifndef RENAME_H
#define RENAME_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

enum { RENAME_NAME_MAX = 32, RENAME_ERROR_SIZE = 256 };

struct renaming {
	const char *plural, *singular; /* the template's, borrowed */
	char name[RENAME_NAME_MAX + 1];
	char one[RENAME_NAME_MAX + 1]; /* the singular */
};

/* `singular` NULL: made from the name. False, with one line in `error`, for a name that no plugin may have,
 * or that the tools which build it keep for themselves. */
bool renaming_init(struct renaming *renaming, const char *name, const char *singular,
	char error[RENAME_ERROR_SIZE]) __attribute__((warn_unused_result));

/* Appends `text` with the words of `renaming`. */
bool rename_text(const struct renaming *renaming, const char *text, bool is_c, struct buf *to);

#endif
