#include "schema/inside.h"

#include "base/buf.h"
#include "base/str.h"

/*
 * ECMA-262 and PCRE2 look alike and differ in the details that matter: what \s, \v and a dot stand
 * for, \u and \p{...}, and what PCRE2 has and ECMA has not (verbs, possessive quantifiers,
 * recursion, \A, POSIX classes). The first are rewritten, the second refused, so a pattern means
 * here what it means to every other reader of the schema.
 */

#define SPACES                                                                                     \
	"\\t\\n\\x0b\\f\\r "                                                                       \
	"\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
#define NO_SPACES                                                                                  \
	"\\x00-\\x08\\x0e-\\x1f\\x21-\\u009f\\u00a1-\\u167f\\u1681-\\u1fff\\u200b-\\u2027\\u202a-" \
	"\\u202e"                                                                                  \
	"\\u2030-\\u205e\\u2060-\\u2fff\\u3001-\\ufefe\\uff00-\\u{10ffff}"

/* The long names of Unicode's general categories; PCRE2 knows the short ones only. */
static const char *const CATEGORIES[][2] = {
	{"Letter", "L"},
	{"Cased_Letter", "L&"},
	{"LC", "L&"},
	{"Uppercase_Letter", "Lu"},
	{"Lowercase_Letter", "Ll"},
	{"Titlecase_Letter", "Lt"},
	{"Modifier_Letter", "Lm"},
	{"Other_Letter", "Lo"},
	{"Mark", "M"},
	{"Combining_Mark", "M"},
	{"Nonspacing_Mark", "Mn"},
	{"Spacing_Mark", "Mc"},
	{"Enclosing_Mark", "Me"},
	{"Number", "N"},
	{"Decimal_Number", "Nd"},
	{"digit", "Nd"},
	{"Letter_Number", "Nl"},
	{"Other_Number", "No"},
	{"Punctuation", "P"},
	{"punct", "P"},
	{"Connector_Punctuation", "Pc"},
	{"Dash_Punctuation", "Pd"},
	{"Open_Punctuation", "Ps"},
	{"Close_Punctuation", "Pe"},
	{"Initial_Punctuation", "Pi"},
	{"Final_Punctuation", "Pf"},
	{"Other_Punctuation", "Po"},
	{"Symbol", "S"},
	{"Math_Symbol", "Sm"},
	{"Currency_Symbol", "Sc"},
	{"Modifier_Symbol", "Sk"},
	{"Other_Symbol", "So"},
	{"Separator", "Z"},
	{"Space_Separator", "Zs"},
	{"Line_Separator", "Zl"},
	{"Paragraph_Separator", "Zp"},
	{"Other", "C"},
	{"Control", "Cc"},
	{"cntrl", "Cc"},
	{"Format", "Cf"},
	{"Surrogate", "Cs"},
	{"Private_Use", "Co"},
	{"Unassigned", "Cn"},
};

struct reader {
	const char *at;
	struct buf *to;
	const char *wrong; /* why the expression is refused; or NULL */
	bool is_in_class;
	enum {
		QUANTIFIER_NONE,
		QUANTIFIER_GREEDY,
		QUANTIFIER_LAZY
	} quantifier; /* what was just read */
};

static void refuse(struct reader *reader, const char *why) {
	if (reader->wrong == NULL) {
		reader->wrong = why;
	}
}

static void copy(struct reader *reader, size_t length) {
	buf_add(reader->to, reader->at, length);
	reader->at += length;
}

static bool is_hex(char c) {
	return c != '\0' && strchr("0123456789abcdefABCDEF", c) != NULL;
}

/* Reads four hexadecimal digits after a \u; -1 when they are not there. */
static long read_unit(const char *at) {
	char digits[5] = "";
	for (size_t i = 0; i < 4; i++) {
		if (!is_hex(at[i])) {
			return -1;
		}
		digits[i] = at[i];
	}
	return strtol(digits, NULL, 16);
}

static void read_braced_unicode(struct reader *reader) {
	size_t length = strspn(reader->at + 1, "0123456789abcdefABCDEF");
	if (length == 0 || length > 6 || reader->at[length + 1] != '}') {
		refuse(reader, "\\u{ must be followed by a code point and }");
		return;
	}
	buf_add_text(reader->to, "\\u");
	copy(reader, length + 2);
}

/* \uD83D\uDE00 is one character, written as JavaScript's two halves. */
static void read_unicode(struct reader *reader) {
	reader->at++;
	if (*reader->at == '{') {
		read_braced_unicode(reader);
		return;
	}
	long unit = read_unit(reader->at);
	if (unit < 0) {
		refuse(reader, "\\u must be followed by four hexadecimal digits");
		return;
	}
	reader->at += 4;
	bool is_high = unit >= 0xd800 && unit <= 0xdbff;
	long low = is_high && reader->at[0] == '\\' && reader->at[1] == 'u'
		? read_unit(reader->at + 2)
		: -1;
	if (low >= 0xdc00 && low <= 0xdfff) {
		unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
		reader->at += 6;
	}
	buf_printf(reader->to, "\\u{%lx}", (unsigned long)unit);
}

static const char *short_category(const char *name) {
	for (size_t i = 0; i < sizeof(CATEGORIES) / sizeof(CATEGORIES[0]); i++) {
		if (str_is_equal(CATEGORIES[i][0], name)) {
			return CATEGORIES[i][1];
		}
	}
	return name;
}

/* \p{Letter}, \P{Lu}, \p{gc=Number}, \p{Script=Greek} */
static void read_property(struct reader *reader) {
	char kind = *reader->at;
	const char *end = strchr(reader->at, '}');
	char name[64];
	if (reader->at[1] != '{' || end == NULL || (size_t)(end - reader->at) - 2 >= sizeof(name)) {
		refuse(reader, "\\p must be followed by a property in braces");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(end - reader->at - 2), reader->at + 2);
	reader->at = end + 1;
	const char *equals = strchr(name, '=');
	bool is_category = equals == NULL || str_starts_with(name, "gc=") ||
		str_starts_with(name, "General_Category=");
	const char *value = is_category && equals != NULL ? equals + 1 : name;
	buf_printf(reader->to, "\\%c{%s}", kind, is_category ? short_category(value) : value);
}

/* A hyphen after \d and the like in a class stands for itself: it starts no range there. */
static void read_hyphen_after_set(struct reader *reader) {
	if (reader->is_in_class && reader->at[0] == '-' && reader->at[1] != ']') {
		buf_add_text(reader->to, "\\-");
		reader->at++;
	}
}

static void read_spaces(struct reader *reader) {
	bool is_negated = *reader->at++ == 'S';
	if (!reader->is_in_class) {
		buf_add_text(reader->to, is_negated ? "[^" SPACES "]" : "[" SPACES "]");
	} else {
		buf_add_text(reader->to, is_negated ? NO_SPACES : SPACES);
	}
}

static void read_back_reference(struct reader *reader) {
	size_t digits = strspn(reader->at, "0123456789");
	if (reader->is_in_class) {
		refuse(reader, "a back reference in a class");
	}
	buf_printf(reader->to, "\\g{%.*s}", (int)digits, reader->at);
	reader->at += digits;
}

static void read_control(struct reader *reader) {
	char letter = reader->at[1];
	if ((letter < 'a' || letter > 'z') && (letter < 'A' || letter > 'Z')) {
		refuse(reader, "\\c must be followed by a letter");
		return;
	}
	buf_add_char(reader->to, '\\');
	copy(reader, 2);
}

static void read_hex(struct reader *reader) {
	if (!is_hex(reader->at[1]) || !is_hex(reader->at[2])) {
		refuse(reader, "\\x must be followed by two hexadecimal digits");
		return;
	}
	buf_add_char(reader->to, '\\');
	copy(reader, 3);
}

static void read_nul(struct reader *reader) {
	reader->at++;
	if (*reader->at >= '0' && *reader->at <= '9') {
		refuse(reader, "an octal escape");
	}
	buf_add_text(reader->to, "\\x00");
}

/* \k<name> */
static void read_named_reference(struct reader *reader) {
	if (reader->is_in_class || reader->at[1] != '<') {
		refuse(reader, "\\k must be followed by a name in angle brackets");
		return;
	}
	buf_add_char(reader->to, '\\');
	copy(reader, 2);
}

static void read_plain_escape(struct reader *reader) {
	char c = *reader->at;
	bool is_known = c != '\0' && strchr("dDwWbfnrt", c) != NULL;
	bool is_boundary = c == 'B' && !reader->is_in_class;
	bool is_symbol = c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') &&
		!(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z');
	if (c == 'v') {
		buf_add_text(reader->to, "\\x0b"); /* PCRE2's \v is all vertical space */
		reader->at++;
	} else if (is_known || is_boundary || is_symbol) {
		buf_add_char(reader->to, '\\');
		copy(reader, 1);
	} else {
		refuse(reader,
			c == '\0' ? "it ends in a backslash"
				  : "an escape that ECMA-262 does not have");
	}
}

static void read_escape(struct reader *reader) {
	char c = *++reader->at;
	if (c == 'u') {
		read_unicode(reader);
	} else if (c == 'p' || c == 'P') {
		read_property(reader);
	} else if (c == 's' || c == 'S') {
		read_spaces(reader);
	} else if (c == 'c') {
		read_control(reader);
	} else if (c == 'x') {
		read_hex(reader);
	} else if (c == 'k') {
		read_named_reference(reader);
	} else if (c == '0') {
		read_nul(reader);
	} else if (c >= '1' && c <= '9') {
		read_back_reference(reader);
	} else {
		read_plain_escape(reader);
	}
	if (c != '\0' && strchr("dDwWsSpP", c) != NULL) {
		read_hyphen_after_set(reader);
	}
}

static void read_in_class(struct reader *reader) {
	if (*reader->at == ']') {
		reader->is_in_class = false;
		copy(reader, 1);
	} else if (*reader->at == '[') {
		buf_add_text(reader->to, "\\["); /* else [[:alpha:]] would be PCRE2's POSIX class */
		reader->at++;
	} else {
		copy(reader, 1);
	}
}

static void read_class_start(struct reader *reader) {
	reader->is_in_class = true;
	copy(reader, reader->at[1] == '^' ? 2 : 1);
}

static void read_group(struct reader *reader) {
	static const char *const STARTS[] = {"(?:", "(?=", "(?!", "(?<=", "(?<!"};
	for (size_t i = 0; i < sizeof(STARTS) / sizeof(STARTS[0]); i++) {
		if (str_starts_with(reader->at, STARTS[i])) {
			copy(reader, strlen(STARTS[i]));
			return;
		}
	}
	if (str_starts_with(reader->at, "(?<")) {
		copy(reader, 3); /* a named group: PCRE2 checks the name */
	} else if (reader->at[1] == '?' || reader->at[1] == '*' || reader->at[1] == '+') {
		refuse(reader, "a group that ECMA-262 does not have");
	} else {
		copy(reader, 1);
	}
}

/* The length of a quantifier at `at`, without its lazy mark; or 0. */
static size_t quantifier_length(const char *at) {
	if (*at == '*' || *at == '+' || *at == '?') {
		return 1;
	}
	size_t length = *at == '{' ? 1 + strspn(at + 1, "0123456789") : 0;
	if (length < 2) {
		return 0;
	}
	if (at[length] == ',') {
		length += 1 + strspn(at + length + 1, "0123456789");
	}
	return at[length] == '}' ? length + 1 : 0;
}

static void read_quantifier(struct reader *reader, size_t length) {
	if (reader->quantifier == QUANTIFIER_GREEDY && *reader->at == '?') {
		reader->quantifier = QUANTIFIER_LAZY;
	} else if (reader->quantifier != QUANTIFIER_NONE) {
		refuse(reader, "a quantifier of a quantifier");
	} else {
		reader->quantifier = QUANTIFIER_GREEDY;
	}
	copy(reader, length);
}

static void read_outside_class(struct reader *reader) {
	size_t quantifier = quantifier_length(reader->at);
	if (quantifier > 0) {
		read_quantifier(reader, quantifier);
		return;
	}
	reader->quantifier = QUANTIFIER_NONE;
	switch (*reader->at) {
	case '[':
		read_class_start(reader);
		break;
	case '(':
		read_group(reader);
		break;
	case '.':
		buf_add_text(reader->to, "[^\\n\\r\\u2028\\u2029]");
		reader->at++;
		break;
	case '{':
		refuse(reader, "a { that is neither escaped nor a quantifier");
		break;
	default:
		copy(reader, 1);
		break;
	}
}

const char *ecma_translate(const char *expression, struct buf *to) {
	struct reader reader = {.at = expression, .to = to};
	while (*reader.at != '\0' && reader.wrong == NULL) {
		if (*reader.at == '\\') {
			reader.quantifier = QUANTIFIER_NONE;
			read_escape(&reader);
		} else if (reader.is_in_class) {
			read_in_class(&reader);
		} else {
			read_outside_class(&reader);
		}
	}
	return reader.wrong;
}
