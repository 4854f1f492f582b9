#include "rounds.h"

enum { WARM_UP = 2, MEASURED_MAX = 8 };

bool rounds_run(bool (*round)(void *ctx), void *ctx, struct growth *growth) {
	static struct holding before, after;
	*growth = (struct growth){.descriptor = -1};
	/* What is loaded or made once (the library, a lookup's file) is there after the first
	 * round, as in a host; threads are not to stay even then. */
	holding_take(&before);
	size_t threads = before.thread_count;
	for (int i = 0; i < WARM_UP; i++) {
		if (!round(ctx)) {
			return false;
		}
		if (i == 0) {
			holding_settle(&before, threads);
		}
	}
	size_t least = SIZE_MAX;
	size_t last = measure_allocated();
	for (int i = 0; i < MEASURED_MAX && least > 0; i++) {
		if (!round(ctx)) {
			return false;
		}
		size_t now = measure_allocated();
		size_t grown = now > last ? now - last : 0;
		least = grown < least ? grown : least;
		last = now;
	}
	growth->bytes = least;
	/* Those that did not end then are not waited for again. */
	holding_settle(&after, before.thread_count > threads ? SIZE_MAX : threads);
	growth->descriptor = holding_new_descriptor(&before, &after, growth->descriptor_name);
	growth->threads = after.thread_count > threads ? after.thread_count - threads : 0;
	return true;
}
