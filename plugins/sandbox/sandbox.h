/*
 * sandbox.h - what the sandbox lends to other plugins: the extension "sandbox.model/1", for plugins that
 * help with tests. It is all they need of it: copy this file.
 *
 *	static int start(const struct hsc_host *host, void *state) {
 *		const struct sandbox_model *model = host->extension(host, SANDBOX_MODEL);
 *		if (model != NULL) {	the sandbox is loaded in this host
 *			model->reset(model);
 *
 * It is there from start() on. Each function is for the event loop's thread, and does nothing once the
 * sandbox has ended.
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdint.h>

#define SANDBOX_MODEL "sandbox.model/1"

struct sandbox_model {
	uint32_t size;
	uint32_t reserved;
	/* As at the start: no records, no faults, no counts. */
	void (*reset)(const struct sandbox_model *model);
	/* How many records of a type there are, archived ones aside: "contacts", "0-1"; NULL: of all types. */
	uint64_t (*count)(const struct sandbox_model *model, const char *type);
};

#endif
