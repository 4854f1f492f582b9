#include "check.h"

#include <stdio.h>

#include "api/api.h"
#include "base/log.h"
#include "command.h"
#include "host.h"

int openapi_run(const struct command *command, struct config *config) {
	struct host host;
	char error[HOST_ERROR_SIZE];
	size_t length = 0;
	bool is_open = host_open(&host, command, config, error);
	if (is_open) {
		api_make_document(host.api, host.http);
		const char *text = api_document(host.api, &length);
		is_open = fwrite(text, 1, length, stdout) == length && putchar('\n') != EOF &&
			fflush(stdout) == 0;
		snprintf(error, sizeof(error), "standard output does not take it");
	}
	if (!is_open) {
		LOG_ERROR("no API document", log_text("why", error));
	}
	host_close(&host);
	return is_open ? EXIT_GOOD : EXIT_FAILED;
}
