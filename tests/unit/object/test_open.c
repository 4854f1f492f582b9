#include "object/contact.h"

static const char tiny[] = "{\"properties\":{\"subject\":{\"type\":\"string\"}}}";

static const struct hsc_object plain_ticket = HSC_OBJECT(.offers = HSC_OBJECT_ALL,
	.path = "/tickets", .name = "ticket", .hubspot = "tickets", .schema = tiny);
static struct hsc_object ticket;

/* A ticket with one change: TICKET(.path = "/x"). */
#define TICKET(change) (ticket = plain_ticket, ticket change, &ticket)

static void assert_fault(const char *part) {
	if (strstr(fault, part) == NULL) {
		fail_msg("\"%s\" does not say \"%s\"", fault, part);
	}
}

static void visit(const struct object *object, void *ctx) {
	char *seen = ctx;
	size_t length = strlen(seen);
	snprintf(seen + length, 64 - length, "%s=%s ", object_path(object),
		object_hubspot_type(object));
}

static void test_opens_and_finds(void **state) {
	(void)state;
	char seen[64] = "";
	struct object *contacts = open_contacts(NULL);
	struct object *tickets = open_with(TICKET(.key = NULL), NULL);
	assert_ptr_equal(object_find("contacts"), contacts);
	assert_ptr_equal(object_find("tickets"), tickets);
	assert_null(object_find("/tickets"));
	assert_null(object_find("ticket"));
	object_each(visit, seen);
	assert_string_equal(seen, "/contacts=contacts /tickets=tickets ");
	object_close_all();
	assert_null(object_find("contacts"));
}

static void test_routes(void **state) {
	(void)state;
	open_contacts(NULL);
	const struct http_route *route = fake_http_route(http, "POST", "/contacts");
	assert_non_null(route);
	assert_non_null(route->body_schema);
	assert_string_equal(route->owner, "test");
	assert_string_equal(route->summary, "Create or update a contact");
	assert_null(fake_http_route(http, "GET", "/contacts/{id}")->body_schema);
	assert_non_null(fake_http_route(http, "PATCH", "/contacts/{id}")->body_schema);
	assert_null(fake_http_route(http, "DELETE", "/contacts/{id}")->body_schema);
	assert_non_null(fake_http_route(http, "POST", "/contacts/batch")->body_schema);
}

static void test_offers(void **state) {
	(void)state;
	assert_non_null(open_with(TICKET(.offers = HSC_OBJECT_UPSERT), NULL));
	assert_int_equal(fake_http_route_count(http), 1);
	assert_non_null(open_with(
		(ticket = plain_contact, ticket.offers = HSC_OBJECT_CRUD, &ticket), NULL));
	assert_int_equal(fake_http_route_count(http), 4);
	assert_non_null(open_with(
		(ticket = plain_ticket, ticket.path = "/none", ticket.offers = 0, &ticket), NULL));
	assert_int_equal(fake_http_route_count(http), 4);
	assert_non_null(open_with((ticket = plain_ticket, ticket.path = "/many",
					  ticket.offers = HSC_OBJECT_BATCH, &ticket),
		NULL));
	assert_int_equal(fake_http_route_count(http), 5);
	assert_non_null(fake_http_route(http, "POST", "/many/batch"));
}

static void test_what_a_read_asks_for(void **state) {
	(void)state;
	struct object *object = open_with(TICKET(.key = NULL),
		"{\"properties\":{\"size\":{\"type\":\"integer\",\"x-hubspot-property\":\"ticket_"
		"size\"}}}");
	assert_non_null(object);
	const char *const *names = object_properties(object);
	assert_string_equal(names[0], "subject");
	assert_string_equal(names[1], "ticket_size");
	assert_null(names[2]);
}

static void assert_refuses(
	const struct hsc_object *declaration, const char *overrides, const char *part) {
	assert_null(open_with(declaration, overrides));
	assert_fault(part);
	assert_int_equal(fake_http_route_count(http), 0);
}

static void test_bad_declarations(void **state) {
	(void)state;
	assert_refuses(TICKET(.path = NULL), NULL, "path");
	assert_refuses(TICKET(.path = "tickets"), NULL, "path");
	assert_refuses(TICKET(.path = "/a/b"), NULL, "object \"/a/b\": its path");
	assert_refuses(TICKET(.path = "/"), NULL, "path");
	assert_refuses(TICKET(.name = NULL), NULL, "name");
	assert_refuses(TICKET(.name = "Ticket"), NULL, "name");
	assert_refuses(TICKET(.hubspot = "a/b"), NULL, "HubSpot type");
	assert_refuses(TICKET(.hubspot = NULL), NULL, "HubSpot type");
	assert_refuses(TICKET(.schema = NULL), NULL, "schema");
	assert_refuses(TICKET(.offers = HSC_OBJECT_ALL),
		"{\"properties\":{\"associations\":{\"type\":\"string\"}}}", "associations");
	assert_refuses(TICKET(.offers = 1U << 30), NULL, "offers");
	assert_refuses(TICKET(.schema = "{"), NULL, "object \"/tickets\": its schema");
	assert_refuses(TICKET(.schema = "{\"type\":\"object\"}"), NULL, "no properties");
	assert_refuses(TICKET(.schema = "{\"properties\":{\"a\":true}}"), NULL, "\"a\"");
	assert_refuses(TICKET(.schema = "{\"properties\":{\"a\":{\"frob\":1}}}"), NULL, "frob");
	assert_refuses(
		TICKET(.schema = "{\"properties\":{\"a\":{\"type\":\"object\"}}}"), NULL, "\"a\"");
	assert_refuses(TICKET(.schema = "{\"properties\":{\"id\":{\"type\":\"string\"}}}"), NULL,
		"readOnly");
	assert_refuses(
		TICKET(.schema =
				"{\"properties\":{\"a\":{},\"b\":{\"x-hubspot-property\":\"a\"}}}"),
		NULL, "properties \"a\" and \"b\"");
	assert_refuses(TICKET(.schema = "{\"properties\":{\"a\":{\"x-hubspot-property\":1}}}"),
		NULL, "x-hubspot-property");
	assert_refuses(TICKET(.key = "nothing"), NULL, "\"nothing\"");
	assert_refuses(TICKET(.key = "id"), NULL, "key \"id\"");
}

static void test_twice(void **state) {
	(void)state;
	open_contacts(NULL);
	assert_null(open_with(&plain_contact, NULL));
	assert_fault("open already");
}

static void test_routes_that_are_taken(void **state) {
	(void)state;
	fake_http_take_routes(http, 0);
	assert_refuses(TICKET(.key = NULL), NULL, "is taken");
	fake_http_take_routes(http, 2);
	assert_null(open_with(TICKET(.key = NULL), NULL));
	assert_fault("object \"/tickets\": the route");
	assert_null(object_find("tickets"));
	assert_int_equal(
		fake_send(http, "POST", "/tickets", "{\"subject\":\"still safe\"}"), HTTP_LATER);
	assert_true(fake_finish(0, &(struct hubspot_result){.id = "1"}));
}

static void assert_override(const char *overrides, const char *part) {
	json_auto_t *parsed = json_loads(overrides, JSON_DECODE_ANY, NULL);
	assert_non_null(parsed);
	assert_false(object_check_overrides("contacts", parsed, fault, sizeof(fault)));
	assert_fault(part);
	assert_null(open_with(&plain_contact, overrides[0] == '{' ? overrides : "{\"x\":1}"));
}

static void test_bad_overrides(void **state) {
	(void)state;
	assert_override("[]", "objects.contacts must be an object");
	assert_override("{\"propertys\":{}}", "objects.contacts.propertys is unknown");
	assert_override("{\"properties\":[]}", "objects.contacts.properties must");
	assert_override("{\"properties\":{\"x\":1}}", "objects.contacts.properties.x must");
	assert_override("{\"properties\":{\"\":{}}}", "objects.contacts.properties. must");
	assert_override(
		"{\"properties\":{\"x\":{\"type\":\"text\"}}}", "objects.contacts.properties.x: ");
	assert_override("{\"properties\":{\"x\":{\"x-hubspot-property\":\"\"}}}",
		"objects.contacts.properties.x: x-hubspot");
	assert_override("{\"unknown\":\"drop\"}", "objects.contacts.unknown must");
	assert_override("{\"key\":\"\"}", "objects.contacts.key must");
	assert_override("{\"key\":null}", "objects.contacts.key must");
	assert_override("{\"hubspot\":\"../x\"}", "objects.contacts.hubspot must");
	assert_override("{\"hubspot\":7}", "objects.contacts.hubspot must");
	assert_refuses(&plain_contact, "{\"key\":\"nobody\"}", "\"nobody\"");
	assert_refuses(&plain_contact, "{\"key\":\"hobbies\"}", "\"hobbies\"");
}

static void test_good_overrides(void **state) {
	(void)state;
	json_auto_t *parsed =
		json_loads("{\"properties\":{\"x\":{\"type\":\"string\"}},\"unknown\":\"pass\","
			   "\"key\":\"x\",\"hubspot\":\"2-123\"}",
			0, NULL);
	assert_true(object_check_overrides("contacts", parsed, fault, sizeof(fault)));
	struct object *object = open_contacts("{\"hubspot\":\"2-123\"}");
	assert_string_equal(object_hubspot_type(object), "2-123");
	assert_int_equal(fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\"}"), HTTP_LATER);
	assert_string_equal(fake_operation(0)->asked.object, "2-123");
}

/* A fragment replaces the shipped property; where it goes in HubSpot stays, unless it says. */
static void test_replaced_property(void **state) {
	(void)state;
	struct object *object =
		open_contacts("{\"properties\":{\"notes\":{\"type\":\"string\",\"maxLength\":2}}}");
	assert_string_equal(object_property_name(object, "notes"), "content");
	fake_send(http, "POST", "/contacts", "{\"email\":\"a@b.c\",\"notes\":\"abc\"}");
	assert_refused(422, "validation_failed");
	assert_error("/notes", "maxLength");
}

static void test_moved_property(void **state) {
	(void)state;
	struct object *object =
		open_contacts("{\"properties\":{\"notes\":{\"x-hubspot-property\":\"memo\"}}}");
	assert_string_equal(object_property_name(object, "notes"), "memo");
}

/* Both bounds hold, the definition's and the one beside the $ref. */
static void test_ref_with_a_bound_of_its_own(void **state) {
	(void)state;
	static const char schema[] =
		"{\"$defs\":{\"short\":{\"type\":\"string\",\"maxLength\":5}},"
		"\"properties\":{\"subject\":{\"$ref\":\"#/$defs/short\",\"maxLength\":10}}}";
	assert_non_null(open_with(TICKET(.schema = schema), NULL));
	fake_send(http, "POST", "/tickets", "{\"subject\":\"abcdefg\"}");
	assert_refused(422, "validation_failed");
	assert_error("/subject", "maxLength");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void) {
	const struct CMUnitTest tests[] = {
		TEST(test_opens_and_finds),
		TEST(test_routes),
		TEST(test_offers),
		TEST(test_what_a_read_asks_for),
		TEST(test_bad_declarations),
		TEST(test_twice),
		TEST(test_routes_that_are_taken),
		TEST(test_bad_overrides),
		TEST(test_good_overrides),
		TEST(test_replaced_property),
		TEST(test_moved_property),
		TEST(test_ref_with_a_bound_of_its_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
