/*
 * What is known of names, and who waits to know: the hosts file first, then a look-up (lookup.c),
 * whose answer is kept.
 */
#include "loop/inside.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	FRESH_MS = 60 * 1000,
	KNOWN_MS = 60 * 60 * 1000,
	ASK_AGAIN_MS = 5000, /* after a failure, while an older answer serves */
	NAMES_MAX = 32,
};

struct resolver {
	struct loop *loop;
	const char *resolv_conf;
	const char *hosts;
	struct list names;
	struct list lookups;
};

struct name {
	struct list link;
	struct resolver *resolver;
	char *text;
	struct loop_addresses known; /* the last good answer */
	uint64_t known_ms;           /* when it came */
	uint64_t failed_ms;          /* when a later look-up failed; 0: none has */
	struct loop_addresses failure;
	struct lookup *lookup; /* under way, or NULL */
	struct list waiting;   /* struct loop_resolve */
	struct loop_task tell;
};

struct loop_resolve {
	struct list link;
	loop_resolved_fn *done;
	void *ctx;
};

/* ---- names ---- */

static struct name *find_name(struct resolver *resolver, const char *text) {
	list_for_each (name, &resolver->names, struct name, link) {
		if (strcasecmp(name->text, text) == 0) {
			return name;
		}
	}
	return NULL;
}

static void name_destroy(struct name *name) {
	list_for_each_safe (waiting, after, &name->waiting, struct loop_resolve, link) {
		loop_resolve_cancel(waiting);
	}
	loop_task_cancel(&name->tell);
	list_remove(&name->link);
	free(name->text);
	free(name);
}

static void forget_a_name(struct resolver *resolver) {
	list_for_each (name, &resolver->names, struct name, link) {
		if (name->lookup == NULL && list_is_empty(&name->waiting)) {
			name_destroy(name);
			return;
		}
	}
}

static bool is_known(const struct name *name, uint64_t within_ms) {
	return name->known.count > 0 && clock_now_ms() - name->known_ms < within_ms;
}

/* A task, so that nobody is called inside loop_resolve(). */
static void tell(void *ctx) {
	struct name *name = ctx;
	struct list told;
	list_init(&told);
	while (!list_is_empty(&name->waiting)) { /* a `done` may ask again, or cancel another */
		struct list *link = name->waiting.next;
		list_remove(link);
		list_append(&told, link);
	}
	const struct loop_addresses answer = is_known(name, KNOWN_MS) ? name->known : name->failure;
	while (!list_is_empty(&told)) {
		struct loop_resolve *resolve = list_first(&told, struct loop_resolve, link);
		loop_resolved_fn *done = resolve->done;
		void *done_ctx = resolve->ctx;
		loop_resolve_cancel(resolve);
		done(&answer, done_ctx);
	}
}

static struct name *name_create(struct resolver *resolver, const char *text) {
	struct name *name = calloc(1, sizeof(*name));
	char *copy = strdup(text);
	if (name == NULL || copy == NULL) {
		free(name);
		free(copy);
		return NULL;
	}
	name->resolver = resolver;
	name->text = copy;
	list_init(&name->waiting);
	loop_task_init(&name->tell, resolver->loop, tell, name);
	if (list_length(&resolver->names) >= NAMES_MAX) {
		forget_a_name(resolver);
	}
	list_append(&resolver->names, &name->link);
	return name;
}

/* ---- look-ups ---- */

static void learn(struct name *name, const struct loop_addresses *found) {
	name->known = *found;
	name->known.error = NULL;
	name->known_ms = clock_now_ms();
	name->failed_ms = 0;
	loop_task_schedule(&name->tell);
}

static void fail(struct name *name, const char *error) {
	if (is_known(name, KNOWN_MS)) {
		LOG_WARN("older addresses serve", log_text("name", name->text),
			log_text("error", error),
			log_uint("age_s", (clock_now_ms() - name->known_ms) / 1000));
	}
	name->failure = (struct loop_addresses){.error = error};
	name->failed_ms = clock_now_ms();
	loop_task_schedule(&name->tell);
}

static void looked_up(const struct loop_addresses *addresses, void *ctx) {
	struct name *name = ctx;
	name->lookup = NULL;
	if (addresses->count > 0) {
		learn(name, addresses);
	} else {
		fail(name, addresses->error);
	}
}

static void look_up(struct name *name) {
	struct resolver *resolver = name->resolver;
	struct loop_addresses in_file = {.count = 0};
	hosts_find(resolver->hosts, name->text, &in_file);
	if (in_file.count > 0) {
		learn(name, &in_file);
		return;
	}
	name->lookup =
		lookup_begin(resolver->loop, resolver->resolv_conf, name->text, looked_up, name);
	if (name->lookup == NULL) {
		fail(name, "no memory, or no name that can be asked for");
	}
}

struct loop_resolve *loop_resolve(
	struct loop *loop, const char *text, loop_resolved_fn *done, void *ctx) {
	struct resolver *resolver = loop_resolver(loop);
	struct name *name = find_name(resolver, text);
	struct loop_resolve *resolve = calloc(1, sizeof(*resolve));
	if (resolve == NULL || (name == NULL && (name = name_create(resolver, text)) == NULL)) {
		free(resolve);
		return NULL;
	}
	*resolve = (struct loop_resolve){.done = done, .ctx = ctx};
	list_append(&name->waiting, &resolve->link);
	if (is_known(name, FRESH_MS)) {
		loop_task_schedule(&name->tell);
	} else if (name->lookup == NULL) {
		look_up(name);
	}
	return resolve;
}

void loop_resolve_cancel(struct loop_resolve *resolve) {
	if (resolve != NULL) {
		list_remove(&resolve->link);
		free(resolve);
	}
}

const struct loop_addresses *loop_addresses(struct loop *loop, const char *text) {
	struct name *name = find_name(loop_resolver(loop), text);
	if (name == NULL || !is_known(name, KNOWN_MS)) {
		return NULL;
	}
	bool has_just_failed =
		name->failed_ms != 0 && clock_now_ms() - name->failed_ms < ASK_AGAIN_MS;
	if (!is_known(name, FRESH_MS) && name->lookup == NULL && !has_just_failed) {
		look_up(name);
	}
	return &name->known;
}

/* ---- life ---- */

struct resolver *resolver_create(struct loop *loop) {
	struct resolver *resolver = must_calloc(1, sizeof(*resolver));
	resolver->loop = loop;
	list_init(&resolver->names);
	list_init(&resolver->lookups);
	resolver->resolv_conf = "/etc/resolv.conf";
	resolver->hosts = "/etc/hosts";
	return resolver;
}

void loop_set_resolver(struct loop *loop, const char *resolv_conf, const char *hosts) {
	loop_resolver(loop)->resolv_conf = resolv_conf;
	loop_resolver(loop)->hosts = hosts;
}

struct list *loop_lookups(struct loop *loop) {
	return &loop_resolver(loop)->lookups;
}

void resolver_destroy(struct resolver *resolver) {
	lookups_end(resolver->loop);
	list_for_each_safe (name, after, &resolver->names, struct name, link) {
		name_destroy(name);
	}
	free(resolver);
}
