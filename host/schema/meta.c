#include "schema/inside.h"

#include "base/str.h"
#include "schema/meta/applicator.h"
#include "schema/meta/content.h"
#include "schema/meta/core.h"
#include "schema/meta/format-annotation.h"
#include "schema/meta/format-assertion.h"
#include "schema/meta/meta-data.h"
#include "schema/meta/schema.h"
#include "schema/meta/unevaluated.h"
#include "schema/meta/validation.h"

/* The texts are meta/NAME.json, made into headers when the module is built. */
static const struct {
	const char *name;
	const char *text;
} METAS[] = {
	{"schema", schema_schema},
	{"meta/core", core_schema},
	{"meta/applicator", applicator_schema},
	{"meta/unevaluated", unevaluated_schema},
	{"meta/validation", validation_schema},
	{"meta/meta-data", meta_data_schema},
	{"meta/format-annotation", format_annotation_schema},
	{"meta/format-assertion", format_assertion_schema},
	{"meta/content", content_schema},
};

const char *meta_find(const char *uri) {
	static const char PREFIX[] = "https://json-schema.org/draft/2020-12/";
	if (!str_starts_with(uri, PREFIX)) {
		return NULL;
	}
	for (size_t i = 0; i < sizeof(METAS) / sizeof(METAS[0]); i++) {
		if (str_is_equal(uri + sizeof(PREFIX) - 1, METAS[i].name)) {
			return METAS[i].text;
		}
	}
	return NULL;
}
