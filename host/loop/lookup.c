/*
 * One look-up of a name, by libevent's evdns: the only event2/dns.h.
 *
 * Why not libcurl's own resolver: it asks in a thread, and waits for that thread, on the loop, when
 * a call ends before its answer. Measured with name servers that never answer and a connect timeout
 * of 3 s, the longest turn of the loop:
 *
 *     resolv.conf                          one server  three servers  a Kubernetes pod (ndots:5)
 *     as it is                                  7.0 s         25.0 s                      17.0 s
 *       the call abandoned after 0.1 s          9.9 s         27.9 s                      19.9 s
 *     RES_OPTIONS=timeout:1 attempts:1          0.0 s          0.0 s                       0.0 s
 *       the call abandoned after 0.1 s          0.9 s          2.9 s                       1.9 s
 *
 * Here a question, its answer, its abandonment and the end of the loop take 0.15 ms each at most.
 *
 * A look-up has an evdns_base of its own, which lives as long as it does. So a changed resolv.conf
 * counts at once; a server that failed is not remembered, hence never probed (evdns asks it for
 * google.com then); and the end is exact: evdns hands answers over through the event base, some
 * time after they came, and calls back even after a cancellation, so a look-up that is over stays,
 * deaf, until each of its questions has called (evdns_base_free() makes the open ones do so).
 *
 * evdns speaks UDP alone: an answer that does not fit into 512 bytes is none.
 */
#include "loop/inside.h"

#include <event2/dns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/memory.h"

enum {
	LOOK_UP_MS = 2500,     /* the whole look-up */
	OTHER_FAMILY_MS = 200, /* how long one family's answer waits for the other's */
};

/* Three tries, each with the next server, within LOOK_UP_MS. */
static const char TRY_S[] = "0.8", TRIES[] = "3";

struct lookup {
	struct list link;
	struct loop *loop;
	loop_resolved_fn *done; /* NULL: it is over, and deaf */
	void *ctx;
	struct evdns_base *dns;
	struct loop_timer patience;
	unsigned open; /* questions that have not called back */
	struct loop_addresses v6, v4;
	const char *error;
};

/* ---- the end ---- */

static void lookup_destroy(struct lookup *lookup) {
	list_remove(&lookup->link);
	free(lookup);
}

/* From now on it is deaf; to be freed when nothing is open. */
static void silence(struct lookup *lookup) {
	loop_timer_finish(&lookup->patience);
	lookup->done = NULL;
	if (lookup->dns != NULL) {
		evdns_base_free(lookup->dns, 1);
		lookup->dns = NULL;
	}
}

static const char *words(int result) {
	switch (result) {
	case DNS_ERR_NONE:
	case DNS_ERR_NODATA:
		return "the name has no address";
	case DNS_ERR_NOTEXIST:
		return "the name does not exist";
	case DNS_ERR_TIMEOUT:
		return "no name server has given an answer";
	case DNS_ERR_TRUNCATED:
		return "the name server's answer is too long";
	default:
		return "the name servers cannot tell";
	}
}

static void conclude(struct lookup *lookup) {
	loop_resolved_fn *done = lookup->done;
	struct loop_addresses *found = &lookup->v6;
	for (size_t i = 0; i < lookup->v4.count && found->count < LOOP_ADDRESSES_MAX; i++) {
		memcpy(found->text[found->count++], lookup->v4.text[i], LOOP_ADDRESS_SIZE);
	}
	if (found->count == 0) {
		found->error = lookup->error != NULL ? lookup->error : words(DNS_ERR_TIMEOUT);
	}
	silence(lookup);
	done(found, lookup->ctx);
}

static void patience_is_over(void *ctx) {
	struct lookup *lookup = ctx;
	conclude(lookup);
	if (lookup->open == 0) {
		lookup_destroy(lookup);
	}
}

/* Of two families' errors: what a server said, rather than that none spoke. */
static void note_error(struct lookup *lookup, int result) {
	if (lookup->error == NULL || result != DNS_ERR_TIMEOUT) {
		lookup->error = words(result);
	}
}

static void answered(
	struct lookup *lookup, int result, char type, int count, const void *addresses) {
	bool is_v4 = type == DNS_IPv4_A;
	bool has_any = result == DNS_ERR_NONE && (is_v4 || type == DNS_IPv6_AAAA) && count > 0;
	for (int i = 0; has_any && i < count && i < LOOP_ADDRESSES_MAX / 2; i++) {
		const char *bytes = addresses;
		addresses_add(is_v4 ? &lookup->v4 : &lookup->v6, is_v4 ? AF_INET : AF_INET6,
			bytes + (size_t)i * (is_v4 ? 4 : 16));
	}
	if (!has_any) {
		note_error(lookup, result);
	}
	if (lookup->open == 0) {
		conclude(lookup);
	} else if (has_any) {
		loop_timer_start(&lookup->patience, OTHER_FAMILY_MS);
	}
}

static void called_back(int result, char type, int count, int ttl, void *addresses, void *ctx) {
	struct lookup *lookup = ctx;
	(void)ttl;
	loop_enter(lookup->loop);
	lookup->open--;
	if (lookup->done != NULL) {
		answered(lookup, result, type, count, addresses);
	}
	if (lookup->open == 0) {
		lookup_destroy(lookup);
	}
}

/* ---- the beginning ---- */

/* Without this evdns writes to standard error. */
static void hear_evdns(int is_warning, const char *words_of_it) {
	if (is_warning) {
		LOG_WARN("name servers", log_text("error", words_of_it));
	} else {
		LOG_DEBUG("name servers", log_text("message", words_of_it));
	}
}

static struct evdns_base *make_dns(struct loop *loop, const char *resolv_conf) {
	struct evdns_base *dns = evdns_base_new(loop_event_base(loop), 0);
	if (dns == NULL) {
		return NULL;
	}
	/* Whatever it returns: without the file it takes 127.0.0.1, as libc does. */
	(void)evdns_base_resolv_conf_parse(
		dns, DNS_OPTION_SEARCH | DNS_OPTION_NAMESERVERS | DNS_OPTION_MISC, resolv_conf);
	evdns_base_set_option(dns, "timeout:", TRY_S);
	evdns_base_set_option(dns, "attempts:", TRIES);
	evdns_base_set_option(dns, "initial-probe-timeout:", "3600");
	evdns_base_set_option(
		dns, "randomize-case:", "0"); /* some servers lose it; TLS is our proof */
	return dns;
}

static bool ask(struct lookup *lookup, const char *resolv_conf, const char *name) {
	lookup->dns = make_dns(lookup->loop, resolv_conf);
	if (lookup->dns != NULL) {
		lookup->open +=
			evdns_base_resolve_ipv6(lookup->dns, name, 0, called_back, lookup) != NULL;
		lookup->open +=
			evdns_base_resolve_ipv4(lookup->dns, name, 0, called_back, lookup) != NULL;
	}
	return lookup->open > 0 && loop_timer_start(&lookup->patience, LOOK_UP_MS);
}

struct lookup *lookup_begin(struct loop *loop, const char *resolv_conf, const char *name,
	loop_resolved_fn *done, void *ctx) {
	struct lookup *lookup = calloc(1, sizeof(*lookup));
	if (lookup == NULL) {
		return NULL;
	}
	evdns_set_log_fn(hear_evdns);
	*lookup = (struct lookup){.loop = loop, .done = done, .ctx = ctx};
	loop_timer_init(&lookup->patience, loop, patience_is_over, lookup);
	list_append(loop_lookups(loop), &lookup->link);
	if (!ask(lookup, resolv_conf, name)) {
		silence(lookup);
		if (lookup->open == 0) {
			lookup_destroy(lookup);
		}
		return NULL;
	}
	return lookup;
}

void lookups_end(struct loop *loop) {
	struct list *all = loop_lookups(loop);
	list_for_each (lookup, all, struct lookup, link) {
		silence(lookup);
	}
	if (!list_is_empty(all)) {
		loop_pass(loop);
	}
	list_for_each_safe (left, after, all, struct lookup, link) {
		lookup_destroy(left);
	}
}
