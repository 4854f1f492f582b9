/* links.h - associations, and the definitions of properties. */
#ifndef SANDBOX_LINKS_H
#define SANDBOX_LINKS_H

#include "record.h"

/* ---- links.c, links_api.c, links_batch.c, labels.c: associations ---- */

enum { PAIR_SIZE = 2 * NAME_SIZE + 8, LABEL_FIRST = 10001 };

/* The type id of the plain association between two types; made up when
 * HubSpot's is not known. */
json_int_t model_link_plain(struct model *model, const struct type *from, const struct type *to);
json_int_t model_link_primary(const struct type *from, const struct type *to); /* 0: none */
/* Another name for the pair's type id from the other side; itself when there is
 * none. */
json_int_t model_link_inverse(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id);
bool model_link_is_known(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id);
/* The labels of a pair as GET .../labels gives them; new. */
json_t *model_labels_of(struct model *model, const struct type *from, const struct type *to);
const char *model_label_text(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id);
json_int_t model_label_plain(struct model *model, const struct type *from, const struct type *to);
json_int_t model_label_inverse(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id);
/* {"category", "typeId", "label"}; new. */
json_t *model_label_spec(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id);
bool model_label_is_own(
	struct model *model, const struct type *from, const struct type *to, json_int_t type_id);

struct end {
	struct type *type;
	struct record *record;
};

/* Adds the type id (and the plain one, and the first company's primary one) in
 * both directions. */
void model_link_add(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id);
/* Removes one type id, or all of them (0). */
void model_link_remove(
	struct model *model, const struct end *from, const struct end *to, json_int_t type_id);
/* {id -> [type ids]} of what is linked to a record; borrowed; or NULL. */
json_t *model_links_of(const struct model *model, const struct end *from, const struct type *to);
bool model_link_exists(
	const struct model *model, const struct end *from, const struct type *to, const char *id);
/* The living record of an id given as text or number; an end without one when
 * there is none. */
struct end model_link_end(struct type *type, const json_t *id);
/* What is linked to `from`, from the id `after` on, as the API gives it;
 * `next`: the id that the next page begins with, or "". */
json_t *model_link_entry(struct call *call, const char *id, const json_t *types);
json_t *model_link_entries(struct call *call, const struct end *from, const char *after,
	size_t limit, char next[ID_SIZE]);
json_t *model_link_spec(struct call *call, const struct end *from, const struct end *to);
bool model_link_specs_are_known(struct call *call, const json_t *specs);
/* Adds every type of `specs`; gives the reply to a labelled write. */
json_t *model_link_relabel(
	struct call *call, const struct end *from, const struct end *to, const json_t *specs);
/* The reply's form of an id: a number in v4, text in dated versions. */
json_t *model_link_id(const struct call *call, const char *id);
/* Inline associations of a create. */
bool model_links_check(struct call *call, struct row *row);
void model_links_write(struct call *call, const struct row *row);
/* `associations=a,b` of a read, added to `body`. */
void model_links_show(struct call *call, const struct record *record, json_t *body);
bool model_links_wanted(struct call *call, struct problem *problem);

/* ---- definition.c ---- */

/* A property's definition as the properties API gives it; new. */
json_t *model_definition(const struct type *type, const struct property *property);
/* Makes `name` a property of the account's own; members of `given` (may be
 * NULL) count. */
bool model_definition_add(
	struct model *model, struct type *type, const char *name, const json_t *given);

/* Members of `given` that a caller may set, put into `definition`. */
void model_definition_take(json_t *definition, const json_t *given);
void model_group_default(const struct type *type, char name[NAME_SIZE + 16]);
json_t *model_group(struct type *type, const char *name); /* borrowed, or NULL */

#endif
