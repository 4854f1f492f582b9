/*
 * check/validate.h - JSON Schema 2020-12 as a filter: a question a line, an answer a line.
 *
 *   {"schema": S, "data": D, "format": true | false}   true, false, or error TEXT; format asserts when it is true
 *   {"remote": URI, "schema": S}                       ok, or error TEXT: from now on a $ref may lead to it
 *
 * An error is a line that is none of these, a schema that is none, or a validation that takes too long. Schemas
 * are read by the standard. A line with an integer that needs more than 64 bits has all its numbers as doubles.
 */
#ifndef CHECK_VALIDATE_H
#define CHECK_VALIDATE_H

#include <stdbool.h>
#include <stdio.h>

/* Answers each line of `from`, to its end. False: it could not be read, or `to` not written. */
bool validate_lines(FILE *from, FILE *to);

#endif
