#include "inside.h"

#include <string.h>
#include <strings.h>

json_t *model_owners_default(void) {
	static const char born[] = "2024-01-08T09:00:00.000Z";
	return json_pack("[{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:s,s:b,s:[{s:s,s:s,s:b}]},"
			 "{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:s,s:s,s:b},"
			 "{s:s,s:s,s:s,s:s,s:s,s:n,s:i,s:s,s:s,s:b}]",
		"id", "41629779", "email", "grace@example.com", "type", "PERSON", "firstName",
		"Grace", "lastName", "Hopper", "userId", 9586504, "userIdIncludingInactive",
		9586504, "createdAt", born, "updatedAt", born, "archived", 0, "teams", "id",
		"368389", "name", "Sales Team", "primary", 1, /**/
		"id", "41629780", "email", "alan@example.com", "type", "PERSON", "firstName",
		"Alan", "lastName", "Turing", "userId", 9586505, "userIdIncludingInactive", 9586505,
		"createdAt", born, "updatedAt", born, "archived", 0, /**/
		"id", "41629781", "email", "gone@example.com", "type", "PERSON", "firstName",
		"Charles", "lastName", "Babbage", "userId", "userIdIncludingInactive", 9586506,
		"createdAt", born, "updatedAt", born, "archived", 1);
}

bool model_owner_exists(const struct model *model, const char *id) {
	return model_entry(model->owners, id) != NULL;
}

static json_t *chosen(const struct call *call) {
	const char *email = model_query_value(call, "email");
	bool is_archived = model_query_is_true(call, "archived");
	json_t *list = json_array();
	size_t at;
	json_t *owner;
	json_array_foreach (call->model->owners, at, owner) {
		const char *own = json_string_value(json_object_get(owner, "email"));
		bool is_wanted = email == NULL || (own != NULL && strcasecmp(own, email) == 0);
		if (is_wanted && json_is_true(json_object_get(owner, "archived")) == is_archived) {
			json_array_append(list, owner);
		}
	}
	return list;
}

/* `after` is the number of owners before the page. */
void model_owners_list(struct call *call) {
	long long limit = model_query_number(call, "limit", 100, 1, 500);
	long long after = model_query_number(call, "after", 0, 0, 100000);
	if (limit < 0 || after < 0) {
		struct problem problem = {0};
		model_problem_say(&problem, 400, "VALIDATION_ERROR",
			"limit must be a number from 1 to 500, after a cursor of this list");
		model_fail(call, &problem);
		return;
	}
	json_t *list = chosen(call);
	json_t *results = json_array();
	size_t end = (size_t)(after + limit);
	for (size_t i = (size_t)after; i < json_array_size(list) && i < end; i++) {
		json_array_append(results, json_array_get(list, i));
	}
	json_t *body = json_pack("{s:o*}", "results", results);
	if (end < json_array_size(list)) {
		json_object_set_new(body, "paging",
			json_pack("{s:{s:o}}", "next", "after", json_sprintf("%zu", end)));
	}
	json_decref(list);
	model_reply_json(call, 200, body);
}

static json_t *find(const struct call *call) {
	const char *property = model_query_value(call, "idProperty");
	bool is_user = property != NULL && strcmp(property, "userId") == 0;
	if (!is_user) {
		return model_entry(call->model->owners, call->match.id);
	}
	size_t at;
	json_t *owner;
	json_array_foreach (call->model->owners, at, owner) {
		char text[ID_SIZE];
		json_int_t user = json_integer_value(json_object_get(owner, "userId"));
		model_id_format((uint64_t)user, text);
		if (user > 0 && strcmp(text, call->match.id) == 0) {
			return owner;
		}
	}
	return NULL;
}

void model_owners_read(struct call *call) {
	json_t *owner = find(call);
	bool is_archived = json_is_true(json_object_get(owner, "archived"));
	if (owner == NULL || is_archived != model_query_is_true(call, "archived")) {
		struct problem problem = {0};
		model_problem_say(&problem, 404, NULL, "resource not found");
		model_fail(call, &problem);
		return;
	}
	model_reply_json(call, 200, json_incref(owner));
}
