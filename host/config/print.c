#include "base/buf.h"
#include "config/inside.h"

enum { NAME_WIDTH = 30, VALUE_WIDTH = 32 };

static const char *const ORIGINS[] = {[ORIGIN_DEFAULT] = "default",
	[ORIGIN_COMMAND_LINE] = "command line",
	[ORIGIN_ENVIRONMENT] = "environment",
	[ORIGIN_FILE] = ".env"};

const char *config_api_version(const struct config *config) {
	return setting_find("HUBSPOT_API_VERSION")->choices[config->api_version];
}

static void print_value(
	const struct config *config, const struct setting *setting, struct buf *to) {
	if (setting->is_secret && config->token_file != NULL) {
		buf_printf(to, "(from file %s)", config->token_file);
	} else {
		setting->type->print(setting, (const char *)config + setting->offset, to);
	}
}

void config_print(const struct config *config, struct buf *to) {
	for (size_t i = 0; i < settings_count; i++) {
		struct buf value;
		buf_init(&value, to->ceiling);
		print_value(config, &settings_table[i], &value);
		buf_printf(to, "%-*s %-*s %s\n", NAME_WIDTH, settings_table[i].name, VALUE_WIDTH,
			value.length > 0 ? buf_text(&value) : "(not set)",
			ORIGINS[config->origins[i]]);
		buf_finish(&value);
	}
}

void config_print_example(struct buf *to) {
	buf_add_text(to,
		"# Every setting, with its default behind a \"#\". cp .env.example .env, and put "
		"your token there.\n"
		"# The environment wins over this file. `hubspot-connector help settings` prints "
		"this text.\n");
	for (size_t i = 0; i < settings_count; i++) {
		const struct setting *setting = &settings_table[i];
		buf_printf(to, "\n# %s", setting->help);
		if (setting->max > 0) {
			buf_printf(
				to, " (%u to %u)", (unsigned)setting->min, (unsigned)setting->max);
		}
		buf_printf(to, "\n%s%s=%s\n", setting->example != NULL ? "" : "#", setting->name,
			setting->example != NULL ? setting->example : setting->fallback);
	}
}
