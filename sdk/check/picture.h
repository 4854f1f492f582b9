/*
 * check/picture.h - what a shared object says about itself, read from its file with libelf: nothing of it runs.
 *
 * All strings are borrowed from the picture and live until picture_close().
 */
#ifndef CHECK_PICTURE_H
#define CHECK_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names {
	const char **items;
	size_t count;
	size_t room;
};

/* Is `name` among them? */
bool names_have(const struct names *names, const char *name);

struct picture {
	struct names exported;       /* defined here and visible to others */
	struct names undefined;      /* wanted from others */
	struct names undefined_weak; /* taken when others have them */
	struct names needed;         /* DT_NEEDED: "libc.so.6" */
	struct names init;           /* what runs when it is loaded, by name: "frame_dummy"; "?" when the file does not tell */
	const char *soname;          /* or NULL */
	const char *rpath;           /* or NULL */
	const char *runpath;         /* or NULL */
	bool is_for_this_machine;
	bool is_sanitized;           /* compiled with a sanitizer, which adds symbols and constructors */
	bool has_own_init;           /* DT_INIT is not the compiler's own _init */
	bool has_text_relocations;
	bool has_executable_stack;
	bool has_writable_code;
	struct source *source;
};

/* Reads `file`. False, with one line in `error`, when it is no ELF shared object; the picture is then closed. */
bool picture_open(struct picture *picture, const char *file, char *error, size_t error_size)
	__attribute__((warn_unused_result));
void picture_close(struct picture *picture);

/* Is it a function or a variable that a sanitizer adds to what it compiles? */
bool symbol_is_of_sanitizer(const char *name);

#endif
