/*
 * Writes contacts.jsonl, the 1,000 rows of test_rows.c, to standard output: what a realistic export
 * of several systems looks like. Always the same: a row is a function of its number. The file is
 * kept; a test compares it with this.
 *
 * About 800 addresses in mixed case, the rest repeats in another case and with other members;
 * accents, emoji and other scripts, plus-addressing, apostrophes, quotes and line ends in values,
 * long values, empty ones, a declared property of the account.
 */
#include "base/banned.h"

#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { ROWS = 1000, EMAIL_SIZE = 128, LONG_VALUE = 4000, LONGEST_VALUE = 65536 };

static const char *const FIRST[] = {"Ada", "Zoë", "José", "Søren", "Łukasz", "Nguyễn", "Chloé",
	"Björk", "O'Shea", "Jean-Luc", "李娜", "Олена", "محمد", "Ana María", "Γιώργος", "さくら",
	"d’Arcy", "Bob 🚀", "👩‍💻 Kim", "İpek", "Siân", "Müßig"};
static const char *const LAST[] = {"Lovelace", "O'Neill", "Müller", "García Márquez", "Þórsdóttir",
	"Nowak", "van der Berg", "D'Angelo", "Smith \"Smitty\"", "Šimić", "de la Cruz", "Çelik",
	"Ng", "Jones\nJr.", "Back\\slash", "Tab\tbed"};
static const char *const LOCAL[] = {"ada", "zoe", "jose", "soren", "lukasz", "nguyen", "chloe",
	"bjork", "o'shea", "jean-luc", "li.na", "olena_k", "m.ali", "ana.maria", "g.pap", "sakura",
	"d'arcy", "bob", "kim", "ipek", "sian", "muessig"};
static const char *const DOMAIN[] = {"example.com", "Example.org", "mail.example.net",
	"sub-domain.example.co.uk", "xn--mller-kva.example"};
static const char *const TEA[] = {"Darjeeling", "抹茶", "Rooibos ☕", "Earl Grey, 2 sugars", "Čaj"};
static const char *const CITY[] = {
	"London", "São Paulo", "Kraków", "東京", "Åre", "Zürich", "L'Aquila", "Reykjavík"};

#define PICK(list, number) ((list)[(number) % (sizeof(list) / sizeof((list)[0]))])

/* A number that looks random and is a function of `row` and `which`. */
static uint32_t mix(uint32_t row, uint32_t which) {
	uint64_t x = ((uint64_t)row << 32 | which) + UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (uint32_t)(x >> 32);
}

/* The person of a row: one in five rows is about somebody who came before. */
static uint32_t person(uint32_t row) {
	return row > 10 && row % 5 == 4 ? person(mix(row, 1) % row) : row;
}

static void write_email(uint32_t row, char email[EMAIL_SIZE]) {
	uint32_t who = person(row);
	const char *plus = who % 7 == 3 ? "+news" : who % 11 == 5 ? "+crm.2024" : "";
	snprintf(email, EMAIL_SIZE, "%s.%u%s@%s", PICK(LOCAL, mix(who, 2)), (unsigned)who, plus,
		PICK(DOMAIN, mix(who, 3)));
	for (char *c = email; *c != '\0'; c++) { /* each row in a case of its own */
		uint32_t style = mix(row, 4) % 4;
		bool is_upper = style == 1 || (style == 2 && (c == email || c[-1] == '.'));
		*c = (char)(is_upper ? toupper((unsigned char)*c) : *c);
	}
}

static json_t *long_value(uint32_t length, const char *piece) {
	char *text = malloc(length + 1);
	if (text == NULL) {
		abort();
	}
	size_t size = strlen(piece);
	size_t at = 0;
	for (; at + size <= length; at += size) {
		memcpy(text + at, piece, size);
	}
	memset(text + at, '.', length - at);
	text[length] = '\0';
	json_t *value = json_string(text);
	free(text);
	return value;
}

static void add_sometimes(json_t *record, uint32_t row, uint32_t which, uint32_t one_in,
	const char *name, json_t *value) {
	if (mix(row, which) % one_in == 0) {
		json_object_set_new(record, name, value);
	} else {
		json_decref(value);
	}
}

static json_t *make(uint32_t row) {
	char email[EMAIL_SIZE];
	json_t *record = json_object();
	write_email(row, email);
	json_object_set_new(record, "email", json_string(email));
	json_object_set_new(record, "firstname", json_string(PICK(FIRST, mix(person(row), 2))));
	add_sometimes(record, row, 10, 1 + (row % 5 == 4), "lastname",
		json_string(PICK(LAST, mix(row, 11))));
	add_sometimes(record, row, 12, 2, "city", json_string(PICK(CITY, mix(row, 13))));
	add_sometimes(record, row, 14, 3, "phone",
		json_sprintf("+%u (0) %u-%04u", 1 + mix(row, 15) % 98, mix(row, 16) % 900 + 100,
			mix(row, 17) % 10000));
	add_sometimes(record, row, 18, 4, "favourite_tea", json_string(PICK(TEA, mix(row, 19))));
	add_sometimes(record, row, 20, 5, "loyalty_points",
		json_integer((json_int_t)mix(row, 21) * (row % 3 == 0 ? 4194304 : 1)));
	add_sometimes(record, row, 22, 9, "company", json_string(""));
	add_sometimes(record, row, 23, 12, "jobtitle", json_null());
	add_sometimes(record, row, 24, 25, "message",
		long_value(LONG_VALUE + row, "Dear all, ça va? 👋🏽 \r\n<b>&amp;</b> "));
	if (row == 777) {
		json_object_set_new(record, "message", long_value(LONGEST_VALUE, "x"));
	}
	return record;
}

int main(void) {
	for (uint32_t row = 0; row < ROWS; row++) {
		json_t *record = make(row);
		if (record == NULL || json_dumpf(record, stdout, JSON_COMPACT) != 0 ||
			fputc('\n', stdout) == EOF) {
			return 1;
		}
		json_decref(record);
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
