/*
 * The records of the sandbox's model as they stand in its store: for a test that must know what
 * really happened, whatever the replies say.
 */
#ifndef PEEK_H
#define PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;

struct peeked {
	uint64_t id;
	bool is_archived;
	const char *key;   /* a contact's e-mail, a company's domain; or NULL */
	const char *more;  /* a contact's further addresses; or NULL */
	const char *value; /* a contact's first name, a company's name; or NULL */
};

/* How many records of `type` ("contacts", "companies") there are, archived ones included. They keep
 * their places. */
size_t peek_count(struct model *model, const char *type);

/* The one at `place`. Its strings are borrowed until the model is asked again. */
struct peeked peek_at(struct model *model, const char *type, size_t place);

#endif
