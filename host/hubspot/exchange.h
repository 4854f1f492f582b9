/*
 * hubspot/exchange.h - what the files of transport share: transport.c (an exchange's life), handle.c
 * (libcurl's easy handle), socket.c (its multi handle, on the loop), address.c (who a peer may be).
 */
#ifndef HUBSPOT_EXCHANGE_H
#define HUBSPOT_EXCHANGE_H

#include "hubspot/call.h"
#include "loop/loop.h"

struct curl_slist;
struct exchange;
struct sockaddr;

enum { CONNECT_TIMEOUT_MS = 3000 }; /* from transport_send() on: name, connection, TLS */

/* ---- address.c ---- */

enum { ORIGIN_HOST_SIZE = 256 };

struct origin {
	char host[ORIGIN_HOST_SIZE]; /* lower case, without a final dot, an IPv6 address without its brackets */
	uint16_t port;
};

/* Reads SCHEME://[USER@]HOST[:PORT][/...]; without a port 443, for "http:" 80. */
bool origin_read(const char *url, struct origin *origin);

bool host_is_address(const char *host);

/* Is it this machine by its name? libcurl knows that without asking anybody. */
bool host_is_localhost(const char *host);

/* Is it a name of the public tree? Then no honest answer leads to a private address. */
bool host_is_public(const char *host);

/* Is it of this machine, this link, or a network of one's own? */
bool address_is_private(const struct sockaddr *address);

/* ---- the transport ---- */

struct transport {
	struct loop *loop;
	struct token *token;
	char *base_url;
	char *proxy;
	char *ca_file;
	char *user_agent;
	uint32_t max_calls;
	struct origin peer;        /* whom connections go to: HubSpot, or the proxy */
	bool is_peer_named;        /* its name is for us to resolve */
	bool is_peer_public;       /* its addresses must be, too */
	struct curl_slist *plain_headers; /* shared by all exchanges; the token's line goes in front */
	struct curl_slist *body_headers;
	struct list resolving;     /* exchanges: each is in one of these three, or in `ended` by its call */
	struct list flying;
	struct list idle;          /* the pool: handles set up once */
	struct list ended;         /* calls whose `done` is to run */
	struct sockets *sockets;   /* where calls start */
	struct list retired;       /* sockets of an older token, until their last call has ended */
	struct loop_task retire;
};

struct exchange {
	struct list link;
	struct transport *transport;
	struct handle *handle;
	struct traffic traffic;
	struct loop_resolve *question; /* while resolving */
	struct loop_timer patience;
	struct sockets *sockets;       /* while flying */
};

/* From inside libcurl's turn: the exchange is out of the multi handle; `result` is a CURLcode. */
void transport_ended(struct exchange *exchange, int result);

/* After it: now each `done` may run. */
void transport_settled(struct transport *transport);

/* ---- handle.c: the easy handle ---- */

/* NULL: no memory. It keeps both pointers. */
struct handle *handle_create(struct exchange *exchange);
void handle_destroy(struct handle *handle);

/* Makes ready for the exchange's call; `addresses` are the peer's, NULL where libcurl needs none. False: no memory. */
bool handle_set_up(struct handle *handle, const struct loop_addresses *addresses);

/* Writes the call's end. */
void handle_conclude(struct handle *handle, int result);

/* Forgets the call and the token. */
void handle_rest(struct handle *handle);

void *handle_easy(struct handle *handle);

/* The shared headers. False: no memory. */
bool headers_make(struct transport *transport);
void headers_free(struct transport *transport);

/* ---- socket.c: the multi handle ---- */

struct sockets {
	struct list link; /* in `retired` */
	struct transport *transport;
	void *multi;
	struct loop_timer timer;
	unsigned flying;
	bool is_broken;            /* what libcurl asked for could not be had: its calls would hang, and end */
	unsigned token_generation; /* of the token that its connections have carried */
};

/* Of today's token. NULL: no memory. */
struct sockets *sockets_create(struct transport *transport);

/* Closes its connections; none of its exchanges may fly. */
void sockets_destroy(struct sockets *sockets);

/* False: no memory. */
bool sockets_add(struct sockets *sockets, struct exchange *exchange);
void sockets_remove(struct exchange *exchange);

#endif
