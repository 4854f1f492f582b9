/*
 * Wrong keys by address. Keys have 256 random bits, so nobody finds one; what is bounded here is
 * what the trying costs, and how fast somebody learns whether an old key that has leaked still
 * works. Who has a valid key is never asked about this table.
 */
#include <arpa/inet.h>

#include "http/rate.h"

enum { IPV6_NETWORK_BYTES = 8, NAME_SIZE = 64 };

static const struct rate RATE = {.requests = GUESS_BURST, .seconds = GUESS_SECONDS};

/* IPv4 as IPv6 writes it; of IPv6 the network, because whoever has one has all of its addresses;
 * what is no address ("unix") as it is. */
static void read_address(const char *peer, unsigned char address[GUESS_ADDRESS_SIZE]) {
	static const unsigned char mapped[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	char name[NAME_SIZE];
	memset(address, 0, GUESS_ADDRESS_SIZE);
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(peer, "%"), peer);
	if (inet_pton(AF_INET, name, address + sizeof(mapped)) == 1) {
		memcpy(address, mapped, sizeof(mapped));
	} else if (inet_pton(AF_INET6, name, address) == 1) {
		if (memcmp(address, mapped, sizeof(mapped)) != 0) {
			memset(address + IPV6_NETWORK_BYTES, 0,
				GUESS_ADDRESS_SIZE - IPV6_NETWORK_BYTES);
		}
	} else {
		memcpy(address, name, strnlen(name, GUESS_ADDRESS_SIZE));
	}
}

/* Its place, or the one that was quiet for the longest, made its own. */
static struct guess *place_of(
	struct guesses *guesses, const unsigned char address[GUESS_ADDRESS_SIZE]) {
	struct guess *oldest = &guesses->places[0];
	for (size_t i = 0; i < GUESS_PLACES; i++) {
		struct guess *guess = &guesses->places[i];
		if (guess->last_ms != 0 &&
			memcmp(guess->address, address, GUESS_ADDRESS_SIZE) == 0) {
			return guess;
		}
		oldest = guess->last_ms < oldest->last_ms ? guess : oldest;
	}
	*oldest = (struct guess){.last_ms = 0};
	memcpy(oldest->address, address, GUESS_ADDRESS_SIZE);
	return oldest;
}

bool guess_take(struct guesses *guesses, const char *peer, uint64_t now_ms, uint64_t *wait_ms) {
	unsigned char address[GUESS_ADDRESS_SIZE];
	read_address(peer, address);
	struct guess *guess = place_of(guesses, address);
	guess->last_ms = now_ms > 0 ? now_ms : 1;
	if (bucket_take(&guess->bucket, &RATE, now_ms)) {
		return true;
	}
	*wait_ms = bucket_wait_ms(&guess->bucket, &RATE, now_ms);
	return false;
}
