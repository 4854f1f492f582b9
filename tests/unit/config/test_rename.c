#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "rename.h"

static struct renaming renaming;
static char error[RENAME_ERROR_SIZE];

static bool init(const char *name, const char *singular) {
	error[0] = '\0';
	renaming.plural = "invoices";
	renaming.singular = "invoice";
	return renaming_init(&renaming, name, singular, error);
}

static void assert_renamed(const char *text, bool is_c, const char *expected) {
	struct buf to;
	buf_init(&to, 4096);
	assert_true(rename_text(&renaming, text, is_c, &to));
	assert_string_equal(buf_text(&to), expected);
	buf_finish(&to);
}

static void test_names(void **state) {
	(void)state;
	static const char *const GOOD[] = {"a", "invoices", "purchase-orders", "v2", "x1-2-3",
		"int", "abcdefghijklmnopqrstuvwxyz012345"};
	static const char *const BAD[] = {"", "1a", "-a", "Invoices", "line_items", "a b", "a/b",
		"..", "a.so", "caf\xc3\xa9", "abcdefghijklmnopqrstuvwxyz0123456", "test", "install",
		"docs", "v1"};
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		if (!init(GOOD[i], NULL)) {
			fail_msg("refused: %s: %s", GOOD[i], error);
		}
	}
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		if (init(BAD[i], NULL)) {
			fail_msg("taken: %s", BAD[i]);
		}
		assert_non_null(strstr(error, BAD[i]));
	}
	assert_false(init("people", "Person"));
	assert_non_null(strstr(error, "--singular"));
	assert_non_null(strstr(error, "\"Person\""));
}

static void test_one_of_many(void **state) {
	(void)state;
	static const char *const WORDS[][2] = {{"invoices", "invoice"}, {"machines", "machine"},
		{"companies", "company"}, {"addresses", "address"}, {"boxes", "box"},
		{"batches", "batch"}, {"dishes", "dish"}, {"courses", "course"}, {"staff", "staff"},
		{"access", "access"}, {"status", "status"}, {"basis", "basis"}, {"s", "s"},
		{"purchase-orders", "purchase-order"}};
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++) {
		assert_true(init(WORDS[i][0], NULL));
		assert_string_equal(renaming.one, WORDS[i][1]);
	}
	assert_true(init("people", "person"));
	assert_string_equal(renaming.one, "person");
}

static void test_words_of_text(void **state) {
	(void)state;
	assert_true(init("purchase-orders", NULL));
	assert_renamed("invoices.schema.json", false, "purchase-orders.schema.json");
	assert_renamed("# invoices: one invoice, /invoices/7", false,
		"# purchase-orders: one purchase order, /purchase-orders/7");
	assert_renamed("Invoices. An Invoice.", false, "Purchase orders. An Purchase order.");
	assert_renamed("hubspot_invoice_id my_invoices", false,
		"hubspot_purchase_order_id my_purchase_orders");
	assert_renamed("`.hubspot = \"invoices\"`", false, "`.hubspot = \"purchase_orders\"`");
	assert_renamed("`.name = \"invoice\"`", false, "`.name = \"purchase_order\"`");
	assert_renamed("hsc_add_plugin(invoices invoices.c)", false,
		"hsc_add_plugin(purchase-orders purchase-orders.c)");
}

static void test_words_of_c(void **state) {
	(void)state;
	assert_true(init("purchase-orders", NULL));
	assert_renamed("#include \"invoices.schema.h\"\nx = invoices_schema;", true,
		"#include \"purchase-orders.schema.h\"\nx = purchase_orders_schema;");
	assert_renamed(".path = \"/invoices\", .name = \"invoice\", .hubspot = \"invoices\"", true,
		".path = \"/purchase-orders\", .name = \"purchase_order\", .hubspot = "
		"\"purchase_orders\"");
	assert_renamed("f(invoices, \"a\\\"invoices\", invoice);", true,
		"f(purchase_orders, \"a\\\"purchase-orders\", purchase_order);");
	assert_renamed(
		"/* don't: \" */\nint invoices;", true, "/* don't: \" */\nint purchase_orders;");
}

static void test_what_is_no_word_of_it(void **state) {
	(void)state;
	assert_true(init("orders", NULL));
	assert_renamed("invoicesque reinvoice INVOICES invoiced", true,
		"invoicesque reinvoice INVOICES invoiced");
	assert_renamed("", true, "");
	assert_renamed("invoice", false, "order");
}

static void test_a_text_too_long_fails(void **state) {
	(void)state;
	struct buf to;
	assert_true(init("orders", NULL));
	buf_init(&to, 8);
	assert_false(rename_text(&renaming, "invoices invoices", false, &to));
	buf_finish(&to);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_one_of_many),
		cmocka_unit_test(test_words_of_text),
		cmocka_unit_test(test_words_of_c),
		cmocka_unit_test(test_what_is_no_word_of_it),
		cmocka_unit_test(test_a_text_too_long_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
