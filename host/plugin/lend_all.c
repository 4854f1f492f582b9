/*
 * Operations whose results are told together. Each result is kept as its operation ends; the last
 * end runs the plugin's callback, with all of them in the order in which they were asked for.
 */
#include "plugin/operation.h"

struct all {
	struct plugin *plugin;
	hsc_all_done_fn *done;
	void *ctx;
	size_t count;
	size_t waiting; /* operations that were added and have not ended, and one more until it is
			   closed */
	bool is_wanted; /* false: not all were taken, so nobody hears of any */
	struct hubspot_result **kept;
	struct shown_result *shown;
	const struct hsc_result **results;
};

static void all_free(struct all *all) {
	for (size_t i = 0; all->shown != NULL && i < all->count; i++) {
		shown_finish(&all->shown[i]);
	}
	for (size_t i = 0; all->kept != NULL && i < all->count; i++) {
		result_forget(all->kept[i]);
	}
	free(all->kept);
	free(all->shown);
	free(all->results);
	free(all);
}

struct all *all_make(struct plugin *plugin, size_t count, hsc_all_done_fn *done, void *ctx) {
	struct all *all = calloc(1, sizeof(*all));
	if (all == NULL) {
		return NULL;
	}
	*all = (struct all){.plugin = plugin,
		.done = done,
		.ctx = ctx,
		.count = count,
		.waiting = 1,
		.kept = calloc(count, sizeof(*all->kept)),
		.shown = calloc(count, sizeof(*all->shown)),
		.results = calloc(count, sizeof(*all->results))};
	if (all->kept == NULL || all->shown == NULL || all->results == NULL) {
		all_free(all);
		return NULL;
	}
	return all;
}

static void show(struct all *all) {
	struct plugins *plugins = all->plugin->plugins;
	struct running running;
	for (size_t i = 0; i < all->count; i++) {
		all->results[i] = &all->shown[i].result;
	}
	plugins->shown = all->shown;
	plugins->shown_count = all->count;
	running_enter(&running, all->plugin, "done", NULL);
	all->done(all->results, all->count, all->ctx);
	running_leave(&running);
	plugins->shown_count = 0;
}

static void count_down(struct all *all) {
	all->waiting--;
	if (all->waiting > 0) {
		return;
	}
	if (all->is_wanted) {
		show(all);
	}
	all_free(all);
}

void all_add(struct all *all) {
	all->waiting++;
}

void all_close(struct all *all, bool is_wanted) {
	all->is_wanted = is_wanted;
	count_down(all);
}

/* No memory to keep it: what is certain of it is told. */
static struct hubspot_result without_details(const struct hubspot_result *result) {
	return (struct hubspot_result){.failure = HUBSPOT_OUT_OF_MEMORY,
		.outcome = result->outcome,
		.status = result->status,
		.attempts = result->attempts};
}

void all_take(struct all *all, const struct lent_operation *operation,
	const struct hubspot_result *result, json_t *links, bool are_all_linked) {
	struct hubspot_result *kept = result_keep(result);
	const struct hubspot_result bare = without_details(result);
	all->kept[operation->index] = kept;
	shown_fill(&all->shown[operation->index], operation, kept != NULL ? kept : &bare, links,
		are_all_linked);
	count_down(all);
}
