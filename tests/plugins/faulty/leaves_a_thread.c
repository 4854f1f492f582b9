#include "faulty.h"

#include <pthread.h>
#include <unistd.h>

static void *sleep_on(void *ctx) {
	for (;;) {
		sleep(60);
	}
	return ctx;
}

static int init(const struct hsc_host *host, void **state) {
	pthread_t thread;
	(void)state;
	if (pthread_create(&thread, NULL, sleep_on, NULL) != 0) {
		return HSC_ENOMEM;
	}
	pthread_detach(thread);
	return faulty_add(host, faulty_fine);
}

HSC_PLUGIN(.name = FAULTY_NAME, .version = "1.0", .init = init);
