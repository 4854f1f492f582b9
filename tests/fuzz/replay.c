/* Calls the fuzz target with each file of the folders named, and with each of its beginnings and a
 * few changes. */
#include <glob.h>
#include <string.h>

#include "fuzz.h"

enum { FILE_MAX = 1 << 20, STEPS = 97 };

static size_t replayed;

static void replay(const uint8_t *bytes, size_t size) {
	uint8_t *copy =
		malloc(size + 1); /* of exactly its size, so that reading past it is noticed */
	MUST(copy != NULL);
	LLVMFuzzerTestOneInput(bytes, size);
	for (size_t i = 0; i < STEPS; i++) {
		size_t at = size * i / STEPS;
		uint8_t *part = malloc(at > 0 ? at : 1);
		MUST(part != NULL);
		memcpy(part, bytes, at);
		LLVMFuzzerTestOneInput(part, at);
		free(part);
		memcpy(copy, bytes, size);
		if (at < size) {
			copy[at] = (uint8_t)(copy[at] ^ (1u << i % 8));
		}
		LLVMFuzzerTestOneInput(copy, size);
	}
	free(copy);
	replayed++;
}

static void replay_file(const char *path) {
	static uint8_t bytes[FILE_MAX];
	FILE *file = fopen(path, "rb");
	MUST(file != NULL);
	size_t size = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	replay(bytes, size);
}

int main(int count, char **words) {
	for (int i = 1; i < count; i++) {
		char pattern[4096];
		glob_t files;
		snprintf(pattern, sizeof(pattern), "%s/*", words[i]);
		MUST(glob(pattern, 0, NULL, &files) == 0);
		for (size_t f = 0; f < files.gl_pathc; f++) {
			replay_file(files.gl_pathv[f]);
		}
		globfree(&files);
	}
	printf("%zu seeds\n", replayed);
	return replayed > 0 ? 0 : 1;
}
