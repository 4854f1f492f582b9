#include "plugin/inside.h"

#include <stdlib.h>

#include "base/clock.h"
#include "loop/loop.h"

struct lent_timer {
	struct plugin *plugin;
	struct hsc_timer *token;
	struct loop_timer timer;
	void (*run)(void *ctx);
	void *ctx;
};

struct lent_post {
	struct list link;
	struct plugin *plugin;
	void (*run)(void *ctx);
	void *ctx;
};

/* One call for each accepted post; it may find none left when its plugin was left out meanwhile. */
static void run_posted(void *ctx) {
	struct plugins *plugins = ctx;
	pthread_mutex_lock(&plugins->post_lock);
	struct lent_post *post = list_first(&plugins->posts, struct lent_post, link);
	if (post != NULL) {
		list_remove(&post->link);
	}
	pthread_mutex_unlock(&plugins->post_lock);
	if (post == NULL) {
		return;
	}
	struct running running;
	running_enter(&running, post->plugin, "post", NULL);
	post->run(post->ctx);
	running_leave(&running);
	free(post);
}

/* The loop's own queue is entered under our lock, so there is never a call without its post. */
static bool enqueue(struct plugins *plugins, struct lent_post *post) {
	pthread_mutex_lock(&plugins->post_lock);
	bool is_taken = !plugins->posts_are_closed && loop_post(plugins->loop, run_posted, plugins);
	if (is_taken) {
		list_append(&plugins->posts, &post->link);
	}
	pthread_mutex_unlock(&plugins->post_lock);
	return is_taken;
}

static int post_run(const struct hsc_host *host, void (*run)(void *ctx), void *ctx) {
	struct plugin *plugin = lend_host(host, "post");
	if (plugin == NULL) {
		return HSC_EINVAL;
	}
	if (run == NULL) {
		return misuse(plugin, MISUSE_BAD_ARGUMENT, "post", "run is NULL");
	}
	struct lent_post *post = calloc(1, sizeof(*post));
	if (post == NULL) {
		return HSC_ENOMEM;
	}
	*post = (struct lent_post){.plugin = plugin, .run = run, .ctx = ctx};
	if (!enqueue(plugin->plugins, post)) {
		free(post);
		return HSC_ESTATE;
	}
	return 0;
}

void lend_drop_posts(struct plugin *plugin) {
	struct plugins *plugins = plugin->plugins;
	pthread_mutex_lock(&plugins->post_lock);
	list_for_each_safe (post, after, &plugins->posts, struct lent_post, link) {
		if (post->plugin == plugin) {
			list_remove(&post->link);
			free(post);
		}
	}
	pthread_mutex_unlock(&plugins->post_lock);
}

static void free_timer(struct lent_timer *timer) {
	tokens_give(&timer->plugin->plugins->timers, timer->token, false);
	loop_timer_finish(&timer->timer);
	free(timer);
}

static void fire(void *ctx) {
	struct lent_timer *timer = ctx;
	const struct lent_timer fired = *timer;
	free_timer(timer);
	struct running running;
	running_enter(&running, fired.plugin, "timer", NULL);
	fired.run(fired.ctx);
	running_leave(&running);
}

static struct hsc_timer *start_timer(
	const struct hsc_host *host, uint32_t ms, void (*run)(void *ctx), void *ctx) {
	struct plugin *plugin = NULL;
	if (lend_enter(host, "after", &plugin) != 0) {
		return NULL;
	}
	if (run == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "after", "run is NULL");
		return NULL;
	}
	struct lent_timer *timer = plugin->plugins->is_stopping ? NULL : calloc(1, sizeof(*timer));
	if (timer == NULL) {
		return NULL;
	}
	timer->plugin = plugin;
	timer->run = run;
	timer->ctx = ctx;
	loop_timer_init(&timer->timer, plugin->plugins->loop, fire, timer);
	timer->token = tokens_take(&plugin->plugins->timers, plugin, timer);
	if (timer->token == NULL || !loop_timer_start(&timer->timer, ms)) {
		free_timer(timer);
		return NULL;
	}
	return timer->token;
}

static void stop_timer(const struct hsc_host *host, struct hsc_timer *token) {
	struct plugin *plugin = NULL;
	if (lend_enter(host, "stop", &plugin) != 0) {
		return;
	}
	if (token == NULL) {
		misuse(plugin, MISUSE_BAD_ARGUMENT, "stop", "timer is NULL");
		return;
	}
	enum token_fault fault;
	struct lent_timer *timer = tokens_find(&plugin->plugins->timers, plugin, token, &fault);
	if (timer == NULL) {
		misuse(plugin, MISUSE_STALE_TOKEN, "stop",
			"the timer has fired or was stopped, or is not this plugin's");
		return;
	}
	free_timer(timer);
}

void lend_drop_timers(struct plugin *plugin) {
	struct lent_timer *timer;
	while ((timer = tokens_any(&plugin->plugins->timers, plugin)) != NULL) {
		free_timer(timer);
	}
}

/* The loop's "now" is its thread's; others read the same clock directly. */
static uint64_t read_now_ms(const struct hsc_host *host) {
	const struct plugin *plugin = lend_host(host, "now_ms");
	return plugin != NULL && is_loop_thread(plugin->plugins) ? clock_now_ms()
								 : clock_precise_ms();
}

const struct hsc_loop LEND_LOOP = {
	.size = sizeof(struct hsc_loop),
	.post = post_run,
	.after = start_timer,
	.stop = stop_timer,
	.now_ms = read_now_ms,
};
