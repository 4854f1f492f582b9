/*
 * fuzz.h - what the fuzz targets share. Each is one function that takes any bytes and must neither crash, leak nor
 * break what it asserts. With clang libFuzzer calls it, with other compilers replay.c with each seed.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* NDEBUG or not. */
#define MUST(claim)                                                                       \
	do {                                                                              \
		if (!(claim)) {                                                           \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #claim); \
			abort();                                                          \
		}                                                                         \
	} while (0)

#endif
