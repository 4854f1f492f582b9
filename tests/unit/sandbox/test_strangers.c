#include "ask.h"

/* Bodies that no honest client sends: right ones with one value after the other replaced. Whatever
 * comes is answered, the sanitizers stay silent, and the model goes on. */

static const struct {
	const char *method, *url, *body;
} honest[] = {
	{"POST", CONTACTS,
		"{\"properties\":{\"email\":\"n@b.co\",\"hs_buying_role\":\";CHAMPION\"},"
		"\"associations\":[{\"to\":{\"id\":\"$2\"},\"types\":["
		"{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":1}]}]}"},
	{"PATCH", CONTACTS "/$1", "{\"properties\":{\"city\":\"Rom\",\"hubspot_owner_id\":\"1\"}}"},
	{"POST", CONTACTS "/batch/upsert",
		"{\"inputs\":[{\"id\":\"a@b.co\",\"idProperty\":\"email\",\"objectWriteTraceId\":"
		"\"t\","
		"\"properties\":{\"city\":\"Rom\"}},{\"id\":\"b@b.co\",\"idProperty\":\"email\","
		"\"objectWriteTraceId\":\"u\",\"properties\":{\"zip\":5}}]}"},
	{"POST", CONTACTS "/batch/create",
		"{\"inputs\":[{\"properties\":{\"email\":\"q@b.co\"},\"associations\":[]}]}"},
	{"POST", CONTACTS "/batch/update", "{\"inputs\":[{\"id\":\"$1\",\"properties\":{}}]}"},
	{"POST", CONTACTS "/batch/read",
		"{\"idProperty\":\"email\",\"properties\":[\"email\"],\"inputs\":[{\"id\":\"a@b."
		"co\"}]}"},
	{"POST", CONTACTS "/batch/archive", "{\"inputs\":[{\"id\":\"1\"}]}"},
	{"POST", CONTACTS "/search",
		"{\"filterGroups\":[{\"filters\":[{\"propertyName\":\"email\",\"operator\":\"IN\","
		"\"values\":[\"a@b.co\"]},{\"propertyName\":\"hs_object_id\",\"operator\":"
		"\"BETWEEN\","
		"\"value\":\"1\",\"highValue\":5}]}],\"filters\":[{\"propertyName\":"
		"\"associations.company\",\"operator\":\"EQ\",\"value\":\"$2\"}],\"sorts\":["
		"{\"propertyName\":\"createdate\",\"direction\":\"DESCENDING\"}],\"query\":\"a\","
		"\"properties\":[\"city\"],\"limit\":5,\"after\":\"0\"}"},
	{"POST", CONTACTS "/merge", "{\"primaryObjectId\":\"$1\",\"objectIdToMerge\":\"7\"}"},
	{"POST", CONTACTS "/gdpr-delete", "{\"objectId\":\"7\",\"idProperty\":\"email\"}"},
	{"PUT", CONTACTS "/$1/associations/companies/$2",
		"[{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":1}]"},
	{"POST", "/crm/v4/associations/contacts/companies/batch/create",
		"{\"inputs\":[{\"from\":{\"id\":\"$1\"},\"to\":{\"id\":\"$2\"},\"types\":["
		"{\"associationCategory\":\"HUBSPOT_DEFINED\",\"associationTypeId\":279}]}]}"},
	{"POST", "/crm/v3/associations/contacts/companies/batch/create",
		"{\"inputs\":[{\"from\":{\"id\":\"$1\"},\"to\":{\"id\":\"$2\"},\"type\":\"x\"}]}"},
	{"POST", "/crm/v4/associations/contacts/companies/batch/associate/default",
		"{\"inputs\":[{\"from\":{\"id\":\"$1\"},\"to\":{\"id\":\"$2\"}}]}"},
	{"POST", "/crm/v4/associations/contacts/companies/batch/read",
		"{\"inputs\":[{\"id\":\"$1\",\"after\":\"$2\"}]}"},
	{"POST", "/crm/v4/associations/contacts/companies/batch/archive",
		"{\"inputs\":[{\"from\":{\"id\":\"$1\"},\"to\":[{\"id\":\"1\"}]}]}"},
	{"POST", "/crm/v4/associations/contacts/companies/batch/labels/archive",
		"{\"inputs\":[{\"from\":{\"id\":\"$1\"},\"to\":{\"id\":\"$2\"},\"types\":["
		"{\"associationCategory\":\"USER_DEFINED\",\"associationTypeId\":10001}]}]}"},
	{"POST", "/crm/v4/associations/contacts/companies/labels",
		"{\"label\":\"L\",\"inverseLabel\":\"M\",\"name\":\"l\"}"},
	{"PUT", "/crm/v4/associations/contacts/companies/labels",
		"{\"associationTypeId\":10001,\"label\":\"N\"}"},
	{"POST", "/crm/properties/2026-09/contacts",
		"{\"name\":\"p\",\"label\":\"P\",\"type\":\"enumeration\",\"fieldType\":"
		"\"checkbox\","
		"\"groupName\":\"contactinformation\",\"options\":[{\"label\":\"A\",\"value\":"
		"\"a\","
		"\"displayOrder\":0}],\"hasUniqueValue\":false}"},
	{"PATCH", "/crm/properties/2026-09/contacts/city",
		"{\"label\":\"P\",\"options\":[{\"label\":\"A\",\"value\":\"a\",\"displayOrder\":0}"
		"]}"},
	{"POST", "/crm/v3/properties/contacts/batch/read", "{\"inputs\":[{\"name\":\"city\"}]}"},
	{"POST", "/crm/v3/properties/contacts/batch/archive", "{\"inputs\":[{\"name\":\"p\"}]}"},
	{"POST", "/crm/v3/properties/contacts/groups",
		"{\"name\":\"g\",\"label\":\"G\",\"displayOrder\":1}"},
	{"POST", "/crm/v3/pipelines/deals",
		"{\"label\":\"P\",\"displayOrder\":1,\"stages\":[{\"label\":\"A\",\"displayOrder\":"
		"0,"
		"\"stageId\":\"s\",\"metadata\":{\"probability\":\"0.5\"}}]}"},
	{"PATCH", "/crm/v3/pipelines/deals/default/stages/closedwon",
		"{\"label\":\"P\",\"metadata\":{\"probability\":\"0.5\"}}"},
	{"POST", DEALS, "{\"properties\":{\"dealname\":\"D\",\"dealstage\":\"closedwon\"}}"},
	{"POST", "/oauth/v2/private-apps/get/access-token-info", "{\"tokenKey\":\"pat-x\"}"},
	{"POST", "/__control",
		"{\"owners\":[{\"id\":\"1\",\"email\":\"o@b.co\",\"userId\":1}],"
		"\"properties\":{\"contacts\":[{\"name\":\"x\",\"type\":\"date\"}]},"
		"\"seed\":[{\"type\":\"contacts\",\"properties\":{\"city\":\"Ulm\"}}]}"},
};
enum { HONEST = sizeof(honest) / sizeof(honest[0]) };

static const char *const odd[] = {"null", "true", "0", "-1", "1.5", "\"\"", "\"x\"", "[]", "{}",
	"[null]", "[{}]", "{\"id\":{}}", "9223372036854775807", "\"%s%n\"", "\"a;b;;\"", "[[[[]]]]",
	"\"\\u0000\"", "\"\xc3\xa9\""};
enum { ODD = sizeof(odd) / sizeof(odd[0]) };

static char contact[32], company[32];

/* $1 and $2 are the contact and the company. */
static void fill(const char *pattern, char *text, size_t size) {
	size_t length = 0;
	for (; *pattern != '\0' && length + 32 < size; pattern++) {
		if (*pattern == '$') {
			const char *id = *++pattern == '1' ? contact : company;
			length += (size_t)snprintf(text + length, size - length, "%s", id);
		} else {
			text[length++] = *pattern;
		}
	}
	text[length] = '\0';
}

/* Puts `value` in the `place`-th place of the tree, counted down to 0; false: it has fewer. */
static int replace(json_t *tree, long *place, json_t *value) {
	const char *name;
	void *next;
	json_t *child;
	size_t index;
	json_object_foreach_safe(tree, next, name, child) {
		if ((*place)-- == 0) {
			json_object_set(tree, name, value);
			return 1;
		}
		if (replace(child, place, value)) {
			return 1;
		}
	}
	json_array_foreach (tree, index, child) {
		if ((*place)-- == 0) {
			json_array_set(tree, index, value);
			return 1;
		}
		if (replace(child, place, value)) {
			return 1;
		}
	}
	return 0;
}

static void send(const char *method, const char *url, const json_t *body) {
	char *text = json_dumps(body, JSON_ENCODE_ANY);
	assert_non_null(text);
	int status = ask(method, url, text);
	if (status < 200 || status > 599 || status == 500) {
		fail_msg("%s %s %s: %d", method, url, text, status);
	}
	free(text);
}

/* Every value of the body of `honest[which]` becomes odd[kind], one at a time. */
static void send_all(size_t which, size_t kind) {
	char url[256], text[2048];
	fill(honest[which].url, url, sizeof(url));
	fill(honest[which].body, text, sizeof(text));
	json_t *value = json_loads(odd[kind], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
	assert_non_null(value);
	for (long place = 0;; place++) {
		json_t *body = json_loads(text, 0, NULL);
		long left = place;
		int is_replaced = replace(body, &left, value);
		if (is_replaced) {
			send(honest[which].method, url, body);
		}
		json_decref(body);
		if (!is_replaced) {
			break;
		}
	}
	json_decref(value);
}

static void set_up_again(void) {
	control("{\"reset\":true,\"limit\":\"off\",\"search_lag_ms\":0}");
	make(CONTACTS, "{\"email\":\"a@b.co\"}", contact);
	make(COMPANIES, "{\"name\":\"A\"}", company);
}

static void whatever_comes_is_answered(void **state) {
	(void)state;
	for (size_t kind = 0; kind < ODD; kind++) {
		set_up_again();
		for (size_t which = 0; which < HONEST; which++) {
			send_all(which, kind);
		}
		assert_int_equal(ask("GET", "/__dump", NULL), 200);
	}
	set_up_again();
	for (size_t which = 0; which < HONEST; which++) {
		char url[256], text[2048];
		fill(honest[which].url, url, sizeof(url));
		fill(honest[which].body, text, sizeof(text));
		int status = ask(honest[which].method, url, text);
		assert_true(status >= 200 && status < 500);
	}
}

/* A dump with one value replaced is refused or taken, and either way all calls are answered. */
static void a_spoilt_dump_does_no_harm(void **state) {
	(void)state;
	set_up_again();
	for (size_t which = 0; which < HONEST; which++) {
		char url[256], text[2048];
		fill(honest[which].url, url, sizeof(url));
		fill(honest[which].body, text, sizeof(text));
		ask(honest[which].method, url, text);
	}
	json_t *dump = model_save(model);
	assert_non_null(dump);
	long taken = 0;
	for (long place = 0; place < 400; place++) {
		json_t *copy = json_deep_copy(dump);
		json_t *value =
			json_loads(odd[place % ODD], JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		long left = place;
		replace(copy, &left, value);
		json_t *members = json_pack("{s:o}", "load", copy);
		taken += model_control(model, members) == NULL;
		json_decref(members);
		json_decref(value);
		for (size_t which = 0; which < HONEST; which++) {
			char url[256], text[2048];
			fill(honest[which].url, url, sizeof(url));
			fill(honest[which].body, text, sizeof(text));
			ask(honest[which].method, url, text);
		}
	}
	assert_true(taken > 0 && taken < 400);
	json_decref(dump);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(whatever_comes_is_answered),
		TEST(a_spoilt_dump_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
