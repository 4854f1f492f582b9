/*
 * ours.h - an object's properties as the host knows them, on the roof.
 */
#ifndef OURS_H
#define OURS_H

#include <jansson.h>

struct object;

/*
 * {our name: {"hubspot": HubSpot's name, "type": what its values are (see struct object_property),
 * "schema": its schema}} of all that a record may hold, "id" among them. A new reference; NULL: out
 * of memory.
 */
json_t *ours_of(const struct object *object) __attribute__((warn_unused_result));

/* Our name of HubSpot's property, borrowed; NULL: there is none. */
const char *ours_find(const json_t *ours, const char *hubspot);

/* Of the property with our name `name`; borrowed; NULL: there is none. */
const char *ours_hubspot(const json_t *ours, const char *name);

#endif
