/*
 * /docs: Swagger UI's two files, and what we put around them. They are read once, at start: a page
 * that waits for a disk would hold up everybody.
 */
#include "api/inside.h"

#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/str.h"
#include "http/http.h"

enum { FILE_BYTES_MAX = 16 * 1024 * 1024, INDEX = 0 };

static const struct {
	const char *name, *type;
} FILES[] = {
	[INDEX] = {"index.html", "text/html; charset=utf-8"},
	{"docs.css", "text/css; charset=utf-8"},
	{"docs.js", "text/javascript; charset=utf-8"},
	{"docs.svg", "image/svg+xml"},
	{"swagger-ui.css", "text/css; charset=utf-8"},
	{"swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
};
#define FILES_COUNT (sizeof(FILES) / sizeof(FILES[0]))
_Static_assert(FILES_COUNT == DOCS_FILES_MAX, "struct api has as many texts");

/* Nothing from elsewhere, nothing written into the page. Swagger UI has pictures in its styles, as
 * data:, and gives its elements styles by script, which needs no permission. */
static const char POLICY[] = "default-src 'none'; script-src 'self'; style-src 'self'; "
			     "img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
			     "form-action 'none'; frame-ancestors 'none'";

static void read_file(struct text *text, const char *folder, const char *name) {
	const char *why = NULL;
	struct stat status;
	char *path = str_format("%s/%s", folder, name);
	bool is_there = path != NULL && stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
		status.st_size > 0 && status.st_size < FILE_BYTES_MAX;
	size_t size = is_there ? (size_t)status.st_size + 1 : 0;
	char *bytes = is_there ? malloc(size) : NULL;
	ssize_t length = bytes == NULL ? -1 : file_read(path, bytes, size, &why);
	if (length > 0) {
		text_init(text, bytes, (size_t)length);
	} else {
		free(bytes);
	}
	free(path);
}

void docs_finish(struct api *api) {
	for (size_t i = 0; i < FILES_COUNT; i++) {
		text_finish(&api->docs[i]);
	}
}

/* All of them, or none. */
void docs_init(struct api *api) {
	const char *folder = api->settings.docs_folder;
	for (size_t i = 0; folder != NULL && i < FILES_COUNT; i++) {
		read_file(&api->docs[i], folder, FILES[i].name);
		if (api->docs[i].bytes == NULL) {
			LOG_DEBUG("no docs page", log_text("folder", folder),
				log_text("missing", FILES[i].name));
			docs_finish(api);
			return;
		}
	}
}

static int refuse(struct http_request *request, const char *code, const char *message) {
	http_refuse(
		request, &(struct http_problem){.status = 404, .code = code, .message = message});
	return HTTP_REPLIED;
}

static int reply(struct http_request *request, const struct api *api, size_t index) {
	if (api->docs[index].bytes == NULL) {
		return refuse(request, "docs_not_installed",
			"the page did not come with this build: install npm, type "
			"./etc/quickstart --with-docs, and start again; the document itself is "
			"/openapi.json");
	}
	(void)http_reply_header(request, "Content-Security-Policy", POLICY);
	(void)http_reply_header(request, "Referrer-Policy", "no-referrer");
	return text_reply(request, &api->docs[index], FILES[index].type);
}

int docs_page(struct http_request *request, void *ctx) {
	return http_check_query(request, NULL) ? reply(request, ctx, INDEX) : HTTP_REPLIED;
}

int docs_file(struct http_request *request, void *ctx) {
	const char *name = http_path_param(request, "file");
	for (size_t i = INDEX + 1; i < FILES_COUNT; i++) {
		if (strcmp(FILES[i].name, name) == 0) {
			return reply(request, ctx, i);
		}
	}
	return refuse(request, "not_found", "the page has no such file");
}
