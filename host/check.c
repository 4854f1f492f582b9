#include "check.h"

#include "ask.h"
#include "base/buf.h"
#include "base/log.h"
#include "command.h"
#include "host.h"
#include "keys.h"
#include "object/object.h"
#include "plugin/plugin.h"

enum { TEXT_BYTES_MAX = 4 * 1024 * 1024 };

static void print(struct buf *text) {
	fputs(buf_text(text), stdout);
	fflush(stdout);
	buf_finish(text);
}

static void print_object(const struct object *object, void *ctx) {
	buf_printf(ctx, "object %s is HubSpot's %s\n", object_path(object),
		object_hubspot_type(object));
}

static void print_loaded(const struct host *host) {
	struct buf text;
	buf_init(&text, TEXT_BYTES_MAX);
	buf_add_char(&text, '\n');
	for (size_t i = 0; i < plugins_count(host->plugins); i++) {
		buf_printf(&text, "plugin %s %s\n", plugins_name(host->plugins, i),
			plugins_version(host->plugins, i));
	}
	object_each(print_object, &text);
	if (host->api_keys != NULL) {
		buf_printf(&text, "\nAPI keys: %zu\n",
			json_array_size(json_object_get(host->api_keys, "keys")));
		keys_print(host->api_keys, "  ", &text);
	}
	print(&text);
}

static int refuse(const char *why) {
	LOG_ERROR("check failed", log_text("why", why));
	return EXIT_FAILED;
}

int check_run(const struct command *command, struct config *config) {
	struct host host;
	char error[HOST_ERROR_SIZE];
	struct buf settings;
	struct command as = command->is_online ? ask_command(command) : *command;
	buf_init(&settings, TEXT_BYTES_MAX);
	config_print(config, &settings);
	print(&settings);
	int code = host_may_serve(command, config, error) ? EXIT_GOOD : refuse(error);
	/* A host without a token has the sandbox's, which is not for HubSpot. */
	bool may_ask = command->is_online && ask_may(command, config, error);
	if (!host_open(&host, &as, config, error)) {
		code = refuse(error);
	} else {
		print_loaded(&host);
		if (may_ask && !online_check(&host)) {
			code = EXIT_FAILED;
		}
	}
	host_close(&host);
	if (code == EXIT_GOOD) {
		fputs("\ngood\n", stdout);
	}
	return code;
}

void help_print(const char *topic) {
	struct buf text;
	buf_init(&text, TEXT_BYTES_MAX);
	if (topic != NULL) {
		config_print_example(&text);
	} else {
		command_print_usage(&text);
	}
	print(&text);
}
