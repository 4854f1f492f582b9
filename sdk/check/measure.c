#include "measure.h"

#include <dirent.h>
#include <malloc.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/str.h"

enum { SETTLE_TRIES = 100, SETTLE_PAUSE_US = 10000 };

/* Of a sanitizer's runtime, when there is one. */
extern size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

bool measure_is_sanitized(void) {
	return __sanitizer_get_current_allocated_bytes != NULL;
}

void measure_prepare(char **words) {
	static const char NAME[] = "GLIBC_TUNABLES";
	static const char EXACT[] = "glibc.malloc.tcache_count=0";
	const char *now = getenv(NAME);
	if (measure_is_sanitized() || (now != NULL && strstr(now, EXACT) != NULL)) {
		return;
	}
	char *then = str_format("%s%s%s", now != NULL ? now : "", now != NULL ? ":" : "", EXACT);
	if (then != NULL && setenv(NAME, then, 1) == 0) {
		execv("/proc/self/exe", words);
	}
	free(then);
}

size_t measure_allocated(void) {
	if (measure_is_sanitized()) {
		return __sanitizer_get_current_allocated_bytes();
	}
	struct mallinfo2 all = mallinfo2();
	return all.uordblks + all.hblkhd;
}

uint64_t measure_cpu_us(void) {
	struct timespec used;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
	return (uint64_t)used.tv_sec * 1000000 + (uint64_t)used.tv_nsec / 1000;
}

/* Calls `visit` for each number in a folder of /proc, but the descriptor that this takes itself. */
static void each_number(const char *folder, void (*visit)(uint64_t number, struct holding *holding),
	struct holding *holding) {
	DIR *all = opendir(folder);
	struct dirent *one;
	while (all != NULL && (one = readdir(all)) != NULL) {
		uint64_t number;
		if (str_to_uint(one->d_name, 0, UINT32_MAX, &number) &&
			number != (uint64_t)dirfd(all)) {
			visit(number, holding);
		}
	}
	if (all != NULL) {
		closedir(all);
	}
}

static void add_descriptor(uint64_t number, struct holding *holding) {
	if (holding->descriptor_count < HOLDING_MAX) {
		holding->descriptors[holding->descriptor_count++] = (int)number;
	}
}

static void add_thread(uint64_t number, struct holding *holding) {
	(void)number;
	holding->thread_count++;
}

void holding_take(struct holding *holding) {
	*holding = (struct holding){.descriptor_count = 0};
	each_number("/proc/self/fd", add_descriptor, holding);
	each_number("/proc/self/task", add_thread, holding);
}

void holding_settle(struct holding *holding, size_t threads) {
	holding_take(holding);
	for (int i = 0; i < SETTLE_TRIES && holding->thread_count > threads; i++) {
		usleep(SETTLE_PAUSE_US);
		holding_take(holding);
	}
}

int holding_new_descriptor(
	const struct holding *before, const struct holding *after, char name[HOLDING_NAME_SIZE]) {
	for (size_t i = 0; i < after->descriptor_count; i++) {
		int descriptor = after->descriptors[i];
		bool is_old = false;
		for (size_t k = 0; k < before->descriptor_count && !is_old; k++) {
			is_old = before->descriptors[k] == descriptor;
		}
		if (!is_old) {
			char path[64];
			snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
			ssize_t length = readlink(path, name, HOLDING_NAME_SIZE - 1);
			name[length > 0 ? length : 0] = '\0';
			return descriptor;
		}
	}
	return -1;
}
