/*
 * base/file.h - reading a small file whole, at start, layer 0.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/banned.h"

#include <stddef.h>
#include <sys/types.h>

/*
 * Up to `most` bytes of `path` into `bytes`: a regular file, or a pipe (as a shell's <(...) is) that somebody
 * writes to within two seconds. The length, `most` when there may be more; -1: `*why` says why not, in words
 * that follow "cannot be read: " (static, or until the next call of strerror), and errno is set, to 0 when
 * it is not the system's.
 */
ssize_t file_read(const char *path, void *bytes, size_t most, const char **why);

#endif
