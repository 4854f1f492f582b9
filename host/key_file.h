/*
 * key_file.h - the file of API keys, changed as a whole; on the roof.
 *
 * A change is: lock the folder, read, judge, write a new file beside it, and put that in its place. Who reads sees the old
 * file or the new one, and of two changes at once none is lost. It is the folder that is locked: a lock on the file itself
 * would be one on a file that is no longer there.
 */
#ifndef KEY_FILE_H
#define KEY_FILE_H

#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

struct key_file {
	char path[PATH_MAX];   /* of the file itself, behind all links */
	char folder[PATH_MAX]; /* that it stands in */
	int lock;              /* on the folder; -1: none */
	struct stat before;    /* of the file; st_nlink 0: there is none yet */
	json_t *keys;          /* what it holds; NULL: not open */
};

void key_file_init(struct key_file *file);

/* Waits for the lock, and reads; one that is not there is empty when it `may_be_new`. False, with one line in `error`
 * (HOST_ERROR_SIZE); key_file_close() is due all the same. */
bool key_file_open(struct key_file *file, const char *path, bool may_be_new, char *error)
	__attribute__((warn_unused_result));

/* Writes what file->keys has become, if it is a keys file still: so this line also tells what is wrong with a new entry.
 * False, with one line in `error`, and in *code the exit code: that of a wrong entry, or of a failure. */
bool key_file_write(struct key_file *file, char *error, int *code) __attribute__((warn_unused_result));

void key_file_close(struct key_file *file);

#endif
