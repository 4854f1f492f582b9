#include "object/inside.h"

#include "http/http.h"

/* An operation on behalf of a request: made by work_start(), freed by finish(), which always runs.
 */
struct work {
	const struct object *object;
	struct http_request *request;
	struct hubspot_handle *handle;
	enum hubspot_kind kind;
};

static void finish(const struct hubspot_result *result, void *ctx) {
	struct work *work = ctx;
	object_relay(work->object, work->kind, work->request, result);
	free(work);
}

static void leave(struct http_request *request, void *ctx) {
	struct work *work = ctx;
	(void)request;
	hubspot_cancel(work->object->hubspot, work->handle);
}

int work_start(const struct object *object, struct http_request *request,
	struct hubspot_operation *operation) {
	operation->object = object->hubspot_type;
	operation->flags |= operation->kind == HUBSPOT_READ ? 0 : HUBSPOT_ID_ONLY;
	const struct behalf behalf = behalf_of(request, false);
	struct work *work = calloc(1, sizeof(*work));
	if (work == NULL) {
		return refuse_for_room(object, operation->kind, request);
	}
	*work = (struct work){.object = object, .request = request, .kind = operation->kind};
	if (!behalf_submit(&behalf, object->hubspot, operation, finish, work, &work->handle)) {
		free(work);
		return refuse_for_room(object, operation->kind, request);
	}
	http_on_gone(request, leave, work);
	return HTTP_LATER;
}
