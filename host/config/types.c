/* The types of values: each reads its text, prints its value, frees what it holds. */
#include "config/inside.h"

#include <arpa/inet.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/memory.h"
#include "base/str.h"

enum { UNIX_PATH_MAX = 107, HOST_MAX = 253 };

static void expect(char expected[SETTING_EXPECTED_SIZE], const char *words) {
	snprintf(expected, SETTING_EXPECTED_SIZE, "%s", words);
}

/* ---- texts ---- */

static bool keep_text(void *member, const char *text) {
	char **to = member;
	free(*to);
	*to = must_strdup(text);
	return true;
}

static void print_text(const struct setting *setting, const void *member, struct buf *to) {
	(void)setting;
	const char *const *text = member;
	buf_add_text(to, *text != NULL ? *text : "");
}

static void finish_text(void *member) {
	char **text = member;
	free(*text);
	*text = NULL;
}

/* Digits, as many as an account's id can have. */
static bool read_digits(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	uint64_t number;
	if (!str_to_uint(text, 1, INT64_MAX, &number) || *text == '0') {
		expect(expected, "a number");
		return false;
	}
	return keep_text(member, text);
}

const struct setting_type SETTING_DIGITS = {read_digits, print_text, finish_text};

static bool read_readable(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	if (access(text, R_OK) != 0) {
		expect(expected, "the path of what is there and can be read");
		return false;
	}
	return keep_text(member, text);
}

const struct setting_type SETTING_READABLE = {read_readable, print_text, finish_text};

/* Its user says what is wrong with it: the command that reads it may also be the one that makes it.
 */
static bool read_path(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	(void)expected;
	return keep_text(member, text);
}

const struct setting_type SETTING_PATH = {read_path, print_text, finish_text};

/* ---- the token ---- */

static bool read_token(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	const char *fault = secret_fault(text);
	if (fault != NULL) {
		expect(expected, fault);
		return false;
	}
	return keep_text(member, text);
}

static void print_token(const struct setting *setting, const void *member, struct buf *to) {
	(void)setting;
	const char *const *token = member;
	buf_add_text(to, *token != NULL ? "(set)" : "");
}

static void finish_token(void *member) {
	char **token = member;
	if (*token != NULL) {
		memory_wipe(*token, strlen(*token));
	}
	finish_text(member);
}

const struct setting_type SETTING_TOKEN = {read_token, print_token, finish_token};

/* ---- numbers and choices ---- */

static bool read_number(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	uint64_t number;
	if (!str_to_uint(text, setting->min, setting->max, &number)) {
		snprintf(expected, SETTING_EXPECTED_SIZE, "a number from %u to %u",
			(unsigned)setting->min, (unsigned)setting->max);
		return false;
	}
	*(uint32_t *)member = (uint32_t)number;
	return true;
}

static void print_number(const struct setting *setting, const void *member, struct buf *to) {
	(void)setting;
	buf_printf(to, "%u", (unsigned)*(const uint32_t *)member);
}

const struct setting_type SETTING_NUMBER = {read_number, print_number, NULL};

static bool read_number_or_off(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	if (str_is_equal(text, "off")) {
		*(uint32_t *)member = CONFIG_RATE_OFF;
		return true;
	}
	if (!read_number(setting, text, member, expected)) {
		size_t length = strlen(expected);
		snprintf(expected + length, SETTING_EXPECTED_SIZE - length, ", or off");
		return false;
	}
	return true;
}

static void print_number_or_off(const struct setting *setting, const void *member, struct buf *to) {
	uint32_t number = *(const uint32_t *)member;
	if (number == CONFIG_RATE_OFF) {
		buf_add_text(to, "off");
	} else if (number != 0) {
		print_number(setting, member, to);
	}
}

const struct setting_type SETTING_NUMBER_OR_OFF = {read_number_or_off, print_number_or_off, NULL};

static bool read_choice(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	size_t length = 0;
	*expected = '\0';
	for (uint32_t i = 0; setting->choices[i] != NULL; i++) {
		const char *word = setting->choices[i];
		if (*word == '\0') {
			continue;
		}
		if (str_is_equal(word, text)) {
			*(uint32_t *)member = i;
			return true;
		}
		length +=
			(size_t)snprintf(expected + length, SETTING_EXPECTED_SIZE - length, "%s%s",
				length == 0                               ? ""
					: setting->choices[i + 1] != NULL ? ", "
									  : " or ",
				word);
	}
	return false;
}

static void print_choice(const struct setting *setting, const void *member, struct buf *to) {
	buf_add_text(to, setting->choices[*(const uint32_t *)member]);
}

const struct setting_type SETTING_CHOICE = {read_choice, print_choice, NULL};

/* ---- lists ---- */

static void finish_list(void *member) {
	char ***list = member;
	for (size_t i = 0; *list != NULL && (*list)[i] != NULL; i++) {
		free((*list)[i]);
	}
	free(*list);
	*list = NULL;
}

static size_t count_parts(const char *text, char separator) {
	size_t count = 1;
	for (; *text != '\0'; text++) {
		count += *text == separator;
	}
	return count;
}

/* The next part of *text, without blanks around it, a new string; NULL: an empty one. */
static char *take_part(const char **text, char separator) {
	const char ends[] = {separator, '\0'};
	const char *from = *text + strspn(*text, " \t");
	const char *to = *text + strcspn(*text, ends);
	*text = *to == '\0' ? to : to + 1;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t')) {
		to--;
	}
	if (to <= from) {
		return NULL;
	}
	char *part = must_calloc((size_t)(to - from) + 1, 1);
	memcpy(part, from, (size_t)(to - from));
	return part;
}

static bool read_list(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	size_t count = count_parts(text, setting->separator);
	char **list = must_calloc(count + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++) {
		list[i] = take_part(&text, setting->separator);
		if (list[i] == NULL) {
			finish_list(&list);
			snprintf(expected, SETTING_EXPECTED_SIZE,
				"%s separated by \"%c\", none of them empty",
				setting->separator == ':' ? "folders" : "names",
				setting->separator);
			return false;
		}
	}
	finish_list(member);
	*(char ***)member = list;
	return true;
}

static void print_list(const struct setting *setting, const void *member, struct buf *to) {
	char *const *list = *(char *const *const *)member;
	for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
		if (i > 0) {
			buf_add_char(to, setting->separator);
		}
		buf_add_text(to, list[i]);
	}
}

const struct setting_type SETTING_LIST = {read_list, print_list, finish_list};

/* ---- addresses and URLs ---- */

static bool is_loopback_host(const char *host) {
	struct in_addr four;
	struct in6_addr six;
	if (inet_pton(AF_INET, host, &four) == 1) {
		return (ntohl(four.s_addr) >> 24) == 127;
	}
	if (inet_pton(AF_INET6, host, &six) == 1) {
		return IN6_IS_ADDR_LOOPBACK(&six);
	}
	return str_is_equal(host, "localhost");
}

/* Takes "HOST" or "[IPV6]" off the front of *text; false when there is none. */
static bool take_host(const char **text, char host[HOST_MAX + 1]) {
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	bool is_bracketed = **text == '[';
	const char *from = *text + is_bracketed;
	size_t length = is_bracketed ? strcspn(from, "]") : strspn(from, letters);
	if (length == 0 || length > HOST_MAX || (is_bracketed && from[length] != ']')) {
		return false;
	}
	memcpy(host, from, length);
	host[length] = '\0';
	*text = from + length + is_bracketed;
	struct in6_addr six;
	return !is_bracketed || inet_pton(AF_INET6, host, &six) == 1;
}

/* Takes ":PORT" off the front of *text; false when what follows the colon is no port. */
static bool take_port(const char **text, uint64_t min) {
	char digits[8];
	uint64_t port;
	size_t length = **text == ':' ? strspn(*text + 1, "0123456789") : 0;
	if (length == 0 || length >= sizeof(digits)) {
		return false;
	}
	memcpy(digits, *text + 1, length);
	digits[length] = '\0';
	*text += 1 + length;
	return str_to_uint(digits, min, UINT16_MAX, &port);
}

/* "ADDRESS:PORT" with a numeric address or localhost; *host is it. */
static bool split_address(const char *text, char host[HOST_MAX + 1]) {
	struct in_addr four;
	bool is_bracketed = *text == '[';
	return take_host(&text, host) && take_port(&text, 0) && *text == '\0' &&
		(is_bracketed || inet_pton(AF_INET, host, &four) == 1 ||
			str_is_equal(host, "localhost"));
}

static const char *unix_path(const char *address) {
	return str_starts_with(address, "unix:") ? address + strlen("unix:") : NULL;
}

bool config_is_loopback(const char *address) {
	char host[HOST_MAX + 1];
	return unix_path(address) != NULL ||
		(split_address(address, host) && is_loopback_host(host));
}

static bool read_address(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	char host[HOST_MAX + 1];
	const char *path = unix_path(text);
	bool is_good = path != NULL ? *path != '\0' && strlen(path) <= UNIX_PATH_MAX
				    : split_address(text, host);
	if (!is_good) {
		expect(expected,
			"ADDRESS:PORT with a numeric address, [ADDRESS]:PORT for IPv6, or "
			"unix:PATH");
		return false;
	}
	return keep_text(member, text);
}

const struct setting_type SETTING_ADDRESS = {read_address, print_text, finish_text};

/* Of http:// or https://, without user, query and final slash; *host is its host. */
static bool split_url(const char *text, char host[HOST_MAX + 1]) {
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
	bool is_url = str_starts_with(text, "http://") || str_starts_with(text, "https://");
	const char *rest = is_url ? strchr(text, '/') + 2 : "";
	return take_host(&rest, host) && (*rest != ':' || take_port(&rest, 1)) &&
		(*rest == '\0' || *rest == '/') && rest[strspn(rest, letters)] == '\0' &&
		!str_ends_with(rest, "/") && strstr(rest, "//") == NULL;
}

static bool read_url(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	char host[HOST_MAX + 1];
	bool is_plain = str_starts_with(text, "http://");
	if (!split_url(text, host) || (is_plain && !is_loopback_host(host))) {
		expect(expected,
			"https://HOST[:PORT][/PATH] (http:// only on this machine) without user, "
			"query or final slash");
		return false;
	}
	return keep_text(member, text);
}

const struct setting_type SETTING_URL = {read_url, print_text, finish_text};

static bool read_public_url(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	char host[HOST_MAX + 1];
	if (!split_url(text, host)) {
		expect(expected, "https://HOST[:PORT][/PATH] without user, query or final slash");
		return false;
	}
	return keep_text(member, text);
}

const struct setting_type SETTING_PUBLIC_URL = {read_public_url, print_text, finish_text};

static bool read_proxy(const struct setting *setting, const char *text, void *member,
	char expected[SETTING_EXPECTED_SIZE]) {
	(void)setting;
	char host[HOST_MAX + 1];
	const char *rest = str_starts_with(text, "http://") ? text + strlen("http://") : "";
	const char *at = strrchr(rest, '@');
	rest = at != NULL ? at + 1 : rest;
	if (!take_host(&rest, host) || !take_port(&rest, 1) || *rest != '\0' ||
		strpbrk(text, " \t\r\n") != NULL) {
		expect(expected, "http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT");
		return false;
	}
	return keep_text(member, text);
}

/* The password stays hidden. */
static void print_proxy(const struct setting *setting, const void *member, struct buf *to) {
	const char *proxy = *(const char *const *)member;
	const char *at = proxy != NULL ? strrchr(proxy, '@') : NULL;
	if (at == NULL) {
		print_text(setting, member, to);
	} else {
		buf_printf(to, "http://(hidden)%s", at);
	}
}

const struct setting_type SETTING_PROXY = {read_proxy, print_proxy, finish_text};
