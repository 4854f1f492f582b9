#include "schema/inside.h"

#include "base/str.h"

/* The type comes first, it makes the others moot; what asks which members and items the others have
 * looked at comes last. */
static const struct keyword *const TABLES[] = {keywords_any, keywords_core, keywords_number,
	keywords_string, keywords_array, keywords_object, keywords_depend, keywords_combine,
	keywords_unevaluated};

enum { TABLE_COUNT = sizeof(TABLES) / sizeof(TABLES[0]) };

const struct keyword *keyword_find(const char *name, size_t *index) {
	size_t row = 0;
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		for (const struct keyword *keyword = TABLES[i]; keyword->name != NULL; keyword++) {
			/* Most differ in the second letter at the latest. */
			if (keyword->name[0] == name[0] && strcmp(keyword->name, name) == 0) {
				*index = row;
				return keyword;
			}
			row++;
		}
	}
	return NULL;
}

const char *keyword_nearest(const char *name) {
	const char *nearest = NULL;
	size_t least = 3;
	for (size_t i = 0; i < TABLE_COUNT; i++) {
		for (const struct keyword *keyword = TABLES[i]; keyword->name != NULL; keyword++) {
			size_t distance = str_distance(name, keyword->name, least - 1);
			if (distance < least && keyword->vocabulary != OUTDATED) {
				least = distance;
				nearest = keyword->name;
			}
		}
	}
	return nearest;
}
