/*
 * template.h - `plugin new`, on the roof: a template's files under the names of a new plugin.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

struct command;

/* Makes the folder, says what to type next on standard output. The exit code; a failure is logged, and what
 * had been made is gone again. */
int template_run(const struct command *command);

#endif
