#include <hubspot-connector/plugin.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "command.h"
#include "config/config.h"
#include "host.h"
#include "keys.h"
#include "template.h"

static int refuse(const char *why, int code) {
	LOG_ERROR("start refused", log_text("why", why));
	return code;
}

static int serve(const struct command *command, struct config *config) {
	struct host host;
	char error[HOST_ERROR_SIZE];
	if (!host_may_serve(command, config, error)) {
		return refuse(error, EXIT_WRONG);
	}
	int code = host_open(&host, command, config, error)
		? host_run(&host)
		: refuse(error, host.exit_code != EXIT_GOOD ? host.exit_code : EXIT_FAILED);
	host_close(&host);
	return code;
}

static int run(const struct command *command) {
	const struct config_sources sources = {
		.environment = environ,
		.env_file = command->env_file,
		.is_sandbox = command->is_sandbox || command->verb == COMMAND_SANDBOX,
		.listen = command->listen,
		.plugin_dir = command->plugin_dir,
	};
	struct config config;
	char error[CONFIG_ERROR_SIZE];
	host_protect(!sources.is_sandbox);
	if (!config_load(&config, &sources, error)) {
		return refuse(error, EXIT_WRONG);
	}
	log_setup((enum log_level)config.log_level, (enum log_format)config.log_format);
	int code = command->verb == COMMAND_CHECK  ? check_run(command, &config)
		: command->verb == COMMAND_OPENAPI ? openapi_run(command, &config)
		: command->verb == COMMAND_PULL    ? pull_run(command, &config)
						   : serve(command, &config);
	config_finish(&config);
	return code;
}

int main(int argc, char **argv) {
	struct command command;
	char error[COMMAND_ERROR_SIZE];
	config_setup_log(environ);
	int code = EXIT_GOOD;
	if (!command_parse(&command, argc, argv, error)) {
		code = refuse(error, EXIT_WRONG);
	} else if (command.verb == COMMAND_HELP) {
		help_print(command.topic);
	} else if (command.verb == COMMAND_VERSION) {
		printf("hubspot-connector %s, plugin ABI %d.%d\n", HSC_VERSION, HSC_ABI_MAJOR,
			HSC_ABI_MINOR);
	} else if (command.verb == COMMAND_KEY_NEW || command.verb == COMMAND_KEY_LIST ||
		command.verb == COMMAND_KEY_REVOKE) {
		code = key_run(&command);
	} else if (command.verb == COMMAND_PLUGIN) {
		code = template_run(&command);
	} else {
		code = run(&command);
	}
	log_flush();
	return code;
}
