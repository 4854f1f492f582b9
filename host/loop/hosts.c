/* The hosts file: evdns reads one too, but only for its getaddrinfo, which cannot be ended safely.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop/inside.h"

void addresses_add(struct loop_addresses *to, int family, const void *bytes) {
	if (to->count < LOOP_ADDRESSES_MAX &&
		inet_ntop(family, bytes, to->text[to->count], LOOP_ADDRESS_SIZE) != NULL) {
		to->count++;
	}
}

static bool names(char *rest, const char *name) {
	char *place = rest;
	for (char *word; (word = strtok_r(NULL, " \t\r\n", &place)) != NULL;) {
		if (strcasecmp(word, name) == 0) {
			return true;
		}
	}
	return false;
}

/* Adds the address of one line when it is of `family` and stands for `name`. */
static void read_line(char *line, int family, const char *name, struct loop_addresses *to) {
	unsigned char bytes[sizeof(struct in6_addr)];
	char *rest;
	line[strcspn(line, "#")] = '\0';
	const char *address = strtok_r(line, " \t\r\n", &rest);
	if (address != NULL && inet_pton(family, address, bytes) == 1 && names(rest, name)) {
		addresses_add(to, family, bytes);
	}
}

void hosts_find(const char *path, const char *name, struct loop_addresses *to) {
	static const int FAMILIES[] = {AF_INET6, AF_INET};
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	for (size_t i = 0; file != NULL && i < sizeof(FAMILIES) / sizeof(FAMILIES[0]); i++) {
		rewind(file);
		while (getline(&line, &size, file) > 0) {
			read_line(line, FAMILIES[i], name, to);
		}
	}
	free(line);
	if (file != NULL) {
		fclose(file);
	}
}
