/* fini() stops a timer that has ended with everything else of the plugin's. */
#include "faulty.h"

struct holder {
	const struct hsc_host *host;
	struct hsc_timer *timer;
};

static void tick(void *ctx) {
	(void)ctx;
}

static int init(const struct hsc_host *host, void **state) {
	struct holder *holder = calloc(1, sizeof(*holder));
	*state = holder;
	if (holder == NULL) {
		return HSC_ENOMEM;
	}
	holder->host = host;
	holder->timer = host->loop->after(host, 24 * 60 * 60 * 1000, tick, holder);
	return faulty_add(host, faulty_fine);
}

static void fini(void *state) {
	struct holder *holder = state;
	holder->host->loop->stop(holder->host, holder->timer);
	free(holder);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init, .fini = fini);
