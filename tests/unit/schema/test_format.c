#include "ask.h"

#include <stdlib.h>

static const char *const GOOD[][2] = {
	{"date", "2026-09-01"},
	{"date", "2024-02-29"},
	{"date", "2000-02-29"},
	{"date", "0000-01-01"},
	{"date-time", "2026-09-01T08:30:00Z"},
	{"date-time", "2026-09-01t08:30:00.123456z"},
	{"date-time", "2026-09-01T08:30:00+05:30"},
	{"date-time", "2026-09-01T23:59:60Z"},
	{"date-time", "2026-09-01T15:59:60.5-08:00"},
	{"date-time", "2026-09-02T00:29:60+00:30"},
	{"uri", "https://example.com/"},
	{"uri", "HTTP://u:p@[2001:db8::1]:8080/a;b?c=d/e?f#g/h"},
	{"uri", "mailto:a@b.cd"},
	{"uri", "urn:isbn:0451450523"},
	{"uri", "http://[v7.a:b]/"},
	{"uri", "file:///etc/hosts"},
	{"uri", "http://a/%C3%A9"},
	{"uri", "x:"},
	{"uri", "http://h:/"},
	{"time", "15:59:60.5-08:00"},
	{"duration", "P1Y2M3DT4H5M6S"},
	{"duration", "P3W"},
	{"hostname", "localhost"},
	{"hostname", "XN--MNCHEN-3YA.example"},
	{"hostname", "r3---sn-x.example"},
	{"idn-hostname",
		"m\xc3\xbcnchen\xe3\x80\x82"
		"de"},
	{"idn-hostname", "\xd7\x90\xd7\x91.a1"},
	{"idn-email", "j\xc3\xb6rg@m\xc3\xbcnchen.de"},
	{"ipv4", "0.0.0.0"},
	{"ipv6", "::ffff:192.0.2.1"},
	{"uri-reference", "../a?b#c"},
	{"uri-reference", ""},
	{"iri", "http://m\xc3\xbcnchen/?\xee\x80\x80"},
	{"iri-reference", "\xc3\xbc"},
	{"uuid", "2eb8aa08-AA98-11ea-B4Aa-73B441D16380"},
	{"uri-template", "/contacts/{id}{?limit:9,after*}{&x.y}"},
	{"json-pointer", "/a~1b/~0//"},
	{"relative-json-pointer", "10/a"},
	{"relative-json-pointer", "0#"},
	{"regex", "^(?<year>\\d{4})-\\p{Lu}$"},
	{"regex", "(?<=a+)b"},
};

static const char *const BAD[][2] = {
	{"date", ""},
	{"date", "2026-9-1"},
	{"date", "2026-02-29"},
	{"date", "1900-02-29"},
	{"date", "2026-13-01"},
	{"date", "2026-00-01"},
	{"date", "2026-04-31"},
	{"date", "2026-01-00"},
	{"date", "2026-09-01 "},
	{"date", "2026-09-01\n"},
	{"date", "26-09-01"},
	{"date", "2026/09/01"},
	{"date", "\xe0\xa7\xa8\x30\x32\x36-09-01"},
	{"date-time", "2026-09-01"},
	{"date-time", "2026-09-01T08:30:00"},
	{"date-time", "2026-09-01 08:30:00Z"},
	{"date-time", "2026-09-01T24:00:00Z"},
	{"date-time", "2026-09-01T08:60:00Z"},
	{"date-time", "2026-09-01T08:30:61Z"},
	{"date-time", "2026-09-01T08:30:60Z"},
	{"date-time", "2026-09-01T08:30:00.Z"},
	{"date-time", "2026-09-01T08:30:00+24:00"},
	{"date-time", "2026-09-01T08:30:00+0530"},
	{"date-time", "2026-09-01T08:30:00ZZ"},
	{"date-time", "2026-09-01T08:30Z"},
	{"uri", ""},
	{"uri", "example.com"},
	{"uri", "/path"},
	{"uri", "//host/path"},
	{"uri", "1http://a/"},
	{"uri", "http://a b/"},
	{"uri", "http://a/%2"},
	{"uri", "http://a/%zz"},
	{"uri", "http://[::1/"},
	{"uri", "http://[1.2.3.4]/"},
	{"uri", "http://[::1%25eth0]/"},
	{"uri", "http://a:b/"},
	{"uri", "http://a/#b#c"},
	{"uri", "http://a\\b/"},
	{"uri", "http://a/\xc3\xa9"},
	{"uri", "http://a/<b>"},
	{"uri", "http://a/\n"},
	{"uri", "http://a@b@c/"},
	{"uri", ":x"},
	{"uri", "http://[v.a]/"},
	{"uri", "http://[v1.%41]/"},
	{"uri", "http://[v1.]/"},
	{"time", "24:00:00Z"},
	{"time", "08:30:00"},
	{"time", "08:30:00Z "},
	{"duration", "P"},
	{"duration", "PT"},
	{"duration", "P1Y2D"},
	{"duration", "PT1H2S"},
	{"duration", "P1W2D"},
	{"duration", "P1.5D"},
	{"duration", "p1d"},
	{"hostname", "a..b"},
	{"hostname", "a."},
	{"hostname", "m\xc3\xbcnchen.de"},
	{"hostname", "xn--a"},
	{"idn-hostname", "ab--cd.example"},
	{"idn-hostname", "1a.\xd7\x90"},
	{"idn-hostname", "a\xd7\x90"},
	{"idn-hostname",
		"\xd7\x90"
		"0\xd9\xa0"},
	{"idn-email",
		"a@b\xef\xbc\xa0"
		"c"},
	{"idn-email", "a@-b.c"},
	{"ipv4", "1.2.3"},
	{"ipv4", "01.2.3.4"},
	{"ipv6", "fe80::1%eth0"},
	{"ipv6", "1:2:3:4:5:6:7:8:9"},
	{"uri-reference", "1:b"},
	{"iri", "http://a/\xee\x80\x80"},
	{"iri-reference", "\xc2\x80"},
	{"uuid", "2eb8aa08aa9811eab4aa73b441d16380"},
	{"uri-template", "{"},
	{"uri-template", "{a"},
	{"uri-template", "{a:"},
	{"uri-template", "{a:1"},
	{"uri-template", "{%4"},
	{"uri-template", "{=a}"},
	{"uri-template", "{a:10000}"},
	{"uri-template", "%4"},
	{"json-pointer", "a"},
	{"json-pointer", "/~"},
	{"relative-json-pointer", "01/a"},
	{"relative-json-pointer", "1a"},
	{"regex", "(?i)a"},
	{"regex", "a**"},
};

static bool is_of_format(const char *format, const char *text) {
	char error[SCHEMA_ERROR_SIZE] = "";
	json_t *definition = json_pack("{s:s}", "format", format);
	struct schema *schema = schema_compile(definition, error);
	assert_non_null(schema);
	json_t *instance = json_string(text);
	assert_non_null(instance);
	bool is_valid = schema_validate(schema, instance, 0, NULL);
	json_decref(instance);
	json_decref(definition);
	schema_destroy(schema);
	return is_valid;
}

static void test_good(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++) {
		if (!is_of_format(GOOD[i][0], GOOD[i][1])) {
			fail_msg("%s refuses %s", GOOD[i][0], GOOD[i][1]);
		}
	}
}

static void test_bad(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		if (is_of_format(BAD[i][0], BAD[i][1])) {
			fail_msg("%s takes %s", BAD[i][0], BAD[i][1]);
		}
	}
}

static const char *const GOOD_EMAILS[] = {"john.doe@example.com", "a@b.cd",
	"o'brien+tag@x-y.example", "!#$%&'*+-/=?^_`{|}~@example.org", "A.B@EXAMPLE.COM",
	"x@xn--mnchen-3ya.de", "1@1.2", "a@b.c.d.e.f.g"};

static const char *const BAD_EMAILS[] = {"", "@", "a", "a@", "@b.cd", "a@b", "a@b.cd\n", "\na@b.cd",
	" a@b.cd", "a@b.cd ", "a b@c.de", ".a@b.cd", "a.@b.cd", "a..b@c.de", "a@b..cd", "a@.b.cd",
	"a@b.cd.", "a@-b.cd", "a@b-.cd", "a@b_c.de", "a@@b.cd", "a@b@c.de", "\"a b\"@c.de",
	"a@[127.0.0.1]", "a@b.cd, e@f.gh", "<a@b.cd>", "John <a@b.cd>", "a\x7f@b.cd", "a(c)@b.cd",
	"a@b.c d", "a@b.cd\t", "a,b@c.de", "a@b/c.de", "a@b.c\x01"};

static void test_emails(void **state) {
	(void)state;
	for (size_t i = 0; i < sizeof(GOOD_EMAILS) / sizeof(GOOD_EMAILS[0]); i++) {
		if (!is_of_format("email", GOOD_EMAILS[i])) {
			fail_msg("refused: %s", GOOD_EMAILS[i]);
		}
	}
	for (size_t i = 0; i < sizeof(BAD_EMAILS) / sizeof(BAD_EMAILS[0]); i++) {
		if (is_of_format("email", BAD_EMAILS[i])) {
			fail_msg("taken: %s", BAD_EMAILS[i]);
		}
	}
}

/* An address of `local` letters before the @ and labels of `label` letters up to `total` bytes. */
static bool is_email_of(size_t local, size_t label, size_t total) {
	char *text = calloc(1, total + 1);
	assert_non_null(text);
	memset(text, 'a', total);
	text[local] = '@';
	for (size_t dot = local + 1 + label; dot + 1 < total; dot += label + 1) {
		text[dot] = '.';
	}
	bool is_valid = is_of_format("email", text);
	free(text);
	return is_valid;
}

static void test_email_lengths(void **state) {
	(void)state;
	assert_true(is_email_of(64, 3, 80));
	assert_false(is_email_of(65, 3, 80));
	assert_true(is_email_of(10, 63, 150));
	assert_false(is_email_of(10, 64, 150));
	assert_true(is_email_of(60, 50, 254));
	assert_false(is_email_of(60, 50, 255));
	assert_false(is_email_of(10, 3, 100000));
}

static void test_email_sentences(void **state) {
	(void)state;
	expect_fault("{\"format\":\"email\"}", "\"j\\u00f6rg@example.com\"", "", "format",
		"must be a valid e-mail address in ASCII letters "
		"(an international domain as punycode, xn--...)");
	expect_fault("{\"format\":\"email\"}", "\"a@m\\u00fcnchen.de\"", "", "format",
		"must be a valid e-mail address in ASCII letters "
		"(an international domain as punycode, xn--...)");
	expect_fault("{\"format\":\"date\"}", "\"tomorrow\"", "", "format",
		"must be a date, such as 2026-09-01");
	expect_fault("{\"format\":\"date-time\"}", "\"now\"", "", "format",
		"must be a date and time with an offset, such as 2026-09-01T08:30:00Z");
	expect_fault("{\"format\":\"uri\"}", "\"example.com\"", "", "format",
		"must be a valid URI with its scheme, such as https://example.com/");
}

/* json_read() lets no NUL in; a plugin's own json_stringn() may. */
static void test_nul_inside(void **state) {
	(void)state;
	const char *const formats[] = {"email", "uri", "date", "date-time", "idn-email", "hostname",
		"idn-hostname", "ipv4", "ipv6", "uuid", "uri-template", "regex", "time",
		"duration"};
	const char *const texts[] = {"a@b.cd", "http://a/", "2026-09-01", "2026-09-01T08:30:00Z",
		"a@b.cd", "a.b", "a.b", "1.2.3.4", "::1", "2eb8aa08-aa98-11ea-b4aa-73b441d16380",
		"/{a}", "a", "08:30:00Z", "P1D"};
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		char error[SCHEMA_ERROR_SIZE];
		char padded[64] = "";
		snprintf(padded, sizeof(padded), "%s", texts[i]);
		json_t *definition = json_pack("{s:s}", "format", formats[i]);
		struct schema *schema = schema_compile(definition, error);
		json_t *instance = json_stringn(padded, strlen(padded) + 1);
		assert_true(is_of_format(formats[i], texts[i]));
		assert_false(schema_validate(schema, instance, 0, NULL));
		json_decref(instance);
		json_decref(definition);
		schema_destroy(schema);
	}
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_emails),
		cmocka_unit_test(test_email_lengths),
		cmocka_unit_test(test_email_sentences),
		cmocka_unit_test(test_nul_inside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
