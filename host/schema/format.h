/*
 * schema/format.h - the formats of strings, one file a family. A complain function returns NULL when
 * `text` (NUL-terminated, `length` bytes, which may have a NUL among them) is of its format, else a
 * sentence on what it must be. None of them allocates by the length of the text, but hostnames.
 */
#ifndef SCHEMA_FORMAT_H
#define SCHEMA_FORMAT_H

#include "schema/inside.h"

typedef const char *format_complain(const char *text, size_t length);

struct format {
	const char *name;
	format_complain *complain;
	enum { COSTS_BY_BYTE, COSTS_BY_LABEL, COSTS_AS_PATTERN } cost;
};

/* The format as the strict or the standard reading has it; or NULL. */
const struct format *format_find(const char *name, bool is_strict);

/* How many steps the question costs, about. */
size_t format_steps(const struct format *format, const char *text, size_t length);

format_complain email_complain;                                            /* email.c: HubSpot's */
format_complain mailbox_complain, idn_mailbox_complain;                    /* mailbox.c */
format_complain date_complain, time_complain, date_time_complain;          /* date.c */
format_complain duration_complain;                                         /* duration.c */
format_complain hostname_complain, idn_hostname_complain;                  /* hostname.c */
format_complain ipv4_complain, ipv6_complain, uuid_complain;               /* address.c */
format_complain uri_complain, uri_reference_complain;                      /* uri.c */
format_complain iri_complain, iri_reference_complain;
format_complain uri_template_complain;                                     /* template.c */
format_complain json_pointer_complain, relative_json_pointer_complain;     /* format.c */
format_complain regex_complain;

/* ---- text.c ---- */

bool is_digit(char c);
bool is_letter(char c);
bool is_hex(char c);
bool is_made_of_ascii(const char *text, size_t length);

/* Reads the character at *text before `end` and steps over it; a byte that begins none is its own value
 * or'ed with 0x80000000, so it is no character. */
uint32_t read_character(const char **text, const char *end);

/* Are these bytes an address, by inet_pton()? */
bool is_ipv4(const char *text, size_t length);
bool is_ipv6(const char *text, size_t length);

/* idn.c: is this label of a hostname one by IDNA 2008? An A-label, or one with letters beyond ASCII.
 * *length is then that of its A-label, *is_rtl whether it has letters that are written right to left. */
bool idn_is_label(const char *text, size_t length, size_t *ascii_length, bool *is_rtl);

/* hostname.c: with letters beyond ASCII, or without. */
bool is_hostname(const char *text, size_t length);
bool is_idn_hostname(const char *text, size_t length);

#endif
