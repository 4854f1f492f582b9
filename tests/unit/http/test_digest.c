/* The digest against the published vectors of SipHash-2-4-128, and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "http/digest.h"

/* The bytes 00 01 02 ... 0f as a key. */
static const struct digest_key key = {.low = 0x0706050403020100, .high = 0x0f0e0d0c0b0a0908};

static struct digest digest_of(const void *bytes, size_t length) {
	struct digesting digesting;
	digest_begin(&digesting, &key);
	digest_add(&digesting, bytes, length);
	return digest_end(&digesting);
}

static void assert_digest(size_t length, uint64_t low, uint64_t high) {
	unsigned char bytes[64];
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = (unsigned char)i;
	}
	struct digest digest = digest_of(bytes, length);
	assert_true(digest.low == low);
	assert_true(digest.high == high);
}

/* Computed with OpenSSL: openssl mac -macopt hexkey:00..0f -macopt size:16 SIPHASH. */
static void test_vectors(void **state) {
	(void)state;
	assert_digest(0, 0xe6a825ba047f81a3, 0x930255c71472f66d);
	assert_digest(15, 0x11a8b03399e99354, 0xd9c3cf970fec087e);
	assert_digest(1, 0x44af996bd8c187da, 0x45fc229b11597634);
	assert_digest(7, 0x53c1dbd8beebf1a1, 0x3982f01fa64ab8c0);
	assert_digest(8, 0x61f55862baa9623b, 0xb49714f364e2830f);
	assert_digest(9, 0xabbad90a06994426, 0xed716dbb028b7fc4);
	assert_digest(16, 0xbb54b067caa4e26e, 0x77052385bf1533fd);
	assert_digest(63, 0x4a83502f77d15051, 0x7cbd3f979a063e50);
}

static void test_in_pieces(void **state) {
	static const char text[] = "POST\0/contacts?mode=create\0{\"email\":\"ada@example.com\"}";
	struct digest whole = digest_of(text, sizeof(text));
	(void)state;
	for (size_t first = 0; first <= sizeof(text); first++) {
		for (size_t second = first; second <= sizeof(text); second++) {
			struct digesting digesting;
			digest_begin(&digesting, &key);
			digest_add(&digesting, text, first);
			digest_add(&digesting, text + first, second - first);
			digest_add(&digesting, text + second, sizeof(text) - second);
			assert_true(digest_is_equal(digest_end(&digesting), whole));
		}
	}
}

static void test_differs(void **state) {
	char text[40] = "";
	struct digest plain = digest_of(text, sizeof(text));
	struct digesting digesting;
	struct digest_key a;
	struct digest_key b;
	(void)state;
	for (size_t i = 0; i < sizeof(text) * 8; i++) {
		text[i / 8] ^= (char)(1 << (i % 8));
		assert_false(digest_is_equal(digest_of(text, sizeof(text)), plain));
		text[i / 8] ^= (char)(1 << (i % 8));
	}
	assert_false(digest_is_equal(digest_of(text, sizeof(text) - 1), plain));
	digest_key_make(&a);
	digest_key_make(&b);
	assert_true(a.low != b.low && a.high != b.high);
	digest_begin(&digesting, &a);
	digest_add(&digesting, text, sizeof(text));
	assert_false(digest_is_equal(digest_end(&digesting), plain));
	digest_begin(&digesting, &a);
	digest_add(&digesting, NULL, 0);
	digest_end(&digesting);
}

int main(void) {
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_in_pieces),
		cmocka_unit_test(test_differs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
